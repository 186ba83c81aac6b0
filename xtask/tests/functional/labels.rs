//! Cases are selected by what they say of themselves, and left out for it.

use crate::project::{HEAD, Project};
use crate::workspace::Package;

const CASES: &str = r#"
#[perf_budget(allocs = 0, tags = ["network"])]
fn asks_a_server() {}
#[perf_budget(allocs = 0, class = "critical", id = "PERF001")]
fn answers() { perf_runtime::count("asked", 3) }
#[perf_budget(allocs = 0, group = "storage", tags = ["slow"])]
fn stores() { std::hint::black_box(vec![1_u8]); }
"#;

const FILE: &str = "schema = 1
[class.critical]
[budget.\"id:PERF001\"]
count.\"asked\".max = 3
[budget.\"class:critical\"]
count.\"asked\".max = 1
[[waive]]
case = \"group:storage\"
limit = \"allocs\"
reason = \"#7 a cache is on its way\"
until = 2999-12-31
";

pub(crate) fn package() -> Package {
    Package::new("labels")
        .counting_only()
        .both(&format!("{HEAD}{CASES}"))
}

fn project() -> Project {
    Project::under("labels", FILE)
}

#[test]
fn a_case_that_needs_a_network_stays_out_at_every_door_unless_asked_for() {
    let project = project();
    for target in ["ordinary", "serial"] {
        let test = |more: &str| {
            let _ = std::fs::remove_dir_all(project.out_dir());
            let ran = project.run(&format!("test --release --test {target} {more}"));
            (ran.ended_with(0), project.records().len())
        };
        let (ran, records) = test("");
        ran.says("1 ignored");
        assert_eq!(records, 2, "{target}");
        assert_eq!(test("-- --include-ignored").1, 3, "{target}");
        assert_eq!(test("-- --ignored").1, 1, "{target}");
        let nextest = |more: &str| {
            let _ = std::fs::remove_dir_all(project.out_dir());
            let arguments = format!("nextest run --release --test {target} {more}");
            project.run(&arguments).ended_with(0);
            project.records().len()
        };
        assert_eq!(nextest(""), 2, "{target}");
        assert_eq!(nextest("--run-ignored all"), 3, "{target}");
    }
    let perf = |more: &str| project.run_perf(&format!("--test serial {more}"));
    perf("")
        .ended_with(0)
        .says("1 case is ignored; --include-ignored runs it")
        .says("3 limits = 2 passed + 1 waived");
    for asked in [
        "--tag network",
        "tag:network",
        "--include-ignored asks_a_server",
    ] {
        perf(asked).ended_with(0).says("1 limit = 1 passed");
    }
    perf("asks_a_server")
        .ended_with(2)
        .says("--include-ignored");
}

#[test]
fn one_grammar_selects_cases_on_the_command_line_and_in_the_file() {
    let project = project();
    let perf = |more: &str| project.run_perf(more);
    let listed = perf("list --test serial").ended_with(0);
    for line in [
        "labels::serial::answers  allocs 0, count asked 3  (class critical, id PERF001)",
        "labels::serial::asks_a_server  allocs 0  (#network, ignored)",
        "labels::serial::stores  allocs 0  (group storage, #slow)",
    ] {
        assert!(listed.stdout.contains(line), "{line}\n{}", listed.text());
    }
    // The requirement is more specific than the class, wherever it stands.
    perf("explain --test serial answers")
        .ended_with(0)
        .says("count asked 3 from [budget.\"id:PERF001\"] at ")
        .says("overrides 1 from [budget.\"class:critical\"]");
    for asked in ["--class critical", "--id PERF*", "id:PERF001"] {
        let ran = perf(&format!("--test serial {asked}")).ended_with(0);
        let ran = ran.says("2 limits = 2 passed");
        // The requirement stands in the table.
        assert!(ran.stdout.contains("PERF001"), "{}", ran.text());
    }
    perf("--test serial group:storage tag:slow")
        .ended_with(0)
        .says("1 limit = 0 passed + 1 waived");
    perf("--test serial class:critcal")
        .ended_with(2)
        .says("has the class `critcal`; did you mean `critical`?");
    perf("--test serial --tag slwo")
        .ended_with(2)
        .says("has the tag `slwo`; did you mean `slow`?");
    perf("--test serial clas:critical")
        .ended_with(2)
        .says("did you mean `class:`?");
}
