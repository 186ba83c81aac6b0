//! Live verdicts: what must fail fails, what must pass passes.

use crate::project::{HEAD, Project, Ran, SPIN};
use crate::workspace::{Package, UNTESTED_LIBRARY, runtime};

const SPIKES: &str = "
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
fn slow_at_one_in(one_in: u32) {
    static CALLS: AtomicU32 = AtomicU32::new(0);
    let slow = CALLS.fetch_add(1, Relaxed) % one_in == 7;
    spin(if slow { 2_000_000 } else { 10_000 });
}
#[perf_budget(p99 = \"1ms\")]
fn one_in_50() { slow_at_one_in(50) }
#[perf_budget(p99 = \"1ms\")]
fn one_in_1000() { slow_at_one_in(1000) }
#[perf_budget(p50 = \"100us\", mode = \"soft\")]
fn softly() { spin(400_000) }
#[perf_budget(p50 = \"1ms\", max_time = \"2s\")]
fn sleeps() { std::thread::sleep(std::time::Duration::from_millis(3)) }
";

/// Of 30 ms, three fit into 100 ms; a median takes a dozen.
const SLOW: &str = "
use std::thread::sleep;
use std::time::Duration;
#[perf_budget(p50 = \"1ms\", max_time = \"100ms\")]
fn median() { sleep(Duration::from_millis(30)) }
#[perf_budget(max = \"15ms\", throughput = \"100/s\", max_time = \"100ms\")]
fn others() { sleep(Duration::from_millis(30)) }
#[perf_budget(p50 = \"60ms\", p99 = \"60ms\", max_time = \"200ms\")]
fn cold() {
    static FIRST: std::sync::Once = std::sync::Once::new();
    FIRST.call_once(|| sleep(Duration::from_millis(120)));
    sleep(Duration::from_millis(1))
}
";

const EXACT: &str = "
#[perf_budget(allocs = 3, mem = \"3KB\", alloc_bytes = \"3KB\", retained = \"0B\")]
fn three() { for _ in 0..3 { drop(std::hint::black_box(vec![1u8; 1000])); } }
#[perf_budget(mem = \"5MB\", alloc_bytes = \"5MB\")]
fn in_a_thread() { std::thread::spawn(|| drop(std::hint::black_box(vec![1u8; 4_000_000]))).join().unwrap(); }
#[perf_budget(allocs = 2)]
fn one_too_many() { for _ in 0..3 { drop(std::hint::black_box(vec![1u8; 1000])); } }
";

/// Without an allocator that counts.
const UNCOUNTED: &str = "use perf_runtime::perf_budget;
#[perf_budget(mem = \"1GB\")]
fn small() -> Vec<u8> { vec![1] }
";

const BROKEN: &str = "
#[perf_budget(p50 = \"100us\")]
fn slow() { spin(400_000) }
#[perf_budget(allocs = 0)]
fn allocates() -> Box<u8> { Box::new(1) }
";

pub(crate) fn package() -> Package {
    let mut noise = String::new();
    for n in 0..2 {
        noise.push_str(&format!("#[test] fn noise_{n}() {{ let t = std::time::Instant::now(); let mut kept = Vec::new(); while t.elapsed().as_millis() < 1500 {{ kept.push(vec![1u8; 1000]); if kept.len() > 1000 {{ kept.clear(); }} }} }}\n"));
    }
    Package::new("verdicts")
        .test("ordinary", &format!("{HEAD}{SPIN}{SPIKES}"))
        .test("slow", &format!("{HEAD}{SLOW}"))
        .serial("slow_serial", &format!("{HEAD}{SLOW}"))
        .test("exact", &format!("{HEAD}{noise}{EXACT}"))
        .test("uncounted", UNCOUNTED)
}

fn project() -> Project {
    Project::of("verdicts")
}

#[test]
fn two_percent_of_slow_calls_break_a_p99() {
    let project = project();
    for _ in 0..3 {
        project
            .run("test --release --test ordinary one_in_50")
            .ended_with(101)
            .says("p99")
            .says("its budget of 1 ms");
    }
}

