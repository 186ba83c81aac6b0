//! This workspace's chores: `cargo xtask perf`, `cargo xtask ci`, `cargo xtask bench`.
//!
//! `ci` is here, and built in seconds: it builds the program of the others with the tests.

use std::process::{Command, ExitCode};

mod ci;
#[allow(dead_code)]
mod processor;
mod step;

fn main() -> ExitCode {
    let more = || std::env::args().skip(2).collect::<Vec<_>>();
    match std::env::args().nth(1).as_deref() {
        Some("ci") => ci::run(&more()),
        Some(program) if ci::wrapper::is_compiler(program) => ci::wrapper::compile(),
        _ => other_program(),
    }
}

/// Builds the program of the other chores, and leaves the rest to it.
fn other_program() -> ExitCode {
    let mut command = Command::new(step::cargo().get_program());
    command.args(["run", "--quiet", "--package", "xtask", "--bin", ci::PROGRAM]);
    command.arg("--manifest-path");
    command.arg(step::workspace().join("Cargo.toml"));
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
