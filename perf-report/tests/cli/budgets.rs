//! `suggest`: what is shown, what is written, and what is refused.

use crate::program::Workspace;

pub(crate) const TESTS: &[(&str, fn())] = &[
    (
        "suggest shows a difference and writes nothing",
        suggest_shows,
    ),
    (
        "suggest --write makes a file that holds, and then has nothing to say",
        suggest_writes,
    ),
    (
        "what stands in the file is changed there, and the rest stays",
        the_rest_stays,
    ),
    ("suggest says why it suggests nothing", reasons_are_told),
    (
        "suggest --attribute shows what to paste and touches no file",
        attribute_is_shown,
    ),
    (
        "a file that changed while it was measured is left alone",
        a_changed_file_is_left_alone,
    ),
    (
        "a broken file is refused before anything is measured",
        a_broken_file_is_refused,
    ),
    (
        "a colour is for terminals, a usage error has its code",
        usage_is_checked,
    ),
];

const FILE: &str = "# ours
schema = 1

[budget.\"app::fast\"] # hot
mem = '50MB' # was 60
";

fn workspace(scenario: &'static str, file: &str) -> Workspace {
    let workspace = Workspace::new(scenario);
    workspace.write("perf-budgets.toml", file);
    workspace
}

fn suggest_shows() {
    let workspace = Workspace::new("sound");
    let parts = [
        "run 3 of 3",
        "p99 = \"3.6ms\"  at most 2.4 ms (2 ms in each of 3 runs of 1,200 calls or more), times 1.5; now 10ms, at src/lib.rs:3:15",
        "mem = \"2.1MB\"",
        "--- /dev/null\n+++ perf-budgets.toml\n@@ -0,0 +1,",
        "+[budget.\"app::fast\"]\n+p99 = \"3.6ms\"\n+mem = \"2.1MB\"\n",
        "not written; --write writes it",
    ];
    workspace.call("perf suggest").shows(0, &parts);
    assert!(!workspace.path("perf-budgets.toml").exists());
    let left = std::fs::read_dir(workspace.path("target/perf/suggest/drafts"));
    assert_eq!(left.expect("a folder").count(), 0, "no draft is left");
    // The run that people asked for last is not one of these.
    assert!(!workspace.path("target/perf/runs").exists());
}

fn suggest_writes() {
    let workspace = Workspace::new("sound");
    workspace
        .call("perf suggest fast --write --runs 2")
        .shows(0, &["run 2 of 2", "wrote perf-budgets.toml"]);
    assert_eq!(
        workspace.read("perf-budgets.toml"),
        "schema = 1\n\n[budget.\"app::fast\"]\np99 = \"3.6ms\"\nmem = \"2.1MB\"\n"
    );
    // What was asked for is measured, and no more.
    assert!(!workspace.read("turns").contains("slow"));
    workspace.forget();
    let again = workspace.call("perf suggest fast --write --runs 1");
    again.shows(
        0,
        &["p99 3.6ms stays", "mem 2.1MB stays", "nothing to change"],
    );
    workspace.call("perf suggest fast").shows(
        2,
        &["PERF_RUN_ID=r1-1: target/perf/suggest/runs/r1-1 already holds a run"],
    );
}

fn the_rest_stays() {
    let workspace = workspace("sound", FILE);
    workspace
        .call("perf suggest fast --only mem --write --runs 1")
        .shows(0, &["-mem = '50MB' # was 60\n+mem = '2.1MB' # was 60\n"]);
    assert_eq!(
        workspace.read("perf-budgets.toml"),
        FILE.replace("'50MB'", "'2.1MB'")
    );
}

fn reasons_are_told() {
    Workspace::new("crash").call("perf suggest --runs 1").shows(
        0,
        &["app::slow\n    nothing is suggested: its process was killed by SIGABRT (signal 6), in run 1"],
    );
    Workspace::new("undecided")
        .call("perf suggest --runs 1")
        .shows(
            0,
            &[
                "nothing for p99: the evidence of 1,200 calls gives no upper end",
                "mem = \"2.1MB\"",
            ],
        );
    Workspace::new("unlisted")
        .call("perf suggest --runs 1")
        .shows(
            4,
            &[
                "+[budget.\"app::fast\"]",
                "when it was asked for its budgets",
            ],
        );
}

fn attribute_is_shown() {
    let workspace = Workspace::new("sound");
    let outcome = workspace.call("perf suggest fast --attribute --runs 1");
    outcome.shows(
        0,
        &["to be pasted into #[perf_budget(..)]:\nsrc/lib.rs:3  app::fast\n    p99 = \"3.6ms\", mem = \"2.1MB\"\n"],
    );
    assert!(!outcome.out.contains("+++"), "{}", outcome.out);
    assert!(!workspace.path("perf-budgets.toml").exists());
}

fn a_changed_file_is_left_alone() {
    let workspace = workspace("meddles", FILE);
    workspace.call("perf suggest --write --runs 1").shows(
        4,
        &["perf-budgets.toml: it has changed since it was read, so nothing was written"],
    );
    let now = workspace.read("perf-budgets.toml");
    assert!(now.starts_with(FILE) && now.contains("# meddled"), "{now}");
}

fn a_broken_file_is_refused() {
    let workspace = workspace("mistake", "schema = 1\np9x = 1\n");
    workspace
        .call("perf suggest --write")
        .shows(2, &["perf-budgets.toml:3:5: unknown key `p9x`"]);
    assert_eq!(workspace.read("turns"), "");
    assert_eq!(workspace.read("perf-budgets.toml"), "schema = 1\np9x = 1\n");
}

fn usage_is_checked() {
    let workspace = Workspace::new("sound");
    workspace
        .call("perf suggest --write --attribute")
        .shows(2, &["--attribute"]);
    workspace
        .call("perf suggest --only alocs")
        .shows(2, &["did you mean `allocs`"]);
    workspace
        .call("perf suggest --headroom 0.5")
        .shows(2, &["at least 1"]);
    let shown = workspace.call_coloured("perf suggest fast --runs 1");
    shown.shows(0, &["\x1b[32m+mem = \"2.1MB\"\x1b[0m"]);
}
