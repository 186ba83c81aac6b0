//! Clippy and rustdoc, with the dependencies that the tests are built with.
//!
//! `cargo clippy` and `cargo doc` build every dependency once more, for checking alone: twice
//! as much work as the crates that they are asked about. So this program stands in the place of
//! `RUSTC_WORKSPACE_WRAPPER` when the tests are built, and starts both with the options that
//! cargo gave the compiler. Clippy is that compiler and more, so it compiles, too, what is not
//! optimised: each crate is read and checked once, which is a quarter of what compiling it costs.

use std::env;
use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::sync::LazyLock;

use crate::step::{Stopped, cargo, catches, workspace};

/// What Clippy takes options from. Cargo has it too: it compiles anew what was compiled with
/// others.
const CLIPPY_ARGS: &str = "CLIPPY_ARGS";
/// A lint that wants `return` before the last value of a function.
const PLANTED: &str = "clippy::implicit_return";

/// Libraries that are compiled without their features as well, and so without these crates.
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

/// Gives Clippy, under a command of cargo, a lint to deny: as `cargo clippy` does.
pub(super) fn denying(command: &mut Command, lint: &str) {
    const END: &str = "__CLIPPY_HACKERY__";
    command.env(CLIPPY_ARGS, format!("-D{END}{lint}{END}"));
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
    denying(&mut command, PLANTED);
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
    for mut command in commands(Path::new(compiler), rest) {
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

/// What compiles and checks a crate. Of what cargo compiles to learn about the compiler there
/// is nothing to check.
fn commands(compiler: &Path, arguments: &[String]) -> Vec<Command> {
    let options = &options(arguments);
    let value = |name| {
        let mut found = options.iter().filter(|option| option[0] == name);
        found.next()?.get(1).map(String::as_str)
    };
    let mut compile = Command::new(compiler);
    compile.args(arguments);
    let Some(name) = value("--crate-name").filter(|name| *name != "___") else {
        return vec![compile];
    };
    // Tests have none.
    let kind = value("--crate-type");
    let optional = WITHOUT_FEATURES
        .iter()
        .find(|(library, _)| *library == name)
        .map(|(_, optional)| *optional);
    if optional.is_some() && kind == Some("lib") {
        // Much waits for it: it is checked as the target of its unit tests.
        compile.arg("-Dwarnings");
        return vec![compile];
    }
    let mut all = if is_optimised(options) {
        let mut lints = clippy_driver(compiler);
        check(&mut lints, options, "lints", None);
        vec![compile, lints]
    } else {
        let mut both = clippy_driver(compiler);
        both.args(arguments);
        vec![both]
    };
    if let (Some(optional), None) = (optional, kind) {
        // What is left without features is less of the same: it is compiled, and nothing in it
        // is unused.
        let library = &as_library(options);
        let mut bare = Command::new(compiler);
        check(&mut bare, library, "without-features", Some(optional));
        bare.arg("-Dwarnings");
        all.extend([bare, rustdoc(compiler, library)]);
    }
    // What nothing stands on has no documentation but its help.
    if kind.is_some_and(|kind| kind != "bin") {
        all.push(rustdoc(compiler, options));
    }
    all
}

/// The options of the library whose unit tests these compile.
fn as_library<'a>(options: &[Opt<'a>]) -> Vec<Opt<'a>> {
    static LIBRARY: LazyLock<[String; 2]> = LazyLock::new(|| ["--crate-type".into(), "lib".into()]);
    let tests = |option: &&Opt| option[0] != "--test";
    let kept = options.iter().filter(tests).copied();
    [&LIBRARY[..]].into_iter().chain(kept).collect()
}

/// Whether a crate is optimised, of which Clippy would undo a part: it reads functions as the
/// compiler has them before it simplifies any.
fn is_optimised(options: &[Opt]) -> bool {
    options.iter().any(|option| {
        let level = option
            .last()
            .and_then(|last| last.strip_prefix("opt-level="));
        level.is_some_and(|level| level != "0")
    })
}

fn is_one_of(option: Opt, names: &[&str]) -> bool {
    names.iter().any(|name| option[0].starts_with(name))
}

/// Has a compiler generate no code, and leave what it writes for other crates in a folder;
/// without features where these crates are optional.
fn check(command: &mut Command, options: &[Opt], name: &str, optional: Option<&[&str]>) {
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
    command.args(kept.flat_map(|option| *option));
    command.arg("--emit=metadata");
    command.arg("--out-dir").arg(folder().join(name));
}

