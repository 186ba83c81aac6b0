//! A Cargo project and what its commands print.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::Instant;

use crate::workspace::{self, DEPENDENCIES, UNTESTED_LIBRARY};

/// A package of the shared workspace, or a project in a separate folder; with a
/// folder for what its commands write.
pub(crate) struct Project {
    /// Removed in the end.
    _temporary: tempfile::TempDir,
    folder: PathBuf,
    /// The name and the folder of a package of the shared workspace.
    package: Option<(String, PathBuf)>,
}

/// What a command printed and how it ended.
pub(crate) struct Ran {
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    pub(crate) code: Option<i32>,
}

/// The allocator and the attribute, as a test target starts.
pub(crate) const HEAD: &str = "use perf_runtime::perf_budget;
#[global_allocator]
static ALLOC: perf_runtime::CountingAllocator = perf_runtime::CountingAllocator::system();
";

/// A wait that keeps the processor: `spin(ns)`.
pub(crate) const SPIN: &str = "
#[allow(dead_code)]
fn spin(ns: u128) { let t = std::time::Instant::now(); while t.elapsed().as_nanos() < ns { std::hint::spin_loop(); } }
";

/// What makes the builds of all projects the same ones: that of `cargo xtask perf`,
/// which asks for the line tables of a project's own packages, and of `cargo test`.
/// Packages and runtime are optimised a little, as what is tested here is not how fast
/// the runtime is, and what they stand on is not. Macros are those of this workspace.
pub(crate) const PROFILES: &str = "
[profile.release]
opt-level = 1
debug = \"line-tables-only\"
lto = \"off\"
[profile.release.package.\"*\"]
opt-level = 0
debug = false
[profile.release.package.perf-runtime]
opt-level = 1
[profile.release.package.perf-statistics]
opt-level = 1
[profile.release.build-override]
debug = false
[profile.dev]
lto = \"off\"
[profile.dev.package.\"*\"]
debug = false
[profile.dev.build-override]
codegen-units = 4
";

/// The repository of this crate.
pub(crate) fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("xtask stands in the repository")
}

/// A cargo command in a folder. All of them share a target folder, and with the
/// repository the folder in which dependencies are built.
pub(crate) fn cargo(folder: &Path, arguments: &str) -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.args(arguments.split_whitespace());
    in_folder(&mut command, folder);
    command
}

/// Takes out of the environment what these tests were started with.
fn in_folder(command: &mut Command, folder: &Path) {
    command
        .current_dir(folder)
        .env("CARGO_TARGET_DIR", repository().join("target/functional"))
        .env("CARGO_BUILD_BUILD_DIR", repository().join("target"))
        .env("CARGO_INCREMENTAL", "0")
        .env("CARGO_NET_OFFLINE", "true")
        .env("NO_COLOR", "1")
        .stdin(Stdio::null());
    for name in [
        "CARGO_MANIFEST_DIR",
        "CI",
        "NEXTEST",
        "NEXTEST_RUN_ID",
        "NEXTEST_PROFILE",
        "RUSTFLAGS",
        "RUST_BACKTRACE",
        "RUST_TEST_THREADS",
        "PERF_RUN_ID",
        "PERF_BUDGETS_MODE",
        "PERF_BUDGETS_PROFILE",
        "PERF_BUDGETS_FILE",
        "PERF_HISTORY",
    ] {
        command.env_remove(name);
    }
}

impl Project {
    /// A package of the shared workspace, without rules in its budget file.
    pub(crate) fn of(package: &str) -> Project {
        Project::under(package, "schema = 1\n")
    }

    /// A package of the shared workspace, and the text of its budget file.
    pub(crate) fn under(package: &str, budgets: &str) -> Project {
        let project = Project::in_folder(Some((package.to_owned(), workspace::folder(package))));
        project.write("perf-budgets.toml", budgets);
        project
    }

    /// The examples of this repository, built as `cargo xtask perf` does there, under the
    /// rules of its budget file.
    pub(crate) fn of_examples() -> Project {
        let folder = repository().to_owned();
        let project = Project::in_folder(Some(("examples".to_owned(), folder)));
        let budgets = fs::read_to_string(repository().join("perf-budgets.toml"));
        project.write("perf-budgets.toml", &budgets.expect("it is there"));
        project
    }

    /// A package in a separate folder, with an empty library, and with perf-runtime
    /// and all of its features among the dev-dependencies. Each file of `files` is a
    /// path and its text.
    pub(crate) fn alone(name: &str, files: &[(&str, &str)]) -> Project {
        let runtime = workspace::runtime(workspace::FEATURES);
        let dependencies = format!("{UNTESTED_LIBRARY}{DEPENDENCIES}{runtime}");
        Project::with_manifest(name, &dependencies, files)
    }

