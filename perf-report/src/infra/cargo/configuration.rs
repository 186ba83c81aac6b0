//! Cargo's configuration, read whole by a library made for it: the files from the
//! working directory upwards and in cargo's home, and the variables that stand for
//! their keys.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use cargo_config2::{Config, ResolveOptions, TargetTriple};

use crate::infra::world::World;

/// What cargo is configured to do where it builds, links and starts something.
#[derive(Clone, Debug)]
pub(crate) struct Configuration {
    config: Config,
    /// What is built for; the machine itself where nothing else is asked for.
    targets: Vec<TargetTriple>,
}

impl Configuration {
    /// Reads what holds in the working directory.
    ///
    /// # Errors
    /// If a file or variable says what cannot be followed, with its name.
    pub(crate) fn load(cargo: &OsStr, world: &World) -> Result<Configuration, String> {
        let config = read(cargo, world)?;
        let none: [TargetTriple; 0] = [];
        let targets = config.build_target_for_config(none).map_err(refused)?;
        Ok(Configuration { config, targets })
    }

    /// What `[env]` sets for every process that cargo starts, but for what the
    /// environment has already and what is not forced upon it.
    pub(crate) fn variables(&self, world: &World) -> Vec<(OsString, OsString)> {
        variables(&self.config, world)
    }

    /// The program and arguments behind which an executable is started; empty where
    /// it is started itself.
    ///
    /// # Errors
    /// If it is configured in a way that cannot be followed.
    pub(crate) fn runner(&self, executable: &Path) -> Result<Vec<OsString>, String> {
        let runner = self.config.runner(self.target_of(executable));
        let words = runner.map_err(refused)?.map(|runner| {
            let mut words = vec![runner.path.into_os_string()];
            words.extend(runner.args);
            words
        });
        Ok(words.unwrap_or_default())
    }

    /// The target that an executable was built for: with several, each has a folder
    /// of its name.
    fn target_of(&self, executable: &Path) -> &TargetTriple {
        let has_folder = |target: &&TargetTriple| {
            let mut folders = executable.components();
            folders.any(|folder| folder.as_os_str() == target.triple())
        };
        let found = self.targets.iter().find(has_folder);
        found.unwrap_or(self.target())
    }

    /// The first target that is built for.
    fn target(&self) -> &TargetTriple {
        self.targets
            .first()
            .expect("where no target is asked for, the machine's own is one")
    }

    /// Its name: `x86_64-unknown-linux-gnu`.
    pub(crate) fn triple(&self) -> &str {
        self.target().triple()
    }

    /// The linker of that target, where one is configured.
    ///
    /// # Errors
    /// If it is configured in a way that cannot be followed.
    pub(crate) fn linker(&self) -> Result<Option<PathBuf>, String> {
        self.config.linker(self.target()).map_err(refused)
    }

    /// The flags of that target that the compiler gets.
    ///
    /// # Errors
    /// If they are configured in a way that cannot be followed.
    pub(crate) fn flags(&self) -> Result<Vec<String>, String> {
        let flags = self.config.rustflags(self.target()).map_err(refused)?;
        Ok(flags.map(|flags| flags.flags).unwrap_or_default())
    }

    /// The compiler, without what may be wrapped around it.
    pub(crate) fn compiler(&self) -> &OsStr {
        let compiler = self.config.build.rustc.as_deref();
        compiler.map_or(OsStr::new("rustc"), Path::as_os_str)
    }
}

fn variables(config: &Config, world: &World) -> Vec<(OsString, OsString)> {
    let is_set = |name: &str| world.variables.contains_key(OsStr::new(name));
    let entries = config.env.iter();
    entries
        .filter(|(name, entry)| entry.force || !is_set(name))
        .map(|(name, entry)| (name.into(), entry.value.clone()))
        .collect()
}

/// Reads the files and variables; what is built for is asked of no program.
fn read(cargo: &OsStr, world: &World) -> Result<Config, String> {
    let home = world.cargo_home();
    let mut options = ResolveOptions::default()
        .env(world.variables.clone())
        .cargo(cargo);
    // Without a home the library looks for one itself.
    if home.is_some() {
        options = options.cargo_home(home);
    }
    Config::load_with_options(&world.directory, options).map_err(refused)
}

/// The library's words, causes too.
fn refused(error: cargo_config2::Error) -> String {
    let mut text = format!("cargo's configuration cannot be followed: {error}");
    let mut cause = std::error::Error::source(&error);
    while let Some(deeper) = cause {
        let words = deeper.to_string();
        if !text.contains(&words) {
            text += &format!(": {words}");
        }
        cause = deeper.source();
    }
    text
}

/// The surroundings with what `[env]` of cargo's configuration says of this
/// program's own variables: cargo sets them for `cargo xtask perf` and for
/// `cargo test`, and not for `cargo perf-budget`. A configuration that cannot be
/// read is refused where something is built.
pub(crate) fn with_own_variables(world: &World) -> World {
    let mut world = world.clone();
    let cargo = world.variable("CARGO").unwrap_or(OsStr::new("cargo"));
    let Ok(config) = read(cargo, &world) else {
        return world;
    };
    let variables = variables(&config, &world);
    let own = |name: &OsString| name.as_encoded_bytes().starts_with(b"PERF_");
    (world.variables).extend(variables.into_iter().filter(|(name, _)| own(name)));
    world
}

