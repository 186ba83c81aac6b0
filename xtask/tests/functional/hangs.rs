//! A case that does not return, or takes its process along: the others are still judged.

use crate::project::{HEAD, Project, Ran};
use crate::workspace::Package;

/// The grace of a phase that ends, also on a machine with busy neighbours.
const DEADLINE: &str = "5s";

const CASES: &str = r#"
use std::sync::atomic::{AtomicU64, Ordering};

#[perf_budget(allocs = 1)]
fn before() { std::hint::black_box(vec![1_u8; 100]); }
#[perf_budget(p50 = "1s", max_time = "200ms")]
fn hangs() {
    static CALLS: AtomicU64 = AtomicU64::new(0);
    if CALLS.fetch_add(1, Ordering::Relaxed) > 50 {
        loop { std::thread::park(); }
    }
}
#[perf_budget(allocs = 1)]
fn later() { std::hint::black_box(vec![1_u8; 100]); }
"#;

/// Each ends its process, or tries to, at another place.
const DEADLY: &str = r#"
#[perf_budget(p50 = "1s", max_time = "200ms")]
fn exits() { std::process::exit(0) }
struct Exits;
impl Drop for Exits { fn drop(&mut self) { std::process::exit(0) } }
#[perf_budget(p50 = "1s", max_time = "200ms")]
fn exits_in_drop() -> Exits { Exits }
#[perf_budget(p50 = "1s", max_time = "200ms", setup = || -> u8 { std::process::abort() })]
fn aborts_in_setup(_: u8) {}
#[perf_budget(p50 = "1s", max_time = "200ms")]
fn aborts_later() {
    static ONCE: std::sync::Once = std::sync::Once::new();
    ONCE.call_once(|| {
        std::thread::spawn(|| {
            std::thread::sleep(std::time::Duration::from_millis(20));
            std::process::abort()
        });
    });
    std::thread::sleep(std::time::Duration::from_millis(1));
}
struct Throws;
impl Drop for Throws { fn drop(&mut self) { panic!("a payload that panics") } }
#[perf_budget(p50 = "1s", max_time = "200ms")]
fn throws() { std::panic::panic_any(Throws) }
#[perf_budget(allocs = 0)]
fn allocates() { std::hint::black_box(vec![1_u8; 100]); }
"#;

