//! `report --template`: documents of stored runs.

use crate::program::Workspace;

pub(crate) const TESTS: &[(&str, fn())] = &[
    (
        "a stored run becomes a document, with the code of the run",
        a_run_becomes_a_document,
    ),
    (
        "a document says what changed since another run",
        a_document_compares,
    ),
    (
        "a template that is printed is one to start from",
        a_template_is_printed,
    ),
    (
        "a mistake in a template names its place",
        a_mistake_names_its_place,
    ),
    #[cfg(feature = "history")]
    (
        "a document names the limits that only ever warned",
        what_only_warns_is_named,
    ),
];

fn a_run_becomes_a_document() {
    let workspace = Workspace::new("fail");
    workspace.call("perf").shows(1, &[]);
    let report = workspace.call("perf report --template report");
    report.shows(
        1,
        &[
            "# Performance report\n\n**Status:** failed\n",
            "| `app::slow` | p99 | ≤ 10 ms | 12.4 ms | 124 % | **fail** |",
            "the span parse takes 67 % of the time of a call",
            "1. `app::",
            "This run was not compared with another",
        ],
    );
    assert!(report.out.starts_with('#'), "{}", report.out);
    workspace
        .call("perf report r1 --template baseline --output BASELINE.md")
        .shows(1, &["6 limits ="]);
    assert!(
        workspace
            .read("BASELINE.md")
            .starts_with("# Performance baseline\n")
    );
}

fn a_document_compares() {
    let mut workspace = Workspace::new("sound");
    workspace.call("perf").shows(0, &[]);
    workspace.play("more");
    workspace.call_as("r2", "perf").shows(0, &[]);
    workspace
        .call("perf report r2 --template report --before r1")
        .shows(
            0,
            &[
                "Before: run r1. After: run",
                "| `app::slow` | allocs | 412 | 413 |",
            ],
        );
    workspace
        .call("perf report r2 --template report --before r0")
        .shows(2, &["`r0` is neither a stored run nor a folder"]);
    workspace
        .call("perf report r2 --before r1")
        .shows(2, &["--template <NAME|FILE>"]);
}

fn a_template_is_printed() {
    let workspace = Workspace::new("sound");
    workspace.call("perf").shows(0, &[]);
    let printed = workspace.call("perf report --template report --print-template");
    printed.shows(0, &["{% block targets %}"]);
    let own = printed
        .out
        .replace("# Performance report", "# {{ status | upper }}");
    workspace.write("own.md.j2", &own);
    let of_own = workspace.call("perf report --template own.md.j2");
    let of_built_in = workspace.call("perf report --template report");
    of_own.shows(0, &["# PASSED\n"]);
    assert_eq!(
        of_own.out.replace("# PASSED", "# Performance report"),
        of_built_in.out
    );
}

fn a_mistake_names_its_place() {
    let workspace = Workspace::new("sound");
    workspace.call("perf").shows(0, &[]);
    workspace.write("own.md", "# Ours\n{{ machin }}\n");
    workspace
        .call("perf report --template own.md --output x.md")
        .shows(
            2,
            &["error: own.md:2:4: found `machin`, which is not there; did you mean `machine`?"],
        );
    assert_eq!(workspace.read("x.md"), "");
    workspace.call("perf report --template reprt").shows(
        2,
        &[
            "--template reprt: expected one of baseline, report, or a file that can be read",
            "did you mean `report`?",
        ],
    );
}

#[cfg(feature = "history")]
fn what_only_warns_is_named() {
    let workspace = Workspace::new("warn");
    for run in ["r1", "r2", "r3"] {
        workspace.call_as(run, "perf").shows(0, &[]);
    }
    let named = "`app::slow`: p99 was broken in each of 3 kept runs, and only warned";
    workspace
        .call("perf report r3 --template report")
        .shows(0, &[named]);
    let off = [("PERF_HISTORY", "off")];
    let unknown = workspace
        .with(&off)
        .call("perf report r3 --template report");
    unknown.shows(0, &["## Recommendations"]);
    assert!(!unknown.out.contains("kept runs"), "{}", unknown.out);
}
