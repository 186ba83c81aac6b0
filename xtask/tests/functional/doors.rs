//! One annotation under every harness.

use crate::project::{HEAD, Project, Ran, SPIN};
use crate::workspace::Package;

const SAME: &str = "
#[perf_budget(p50 = \"10ms\", allocs = 1, mem = \"1KB\")]
fn makes_a_box() -> Box<[u8; 100]> { Box::new([7; 100]) }

#[perf_budget(allocs = 10, setup = || vec![3u8, 1, 2])]
fn sorts(mut numbers: Vec<u8>) -> Vec<u8> { numbers.sort(); numbers }

#[perf_budget(p50 = \"10ms\", ignore = \"slow\")]
fn waits() { spin(1000) }
";

const PRIVATE: &str = "
fn private(n: u64) -> u64 { n.wrapping_mul(31) }
#[cfg(test)]
mod tests {
    use super::*;
    use perf_runtime::perf_budget;
    #[global_allocator]
    static ALLOC: perf_runtime::CountingAllocator = perf_runtime::CountingAllocator::system();
    #[perf_budget(mean = \"1ms\", allocs = 0)]
    fn private_is_fast() -> u64 { private(std::hint::black_box(7)) }
    #[test]
    fn ordinary() { assert_eq!(private(1), 31); }
}
";

/// One case fails where another one was called in its process.
const APART: &str = "
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
static OTHERS: AtomicBool = AtomicBool::new(false);

#[perf_budget(p50 = \"10ms\", rounds = 5)]
fn is_called() { OTHERS.store(true, Relaxed); spin(1000) }

