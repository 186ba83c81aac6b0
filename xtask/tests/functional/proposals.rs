//! `suggest` and `ratchet` in a real project: what they write holds.

use crate::project::{HEAD, Project, Ran, SPIN};

const CASES: &str = "
#[perf_budget(allocs = 9)]
fn new_one() -> Vec<u8> { spin(200_000); vec![1; 1000] }

#[perf_budget(p50 = \"20us\", mem = \"1KB\")]
fn new_two() -> Vec<u8> { spin(300_000); vec![1; 3000] }

#[perf_budget(p50 = \"1us\")]
fn old_one() { spin(100_000) }

#[perf_budget(mean = \"2s\")]
fn old_two() { spin(150_000) }
";

const FILE: &str = "# Ours; ask the team before raising.
schema = 1   # the only one

[budget.\"ordinary::old_*\"]   # wide on purpose
# raised on 2026-03-01
p50   =   '10s'   # was 8

[budget.\"old_two\"]
mean = \"1s\"
# end of budgets

# while the index is new
[[waive]]
case = \"old_two\"
limit = \"mean\"
reason = \"#123 index\"
until = 2999-12-31
";

fn perf(project: &Project, arguments: &str, run: &str) -> Ran {
    let mut command = project.perf(arguments);
    command.env("PERF_RUN_ID", run);
    Ran::of(command)
}

#[test]
fn what_is_suggested_and_tightened_holds() {
    let source = format!("{HEAD}{SPIN}{CASES}");
    let project = Project::alone("proposals", &[("tests/ordinary.rs", &source)]);
    project.write("perf-budgets.toml", FILE);
    let file = || std::fs::read_to_string(project.path().join("perf-budgets.toml")).expect("there");

    // One has no limit on time, the other is broken in both of its limits.
    perf(&project, "new_*", "before").ended_with(1);
    let suggest = "suggest new_* --any-machine";
    perf(&project, &format!("{suggest} --runs 1"), "shown")
        .ended_with(0)
        .says("which is broken")
        .says("not written; --write writes it");
    assert_eq!(file(), FILE);
    let ran = perf(
        &project,
        &format!("{suggest} --runs 2 --write"),
        "suggested",
    )
    .ended_with(0)
    .says("wrote perf-budgets.toml");
    let suggested = file();
    let new: Vec<&str> = suggested
        .lines()
        .filter(|line| !FILE.contains(*line))
        .collect();
    for key in ["p50 = ", "p99 = ", "mem = ", "allocs = 1"] {
        assert!(
            new.iter().any(|line| line.starts_with(key)),
            "{key}: {suggested}\n{}",
            ran.text()
        );
    }
    // Nothing but whole lines came in between.
    let old: Vec<&str> = FILE.lines().collect();
    let mut kept = old.iter().peekable();
    for line in suggested.lines() {
        kept.next_if(|next| **next == line);
    }
    assert_eq!(kept.next(), None, "{suggested}");

    let all = perf(&project, "", "held").ended_with(0);
    assert!(
        all.stdout.contains(" 0 warned + 0 failed + "),
        "{}",
        all.text()
    );

    // Nothing is measured again; the waiver's limit holds by now.
    let ran = perf(
        &project,
        "ratchet --from held --any-machine --write --waivers",
        "unused",
    )
    .ended_with(0)
    .says("no longer needed");
    let tight = file();
    assert!(
        !tight.contains("[[waive]]") && !tight.contains("# while the index"),
        "{tight}"
    );
    assert!(
        !tight.contains("'10s'") && tight.contains("mean = \"1s\""),
        "{tight}\n{}",
        ran.text()
    );
    for comment in [
        "# Ours; ask",
        "   # wide on purpose\n# raised on 2026-03-01\np50   =   '",
        "'   # was 8",
        "\n# end of budgets\n",
    ] {
        assert!(tight.contains(comment), "{comment}: {tight}");
    }
    let all = perf(&project, "", "tight").ended_with(0);
    assert!(
        all.stdout.contains("0 waived + 0 warned + 0 failed + "),
        "{}",
        all.text()
    );
}
