//! Clippy and rustdoc, with the dependencies that the tests are built with.
//!
//! `cargo clippy` and `cargo doc` build every dependency once more, for checking alone: twice
//! as much work as the crates that they are asked about. So this program stands in the place of
//! `RUSTC_WORKSPACE_WRAPPER` when the tests are built, and starts both after the compiler, with
//! the options that cargo gave it.

use std::env;
use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use crate::step::{Stopped, cargo, catches, workspace};

/// Names what Clippy denies in the place of all warnings.
const DENIED: &str = "XTASK_DENIED";
/// A lint that wants `return` before the last value of a function.
const PLANTED: &str = "clippy::implicit_return";

/// Libraries that are linted without their features as well, and so without these crates.
const WITHOUT_FEATURES: [(&str, &[&str]); 2] = [
    (
        "perf_runtime",
        &[
            "libtest_mimic",
            "linkme",
            "perf_layer",
            "stats_alloc",
            "tokio",
            "tracing",
            "tracing_subscriber",
        ],
    ),
    (
        "perf_report",
        &[
            "percent_encoding",
            "postgres",
            "rusqlite",
            "rustls",
            "rustls_native_certs",
            "rustls_tokio_postgres",
        ],
    ),
];

/// Options of rustc whose value is the next argument.
const PAIRS: [&str; 8] = [
    "--crate-name",
    "--crate-type",
    "--cfg",
    "--check-cfg",
    "--out-dir",
    "--extern",
    "-C",
    "-L",
];
/// Options that say what is written, and how.
const OUTPUT: [&str; 5] = [
    "--emit",
    "--out-dir",
    "--error-format",
    "--json",
    "--diagnostic-width",
];
/// Options that rustdoc has too.
const OF_RUSTDOC: [&str; 7] = [
    "--crate-name",
    "--crate-type",
    "--cfg",
    "--check-cfg",
    "--edition",
    "--extern",
    "-L",
];

/// Puts a copy of this program where the build of the tests does not replace it.
///
/// # Errors
/// If it cannot be copied.
pub(super) fn install() -> Result<(), Stopped> {
    let copied = env::current_exe().and_then(|program| {
        fs::create_dir_all(folder())?;
        // What runs cannot be written to, and is replaced.
        let _ = fs::remove_file(wrapper());
        fs::copy(program, wrapper()).map(drop)
    });
    copied.map_err(|error| format!("{} cannot be written: {error}", wrapper().display()))
}

/// The setting by which cargo starts the copy in the place of the compiler.
pub(super) fn setting() -> String {
    format!("build.rustc-workspace-wrapper='{}'", wrapper().display())
}

/// Its path is new with other rules or checks, with which cargo compiles, and so checks, all
/// crates anew.
fn wrapper() -> PathBuf {
    let mut hasher = DefaultHasher::new();
    (
        include_str!("wrapper.rs"),
        include_str!("../../../clippy.toml"),
    )
        .hash(&mut hasher);
    folder()
        .join(format!("wrapper-{:016x}", hasher.finish()))
        .with_extension(env::consts::EXE_EXTENSION)
}

fn folder() -> PathBuf {
    workspace().join("target/checked")
}

/// A lint that all code breaks has to be found, in a crate without dependencies.
pub(super) fn planted_lint() -> Result<(), Stopped> {
    let mut command = cargo();
    command.args(["check", "-p", "perf-statistics", "--config", &setting()]);
    command.env("CARGO_INCREMENTAL", "0");
    command.env("CARGO_TARGET_DIR", folder().join("planted"));
    command.env(DENIED, PLANTED);
    catches(
        "a lint that all code breaks",
        &["implicit_return"],
        &mut command,
    )
}

/// Whether cargo started this program in the place of the compiler, by its first argument.
pub(crate) fn is_compiler(program: &str) -> bool {
    Path::new(program)
        .file_stem()
        .is_some_and(|stem| stem == "rustc")
}

/// Compiles a crate, and checks it.
pub(crate) fn compile() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let Some((compiler, rest)) = arguments.split_first() else {
        return ExitCode::FAILURE;
    };
    let mut commands = vec![Command::new(compiler)];
    commands[0].args(rest);
    commands.extend(checks(Path::new(compiler), &options(rest)));
    for mut command in commands {
        match command.status() {
            Ok(status) if status.success() => {}
            Ok(status) => return ExitCode::from(status.code().map_or(1, |code| code as u8)),
            Err(error) => {
                let program = command.get_program().display();
                eprintln!(
                    "{program} could not be started: {error}; `rustup component add clippy` brings what is no compiler"
                );
                return ExitCode::FAILURE;
            }
        }
    }
    ExitCode::SUCCESS
}

/// An option of a compiler, with its value where that is the next argument.
type Opt<'a> = &'a [String];

fn options(mut arguments: &[String]) -> Vec<Opt<'_>> {
    let mut all = Vec::new();
    while let Some(first) = arguments.first() {
        let length = 1 + usize::from(PAIRS.contains(&&**first));
        let (option, rest) = arguments.split_at(length.min(arguments.len()));
        all.push(option);
        arguments = rest;
    }
    all
}