    /// The same with a manifest's dependencies and what follows them.
    pub(crate) fn with_manifest(name: &str, manifest: &str, files: &[(&str, &str)]) -> Project {
        let project = Project::in_folder(None);
        let text = format!(
            "[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"2024\"\n{manifest}\n[workspace]\nmembers = [\".\"]\n{PROFILES}"
        );
        project.write("Cargo.toml", &text);
        project.write("src/lib.rs", "");
        for (path, text) in files {
            project.write(path, text);
        }
        project.lock();
        project
    }

    fn in_folder(package: Option<(String, PathBuf)>) -> Project {
        let temporary = tempfile::tempdir().expect("a temporary folder");
        Project {
            folder: temporary.path().join("project"),
            _temporary: temporary,
            package,
        }
    }

    /// Depends on the versions that the repository depends on. Cargo takes out of
    /// the file what a project does not need: where it comes to need more, the file
    /// has to be copied again.
    fn lock(&self) {
        let lock = repository().join("Cargo.lock");
        fs::copy(lock, self.path().join("Cargo.lock")).expect("the repository has a lock file");
    }

    /// Takes out what asks for line tables.
    pub(crate) fn ask_for_no_lines(&self) {
        self.change_manifest("debug = \"line-tables-only\"\n", "");
    }

    /// Puts something else in the place of what has to stand in the manifest.
    #[track_caller]
    fn change_manifest(&self, from: &str, to: &str) {
        let manifest = fs::read_to_string(self.path().join("Cargo.toml")).expect("it was written");
        assert!(manifest.contains(from), "{from} is not in\n{manifest}");
        self.write("Cargo.toml", &manifest.replacen(from, to, 1));
    }

    /// Adds the five-line `xtask` of the README.
    pub(crate) fn add_xtask(&self) {
        self.change_manifest("members = [\".\"]", "members = [\".\", \"xtask\"]");
        let report = repository().join("perf-report");
        self.write(
            "xtask/Cargo.toml",
            &format!("[package]\nname = \"xtask\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n[dependencies]\nperf-report = {{ path = {report:?} }}\n"),
        );
        self.write(
            "xtask/src/main.rs",
            "fn main() -> std::process::ExitCode {\n    perf_report::cli::main()\n}\n",
        );
        self.write(
            ".cargo/config.toml",
            "[alias]\nxtask = \"run --quiet --package xtask --\"\n",
        );
        self.lock();
        // Whatever any system needs of it, without which cargo describes no
        // workspace; where there is no network, more is built.
        let mut fetch = self.cargo("fetch");
        fetch.env_remove("CARGO_NET_OFFLINE");
        Ran::of(fetch);
    }

    /// The folder that commands may write to: that of the project, where it has a
    /// separate one.
    pub(crate) fn path(&self) -> &Path {
        &self.folder
    }

    pub(crate) fn write(&self, path: &str, text: &str) {
        let path = self.path().join(path);
        fs::create_dir_all(path.parent().expect("a file has a folder"))
            .expect("a folder can be made");
        fs::write(path, text).expect("a file can be written");
    }

    /// A cargo command in this project.
    pub(crate) fn cargo(&self, arguments: &str) -> Command {
        self.prepared(cargo(self.home(), arguments))
    }

    /// What `cargo xtask perf` starts, without building it once more for this
    /// project: the command line of this workspace.
    pub(crate) fn perf(&self, arguments: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_xtask-perf"));
        command.arg("perf").args(arguments.split_whitespace());
        in_folder(&mut command, self.home());
        // What shows a stored run takes no package.
        let builds = !arguments.starts_with("report");
        if let Some((name, _)) = self.package.as_ref().filter(|_| builds) {
            command.args(["--package", name]);
        }
        self.prepared(command)
    }

    fn home(&self) -> &Path {
        let package = self.package.as_ref();
        package.map_or_else(|| self.path(), |(_, folder)| folder)
    }

    /// Projects share the machine's lock: beside others that measure, a pool of threads
    /// does not come to rest in time, and a leak is not told apart within its calls.
    fn prepared(&self, mut command: Command) -> Command {
        command.env("PERF_OUT_DIR", self.out_dir());
        if self.package.is_some() {
            command.env("PERF_BUDGETS_FILE", self.path().join("perf-budgets.toml"));
        }
        command
    }

    pub(crate) fn out_dir(&self) -> PathBuf {
        self.path().join("perf-out")
    }

    /// Runs a cargo command to its end.
    pub(crate) fn run(&self, arguments: &str) -> Ran {
        Ran::of(self.cargo(arguments))
    }

    /// Runs the command line to its end.
    pub(crate) fn run_perf(&self, arguments: &str) -> Ran {
        Ran::of(self.perf(arguments))
    }

