//! This workspace's chores: `cargo xtask perf`, `cargo xtask ci`, `cargo xtask bench`.

#[cfg(feature = "perf")]
use std::ffi::OsString;
use std::process::ExitCode;

#[cfg(feature = "perf")]
mod bench;
mod ci;
#[cfg_attr(not(feature = "perf"), allow(dead_code))]
mod processor;
mod step;

fn main() -> ExitCode {
    let more = || std::env::args().skip(2).collect::<Vec<_>>();
    match std::env::args().nth(1).as_deref() {
        Some("ci") => ci::run(&more()),
        #[cfg(feature = "perf")]
        Some("bench") => bench::run(&more()),
        _ => perf(),
    }
}

/// Builds this program with the feature `perf`, and leaves the rest to it.
#[cfg(not(feature = "perf"))]
fn perf() -> ExitCode {
    let mut command = std::process::Command::new(step::cargo().get_program());
    command.args(["run", "--quiet", "--package", "xtask", "--manifest-path"]);
    command.arg(step::workspace().join("Cargo.toml"));
    if cfg!(windows) {
        // An executable that runs cannot be replaced there.
        let folder = step::workspace().join("target/xtask");
        command.arg("--target-dir").arg(folder);
    }
    command.arg("--").args(std::env::args_os().skip(1));
    #[cfg(unix)]
    let error = std::os::unix::process::CommandExt::exec(&mut command);
    #[cfg(not(unix))]
    let error = match command.status() {
        Ok(status) => return ExitCode::from(status.code().map_or(1, |code| code as u8)),
        Err(error) => error,
    };
    eprintln!("{command:?} could not be started: {error}");
    ExitCode::from(2)
}

/// What is meant by `cargo xtask perf` where no package is named. The tests of
/// the macros have cases for their syntax, `diesel-queries` has counts, which are
/// the same in every build, and `versions` builds libraries that no other needs.
#[cfg(feature = "perf")]
const EXAMPLES: [&str; 4] = ["--package", "examples", "--package", "service"];

/// `cargo xtask perf`: as in any workspace, but for the packages.
#[cfg(feature = "perf")]
fn perf() -> ExitCode {
    let mut arguments: Vec<OsString> = std::env::args_os().skip(1).collect();
    let names_package = |argument: &OsString| {
        let text = argument.to_string_lossy();
        text.starts_with("-p") || text.starts_with("--package")
    };
    let verb = arguments
        .get(1)
        .and_then(|verb| verb.to_str())
        .unwrap_or_default();
    let word = |place: usize| arguments.get(place).and_then(|word| word.to_str());
    let builds_nothing = [
        "report", "compare", "history", "trend", "top", "merge", "init",
    ]
    .contains(&verb)
        || (verb == "baseline" && word(2) == Some("show"));
    // The functional tests start this program in projects of their own.
    let here = std::env::current_dir().is_ok_and(|folder| folder.starts_with(step::workspace()));
    if here && !builds_nothing && !arguments.iter().any(names_package) {
        arguments.extend(EXAMPLES.map(OsString::from));
    }
    perf_report::cli::main_with(arguments)
}
