//! This workspace's chores: `cargo xtask perf`, `cargo xtask ci`, `cargo xtask bench`.

use std::process::ExitCode;

mod bench;
mod ci;
mod step;

fn main() -> ExitCode {
    match std::env::args().nth(1).as_deref() {
        Some("ci") => ci::run(),
        Some("bench") => bench::run(&std::env::args().skip(2).collect::<Vec<_>>()),
        _ => perf_report::cli::main(),
    }
}