fn clippy_driver(compiler: &Path) -> Command {
    let mut command = Command::new(compiler.with_file_name("clippy-driver"));
    command.arg(compiler);
    command
}

/// rustdoc, for links that lead nowhere.
fn rustdoc(compiler: &Path, options: &[Opt]) -> Command {
    let is_source = |option: Opt| option[0].ends_with(".rs");
    let kept = options
        .iter()
        .filter(|option| is_one_of(option, &OF_RUSTDOC) || is_source(option));
    let mut command = Command::new(compiler.with_file_name("rustdoc"));
    command.args(kept.flat_map(|option| *option));
    command.arg("-Dwarnings");
    command.arg("--out-dir").arg(folder().join("doc"));
    command
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The programs that compile and check a crate, each with its arguments in a line.
    fn checked(line: &str) -> Vec<String> {
        let words: Vec<String> = line.split(' ').map(str::to_owned).collect();
        let shown = |command: &Command| {
            let words = [command.get_program()]
                .into_iter()
                .chain(command.get_args());
            let words: Vec<_> = words.map(|word| word.to_string_lossy()).collect();
            words.join(" ")
        };
        let all = commands(Path::new("bin/rustc"), &words);
        all.iter().map(shown).collect()
    }

    fn with(one: &str, words: &[&str]) -> bool {
        words.iter().all(|word| one.contains(word))
    }

    #[test]
    fn a_library_without_features_is_linted_and_documented() {
        let line = "--crate-name perf_layer --crate-type lib src/lib.rs --emit=link";
        let all = checked(line);
        assert_eq!(all.len(), 2, "{all:#?}");
        assert_eq!(all[0], format!("bin/clippy-driver bin/rustc {line}"));
        assert!(with(&all[1], &["bin/rustdoc", "-Dwarnings"]));
        assert!(!all[1].contains("--emit=link"), "{}", all[1]);
    }

    #[test]
    fn a_library_with_features_is_checked_as_the_target_of_its_unit_tests() {
        let library = "--crate-name perf_report --crate-type lib src/lib.rs --emit=link";
        assert_eq!(
            checked(library),
            [format!("bin/rustc {library} -Dwarnings")]
        );
        let tests = "--crate-name perf_report src/lib.rs --emit=link --test --cfg feature=\"history\" --extern rusqlite=librusqlite.rmeta --extern serde=libserde.rmeta";
        let all = checked(tests);
        assert_eq!(all.len(), 3, "{all:#?}");
        assert_eq!(all[0], format!("bin/clippy-driver bin/rustc {tests}"));
        assert!(with(
            &all[1],
            &["bin/rustc", "--crate-type lib", "serde=", "-Dwarnings"]
        ));
        assert!(
            !["--test", "feature=", "rusqlite", "--emit=link"]
                .iter()
                .any(|word| all[1].contains(word)),
            "{}",
            all[1]
        );
        assert!(with(
            &all[2],
            &["bin/rustdoc", "--crate-type lib", "feature=", "-Dwarnings"]
        ));
        assert!(!all[2].contains("--test"), "{}", all[2]);
    }

    #[test]
    fn what_is_optimised_is_compiled_by_the_compiler() {
        let line = "--crate-name alloc_truth --test tests/alloc_truth.rs --emit=link --cfg feature=\"all\" -C opt-level=1";
        let all = checked(line);
        assert_eq!(all.len(), 2, "{all:#?}");
        assert_eq!(all[0], format!("bin/rustc {line}"));
        assert!(with(&all[1], &["clippy-driver", "--test", "feature="]));
        assert!(!all[1].contains("--emit=link"), "{}", all[1]);
        let line = line.replace("opt-level=1", "opt-level=0");
        assert_eq!(
            checked(&line),
            [format!("bin/clippy-driver bin/rustc {line}")]
        );
    }

    #[test]
    fn programs_and_tests_are_linted_alone() {
        let program = checked("--crate-name xtask --crate-type bin src/main.rs");
        assert_eq!(program.len(), 1, "{program:#?}");
        assert_eq!(checked("--crate-name ui --test tests/ui.rs").len(), 1);
        let asked = "--crate-name ___ --crate-type bin -";
        assert_eq!(checked(asked), [format!("bin/rustc {asked}")]);
        assert_eq!(checked("-vV"), ["bin/rustc -vV"]);
    }
}
