//! `suggest` and `ratchet`: what is shown, what is written, and what is refused.

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
    (
        "ratchet tightens what stands in the file and shows the rest",
        ratchet_tightens,
    ),
    (
        "ratchet takes stored runs instead of measuring",
        ratchet_takes_stored_runs,
    ),
    (
        "a waiver that ended or is not needed is pointed out, and goes on request",
        waivers_go_on_request,
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
        .shows(4, &["+[budget.\"app::fast\"]", "asked for its budgets, "]);
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
    for verb in ["suggest", "ratchet"] {
        let workspace = workspace("mistake", "schema = 1\np9x = 1\n");
        workspace
            .call(&format!("perf {verb} --write"))
            .shows(2, &["perf-budgets.toml:3:5: unknown key `p9x`"]);
        assert_eq!(workspace.read("turns"), "");
        assert_eq!(workspace.read("perf-budgets.toml"), "schema = 1\np9x = 1\n");
    }
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
    workspace
        .call("perf ratchet --from nowhere")
        .shows(2, &["`nowhere` is neither a stored run nor a folder"]);
    let shown = workspace.call_coloured("perf suggest fast --runs 1");
    shown.shows(0, &["\x1b[32m+mem = \"2.1MB\"\x1b[0m"]);
}

fn ratchet_tightens() {
    let workspace = workspace("sound", FILE);
    let parts = [
        "app::fast\n    p99 = \"3.6ms\"",
        "mem = \"2.1MB\"  2,097,152 B (2.1 MB) in each of 2 runs of 100 calls or more, rounded up; now 50MB (4 % used), at perf-budgets.toml:5:7",
        "p99 = \"3.6ms\"",
        "to be pasted into #[perf_budget(..)]",
        "-mem = '50MB' # was 60\n+mem = '2.1MB' # was 60\n",
        "far from their limits",
        "     4 %  mem 50 MB  app::slow  src/lib.rs:13:29",
    ];
    workspace.call("perf ratchet --runs 2").shows(0, &parts);
    assert_eq!(workspace.read("perf-budgets.toml"), FILE);
    workspace.forget();
    workspace
        .call("perf ratchet --write --runs 1")
        .shows(0, &["wrote perf-budgets.toml"]);
    assert_eq!(
        workspace.read("perf-budgets.toml"),
        FILE.replace("'50MB'", "'2.1MB'")
    );
    workspace.forget();
    workspace.call("perf ratchet --write --runs 1").shows(
        0,
        &[
            "nothing to change",
            "1 limit is as tight as the headroom allows",
        ],
    );
}

fn ratchet_takes_stored_runs() {
    let workspace = workspace("sound", FILE);
    workspace.call("perf").shows(0, &[]);
    let turns = workspace.read("turns");
    for from in ["r1", "target/perf/runs/r1"] {
        workspace
            .call(&format!("perf ratchet --from {from}"))
            .shows(0, &["+mem = '2.1MB' # was 60", "not written"]);
    }
    assert_eq!(workspace.read("turns"), turns, "nothing was measured again");
    workspace.write("perf-budgets.toml", &FILE.replace("50MB", "40MB"));
    workspace.call("perf ratchet --from r1 --write").shows(
        0,
        &[
            "mem 40 MB: it was 50 MB when it was measured",
            "nothing to change",
        ],
    );
}

fn waivers_go_on_request() {
    let waivers = "
# while the index is new
[[waive]]
case = \"app::fast\"
limit = \"p99\"
reason = \"#123\"
until = 2999-12-31

[[waive]]
case = \"web::page\"
limit = \"mem\"
reason = \"#124\"
owner = \"ann\"
until = 1969-12-31
";
    let workspace = workspace("waived", &format!("{FILE}{waivers}"));
    let parts = [
        "waiver of p99 of app::fast (#123): no longer needed: what it covers holds in 2 runs  perf-budgets.toml:8:1",
        "waiver of mem of web::page (#124; owner: ann): it ended on 1969-12-31",
        "--waivers takes out what is not needed",
        "app::fast  p99 10 ms: it is waived until 2999-12-31 (#123)",
    ];
    workspace
        .call("perf ratchet --write --runs 2")
        .shows(0, &parts);
    let tightened = FILE.replace("'50MB'", "'2.1MB'");
    assert_eq!(
        workspace.read("perf-budgets.toml"),
        format!("{tightened}{waivers}")
    );
    workspace.forget();
    workspace
        .call("perf ratchet --write --waivers --runs 2")
        .shows(0, &["-[[waive]]", "wrote perf-budgets.toml"]);
    assert_eq!(workspace.read("perf-budgets.toml"), tightened);
}
