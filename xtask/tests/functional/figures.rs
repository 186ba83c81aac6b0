//! Limits on what is neither a time of calls nor the heap: processor time, resident memory, instructions.

use crate::project::{HEAD, Project, SPIN, has_valgrind};
use crate::workspace::Package;

pub(crate) fn package() -> Package {
    let cases = |cases: &str| format!("{HEAD}{SPIN}{cases}");
    let keeping = |allocator: &str, more: &str| {
        format!(
            "use perf_runtime::perf_budget;\nuse std::alloc::System;\nuse stats_alloc::*;\n#[global_allocator]\n{allocator}\n{more}{KEPT}"
        )
    };
    Package::new("figures")
        .serial("processor", &cases(PROCESSOR))
        .serial("resident", &cases(RESIDENT))
        .serial("instructing", &cases(INSTRUCTIONS))
        .test("standard", &keeping("static A: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;", ""))
        .test(
            "own",
            &keeping(
                "static A: StatsAlloc<System> = StatsAlloc::system();",
                "perf_runtime::stats_alloc!(A);\n",
            ),
        )
        .test(
            "around",
            &keeping(
                "static ALLOC: perf_runtime::CountingAllocator<StatsAlloc<System>> = perf_runtime::CountingAllocator::new(StatsAlloc::system());",
                "",
            ),
        )
}

#[track_caller]
fn check(project: &Project, rows: &[(&str, &str, &str)]) {
    for (case, metric, expected) in rows {
        let record = project.record(&format!("::{case}"));
        let limits = record["limits"].as_array().expect("a record lists limits");
        let limit = limits.iter().find(|limit| limit["metric"] == *metric);
        let found = limit.and_then(|limit| limit["verdict"].as_str());
        assert_eq!(found, Some(*expected), "{case} {metric}\n{record}");
    }
}

/// Each limit is ten times away from what the function takes, on either side.
const PROCESSOR: &str = "
use std::time::Duration;
#[perf_budget(cpu = \"20ms\", cpu_share = \"1000%\", max_time = \"3s\")]
fn spins() { spin(2_000_000) }
#[perf_budget(cpu = \"200us\", cpu_share = \"10%\", max_time = \"3s\")]
fn spins_too_long() { spin(2_000_000) }
#[perf_budget(cpu = \"10ms\", cpu_share = \"40%\", max_time = \"3s\")]
fn sleeps() { std::thread::sleep(Duration::from_millis(20)) }
fn two_spin() { std::thread::scope(|scope| for _ in 0..2 { scope.spawn(|| spin(5_000_000)); }) }
#[perf_budget(cpu = \"100ms\", max_time = \"3s\")]
fn its_threads_spin() { two_spin() }
#[perf_budget(cpu = \"1ms\", cpu_share = \"5%\", max_time = \"3s\")]
fn its_threads_spin_too_long() { two_spin() }
";

#[test]
fn processor_time_is_judged_with_the_threads_of_a_call_and_without_its_sleep() {
    let project = Project::of("figures");
    project
        .run("test --release --test processor")
        .ended_with(101);
    check(
        &project,
        &[
            ("spins", "cpu", "pass"),
            ("spins", "cpu_share", "pass"),
            ("spins_too_long", "cpu", "fail"),
            ("spins_too_long", "cpu_share", "fail"),
            ("sleeps", "cpu", "pass"),
            ("sleeps", "cpu_share", "pass"),
            ("its_threads_spin", "cpu", "pass"),
            ("its_threads_spin_too_long", "cpu", "fail"),
            ("its_threads_spin_too_long", "cpu_share", "fail"),
        ],
    );
}

const RESIDENT: &str = "
fn touches() -> Vec<u8> { vec![1; 16 << 20] }
#[perf_budget(rss = \"1MB\")]
fn holds_much() -> Vec<u8> { touches() }
#[perf_budget(rss = \"1MB\", mode = \"hard\")]
fn holds_too_much() -> Vec<u8> { touches() }
#[perf_budget(rss = \"2GB\", mode = \"hard\")]
fn holds_little() -> Vec<u8> { touches() }
#[perf_budget(page_faults = 10, disk_faults = 0, switches = 0)]
fn computes() -> u64 { (0..1_000).fold(1, |x, n| std::hint::black_box(x ^ n)) }
#[perf_budget(page_faults = 10)]
fn touches_fresh_memory() -> Vec<u8> { vec![1; 64 << 20] }
/// Long naps: one that is over before the thread gives its processor up is no switch, as
/// happens to naps of 100 us on a busy machine.
fn naps() { (0..3).for_each(|_| std::thread::sleep(std::time::Duration::from_millis(5))) }
#[perf_budget(switches = 3)]
fn naps_thrice() { naps() }
#[perf_budget(switches = 2)]
fn naps_too_often() { naps() }
";

#[cfg(target_os = "linux")]
#[test]
fn resident_memory_only_warns_and_faults_and_switches_fail() {
    let project = Project::of("figures");
    let ran = project
        .run("test --release --test resident -- holds_much holds_little")
        .ended_with(0)
        .says("a fresh process of this test held at a time");
    check(
        &project,
        &[
            ("holds_much", "rss", "warn"),
            ("holds_little", "rss", "pass"),
        ],
    );
    assert!(ran.text().contains("rss"), "{}", ran.text());
    project
        .run("test --release --test resident -- holds_too_much touches naps computes")
        .ended_with(101)
        .says("switches 3 is over its budget of 2 by 1")
        .says("3 switches in each of");
    check(
        &project,
        &[
            ("holds_too_much", "rss", "fail"),
            ("computes", "page_faults", "pass"),
            ("computes", "disk_faults", "pass"),
            ("computes", "switches", "pass"),
            ("touches_fresh_memory", "page_faults", "fail"),
            ("naps_thrice", "switches", "pass"),
            ("naps_too_often", "switches", "fail"),
        ],
    );
}

