//! The modules with `unsafe` under the checkers of memory: two sanitizers, valgrind and Miri.
//!
//! None of it is about time, so all of it runs beside other steps.

use std::fs;
use std::process::Command;

use super::{Length, executable};
use crate::step::{Stopped, cargo_last, catches, has, last, skipped, step_beside, workspace};

const HOST: &str = "x86_64-unknown-linux-gnu";
/// The crate of what is checked: the sources of perf-runtime that touch the system, alone.
const FOLDER: &str = "xtask/sanitizer";
/// Everything that touches the system.
const MODULES: [&str; 6] = ["--lib", "--", "alloc::", "counters::", "clock::", "meter::"];
/// The allocator inside a program.
const PROGRAMS: [&str; 4] = ["--test", "alloc_passes_on", "--test", "alloc_truth_stats"];

/// Panics on purpose would look up all functions that they came through, which takes a checker
/// of memory seconds.
const BACKTRACE: &str = "RUST_BACKTRACE";

const HERE: bool = cfg!(all(target_os = "linux", target_arch = "x86_64"));

/// Sanitizers, which need nothing that is built for other steps.
pub(super) fn sanitizers(length: Length) -> Result<(), Stopped> {
    if !HERE {
        return Ok(());
    }
    same_versions(FOLDER)?;
    if has_nightly() {
        address_sanitizer(length)?;
        thread_sanitizer(length)
    } else {
        skipped("sanitizers", "they need a nightly toolchain");
        Ok(())
    }
}

/// All others, when the tests are built and the sanitizers have passed.
pub(super) fn others(length: Length) -> Result<(), Stopped> {
    if !HERE {
        skipped(
            "sanitizers, valgrind and Miri",
            "they are run on x86-64 Linux",
        );
        return Ok(());
    }
    valgrind(length)?;
    miri()
}

/// Gives a crate beside the workspace the versions that everything else is tested with.
pub(super) fn same_versions(folder: &str) -> Result<(), Stopped> {
    let lock = "Cargo.lock";
    fs::copy(workspace().join(lock), workspace().join(folder).join(lock))
        .map(drop)
        .map_err(|error| format!("{lock} cannot be copied: {error}"))
}

/// Fewer repetitions than the thousand of an ordinary test run, unless all is to be
/// proved: a checker of memory sees in one what it sees in all.
fn bounded(command: &mut Command, length: Length, repeats: u32, generations: u32) {
    if length == Length::Full {
        return;
    }
    command.env("PERF_TRUTH_REPEATS", repeats.to_string());
    command.env("PERF_STRESS_GENERATIONS", generations.to_string());
}

pub(super) fn has_nightly() -> bool {
    has("cargo", &["+nightly", "--version"])
}

#[derive(Clone, Copy)]
enum Sanitizer {
    Address,
    Thread,
}

/// A test of `xtask/sanitizer` by the nightly toolchain, with the sanitizer's flags.
fn with(sanitizer: Sanitizer) -> Command {
    let mut command = modules();
    command.args(["test", "--target", HOST]);
    command.env(BACKTRACE, "0");
    let flags = match sanitizer {
        Sanitizer::Address => "-Zsanitizer=address",
        Sanitizer::Thread => "-Zsanitizer=thread -Cunsafe-allow-abi-mismatch=sanitizer",
    };
    command.env("RUSTFLAGS", flags);
    command
}

/// The nightly cargo in `xtask/sanitizer`.
fn modules() -> Command {
    let mut command = nightly();
    command.current_dir(workspace().join(FOLDER));
    command.env("CARGO_TARGET_DIR", workspace().join("target/sanitizer"));
    command
}

/// Not the cargo that runs this: rustup chooses the toolchain.
pub(super) fn nightly() -> Command {
    let mut command = last("cargo");
    command.arg("+nightly");
    for name in ["RUSTUP_TOOLCHAIN", "CARGO", "RUSTC", "RUSTDOC"] {
        command.env_remove(name);
    }
    command
}