    /// Every record that the runs of this project left.
    pub(crate) fn records(&self) -> Vec<serde_json::Value> {
        let mut records = Vec::new();
        let Ok(runs) = fs::read_dir(self.out_dir().join("runs")) else {
            return records;
        };
        for run in runs {
            for file in fs::read_dir(run.expect("an entry").path()).expect("a run is a folder") {
                let path = file.expect("an entry").path();
                if path.extension().is_some_and(|end| end == "json") {
                    let text = fs::read_to_string(&path).expect("a record can be read");
                    records.push(
                        serde_json::from_str(&text)
                            .unwrap_or_else(|error| panic!("{}: {error}\n{text}", path.display())),
                    );
                }
            }
        }
        records
    }

    /// What is wrong with records that are not what the schema describes.
    pub(crate) fn unlike_the_schema(&self) -> Vec<String> {
        let schema = include_str!("../../../perf-runtime/schema/record-1.schema.json");
        unlike(schema, &self.records())
    }

    /// The files of every profile that the runs of this project took.
    pub(crate) fn profiles(&self) -> Vec<PathBuf> {
        let runs = fs::read_dir(self.out_dir().join("runs"))
            .into_iter()
            .flatten();
        let folders = runs.map(|run| run.expect("an entry").path().join("profiles"));
        let files = folders.flat_map(|folder| fs::read_dir(folder).into_iter().flatten());
        files.map(|file| file.expect("an entry").path()).collect()
    }

    /// The one record of a case whose id ends like this.
    #[track_caller]
    pub(crate) fn record(&self, end: &str) -> serde_json::Value {
        let mut found: Vec<_> = self
            .records()
            .into_iter()
            .filter(|record| {
                record["case"]["id"]
                    .as_str()
                    .is_some_and(|id| id.ends_with(end))
                    && record["phase"] == "whole"
            })
            .collect();
        assert_eq!(found.len(), 1, "records of `{end}`");
        found.remove(0)
    }
}

/// What is wrong with values that are not what a schema describes.
pub(crate) fn unlike(schema: &str, values: &[serde_json::Value]) -> Vec<String> {
    let schema = serde_json::from_str(schema).expect("the schema is JSON");
    let mut schemas = boon::Schemas::new();
    let mut compiler = boon::Compiler::new();
    let added = compiler.add_resource("published.json", schema);
    added.expect("the schema has a good address");
    let compiled = compiler.compile("published.json", &mut schemas);
    let schema = compiled.expect("the schema is one");
    let wrong = values
        .iter()
        .filter_map(|value| schemas.validate(value, schema).err());
    wrong.map(|error| error.to_string()).collect()
}

/// Whether instructions can be counted under valgrind; a test that needs it and does
/// not find it is skipped by name.
pub(crate) fn has_valgrind() -> bool {
    let there = Command::new("valgrind").arg("--version").output();
    let has = cfg!(all(target_os = "linux", target_arch = "x86_64")) && there.is_ok();
    if !has {
        skipped("valgrind is not installed");
    }
    has
}

/// Names the test that calls this, which cannot run here.
pub(crate) fn skipped(why: &str) {
    // Straight to the stream: the harness would swallow a line of print.
    let test = std::thread::current();
    let test = test.name().unwrap_or_default();
    let line = format!("SKIPPED: {test}: {why}\n");
    let _ = std::io::stderr().write_all(line.as_bytes());
}

impl Ran {
    pub(crate) fn of(mut command: Command) -> Ran {
        let started = Instant::now();
        let Output {
            status,
            stdout,
            stderr,
        } = command.output().expect("the command can be started");
        // Shown with `--no-capture`: what makes these tests long.
        let words: Vec<_> = command
            .get_args()
            .map(|word| word.to_string_lossy())
            .collect();
        eprintln!(
            "{:.1} s: {}",
            started.elapsed().as_secs_f64(),
            words.join(" ")
        );
        Ran {
            stdout: String::from_utf8_lossy(&stdout).into_owned(),
            stderr: String::from_utf8_lossy(&stderr).into_owned(),
            code: status.code(),
        }
    }

    #[track_caller]
    pub(crate) fn ended_with(self, code: i32) -> Ran {
        assert_eq!(
            self.code,
            Some(code),
            "\n--- stdout\n{}\n--- stderr\n{}",
            self.stdout,
            self.stderr
        );
        self
    }

    /// Both streams, for what may stand on either.
    pub(crate) fn text(&self) -> String {
        format!("{}\n{}", self.stdout, self.stderr)
    }

    #[track_caller]
    pub(crate) fn says(self, part: &str) -> Ran {
        assert!(
            self.text().contains(part),
            "`{part}` is not in\n--- stdout\n{}\n--- stderr\n{}",
            self.stdout,
            self.stderr
        );
        self
    }
}