const INSTRUCTIONS: &str = "
fn work(turns: u64) { for n in 0..turns { std::hint::black_box(n); } }
#[perf_budget(instructions = 10_000_000)]
fn works() { work(100_000) }
#[perf_budget(instructions = 10_000)]
fn works_too_much() { work(100_000) }
#[perf_budget(instructions = 10_000, mode = \"soft\")]
fn works_softly() { work(100_000) }
#[perf_budget(p50 = \"1s\")]
fn has_no_limit_on_them() { work(100_000) }
";

#[test]
fn instructions_are_unmeasured_until_something_counts_them() {
    let project = Project::of("figures");
    let ran = project
        .run("test --release --test instructing")
        .ended_with(101);
    let record = project.record("::works");
    if record["instructions"].is_null() {
        check(
            &project,
            &[
                ("works", "instructions", "unmeasured"),
                ("works_too_much", "instructions", "unmeasured"),
                ("works_softly", "instructions", "unmeasured"),
            ],
        );
        ran.says("`cargo perf-budget --instructions` counts them under valgrind");
    } else {
        assert_eq!(record["instructions"]["tier"], "hardware", "{record}");
        check(&project, &[("works", "instructions", "pass")]);
    }
    if !has_valgrind() {
        return;
    }
    std::fs::remove_dir_all(project.out_dir()).expect("the first run left records");
    project
        .run_perf("--instructions --test instructing")
        .ended_with(1)
        .says("counted by callgrind")
        .says("instructions");
    check(
        &project,
        &[
            ("works", "instructions", "pass"),
            ("works_too_much", "instructions", "fail"),
            ("works_softly", "instructions", "warn"),
        ],
    );
    for case in ["works", "works_too_much", "has_no_limit_on_them"] {
        let counted = project.record(&format!("::{case}"))["instructions"].clone();
        assert_eq!(counted["tier"], "callgrind", "{case}: {counted}");
        let count = counted["count"].as_u64().expect("a count");
        assert!((100_000..1_000_000).contains(&count), "{case}: {count}");
    }
}

/// A program that keeps `stats_alloc`.
const KEPT: &str = "
use std::hint::black_box;
#[perf_budget(allocs = 1, alloc_bytes = \"1000B\", retained = \"1000B\")]
fn keeps() -> Vec<u8> { black_box(vec![1; 1000]) }
#[perf_budget(allocs = 2, alloc_bytes = \"3000B\", retained = \"0B\")]
fn grows() { let mut all: Vec<u8> = black_box(Vec::with_capacity(1000)); all.reserve_exact(3000); drop(black_box(all)); }
#[perf_budget(allocs = 0)]
fn allocates() -> Box<u8> { black_box(Box::new(1)) }
#[perf_budget(retained = \"999B\")]
fn keeps_too_much() -> Vec<u8> { black_box(vec![1; 1000]) }
#[perf_budget(growth = \"50KB\", max_time = \"20s\")]
fn leaks() { std::mem::forget(black_box(vec![1_u8; 100])); }
#[perf_budget(mem = \"1MB\")]
fn has_a_peak() { drop(black_box(vec![1_u8; 1000])); }
";

#[test]
fn a_program_keeps_stats_alloc_and_is_told_what_a_peak_needs() {
    let project = Project::of("figures");
    let judged = [
        ("keeps", "allocs", "pass"),
        ("keeps", "alloc_bytes", "pass"),
        ("keeps", "retained", "pass"),
        ("grows", "allocs", "pass"),
        ("grows", "retained", "pass"),
        ("allocates", "allocs", "fail"),
        ("keeps_too_much", "retained", "fail"),
        ("leaks", "growth", "fail"),
    ];
    for target in ["standard", "own", "around"] {
        let _ = std::fs::remove_dir_all(project.out_dir());
        let ran = project
            .run(&format!(
                "test --release --test {target} -- --test-threads=4"
            ))
            .ended_with(101);
        check(&project, &judged);
        let record = project.record("::keeps");
        let memory = &record["memory"];
        let figures = ["allocs", "alloc_bytes", "retained_bytes"];
        let found = figures.map(|figure| memory[figure].as_i64());
        assert_eq!(found, [1, 1000, 1000].map(Some), "{target}: {record}");
        if target == "around" {
            // A reallocation counts with its whole new size, not with what it adds.
            check(&project, &[("grows", "alloc_bytes", "fail")]);
            check(&project, &[("has_a_peak", "mem", "pass")]);
            assert_eq!(memory["by"], "perf-runtime");
        } else {
            check(
                &project,
                &[
                    ("has_a_peak", "mem", "unmeasured"),
                    ("grows", "alloc_bytes", "pass"),
                ],
            );
            assert_eq!(memory["by"], "stats_alloc");
            ran.says("stats_alloc keeps no peak")
                .says("CountingAllocator<StatsAlloc<System>>");
        }
    }
}