fn address_sanitizer(length: Length) -> Result<(), Stopped> {
    for arguments in [&MODULES[..], &PROGRAMS] {
        let mut command = with(Sanitizer::Address);
        bounded(&mut command, length, 50, 5);
        // Some rows ask for more than there is, and are to be refused.
        command.env("ASAN_OPTIONS", "allocator_may_return_null=1");
        step_beside("address sanitizer", command.args(arguments))?;
    }
    Ok(())
}

/// The stress test, in which every atomic of the ledgers takes part.
///
/// NOTE: the standard library is not instrumented here, so its own hand-overs
/// are suppressed, by a list with reasons. The rest of the allocator's tests
/// would need more of that: they return values from scoped threads, whose
/// bookkeeping the library frees after a fence.
fn thread_sanitizer(length: Length) -> Result<(), Stopped> {
    let test = |arguments: &[&str]| {
        let mut command = with(Sanitizer::Thread);
        bounded(&mut command, length, 50, 5);
        let reasons = workspace().join("xtask/sanitizer/thread.txt");
        command.env(
            "TSAN_OPTIONS",
            format!("suppressions={}", reasons.display()),
        );
        command.args(["--lib", "--", "--test-threads=1"]);
        command.args(arguments);
        command
    };
    step_beside("thread sanitizer", &mut test(&["alloc::stress::"]))?;
    catches(
        "thread sanitizer, a planted race",
        &["ThreadSanitizer: data race"],
        &mut test(&[
            "system::alloc::stress::a_planted_race",
            "--exact",
            "--ignored",
        ]),
    )
}

fn valgrind(length: Length) -> Result<(), Stopped> {
    if !has("valgrind", &["--version"]) {
        skipped(
            "valgrind",
            "it is not installed, and only root could install it",
        );
        return Ok(());
    }
    for (test, words) in [
        ("perf_runtime", &["alloc::"] as &[&str]),
        // Memcheck touches the zeroed pages that one test counts.
        ("alloc_passes_on", &["--skip", "a_large"]),
        ("alloc_truth_stats", &["--skip", "a_large"]),
    ] {
        let mut command = last("valgrind");
        command.current_dir(workspace().join("perf-runtime"));
        // Some tests go on in a separate process. Which functions are inlined where is read
        // anew in each, for half of its time.
        command.args(["-q", "--trace-children=yes", "--error-exitcode=9"]);
        command.arg("--read-inline-info=no");
        command.env(BACKTRACE, "0");
        command.arg(executable(test, true)?).args(words);
        bounded(&mut command, length, 3, 1);
        step_beside(&format!("valgrind, {test}"), &mut command)?;
    }
    Ok(())
}

/// The ledgers and slots in every order in which threads can use them: see `xtask/loom`.
pub(super) fn models() -> Result<(), Stopped> {
    let mut command = cargo_last();
    command.current_dir(workspace().join("xtask/loom"));
    command.env("CARGO_TARGET_DIR", workspace().join("target/loom"));
    step_beside("models of the allocator", command.args(["run", "--quiet"]))
}

/// The ledgers' tests that start no process and ask for no impossible block:
/// Miri can do neither.
fn miri() -> Result<(), Stopped> {
    const POSSIBLE: [&str; 6] = [
        "alloc::tests::each_kind_of_call",
        "alloc::tests::memory_from_before",
        "alloc::tests::regions_nest",
        "alloc::tests::overlapping_regions",
        "alloc::tests::a_refused_allocation",
        "alloc::truth::panics_are_exact",
    ];
    if !has("cargo", &["+nightly", "miri", "--version"]) {
        skipped(
            "Miri",
            "it is not installed; `rustup +nightly component add miri` brings it",
        );
        return Ok(());
    }
    let mut command = modules();
    command.args(["miri", "test", "--lib", "--"]);
    bounded(&mut command, Length::Short, 2, 1);
    // The tests ask the environment how often to repeat.
    command.env("MIRIFLAGS", "-Zmiri-disable-isolation");
    step_beside("Miri", command.args(POSSIBLE))
}
