//! What goes wrong in the function, on the disk or in the process.

use crate::project::{HEAD, Project, Ran, SPIN};
use crate::workspace::Package;

const FAILING: &str = "
#[perf_budget(p50 = \"1s\", mode = \"soft\")]
fn panics() { panic!(\"the cat is out\") }
#[perf_budget(p50 = \"1s\", mode = \"off\")]
fn errs() -> Result<(), String> { Err(\"no such file\".to_owned()) }
#[perf_budget(p50 = \"1s\")]
fn is_well() {}
#[perf_budget(p50 = \"1s\")]
fn forgets(_b: &mut perf_runtime::Bencher) {}
";

const KILLED: &str = "
#[perf_budget(allocs = 0)]
fn quick() {}
#[perf_budget(p99 = \"1ms\", max_time = \"60s\")]
fn long() { spin(950_000) }
#[perf_budget(allocs = 0)]
fn dies() {
    let parent = std::os::unix::process::parent_id().to_string();
    let _ = std::process::Command::new(\"kill\").args([\"-9\", &parent]).status();
    std::process::abort()
}
";

/// One takes away what writing a record needs, and the system kills what writes.
const BOUNDED: &str = "
#[repr(C)]
struct Limit { soft: u64, hard: u64 }
unsafe extern \"C\" { fn setrlimit(which: i32, limit: &Limit) -> i32; }
#[perf_budget(p50 = \"1s\", max_time = \"200ms\")]
fn allows_no_files() {
    const RLIMIT_FSIZE: i32 = 1;
    // SAFETY: the system reads the limit and keeps nothing of it.
    unsafe { setrlimit(RLIMIT_FSIZE, &Limit { soft: 0, hard: 0 }); }
}
#[perf_budget(p50 = \"1s\", max_time = \"200ms\")]
fn before() {}
#[perf_budget(p50 = \"1s\", max_time = \"200ms\")]
fn later() {}
";

pub(crate) fn package() -> Package {
    Package::new("failing")
        .both(&format!("{HEAD}{FAILING}"))
        .test("bounded", &format!("{HEAD}{BOUNDED}"))
        .test("killed", &format!("{HEAD}{SPIN}{KILLED}"))
}

#[test]
fn a_panic_or_an_err_fails_whatever_the_mode_and_ends_nothing_else() {
    let project = Project::of("failing");
    for target in ["ordinary", "serial"] {
        let ran = project
            .run(&format!("test --release --test {target}"))
            .ended_with(101);
        let ran = ran
            .says("the cat is out")
            .says("no such file")
            .says("b.iter");
        assert!(ran.stdout.contains("1 passed; 3 failed"), "{}", ran.text());
    }
    assert_eq!(project.record("ordinary::panics")["outcome"], "fail");
}

#[test]
fn a_record_that_cannot_be_written_changes_no_verdict_and_is_said() {
    let project = Project::of("failing");
    project.write("perf-out", "a file where a folder should be");
    project
        .run("test --release --test ordinary is_well")
        .ended_with(0)
        .says("record was not written");
}

#[cfg(target_os = "linux")]
#[test]
fn a_case_that_may_write_no_file_loses_no_record() {
    let project = Project::of("failing");
    project
        .run("test --release --test bounded")
        .ended_with(0)
        .says("3 passed");
    project
        .run_perf("run bounded::**")
        .ended_with(0)
        .says("3 limits = 3 passed");
    let of_bounded = |record: &serde_json::Value| {
        let id = record["case"]["id"].as_str();
        id.is_some_and(|id| id.contains("bounded::"))
    };
    let records = project.records().into_iter().filter(of_bounded);
    assert_eq!(records.count(), 6, "three of each run");
}

#[test]
fn a_killed_run_leaves_whole_records_only() {
    let project = Project::of("failing");
    let ran = project.run("test --release --test killed");
    assert_ne!(ran.code, Some(0), "{}", ran.text());
    for record in project.records() {
        assert!(record["limits"].is_array());
    }
    let mut skipping = project.cargo("test --release --test killed -- --skip dies --skip long");
    skipping.env("PERF_RUN_ID", "after");
    Ran::of(skipping).ended_with(0);
    // The run that was killed may have settled it as well.
    let after: Vec<_> = project
        .records()
        .into_iter()
        .filter(|record| record["run"] == "after")
        .collect();
    assert_eq!(after.len(), 1, "{after:?}");
    assert_eq!(after[0]["outcome"], "pass");
}
