//! `cargo xtask perf` and `cargo xtask bench`: what stands on the command line.

use std::ffi::OsString;
use std::process::ExitCode;

mod bench;
mod processor;
// The other program uses more of it.
#[allow(dead_code)]
mod step;
// Of the other program, which has no tests.
#[cfg(test)]
#[allow(dead_code)]
#[path = "ci/wrapper.rs"]
mod wrapper;

fn main() -> ExitCode {
    let more = || std::env::args().skip(2).collect::<Vec<_>>();
    match std::env::args().nth(1).as_deref() {
        Some("bench") => bench::run(&more()),
        _ => perf(),
    }
}

/// What is meant by `cargo xtask perf` where no package is named. The tests of
/// the macros have cases for their syntax, `diesel-queries` has counts, which are
/// the same in every build, and `versions` builds libraries that no other needs.
const EXAMPLES: [&str; 4] = ["--package", "examples", "--package", "service"];

/// `cargo xtask perf`: as in any workspace, but for the packages.
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
    // The functional tests start this program in separate projects.
    let here = std::env::current_dir().is_ok_and(|folder| folder.starts_with(step::workspace()));
    if here && !builds_nothing && !arguments.iter().any(names_package) {
        arguments.extend(EXAMPLES.map(OsString::from));
    }
    perf_report::cli::main_with(arguments)
}
