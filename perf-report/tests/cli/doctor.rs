//! `doctor`: what it finds in a workspace, and how it ends.

use serde_json::Value;

use crate::program::Workspace;

pub(crate) const TESTS: &[(&str, fn())] = &[
    ("a workspace in order ends with 0", in_order),
    ("what is wrong is named with what to change", wrong),
    ("tests that cannot be built are a finding", unbuilt),
    ("a program is told the same", for_programs),
];

/// A workspace whose package `app` has a budget in its library.
fn set_up(scenario: &'static str) -> Workspace {
    let workspace = Workspace::new(scenario);
    workspace.write(
        "app/lib.rs",
        "#[perf_budget(p99 = \"10ms\")]\nfn fast() {}\n",
    );
    workspace
}

fn in_order() {
    let workspace = set_up("diagnosed");
    workspace.call("perf doctor").shows(
        0,
        &[
            "app declares 1 budget",
            "app (lib) counts allocations (counting)",
            "the tests are built: 4 cases in 2 executables",
            "no run is stored yet",
            "0 wrong",
        ],
    );
    workspace.call("perf doctor --no-build").shows(
        0,
        &[
            "the tests were not built",
            "whether this machine is fit to judge time is not known",
        ],
    );
}

fn wrong() {
    let workspace = set_up("diagnosed");
    workspace.write(
        "perf-budgets.toml",
        "schema = 1\n\n[[waive]]\ncase = \"app::fast\"\nlimit = \"p99\"\nreason = \"#1\"\nuntil = 1969-12-31\n",
    );
    std::fs::create_dir(workspace.path("perf-baselines")).expect("made");
    workspace.write(
        "perf-baselines/portable.json",
        include_str!("../../schema/baseline-1.portable.sample.json"),
    );
    workspace.call("perf doctor").shows(
        1,
        &[
            "perf-budgets.toml:3:1: the waiver of p99 of app::fast (#1): it ended on 1969-12-31",
            "cargo xtask perf ratchet --waivers --write",
        ],
    );
    workspace.call("perf run").shows(0, &[]);
    let outcome = workspace.call("perf doctor --strict");
    outcome.shows(1, &["advice"]);
}

fn unbuilt() {
    let workspace = set_up("unbuilt diagnosed");
    workspace.call("perf doctor").shows(
        1,
        &[
            "the tests could not be built",
            "cargo test --release --no-run",
            "app declares 1 budget",
        ],
    );
    let workspace = Workspace::new("sound");
    workspace.call("perf-budget doctor").shows(
        1,
        &[
            "no package of the workspace depends on perf-runtime",
            "cargo perf-budget init",
        ],
    );
}

fn for_programs() {
    let workspace = set_up("diagnosed");
    let outcome = workspace.call("perf doctor --format json --strict");
    let read: Value = serde_json::from_str(&outcome.out).expect("it is JSON");
    assert_eq!(read["kind"], "perf-doctor");
    let findings = read["findings"].as_array().expect("a list");
    let count = |level: &str| findings.iter().filter(|one| one["level"] == level).count();
    assert_eq!(read["wrong"], count("wrong"));
    let code = if count("advice") > 0 { 3 } else { 0 };
    outcome.shows(code, &[]);
}
