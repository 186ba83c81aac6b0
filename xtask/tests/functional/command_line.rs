//! `cargo xtask perf` in a workspace that copied the five-line `xtask`.

use crate::project::{HEAD, Project, Ran, SPIN};
use crate::workspace::Package;

const SERIAL: &str = "use perf_runtime::perf_budget;
#[perf_budget(mean = \"1ms\")]
fn adds() -> u64 { std::hint::black_box(1) + 1 }
";
const WELL: &str = "#[perf_budget(p99 = \"10ms\", mem = \"1MB\")]
fn is_well() -> Vec<u8> { vec![1; 1000] }
";
const OTHERS: &str = "#[perf_budget(p50 = \"50us\")]
fn slow() { spin(200_000) }
#[perf_budget(p50 = \"1s\")]
fn dies() { std::process::abort() }
#[perf_budget(p99_9 = \"1s\", max_time = \"200ms\")]
fn few_calls() { spin(20_000_000) }
";

pub(crate) fn package() -> Package {
    Package::new("command-line")
        .test("ordinary", &format!("{HEAD}{SPIN}{WELL}{OTHERS}"))
        .serial("serial", SERIAL)
}

fn project() -> Project {
    Project::of("command-line")
}

#[test]
fn a_run_prints_one_table_and_a_line_that_adds_up() {
    let project = project();
    let ran = project.run_perf("is_well adds").ended_with(0);
    let ran = ran
        .says("3 limits = 3 passed + 0 waived + 0 warned + 0 failed + 0 undecided + 0 unmeasured");
    assert!(
        ran.stdout.contains("is_well") && ran.stdout.contains("adds"),
        "{}",
        ran.text()
    );
    project
        .run_perf("list")
        .ended_with(0)
        .says("command-line::ordinary::is_well");
    project
        .run_perf("explain is_well")
        .ended_with(0)
        .says("attribute");
}

#[test]
fn a_broken_budget_is_confirmed_in_a_fresh_process_and_exits_1() {
    let project = project();
    let ran = project
        .run_perf("slow is_well")
        .ended_with(1)
        .says("its budget of 50 µs")
        .says("1 failed");
    let is_sampled = cfg!(all(
        target_os = "linux",
        any(target_arch = "x86_64", target_arch = "aarch64")
    ));
    if is_sampled {
        ran.says("spin (command-line/tests/ordinary.rs:")
            .says("samples in ")
            .says("by ptrace");
        // Any other case on request, which is no run: the report stays that of the last.
        let profiled = project.run_perf("profile is_well").ended_with(0);
        profiled.says("is_well  spends its time as follows");
    }
    let slow = project.record("::slow");
    assert_eq!(slow["limits"][0]["confirmation"]["broken"], true, "{slow}");
    // The same records in the other formats.
    let report = |format: &str| project.run_perf(&format!("report --format {format}"));
    let junit = report("junit").ended_with(1);
    assert!(
        junit.stdout.contains("<failure") && junit.stdout.contains("50 µs"),
        "{}",
        junit.text()
    );
    report("markdown").ended_with(1).says("|");
    let json = project.run_perf("is_well --format json").ended_with(0);
    let json: serde_json::Value = serde_json::from_str(&json.stdout).expect("the report is JSON");
    assert!(json.is_object());
}

#[test]
fn a_process_that_dies_is_accounted_for() {
    let ran = project().run_perf("dies is_well adds").ended_with(1);
    ran.says("4 limits = ").says("dies");
}

#[test]
fn usage_configuration_and_build_errors_have_their_exit_codes() {
    let project = with_a_budget();
    let mut command = project.perf("list");
    command.env("RUST_TEST_THREADS", "x");
    let ran = Ran::of(command).ended_with(2);
    let ran = ran.says("found RUST_TEST_THREADS=\"x\"");
    assert!(!ran.text().contains("harness = false"), "{}", ran.text());
    exit_codes(&project, Project::run_perf, "");
}

/// The one project that has the `xtask` of the README. Its source is that of `cargo
/// perf-budget`; the others start the same command line without building it once more.
#[test]
#[ignore = "builds the command line once more; ci --all runs it"]
fn the_xtask_of_the_readme_has_the_same_exit_codes() {
    let project = with_a_budget();
    project.add_xtask();
    exit_codes(&project, Project::run, "xtask perf");
}

fn with_a_budget() -> Project {
    Project::alone("codes", &[("tests/ordinary.rs", &format!("{HEAD}{WELL}"))])
}

fn exit_codes(project: &Project, run: fn(&Project, &str) -> Ran, start: &str) {
    let perf = |arguments: &str| run(project, &format!("{start} {arguments}"));
    perf("").ended_with(0).says("2 limits = 2 passed");
    perf("--no-such-flag").ended_with(2);
    perf("nobody_is_called_this").ended_with(2);
    project.write("perf-budgets.toml", "schema = 1\nmod = \"hard\"\n");
    perf("")
        .ended_with(2)
        .says("perf-budgets.toml:2:1")
        .says("did you mean `mode`");
    std::fs::remove_file(project.path().join("perf-budgets.toml")).expect("it was written");
    project.write("tests/ordinary.rs", "this is no Rust");
    perf("").ended_with(4);
}

#[test]
fn what_is_not_judged_counts_under_strict_only() {
    let project = project();
    project
        .run_perf("few_calls")
        .ended_with(0)
        .says("1 undecided");
    project.run_perf("few_calls --strict").ended_with(3);
}

/// Of a part of a workspace it is not known, so this has a separate one.
#[test]
fn a_pattern_of_the_budget_file_that_matches_nothing_is_told() {
    let tagged = "#[perf_budget(allocs = 1, tags = [\"slow\"])]\nfn is_tagged() {}\n";
    let source = format!("{HEAD}{WELL}{tagged}");
    let project = Project::alone("unmatched", &[("tests/ordinary.rs", &source)]);
    project.write(
        "perf-budgets.toml",
        "schema = 1\n[budget.\"is_wel\"]\np99 = \"5ms\"\n[budget.\"is_tagged\"]\nallocs = 0\n[budget.\"tag:slwo\"]\nallocs = 5\n\
         [[waive]]\ncase = \"*\"\nlimit = \"p50\"\nreason = \"#1\"\nuntil = 2999-12-31\n\
         [[waive]]\ncase = \"*\"\nlimit = \"allocs\"\nreason = \"#2\"\nuntil = 2999-12-31\n",
    );
    let ran = project
        .run_perf("list")
        .ended_with(0)
        .says("[budget.\"is_wel\"] matches no case")
        .says("[budget.\"tag:slwo\"] matches no case; did you mean \"tag:slow\"?")
        .says("perf-budgets.toml:8:1: found `limit = \"p50\"` in [[waive]] case = \"*\"")
        .says("waives nothing; `unmatched::ordinary::is_tagged` has `allocs`;");
    assert!(!ran.text().contains("limit = \"allocs\""), "{}", ran.text());
    assert!(
        !ran.text().contains("[budget.\"is_tagged\"] matches"),
        "{}",
        ran.text()
    );
}