#[perf_budget(p50 = \"10ms\", isolate = \"process\")]
fn is_alone() -> Result<(), &'static str> {
    spin(1000);
    if OTHERS.load(Relaxed) { Err(\"another case was called here\") } else { Ok(()) }
}
";

pub(crate) fn packages() -> [Package; 3] {
    [
        Package::new("doors")
            .library(PRIVATE)
            .both(&format!("{HEAD}{SPIN}{SAME}")),
        Package::new("nothing").serial("serial", ""),
        Package::new("apart").both(&format!("{HEAD}{SPIN}{APART}")),
    ]
}

fn everywhere() -> Project {
    Project::of("doors")
}

#[test]
fn the_same_source_works_at_every_door_and_writes_what_the_schema_describes() {
    let project = everywhere();
    let ran = project.run("test --release").ended_with(0);
    for test in [
        "tests::private_is_fast::perf_budget",
        "makes_a_box::perf_budget",
        "sorts::perf_budget",
        "tests::ordinary",
    ] {
        assert!(ran.stdout.contains(test), "{test}: {}", ran.stdout);
    }
    assert_eq!(
        ran.stdout.matches("makes_a_box::perf_budget").count(),
        2,
        "{}",
        ran.stdout
    );
    let ids: Vec<String> = project
        .records()
        .iter()
        .map(|record| record["case"]["id"].as_str().unwrap_or_default().to_owned())
        .collect();
    for id in [
        "doors::tests::private_is_fast",
        "doors::ordinary::makes_a_box",
        "doors::serial::makes_a_box",
        "doors::ordinary::sorts",
    ] {
        assert!(
            ids.iter().any(|found| found == id),
            "{id} is not among {ids:?}"
        );
    }
    assert_eq!(ids.len(), 5, "{ids:?}");
    let wrong = project.unlike_the_schema();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn a_filter_selects_the_budgets_and_nothing_else() {
    let ran = everywhere()
        .run("test --release -- ::perf_budget")
        .ended_with(0);
    assert!(!ran.stdout.contains("tests::ordinary"), "{}", ran.stdout);
    assert_eq!(
        ran.stdout.matches("sorts::perf_budget").count(),
        2,
        "{}",
        ran.stdout
    );
}

#[test]
fn nextest_runs_either_harness() {
    let project = everywhere();
    let ran = project
        .run("nextest run --release --no-fail-fast")
        .ended_with(0);
    assert!(
        ran.text().contains("6 tests run: 6 passed"),
        "{}",
        ran.text()
    );
    let folder = project.out_dir().join("runs");
    let runs = std::fs::read_dir(folder)
        .expect("a run was recorded")
        .count();
    assert_eq!(
        runs, 1,
        "every process of a nextest run writes to the same run"
    );
}

#[test]
fn a_list_holds_names_only_and_reads_no_budget_file() {
    let project = Project::under("doors", "this is = not [ a budget file");
    let ran = project
        .run("test --release --test serial -- --list --format terse")
        .ended_with(0);
    assert_eq!(
        ran.stdout,
        "makes_a_box::perf_budget: test\nsorts::perf_budget: test\n"
    );
    let ran = project
        .run("test --release --test serial -- --list --format terse --ignored")
        .ended_with(0);
    assert_eq!(ran.stdout, "waits::perf_budget: test\n");
    project
        .run("nextest list --release")
        .ended_with(0)
        .says("makes_a_box::perf_budget");
}

#[test]
fn flags_of_editors_are_understood() {
    let project = everywhere();
    let one = |arguments: &str| {
        let ran = project
            .run(&format!("test --release --test serial -- {arguments}"))
            .ended_with(0);
        assert!(
            ran.stdout.contains("sorts::perf_budget"),
            "{arguments}: {}",
            ran.text()
        );
        ran
    };
    one("sorts::perf_budget --exact --nocapture").says("1 passed");
    one("--test-threads=0 sorts");
    one("-Z unstable-options --format=json --show-output sorts").says("\"event\": \"ok\"");
    one("sorts makes").says("2 passed");
    // `cargo bench -- --save-baseline main` gives it to every target.
    one("--save-baseline main --sample-size 10")
        .says("note: `--save-baseline main` is an option of criterion")
        .says("note: `--sample-size 10` is an option of criterion")
        .says("2 passed");
    project
        .run("test --release --test serial -- --some-new-flag sorts")
        .ended_with(101)
        .says("found `--some-new-flag`");
    project
        .run("test --release --test serial -- nothing_of_this_name")
        .ended_with(0)
        .says("the arguments select none of the 3 budgets");
    one("--include-ignored").says("3 passed");
    project
        .run("test --release --test serial")
        .ended_with(0)
        .says("1 ignored");
}

#[test]
fn an_isolated_case_shares_its_process_with_no_other() {
    let project = Project::of("apart");
    let closing = "2 limits = 2 passed";
    for target in ["ordinary", "serial"] {
        let test = format!("test --release --test {target}");
        project
            .run(&test)
            .ended_with(0)
            .says(closing)
            .says("it is called `samples` now");
        let mut together = project.cargo(&test);
        together.env("PERF_IN_PROCESS", "1");
        Ran::of(together)
            .ended_with(101)
            .says("is_alone has `isolate` and was measured in one process with others")
            .says("another case was called here");
    }
    project
        .run_perf("")
        .ended_with(0)
        .says("4 limits = 4 passed");
}

#[test]
fn no_case_in_a_serial_target_is_a_failure_that_says_why() {
    let project = Project::of("nothing");
    project
        .run("test --release --test serial")
        .ended_with(101)
        .says("use ")
        .says("as _;");
    let listed = project.run("nextest list --release --test serial");
    assert_ne!(listed.code, Some(0), "{}", listed.text());
    listed.says("as _;");
}

#[test]
fn two_runs_at_once_leave_whole_records_of_both() {
    let project = everywhere();
    project.run("test --release --no-run").ended_with(0);
    let runs: Vec<_> = (0..3)
        .map(|n| {
            let mut command = project.cargo("test --release --test serial --test ordinary");
            command.env("PERF_RUN_ID", format!("run-{}", n % 2));
            std::thread::spawn(move || Ran::of(command))
        })
        .collect();
    for run in runs {
        run.join().expect("the thread ended").ended_with(0);
    }
    assert_eq!(project.records().len(), 8);
}
