//! Other systems: what is compiled for them.

use std::env;
use std::path::PathBuf;
use std::process::Command;

use super::Length;
use crate::step::{Stopped, cargo_last, catches, last, skipped, step, step_beside, workspace};

/// Where `xtask/systems/setup.sh` has put its compiler, if not in the target folder.
const FOLDER: &str = "PERF_SYSTEMS";
/// The features of the runtime that need no crate of another system.
const FEATURES: &str = "alloc-sites,harness,instructions,layer,load,meters,tracing";
const CHECKED: [&str; 3] = [
    "x86_64-pc-windows-gnu",
    "aarch64-apple-darwin",
    "aarch64-unknown-linux-gnu",
];

const BROWSER: &str = "wasm32-unknown-unknown";
/// What is said where the runtime cannot work.
const NO_CLOCK: &str = "has neither a clock nor processes";

/// Checks for each system for which there is a compiler; with `--all` brings one.
pub(super) fn all(length: Length) -> Result<(), Stopped> {
    let compiler = compiler();
    if length == Length::Full && !compiler.exists() {
        // Only root may; without it other systems are skipped, by name.
        let script = workspace().join("xtask/systems/setup.sh");
        let _ = step(
            "install a compiler for other systems",
            &mut Command::new(script),
        );
    }
    CHECKED.into_iter().try_for_each(check)?;
    in_a_browser()
}

fn compiler() -> PathBuf {
    let folder =
        env::var_os(FOLDER).map_or_else(|| workspace().join("target/systems"), PathBuf::from);
    folder.join("cargo")
}

/// The compiler of `setup.sh`, or rustup's where it has the system's standard library.
fn cargo_for(target: &str) -> Option<(Command, Vec<String>)> {
    let compiler = compiler();
    if compiler.exists() {
        let mut command = last(compiler);
        command.env("TARGET", target);
        for name in ["RUSTUP_TOOLCHAIN", "CARGO", "RUSTDOC"] {
            command.env_remove(name);
        }
        return Some((command, Vec::new()));
    }
    let installed = Command::new("rustup")
        .args(["target", "list", "--installed"])
        .output();
    let installed = installed
        .map(|out| String::from_utf8_lossy(&out.stdout).into_owned())
        .unwrap_or_default();
    let is_there = installed.lines().any(|line| line == target);
    is_there.then(|| (cargo_last(), vec!["--target".to_owned(), target.to_owned()]))
}

fn absent(target: &str) {
    skipped(
        target,
        "no compiler for it is here; `xtask/systems/setup.sh` makes one, and its folder is found in target/systems or in PERF_SYSTEMS",
    );
}

fn check(target: &str) -> Result<(), Stopped> {
    let Some((mut command, more)) = cargo_for(target) else {
        absent(target);
        return Ok(());
    };
    command.args(["check", "-p", "perf-runtime", "--features", FEATURES]);
    step_beside(target, command.args(&more))
}

/// Where nothing can be measured, that is an error which says what to do.
fn in_a_browser() -> Result<(), Stopped> {
    let Some((mut command, more)) = cargo_for(BROWSER) else {
        absent(BROWSER);
        return Ok(());
    };
    command.args(["check", "-p", "perf-runtime"]);
    catches(BROWSER, &[NO_CLOCK], command.args(&more))
}