#[test]
fn one_slow_call_in_a_thousand_does_not() {
    let project = project();
    for _ in 0..3 {
        project
            .run("test --release --test ordinary one_in_1000")
            .ended_with(0);
        assert!(
            project
                .records()
                .iter()
                .all(|record| record["outcome"] == "pass")
        );
    }
}

#[test]
fn a_soft_breach_warns_where_people_see_it() {
    let project = project();
    let ran = project
        .run("test --release --test ordinary softly")
        .ended_with(0);
    assert!(
        ran.stderr.contains("its budget of 100 µs"),
        "{}",
        ran.text()
    );
    assert_eq!(project.record("softly")["outcome"], "warn");
}

#[test]
fn slow_calls_are_broken_however_few_fit_into_max_time() {
    let project = project();
    for target in ["slow", "slow_serial"] {
        let ran = project
            .run(&format!("test --release --test {target}"))
            .ended_with(101)
            .says("its budget of 1 ms")
            .says("its budget of 15 ms")
            .says("its floor of 100/s");
        assert!(ran.stdout.contains("1 passed; 2 failed"), "{}", ran.text());
    }
}

#[test]
fn a_call_that_sleeps_keeps_its_time() {
    project()
        .run("test --release --test ordinary sleeps")
        .ended_with(101)
        .says("its budget of 1 ms");
}

#[test]
fn counts_are_exact_beside_other_tests_and_include_threads_that_a_call_starts() {
    let project = project();
    let ran = project
        .run("test --release --test exact -- --test-threads=8")
        .ended_with(101);
    assert!(ran.text().contains("one_too_many"), "{}", ran.text());
    assert!(
        ran.stdout
            .contains("test result: FAILED. 4 passed; 1 failed"),
        "{}",
        ran.stdout
    );
    let three = project.record("::three");
    assert_eq!(three["memory"]["allocs"], 3);
    assert_eq!(three["memory"]["peak_bytes"], 1000);
    assert_eq!(three["memory"]["alloc_bytes"], 3000);
    let thread = project.record("::in_a_thread");
    assert_eq!(thread["memory"]["scope"], "process");
    assert!(
        thread["memory"]["peak_bytes"]
            .as_u64()
            .is_some_and(|peak| (4_000_000..4_100_000).contains(&peak)),
        "{thread}"
    );
}

#[test]
fn without_an_allocator_a_memory_limit_is_unmeasured_and_never_passed() {
    let project = project();
    project
        .run("test --release --test uncounted")
        .ended_with(101)
        .says("#[global_allocator]");
    assert_eq!(
        project.record("small")["limits"][0]["verdict"],
        "unmeasured"
    );
    let mut soft = project.cargo("test --release --test uncounted");
    soft.env("PERF_BUDGETS_MODE", "soft");
    Ran::of(soft).ended_with(0);
}

#[test]
fn an_unoptimised_build_enforces_counts_and_only_warns_about_time() {
    // Without features, with which perf-runtime is built unoptimised for another test.
    let project = Project::with_manifest(
        "debugged",
        &format!("{UNTESTED_LIBRARY}[dev-dependencies]\n{}", runtime("[]")),
        &[("tests/debug.rs", &format!("{HEAD}{SPIN}{BROKEN}"))],
    );
    let ran = project.run("test --test debug").ended_with(101);
    assert!(ran.stdout.contains("1 passed; 1 failed"), "{}", ran.text());
    assert!(ran.stderr.contains("unoptimised"), "{}", ran.text());
    assert_eq!(project.record("slow")["environment"]["code_opt_level"], "0");
    // What counts is the level of the crate, whatever its profile is called and
    // whether debug assertions are on.
    let mut optimised = project.cargo("test --test debug");
    optimised.args(["--config", "profile.dev.package.debugged.opt-level=1"]);
    let ran = Ran::of(optimised).ended_with(101);
    assert!(ran.stdout.contains("0 passed; 2 failed"), "{}", ran.text());
    ran.says("built with debug assertions (opt-level = 1)");
}