/// It ends before its budgets are known.
const EARLY: &str = "
mod entry { perf_runtime::main!(); pub(crate) fn go() -> std::process::ExitCode { main() } }
fn main() -> std::process::ExitCode {
    if std::env::var_os(\"EARLY\").is_some() { std::process::exit(0) }
    entry::go()
}
";

/// Ends the process before a budget has begun: the one by an ordinary test, which comes
/// first where a thread runs them all, the other by a `main` that runs no tests.
const ORDINARY: &str = "
#[test]
fn a_test_exits() { std::process::exit(0) }
#[perf_budget(p50 = \"1s\", ignore = \"slow\")]
fn left_out() {}
#[perf_budget(allocs = 0)]
fn small() {}
";
/// A budget fails, and the exit code does not say so: of an ordinary test that ends the
/// process behind it, and of a `main` that drops what the harness returns.
const FORGETS: &str = "
#[perf_budget(allocs = 0)]
fn a_fails() -> Box<u8> { Box::new(1) }
#[test]
fn b_exits() { std::process::exit(0) }
";
const DROPS: &str = "
#[perf_budget(allocs = 0)]
fn fails() -> Box<u8> { Box::new(1) }
mod entry {
    perf_runtime::main!();
    pub fn go() { drop(main()) }
}
fn main() { entry::go() }
";
const NO_HARNESS: &str = "
#![allow(dead_code)]
use perf_runtime::perf_budget;
#[perf_budget(allocs = 0)]
fn small() {}
fn main() {}
";

/// It ends the process when the others have been judged, and so left their records.
const EXITS: &str = "
fn is_judged(case: &str) -> bool {
    let (folder, end) = (std::env::var(\"PERF_OUT_DIR\").unwrap(), format!(\"{}.{case}.json\", module_path!()));
    let runs = std::fs::read_dir(std::path::Path::new(&folder).join(\"runs\")).into_iter().flatten().flatten();
    let mut records = runs.flat_map(|run| std::fs::read_dir(run.path()).into_iter().flatten().flatten());
    records.any(|record| record.file_name().to_string_lossy().ends_with(&end))
}
#[perf_budget(p50 = \"1s\", max_time = \"30s\", samples = 1000000000)]
fn exits() {
    if is_judged(\"before\") && is_judged(\"later\") { std::process::exit(0) }
}
";

pub(crate) fn packages() -> [Package; 3] {
    [
        Package::new("hanging")
            .both(&format!("{HEAD}{CASES}{DEADLY}"))
            .with_main("early", &format!("{HEAD}{CASES}{EARLY}")),
        Package::new("exiting").both(&format!("{HEAD}{CASES}{EXITS}")),
        Package::new("unbegun")
            .test("exits", &format!("{HEAD}{ORDINARY}"))
            .test("forgets", &format!("{HEAD}{FORGETS}"))
            .with_main("drops", &format!("{HEAD}{DROPS}"))
            .with_main("no_harness", NO_HARNESS),
    ]
}

#[test]
fn a_case_that_hangs_or_ends_its_process_fails_by_name_and_the_others_are_judged() {
    let project = Project::of("hanging");
    for target in ["ordinary", "serial"] {
        let mut command = project.cargo(&format!("test --release --test {target}"));
        command.env("PERF_DEADLINE", DEADLINE);
        let ran = Ran::of(command).ended_with(101);
        let ran = ran
            .says("the function hangs: its warm-up had not ended")
            .says("the process ended during its first call: exit status: 0")
            .says("SIGABRT")
            .says("the function panicked: a panic whose payload is no text")
            .says("allocs 1 is over its budget of 0")
            .says(
                "9 limits = 2 passed + 0 waived + 0 warned + 1 failed + 0 undecided + 6 unmeasured",
            );
        assert!(ran.stdout.contains("2 passed; 7 failed"), "{}", ran.text());
    }
    let kind = |end: &str| project.record(end)["failure"]["kind"].clone();
    assert_eq!(kind("ordinary::hangs"), "hung");
    for dies in ["exits", "exits_in_drop", "aborts_in_setup", "aborts_later"] {
        assert_eq!(kind(&format!("ordinary::{dies}")), "died", "{dies}");
    }
    assert_eq!(project.record("ordinary::later")["outcome"], "pass");
    let wrong = project.unlike_the_schema();
    assert!(wrong.is_empty(), "{wrong:#?}");
    let ran = project.run("nextest run --release --no-fail-fast --test ordinary exits later");
    assert_ne!(ran.code, Some(0), "{}", ran.text());
    ran.says("4 tests run: 1 passed, 3 failed");
    let mut command = project.cargo("test --release --test early");
    command.env("EARLY", "1");
    Ran::of(command)
        .ended_with(101)
        .says("before `perf_runtime::main!()` was reached");
}

#[test]
fn a_process_that_ends_before_its_budgets_began_is_red_and_names_them() {
    let project = Project::of("unbegun");
    let exits = "test --release --test exits -- --test-threads 1";
    let ran = project.run(exits).ended_with(101);
    assert!(!ran.text().contains("left_out"), "{}", ran.text());
    ran.says("the process ended before its performance budgets were judged")
        .says("look for a test that calls `exit`")
        .says("not judged: unbegun::exits::small");
    for none in ["a_test", "--list", "--bench"] {
        project.run(&format!("{exits} {none}")).ended_with(0);
    }
    project
        .run("test --release --test no_harness")
        .ended_with(101)
        .says("a `main` without `perf_runtime::main!()`")
        .says("not judged: unbegun::no_harness::small");
}

#[cfg(target_env = "gnu")]
#[test]
fn a_budget_that_failed_is_red_whatever_the_process_ends_with() {
    let project = Project::of("unbegun");
    // A limit that is broken, and a variable that keeps all from being judged.
    for variable in ["", "x"] {
        for target in ["forgets", "drops"] {
            let run = format!("test --release --test {target} -- --test-threads 1");
            let mut command = project.cargo(&run);
            command.env("PERF_SEED", variable);
            Ran::of(command).ended_with(101).says(
                "a performance budget failed or was not judged, and the process ended with exit code 0",
            );
        }
    }
}

#[test]
fn where_everything_runs_in_one_process_its_end_is_red_and_loses_no_verdict() {
    let project = Project::of("exiting");
    for target in ["ordinary", "serial"] {
        let mut command = project.cargo(&format!("test --release --test {target} -- --skip hangs"));
        command.env("PERF_IN_PROCESS", "1");
        Ran::of(command)
            .ended_with(101)
            .says("the process ended before every performance budget was judged")
            .says("::later\n  pass       allocs")
            .says(&format!("not judged: exiting::{target}::exits"))
            .says("::exits was called last: ");
    }
}

#[test]
fn the_command_line_goes_on_after_a_case_that_hangs_or_kills_its_process() {
    let project = Project::of("hanging");
    let mut command = project.perf("--test ordinary before hangs later aborts_in_setup");
    command.env("PERF_DEADLINE", DEADLINE);
    let ran = Ran::of(command).ended_with(1);
    ran.says("the case hangs: its warm-up had not ended")
        .says("SIGABRT")
        .says("4 limits = 2 passed");
}
