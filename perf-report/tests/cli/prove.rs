//! `prove`: mutations that played tests obey or do not.

use serde_json::{Value, json};

use crate::fake::variable;
use crate::program::Workspace;

pub(crate) const TESTS: &[(&str, fn())] = &[
    (
        "limits that break by their mutations and by nothing else are proved",
        a_gate_is_proved,
    ),
    (
        "a limit that a mutation does not break is named",
        a_deaf_limit_is_named,
    ),
    (
        "mutations are for workers of `prove` alone, and a proof has three forms",
        what_is_not_for_others_is_refused,
    ),
];

/// The kind of the mutation of a case, and how much of it. One that is deaf feels
/// nothing.
fn mutation(scenario: &str, id: &str) -> Option<(String, u64)> {
    let all = variable("PERF_WORKER_MUTATE");
    let own = all
        .lines()
        .find(|line| line.ends_with(&format!("\t{id}")))?;
    let mut words = own.split('\t');
    let kind = words.next()?.to_owned();
    let amount = words.next()?.parse().ok()?;
    let is_deaf = scenario == "deaf" && id == "app::slow" && kind != "limit";
    (!is_deaf).then_some((kind, amount))
}

/// Whether the limit of time of a case is broken by its mutation.
pub(crate) fn is_slow(scenario: &str, id: &str) -> bool {
    let kind = mutation(scenario, id).map(|(kind, _)| kind);
    kind.is_some_and(|kind| kind == "spin" || kind == "wait")
}

/// Does what a mutation does beside that.
pub(crate) fn plant(record: &mut Value, scenario: &str, id: &str) {
    let (kind, amount) = mutation(scenario, id).unwrap_or_default();
    match &*kind {
        "spike" => {
            record["limits"][1]["verdict"] = "fail".into();
            record["outcome"] = "fail".into();
        }
        "panic" | "fail" => {
            let kind = if kind == "fail" { "error" } else { "panic" };
            record["failure"] = json!({"kind": kind, "text": "planted"});
            record["outcome"] = "fail".into();
        }
        "limit" => record["limits"][0]["limit"] = amount.into(),
        _ => {}
    }
}

fn a_gate_is_proved() {
    let workspace = Workspace::new("sound");
    let outcome =
        workspace.call("perf prove --again 2 --output json=p.json --output markdown=p.md");
    outcome.shows(
        0,
        &[
            "measuring 3 cases as they are",
            "3 cases with mutations, 1 of ",
            "judging unchanged code again, 2 of 2",
            "2 times more by limits of 1.5 times its quiet figures: 0 of 6 verdicts red, at most 39",
            "proved: 6 limits = 6 caught; 6 panics and errors, all seen",
        ],
    );
    let json: Value = serde_json::from_str(&workspace.read("p.json")).expect("JSON");
    assert_eq!(
        (&json["kind"], &json["fails"]),
        (&"perf-prove".into(), &false.into())
    );
    let limit = &json["limits"][0];
    assert_eq!(limit["proof"], "caught", "{limit}");
    assert!(
        limit["mutations"][0]
            .as_str()
            .is_some_and(|text| text.contains("of processor time")),
        "{limit}"
    );
    let markdown = workspace.read("p.md");
    assert!(
        markdown.contains("| `app::fast` | p99 | 10 ms |"),
        "{markdown}"
    );
    // Nothing of it is a measurement of the code.
    assert!(!workspace.path("target/perf/runs").exists());
    assert!(!workspace.path("perf-history").exists());
    let left = std::fs::read_dir(workspace.path("target/perf/prove/runs"));
    assert_eq!(
        left.map(Iterator::count).unwrap_or_default(),
        0,
        "records are left"
    );
    // In a CI job each case has a slowdown, one failure and its limit on memory.
    workspace.call("perf prove --quick --again 0").shows(
        0,
        &["with mutations, 3 of 3", "3 panics and errors, all seen"],
    );
}

fn a_deaf_limit_is_named() {
    let workspace = Workspace::new("deaf");
    let outcome = workspace.call("perf prove --quick fast slow");
    outcome.shows(
        1,
        &[
            "Not caught:",
            "app::slow  p99 10 ms, ",
            "of processor time: pass: p99 is pass in measure of 2 (src/",
            "app::slow  mem 50 MB, ",
            "NOT PROVED: 4 limits = 2 caught + 2 not caught; 1 of 2 panics and errors not seen",
            "the records of these runs are in target/perf/prove/runs/r1-*",
        ],
    );
    assert!(workspace.path("target/perf/prove/runs/r1-1").is_dir());
}

fn what_is_not_for_others_is_refused() {
    let workspace = Workspace::new("sound");
    let forgotten = [("PERF_WORKER_MUTATE", "panic\t0\t\tapp::slow")];
    for line in ["perf", "perf prove", "perf baseline save", "perf list"] {
        let outcome = workspace.with(&forgotten).call(line);
        outcome.shows(2, &["found PERF_WORKER_MUTATE", "unset it"]);
    }
    workspace
        .call("perf prove --format junit")
        .shows(2, &["found the format `junit`", "terminal, markdown, json"]);
    workspace
        .call("perf prove --factor 0.5")
        .shows(2, &["expected a number from 1 to 100"]);
}
