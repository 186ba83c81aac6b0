//! `perf-budgets.toml` at the doors.

use crate::project::{HEAD, Project, Ran};
use crate::workspace::Package;

const ALLOCATES: &str = "
#[perf_budget(allocs = 0)]
fn makes_one() -> Box<u8> { Box::new(1) }
#[perf_budget(class = \"frugal\")]
fn of_a_class() -> Box<u8> { Box::new(1) }
";

pub(crate) fn package() -> Package {
    Package::new("budget-file")
        .counting_only()
        .test("limits", &format!("{HEAD}{ALLOCATES}"))
}

fn project(file: &str) -> Project {
    Project::under("budget-file", file)
}

#[test]
fn the_file_overrides_the_attribute_and_fills_the_classes() {
    let file = "schema = 1\n[class.frugal]\nallocs = 1\n[budget.\"limits::makes_*\"]\nallocs = 1\n";
    let source = format!("{HEAD}{ALLOCATES}");
    // Found from the package upwards, where no variable names it.
    let project = Project::alone(
        "overrides",
        &[("tests/limits.rs", &source), ("perf-budgets.toml", file)],
    );
    project.run("test --release").ended_with(0);
    let limit = &project.record("makes_one")["limits"][0];
    assert_eq!(limit["layer"], "budget");
    assert!(
        limit["source"]
            .as_str()
            .is_some_and(|place| place.ends_with("perf-budgets.toml:5:10")),
        "{limit}"
    );
}

#[test]
fn a_broken_file_stops_everything_and_says_where() {
    let project = project("schema = 1\n[class.frugal]\nalocs = 1\n");
    let ran = project.run("test --release").ended_with(101);
    let ran = ran
        .says("perf-budgets.toml:3:1")
        .says("alocs")
        .says("did you mean `allocs`");
    assert!(ran.stdout.contains("0 passed; 2 failed"), "{}", ran.text());
    assert!(project.records().is_empty());
}

#[test]
fn an_unknown_class_names_the_place_of_the_attribute() {
    let ran = project("schema = 1\n[class.frugl]\nallocs = 1\n")
        .run("test --release")
        .ended_with(101);
    ran.says("tests/limits.rs:")
        .says("frugal")
        .says("did you mean");
}

#[test]
fn waivers_hold_until_they_end() {
    let waive = |until: &str| {
        format!(
            "schema = 1\n[class.frugal]\nallocs = 1\n[[waive]]\ncase = \"makes_one\"\nlimit = \"allocs\"\nreason = \"#7\"\nowner = \"ann\"\nuntil = {until}\n"
        )
    };
    let held = project(&waive("2999-12-31"));
    held.run("test --release").ended_with(0).says("#7");
    let record = held.record("makes_one");
    assert_eq!(record["outcome"], "waived");
    let waivers = record["limits"].as_array().expect("a list");
    assert!(
        waivers
            .iter()
            .any(|limit| limit["waiver"]["owner"] == "ann"),
        "{record}"
    );
    held.run_perf("makes_one")
        .ended_with(0)
        .says("#7; owner: ann")
        .says("1 limit = 0 passed + 1 waived");
    project(&waive("2001-12-31"))
        .run("test --release")
        .ended_with(101)
        .says("2001-12-31");
}

#[test]
fn profiles_and_the_environment_choose() {
    let project =
        project("schema = 1\n[class.frugal]\nallocs = 1\n[profile.ci]\nmode = \"soft\"\n");
    project.run("test --release").ended_with(101);
    let with = |name: &str, value: &str| {
        let mut command = project.cargo("test --release");
        command.env(name, value);
        Ran::of(command)
    };
    with("CI", "true").ended_with(0);
    with("PERF_BUDGETS_PROFILE", "ci").ended_with(0);
    with("PERF_BUDGETS_MODE", "soft").ended_with(0);
    with("PERF_BUDGETS_PROFILE", "cj")
        .ended_with(101)
        .says("ci");
    with("PERF_BUDGETS_MODE", "mild")
        .ended_with(101)
        .says("hard");
}
