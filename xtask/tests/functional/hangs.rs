//! A case that does not return, or takes its process along: the others are still judged.

use crate::project::{HEAD, Project, Ran};

const CASES: &str = r#"
use std::sync::atomic::{AtomicU64, Ordering};

#[perf_budget(p50 = "1s", max_time = "200ms")]
fn before() { std::hint::black_box(vec![1_u8; 100]); }
#[perf_budget(p50 = "1s", max_time = "200ms")]
fn hangs() {
    static CALLS: AtomicU64 = AtomicU64::new(0);
    if CALLS.fetch_add(1, Ordering::Relaxed) > 50 {
        loop { std::thread::park(); }
    }
}
#[perf_budget(p50 = "1s", max_time = "200ms")]
fn later() { std::hint::black_box(vec![1_u8; 100]); }
"#;

fn project(name: &str, more: &str) -> Project {
    let source = format!("{HEAD}{CASES}{more}");
    let serial = format!("{source}\nperf_runtime::main!();\n");
    Project::with_manifest(
        name,
        "[[test]]\nname = \"serial\"\nharness = false\n",
        &[("tests/ordinary.rs", &source), ("tests/serial.rs", &serial)],
    )
}

#[test]
fn a_case_that_hangs_fails_by_name_and_phase_and_the_others_are_judged() {
    let project = project("hanging", "");
    for target in ["ordinary", "serial"] {
        let mut command = project.cargo(&format!("test --release --test {target}"));
        command.env("PERF_DEADLINE", "1s");
        let ran = Ran::of(command).ended_with(101);
        let ran = ran
            .says("the function hangs: its warm-up had not ended")
            .says("1 unmeasured");
        assert!(ran.stdout.contains("2 passed; 1 failed"), "{}", ran.text());
    }
    assert_eq!(project.record("ordinary::hangs")["failure"]["kind"], "hung");
    assert_eq!(project.record("ordinary::later")["outcome"], "pass");
}

#[test]
fn the_command_line_goes_on_after_a_case_that_hangs_or_kills_its_process() {
    let aborts = "\n#[perf_budget(p50 = \"1s\", max_time = \"200ms\")]\nfn aborts() { std::process::abort() }\n";
    let project = project("deadly", aborts);
    project.add_xtask();
    let mut command = project.cargo("xtask perf --test ordinary");
    command.env("PERF_DEADLINE", "1s");
    let ran = Ran::of(command).ended_with(1);
    ran.says("the case hangs: its warm-up had not ended")
        .says("SIGABRT")
        .says("4 limits = 2 passed");
}