#[cfg(test)]
mod tests {
    use super::*;

    fn world(files: &[(&str, &str)], variables: &[(&str, &str)]) -> (tempfile::TempDir, World) {
        let folder = tempfile::tempdir().expect("a folder");
        for (name, text) in files {
            let file = folder.path().join(name);
            std::fs::create_dir_all(file.parent().expect("a folder")).expect("made");
            std::fs::write(file, text).expect("written");
        }
        let mut world = World::of_this_process().expect("a folder");
        let foreign = |name: &OsString| {
            let name = name.to_string_lossy();
            name.starts_with("CARGO") || name.starts_with("RUST") && name != "RUSTUP_TOOLCHAIN"
        };
        world.variables.retain(|name, _| !foreign(name));
        world.directory = folder.path().join("in/side");
        std::fs::create_dir_all(&world.directory).expect("made");
        world
            .variables
            .insert("CARGO_HOME".into(), folder.path().join("home").into());
        for (name, value) in variables {
            world.variables.insert(name.into(), value.into());
        }
        (folder, world)
    }

    fn load(world: &World) -> Result<Configuration, String> {
        Configuration::load(OsStr::new("cargo"), world)
    }

    #[test]
    fn variables_are_those_that_cargo_sets() {
        let text = "[env]\nPLAIN = \"1\"\nSET = \"file\"\nFORCED = { value = \"file\", force = true }\nFOLDER = { value = \"data\", relative = true }\nPERF_SEED = \"7\"\n";
        let files = [
            ("in/.cargo/config.toml", text),
            (
                "home/config.toml",
                "[env]\nPLAIN = \"home\"\nHOME_TOO = \"1\"\n",
            ),
        ];
        let (folder, world) = world(&files, &[("SET", "outside"), ("FORCED", "outside")]);
        let folder = folder.path().canonicalize().expect("a folder");
        let found = load(&world).expect("it can be read").variables(&world);
        let value = |name: &str| {
            let one = found.iter().find(|(own, _)| own == name);
            one.map(|(_, value)| value.clone())
        };
        assert_eq!(value("PLAIN"), Some("1".into()));
        assert_eq!(value("SET"), None);
        assert_eq!(value("FORCED"), Some("file".into()));
        assert_eq!(value("HOME_TOO"), Some("1".into()));
        let relative = value("FOLDER").map(PathBuf::from).expect("it is set");
        assert!(relative.ends_with("in/data"), "{}", relative.display());
        assert!(relative.is_absolute() && folder.is_absolute());
        let own = with_own_variables(&world);
        assert_eq!(own.variable("PERF_SEED"), Some(OsStr::new("7")));
        assert_eq!(own.variable("PLAIN"), None);
    }

    #[test]
    fn runner_and_linker_are_those_of_the_target() {
        let text = "[target.'cfg(unix)']\nrunner = \"./run.sh --fast\"\n[target.x86_64-unknown-linux-musl]\nrunner = [\"emulate\", \"-q\"]\nlinker = \"./cc.sh\"\nrustflags = [\"-C\", \"target-cpu=native\"]\n[build]\ntarget = [\"x86_64-unknown-linux-musl\", \"x86_64-unknown-linux-gnu\"]\n";
        let (_folder, world) = world(&[("in/.cargo/config.toml", text)], &[]);
        let found = load(&world).expect("it can be read");
        assert_eq!(found.triple(), "x86_64-unknown-linux-musl");
        let runner = |folder: &str| {
            let executable = PathBuf::from(format!("/t/{folder}/release/deps/a-1"));
            found.runner(&executable).expect("it can be read")
        };
        assert_eq!(runner("x86_64-unknown-linux-musl"), ["emulate", "-q"]);
        let words = runner("x86_64-unknown-linux-gnu");
        assert!(PathBuf::from(&words[0]).ends_with("in/run.sh"), "{words:?}");
        assert_eq!(words[1..], ["--fast"]);
        let linker = found
            .linker()
            .expect("it can be read")
            .expect("there is one");
        assert!(linker.is_absolute() && linker.ends_with("in/cc.sh"));
        assert_eq!(
            found.flags().expect("there are some"),
            ["-C", "target-cpu=native"]
        );
    }

    #[test]
    fn a_variable_wins_over_the_files() {
        let name = "CARGO_TARGET_X86_64_UNKNOWN_LINUX_GNU_RUNNER";
        let text = "[target.x86_64-unknown-linux-gnu]\nrunner = \"a\"\n[build]\ntarget = \"x86_64-unknown-linux-gnu\"\n";
        let (_folder, world) = world(&[("in/.cargo/config.toml", text)], &[(name, "b c")]);
        let runner = load(&world).and_then(|found| found.runner(Path::new("/a")));
        assert_eq!(runner.expect("it can be read"), ["b", "c"]);
    }

    #[test]
    fn a_file_that_cannot_be_read_is_named() {
        let (_folder, world) = world(&[("in/.cargo/config.toml", "[env\n")], &[]);
        let error = load(&world).expect_err("no TOML");
        assert!(error.contains("config.toml"), "{error}");
    }
}
