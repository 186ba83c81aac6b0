//! Other systems: what is compiled for them, and what is run under Wine.

use std::env;
use std::path::PathBuf;
use std::process::Command;

use super::Length;
use crate::step::{Stopped, cargo_last, catches, last, skipped, step, step_beside, workspace};

/// Where `xtask/systems/setup.sh` has put its compiler, if not in the target folder.
const FOLDER: &str = "PERF_SYSTEMS";
/// The features of the runtime that need no crate of another system.
const FEATURES: &str = "alloc-sites,harness,instructions,layer,load,meters,tracing";
const WINDOWS: &str = "x86_64-pc-windows-gnu";
const CHECKED: [&str; 3] = [WINDOWS, "aarch64-apple-darwin", "aarch64-unknown-linux-gnu"];
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
    for target in CHECKED {
        check(target)?;
    }
    in_a_browser()?;
    if length == Length::Full {
        under_wine()?;
    }
    Ok(())
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
        // Without building anything anew, as other flags of the compiler would.
        command.envs([
            ("CARGO_UNSTABLE_WARNINGS", "true"),
            ("CARGO_BUILD_WARNINGS", "deny"),
        ]);
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
    // The tests of what is measured too, and the command line, whose history would need a
    // C compiler of that system.
    command.args([
        "check",
        "-p",
        "perf-runtime",
        "--tests",
        "--features",
        FEATURES,
    ]);
    step_beside(&format!("{target}, runtime"), command.args(&more))?;
    let Some((mut command, more)) = cargo_for(target) else {
        return Ok(());
    };
    command.args(["check", "-p", "perf-report", "--no-default-features"]);
    step_beside(&format!("{target}, command line"), command.args(&more))
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

/// The tests of the runtime and of the examples as Windows programs, and a project.
fn under_wine() -> Result<(), Stopped> {
    if !compiler().exists() {
        skipped("tests under Wine", "`xtask/systems/setup.sh` brings it");
        return Ok(());
    }
    let wine = |arguments: &str| {
        let (mut command, _) = cargo_for(WINDOWS)?;
        command.args(arguments.split(' '));
        // What is proved here is the system's part, whose threads cost milliseconds.
        command.env("PERF_TRUTH_REPEATS", "20");
        // Meters of other crates are kept so alone: see `perf_runtime::meters`.
        command.env(
            "CARGO_TARGET_X86_64_PC_WINDOWS_GNU_RUSTFLAGS",
            "-Clink-arg=-Wl,--no-gc-sections",
        );
        Some(command)
    };
    // Not the simulations, which do no input or output: they take minutes.
    let runtime = format!(
        "test -p perf-runtime --tests --features {FEATURES} --no-fail-fast -- --skip engine:: --skip judge::"
    );
    for (title, arguments) in [
        ("the runtime under Wine", &*runtime),
        (
            "the examples under Wine",
            // Without those whose hard limits are on what Wine does not count: page faults,
            // processor time, open files.
            "test -p examples --tests --no-fail-fast -- --skip comparing_two_names_needs_no_heap --skip the_program_starts --skip a_platform_keeps_one_processor_busy --skip an_open_guard_holds_few_files --skip a_check_leaves_no_file_open",
        ),
    ] {
        if let Some(mut command) = wine(arguments) {
            step_beside(title, &mut command)?;
        }
    }
    let manifest = project().map_err(|error| format!("a project could not be written: {error}"))?;
    if let Some(mut command) = wine(&format!("test --tests --manifest-path {manifest}")) {
        let words = [
            "allocs 3 is over its budget of 1",
            "budgets.rs:7",
            "2 passed",
        ];
        catches("a project under Wine", &words, &mut command)?;
    }
    skipped(
        "a case that exits, under Wine",
        "Wine 8 calls nothing of a program that ends by `ExitProcess`, as Windows does",
    );
    Ok(())
}

/// A user's tests, of which one breaks its budget on line 7.
const BUDGETS: &str = r#"use perf_runtime::perf_budget;
#[global_allocator]
static ALLOC: perf_runtime::CountingAllocator = perf_runtime::CountingAllocator::system();
#[perf_budget(allocs = 1, max_time = "200ms")]
fn allocates() {
    for _ in 0..3 {
        drop(std::hint::black_box(vec![1_u8; 1_000]));
    }
}
#[perf_budget(p50 = "1s", mem = "2KB", retained = "0B", max_time = "200ms")]
fn holds() { drop(std::hint::black_box(vec![1_u8; 1_000])) }
#[perf_budget(rss = "1GB", first = "10s", max_time = "200ms")]
fn is_seen() -> Vec<u8> { vec![1; 1_000_000] }
"#;
/// That of the workspace, so that the standard library is not built again.
const PROFILE: &str = r#"
[profile.dev]
debug = "line-tables-only"
lto = "off"
[profile.dev.package."*"]
debug = false
"#;

fn project() -> std::io::Result<String> {
    let folder = workspace().join("target/systems-project");
    std::fs::create_dir_all(folder.join("tests"))?;
    std::fs::create_dir_all(folder.join("src"))?;
    let runtime = workspace().join("perf-runtime");
    let manifest = format!(
        "[package]\nname = \"project\"\nversion = \"0.1.0\"\nedition = \"2024\"\n[dev-dependencies]\nperf-runtime = {{ path = {runtime:?}, features = [\"alloc-sites\"] }}\n[workspace]\n{PROFILE}"
    );
    std::fs::write(folder.join("Cargo.toml"), manifest)?;
    std::fs::write(folder.join("src/lib.rs"), "")?;
    std::fs::write(folder.join("tests/budgets.rs"), BUDGETS)?;
    std::fs::copy(workspace().join("Cargo.lock"), folder.join("Cargo.lock"))?;
    Ok(folder.join("Cargo.toml").display().to_string())
}
