//! `cargo xtask perf` in a workspace that copied the five-line `xtask`.

use crate::project::{HEAD, Project, SPIN};

fn workspace(name: &str, source: &str) -> Project {
    let source = format!("{HEAD}{SPIN}{source}");
    let serial = "use perf_runtime::perf_budget;\n#[perf_budget(mean = \"1ms\")]\nfn adds() -> u64 { std::hint::black_box(1) + 1 }\nperf_runtime::main!();\n";
    let project = Project::with_manifest(
        name,
        "[[test]]\nname = \"serial\"\nharness = false\n",
        &[("tests/ordinary.rs", &source), ("tests/serial.rs", serial)],
    );
    project.add_xtask();
    project
}

const WELL: &str =
    "#[perf_budget(p99 = \"10ms\", mem = \"1MB\")]\nfn is_well() -> Vec<u8> { vec![1; 1000] }\n";

#[test]
fn a_run_prints_one_table_and_a_line_that_adds_up() {
    let project = workspace("table", WELL);
    let ran = project.run("xtask perf").ended_with(0);
    let ran = ran
        .says("3 limits = 3 passed + 0 waived + 0 warned + 0 failed + 0 undecided + 0 unmeasured");
    assert!(
        ran.stdout.contains("is_well") && ran.stdout.contains("adds"),
        "{}",
        ran.text()
    );
    project
        .run("xtask perf is_well")
        .ended_with(0)
        .says("2 limits = 2 passed");
    project
        .run("xtask perf list")
        .ended_with(0)
        .says("table::ordinary::is_well");
    project
        .run("xtask perf explain is_well")
        .ended_with(0)
        .says("attribute");
}

#[test]
fn a_broken_budget_is_confirmed_in_a_fresh_process_and_exits_1() {
    let source = format!("{WELL}#[perf_budget(p50 = \"50us\")]\nfn slow() {{ spin(200_000) }}\n");
    let project = workspace("broken-budget", &source);
    let ran = project
        .run("xtask perf")
        .ended_with(1)
        .says("its budget of 50 µs")
        .says("1 failed");
    drop(ran);
    let slow = project.record("::slow");
    assert_eq!(slow["limits"][0]["confirmation"]["broken"], true, "{slow}");
    let junit = project.run("xtask perf slow --format junit").ended_with(1);
    assert!(
        junit.stdout.contains("<failure") && junit.stdout.contains("50 µs"),
        "{}",
        junit.text()
    );
    let json = project.run("xtask perf slow --format json").ended_with(1);
    let report: serde_json::Value = serde_json::from_str(&json.stdout).expect("the report is JSON");
    assert!(report.is_object());
    project
        .run("xtask perf slow --format markdown")
        .ended_with(1)
        .says("|");
}

#[test]
fn a_process_that_dies_is_accounted_for() {
    let source =
        format!("{WELL}#[perf_budget(p50 = \"1s\")]\nfn dies() {{ std::process::abort() }}\n");
    let ran = workspace("dies", &source).run("xtask perf").ended_with(1);
    ran.says("4 limits = ").says("dies");
}

#[test]
fn usage_configuration_and_build_errors_have_their_exit_codes() {
    let project = workspace("codes", WELL);
    project.run("xtask perf --no-such-flag").ended_with(2);
    project
        .run("xtask perf nobody_is_called_this")
        .ended_with(2);
    project.write("perf-budgets.toml", "schema = 1\nmod = \"hard\"\n");
    project
        .run("xtask perf")
        .ended_with(2)
        .says("perf-budgets.toml:2:1")
        .says("did you mean `mode`");
    std::fs::remove_file(project.path().join("perf-budgets.toml")).expect("it was written");
    project.write("tests/ordinary.rs", "this is no Rust");
    project.run("xtask perf").ended_with(4);
}

#[test]
fn what_is_not_judged_counts_under_strict_only() {
    let source = "#[perf_budget(p99_9 = \"1s\", max_time = \"200ms\")]\nfn few_calls() { spin(20_000_000) }\n";
    let project = workspace("strict", source);
    project.run("xtask perf").ended_with(0).says("1 undecided");
    project.run("xtask perf --strict").ended_with(3);
}

#[test]
fn a_pattern_of_the_budget_file_that_matches_nothing_is_told() {
    let project = workspace("unmatched", WELL);
    project.write(
        "perf-budgets.toml",
        "schema = 1\n[budget.\"is_wel\"]\np99 = \"5ms\"\n[budget.\"adds\"]\nmean = \"2ms\"\n",
    );
    let ran = project.run("xtask perf list").ended_with(0);
    let ran = ran.says("[budget.\"is_wel\"] matches no case");
    assert!(
        !ran.text().contains("[budget.\"adds\"] matches"),
        "{}",
        ran.text()
    );
}