/// What a crate is checked by. Of what cargo compiles to learn about the compiler there is
/// nothing to check.
fn checks(compiler: &Path, options: &[Opt]) -> Vec<Command> {
    let value = |name| {
        let mut found = options.iter().filter(|option| option[0] == name);
        found.next()?.get(1).map(String::as_str)
    };
    let Some(name) = value("--crate-name").filter(|name| *name != "___") else {
        return Vec::new();
    };
    // Tests have none.
    let kind = value("--crate-type");
    let mut all = vec![clippy(compiler, options, "lints", None)];
    let optional = WITHOUT_FEATURES
        .iter()
        .find(|(library, _)| *library == name);
    if let Some((_, optional)) = optional.filter(|_| kind == Some("lib")) {
        all.push(clippy(
            compiler,
            options,
            "lints-without-features",
            Some(optional),
        ));
    }
    if kind.is_some() && name != "build_script_build" {
        all.push(rustdoc(compiler, options, kind == Some("bin")));
    }
    all
}

fn is_one_of(option: Opt, names: &[&str]) -> bool {
    names.iter().any(|name| option[0].starts_with(name))
}

/// Clippy, which generates no code, and leaves what it writes for other crates in a folder;
/// without features where these crates are optional.
fn clippy(compiler: &Path, options: &[Opt], name: &str, optional: Option<&[&str]>) -> Command {
    let is_left_out = |option: Opt| match (optional, option) {
        (Some(_), [cfg, feature]) if cfg == "--cfg" => feature.starts_with("feature="),
        (Some(optional), [external, path]) if external == "--extern" => {
            let name = path.split('=').next().unwrap_or_default();
            optional.contains(&name)
        }
        _ => false,
    };
    let kept = options
        .iter()
        .filter(|option| !is_one_of(option, &OUTPUT) && !is_left_out(option));
    let mut command = Command::new(compiler.with_file_name("clippy-driver"));
    let denied = env::var(DENIED).unwrap_or_else(|_| "warnings".to_owned());
    // As `cargo clippy` gives it options.
    command.env(
        "CLIPPY_ARGS",
        format!("-D__CLIPPY_HACKERY__{denied}__CLIPPY_HACKERY__"),
    );
    command.arg(compiler).args(kept.flat_map(|option| *option));
    command.arg("--emit=metadata");
    command.arg("--out-dir").arg(folder().join(name));
    command
}

/// rustdoc, for links that lead nowhere.
fn rustdoc(compiler: &Path, options: &[Opt], is_program: bool) -> Command {
    let is_source = |option: Opt| option[0].ends_with(".rs");
    let kept = options
        .iter()
        .filter(|option| is_one_of(option, &OF_RUSTDOC) || is_source(option));
    let mut command = Command::new(compiler.with_file_name("rustdoc"));
    command.args(kept.flat_map(|option| *option));
    command.args(is_program.then_some("--document-private-items"));
    command.arg("-Dwarnings");
    command.arg("--out-dir").arg(folder().join("doc"));
    command
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The programs that check a crate, each with its arguments in a line.
    fn checked(line: &str) -> Vec<String> {
        let words: Vec<String> = line.split(' ').map(str::to_owned).collect();
        let shown = |command: &Command| {
            let words = [command.get_program()]
                .into_iter()
                .chain(command.get_args());
            let words: Vec<_> = words.map(|word| word.to_string_lossy()).collect();
            words.join(" ")
        };
        let all = checks(Path::new("bin/rustc"), &options(&words));
        all.iter().map(shown).collect()
    }

    #[test]
    fn a_library_is_linted_with_and_without_features_and_documented() {
        let line = "--crate-name perf_report --crate-type lib src/lib.rs --emit=link --cfg feature=\"history\" --extern rusqlite=librusqlite.rmeta --extern serde=libserde.rmeta";
        let all = checked(line);
        assert_eq!(all.len(), 3, "{all:#?}");
        let with = |one: &str, words: &[&str]| words.iter().all(|word| one.contains(word));
        let optional = ["feature=", "rusqlite"];
        assert!(with(
            &all[0],
            &[
                "clippy-driver",
                "serde=",
                "feature=",
                "rusqlite",
                "src/lib.rs"
            ]
        ));
        assert!(with(&all[1], &["clippy-driver", "serde=", "src/lib.rs"]));
        assert!(
            !optional.iter().any(|word| all[1].contains(word)),
            "{}",
            all[1]
        );
        assert!(with(&all[2], &["bin/rustdoc", "feature=", "-Dwarnings"]));
        assert!(
            !all.iter().any(|one| one.contains("--emit=link")),
            "{all:#?}"
        );
    }

    #[test]
    fn a_program_shows_its_private_items_and_tests_are_linted_alone() {
        let program = checked("--crate-name xtask --crate-type bin src/main.rs");
        assert!(program.len() == 2 && program[1].contains("--document-private-items"));
        assert_eq!(checked("--crate-name ui --test tests/ui.rs").len(), 1);
        assert_eq!(checked("--crate-name ___ --crate-type bin -"), [""; 0]);
        assert_eq!(checked("-vV"), [""; 0]);
    }
}
