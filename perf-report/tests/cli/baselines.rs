//! `baseline` and `compare`: from the first save to what has become slower.

use std::process::{Command, Stdio};
use std::sync::OnceLock;

use crate::program::Workspace;

pub(crate) const TESTS: &[(&str, fn())] = &[
    (
        "what is saved is found again, and a file for each kind is written",
        saved_and_found_again,
    ),
    (
        "what is slower twice fails, in every format",
        slower_twice_fails,
    ),
    ("what is slower once is undecided", slower_once_is_undecided),
    (
        "a waived case says who waived it until when, and ends later",
        a_waiver_is_told,
    ),
    (
        "on another machine counts are compared and times are not",
        another_machine_compares_counts,
    ),
    (
        "a broken limit is said to have held in the baseline",
        a_broken_limit_held_in_the_baseline,
    ),
    ("a case that dies fails the check", a_death_fails_the_check),
    (
        "a run that failed becomes no baseline",
        a_failed_run_is_refused,
    ),
    (
        "a machine that has not settled gives no baseline, unless it is asked to",
        an_unsettled_machine_is_refused,
    ),
    (
        "a tree with changes gives no baseline, unless it is asked to",
        a_dirty_tree_is_refused,
    ),
    (
        "saving one case leaves the others as they are",
        saving_one_leaves_the_others,
    ),
    ("cases of one side are named", cases_of_one_side_are_named),
    (
        "without a baseline it is said how to save one, before anything is built",
        a_missing_baseline_is_told,
    ),
    (
        "a baseline that cannot be trusted stops before anything is built",
        a_broken_baseline_is_told,
    ),
    ("the baseline is a document", the_baseline_is_a_document),
    (
        "stored runs are checked without measuring",
        stored_runs_are_checked,
    ),
    (
        "of two runs only counts are compared, of several times too",
        runs_are_compared,
    ),
];

const PORTABLE: &str = "perf-baselines/portable.json";
const TIMES: &str = "perf-baselines/amd-epyc-7763-2-cores-x86_64-linux.json";

/// A workspace with a baseline, which is saved once for all tests.
fn saved() -> Workspace {
    static FILES: OnceLock<[String; 2]> = OnceLock::new();
    let files = FILES.get_or_init(|| {
        let workspace = Workspace::new("sound");
        workspace
            .call("perf baseline save")
            .shows(0, &["saved 3 cases of 7 runs"]);
        [PORTABLE, TIMES].map(|file| workspace.read(file))
    });
    let workspace = Workspace::new("sound");
    std::fs::create_dir(workspace.path("perf-baselines")).expect("a folder");
    for (file, text) in [PORTABLE, TIMES].iter().zip(files) {
        std::fs::write(workspace.path(file), text).expect("written");
    }
    workspace
}

fn edit(workspace: &Workspace, file: &str, from: &str, to: &str) {
    let text = workspace.read(file);
    assert!(text.contains(from), "{from} is not in {text}");
    std::fs::write(workspace.path(file), text.replace(from, to)).expect("written");
}

fn saved_and_found_again() {
    let workspace = Workspace::new("sound");
    workspace.call("perf baseline save").shows(
        0,
        &[
            "run 7 of 7",
            "saved 3 cases of 7 runs in perf-baselines/portable.json, perf-baselines/amd-epyc",
        ],
    );
    let (portable, times) = (workspace.read(PORTABLE), workspace.read(TIMES));
    assert!(portable.contains("\"allocs\": 412,\n"), "{portable}");
    assert!(!portable.contains("dirty"), "{portable}");
    let runs = "\"p50_ns\": [9009000, 9018000, 9000000, 9009000, 9018000, 9000000, 9009000]";
    assert!(times.contains(runs), "{times}");
    workspace.call("perf baseline check --strict").shows(
        0,
        &[
            "before: the baseline; after: this tree, one run",
            "3 cases measured; none looked worse",
            "27 comparisons = 27 passed",
        ],
    );
    // Turns are taken as in any run.
    let turns = workspace.read("turns");
    let app = turns.matches("measure app app::fast app::slow").count();
    assert_eq!(app, 2 * 8, "{turns}");
    // The baseline has instructions, so they are counted again.
    let counted = "measure app app::fast app::slow callgrind\nmeasure web web::page callgrind\n";
    assert!(turns.ends_with(&counted.repeat(2)), "{turns}");
    // Nothing has changed, so the counts stay as they were saved.
    workspace
        .call_as("r2", "perf baseline save --runs 5")
        .shows(
            0,
            &[
                "27 figures are as they were",
                "saved 3 cases of 5 runs in perf-baselines/amd",
            ],
        );
    assert_eq!(workspace.read(PORTABLE), portable);
}

fn a_broken_limit_held_in_the_baseline() {
    let mut workspace = saved();
    let commit = format!("\"commit\": \"{}\"", "a".repeat(40));
    edit(&workspace, TIMES, "\"commit\": null", &commit);
    workspace.play("fail");
    workspace.call("perf --no-profile --no-history").shows(
        1,
        &["since when: held in the baseline of aaaaaaaaaa (saved 1970-01-01)"],
    );
}

fn slower_twice_fails() {
    let mut workspace = saved();
    workspace.play("slower");
    let parts = [
        "measuring 1 case that looks worse again, in 3 fresh runs",
        "fail  app::slow  p50 13.5 ms is slower than 9.01 ms by 50 %, and 5 % is tolerated",
        "found twice: 13.5 ms first, 13.5 ms in 3 fresh runs after it",
        "tolerance at src/parser.rs:41:1",
        "`baseline save PATTERN`",
    ];
    workspace.call("perf baseline check").shows(1, &parts);
    let turns = workspace.read("turns");
    let again = "measure app app::slow callgrind\n";
    assert!(turns.ends_with(&again.repeat(2 * 3)), "{turns}");
    for (run, format, part) in [
        ("r2", "junit", "<failure message=\"p50 13.5 ms is slower"),
        ("r3", "markdown", "**FAIL** `app::slow`"),
        ("r4", "json", "\"kind\": \"perf-comparison\""),
    ] {
        let line = format!("perf baseline check --format {format}");
        workspace.call_as(run, &line).shows(1, &[part]);
    }
    workspace
        .call_as(
            "r5",
            "perf baseline check --output out.md --format markdown",
        )
        .shows(1, &["fail  app::slow"]);
    let written = workspace.read("out.md");
    assert!(
        written.starts_with("## Performance compared: 2 regressions"),
        "{written}"
    );
}

fn slower_once_is_undecided() {
    let mut workspace = saved();
    workspace.play("slower once");
    let parts = [
        "slower once, and not in 3 fresh runs after it: 9.01 ms",
        "2 undecided",
    ];
    workspace.call("perf baseline check").shows(0, &parts);
    workspace
        .call_as("r2", "perf baseline check --strict")
        .shows(3, &parts);
}

fn a_waiver_is_told() {
    let mut workspace = saved();
    workspace.play("excused");
    workspace.call("perf baseline check --strict").shows(
        0,
        &[
            "waived  app::slow  p50 13.5 ms is slower",
            "waived through 2026-12-31: #123 new validation; owner: the parser team (perf-budgets.toml:30:1)",
        ],
    );
}

fn another_machine_compares_counts() {
    let mut workspace = saved();
    edit(&workspace, TIMES, "\"cores\": 2", "\"cores\": 64");
    let other = "are not compared: other machine (AMD EPYC 7763, 64 cores, x86_64, linux before, AMD EPYC 7763, 2 cores, x86_64, linux after)";
    workspace.call("perf baseline check").shows(0, &[other]);
    workspace
        .call_as("r2", "perf baseline check --strict")
        .shows(3, &[other]);
    workspace.play("more");
    workspace.call_as("r3", "perf baseline check").shows(
        1,
        &[
            other,
            "fail  app::slow  allocs 413 is more than 412 by 0.243 %",
        ],
    );
}

fn a_death_fails_the_check() {
    let mut workspace = saved();
    workspace.play("crash");
    workspace.call("perf baseline check").shows(
        1,
        &["fail  app::slow  the case fails: died: the process of app (lib) was killed by SIGABRT"],
    );
}

fn a_failed_run_is_refused() {
    let workspace = Workspace::new("fail");
    workspace.call("perf baseline save").shows(
        1,
        &[
            "a run that failed becomes no baseline; nothing was saved",
            "app::slow  p99 12.4 ms is over its budget",
        ],
    );
    assert!(!workspace.path("perf-baselines").exists());
    // The first run has settled it.
    assert!(
        !workspace
            .path("target/perf/baseline/runs/r1-save-2")
            .exists()
    );
    let workspace = Workspace::new("broken");
    workspace
        .call("perf baseline save")
        .shows(1, &["nothing was saved"]);
}

fn an_unsettled_machine_is_refused() {
    let workspace = Workspace::new("drifting");
    let part = "app::slow  p50 30 % slower in the second half of the runs than in the first";
    workspace.call("perf baseline save").shows(
        4,
        &["the machine has not settled", part, "--allow-unsettled"],
    );
    assert!(!workspace.path("perf-baselines").exists());
    workspace
        .call_as("r2", "perf baseline save --allow-unsettled")
        .shows(0, &[part, "saved 3 cases"]);
}

fn git(workspace: &Workspace, arguments: &[&str]) {
    let done = Command::new("git")
        .args(["-c", "user.name=a", "-c", "user.email=a@b"])
        .args(arguments)
        .current_dir(workspace.path(""))
        .stdout(Stdio::null())
        .status()
        .expect("git can be started");
    assert!(done.success(), "git {arguments:?}");
}

fn a_dirty_tree_is_refused() {
    let workspace = Workspace::new("sound");
    git(&workspace, &["init", "--quiet"]);
    std::fs::write(workspace.path(".gitignore"), "/target\n/turns\n/cargo-*\n").expect("written");
    git(&workspace, &["add", "."]);
    git(&workspace, &["commit", "--quiet", "--message=first"]);
    workspace
        .call("perf baseline save --runs 7")
        .shows(0, &["saved 3 cases"]);
    let times = workspace.read(TIMES);
    assert!(
        !times.contains("dirty") && !times.contains("\"commit\": null"),
        "{times}"
    );
    // What was saved is no change of the code.
    workspace
        .call_as("r2", "perf baseline save --runs 5")
        .shows(0, &["saved 3 cases"]);
    std::fs::write(workspace.path("new"), "file").expect("written");
    workspace.call_as("r3", "perf baseline save").shows(
        2,
        &[
            "files differ from the commit",
            ": new; commit them, or say --allow-dirty",
        ],
    );
    workspace
        .call_as("r4", "perf baseline save --runs 6 --allow-dirty")
        .shows(0, &["saved 3 cases"]);
    assert!(workspace.read(TIMES).contains("\"dirty\": true"));
}

fn saving_one_leaves_the_others() {
    let mut workspace = saved();
    let before: serde_json::Value = serde_json::from_str(&workspace.read(PORTABLE)).expect("JSON");
    workspace.play("more");
    workspace
        .call_as("r2", "perf baseline save slow --runs 5")
        .shows(
            0,
            &[
                "app::slow  allocs     412    413  +0.2 %  more",
                "8 figures are as they were",
                "saved 1 case of 5 runs",
            ],
        );
    let after: serde_json::Value = serde_json::from_str(&workspace.read(PORTABLE)).expect("JSON");
    let case = |portable: &serde_json::Value, id: &str| portable["cases"][id].clone();
    assert_eq!(case(&after, "app::slow")["counts"]["allocs"], 413);
    for other in ["app::fast", "web::page"] {
        assert_eq!(case(&after, other), case(&before, other));
    }
}

fn cases_of_one_side_are_named() {
    let workspace = Workspace::new("sound");
    workspace
        .call("perf baseline save fast --runs 5")
        .shows(0, &["saved 1 case of 5 runs"]);
    workspace.call("perf baseline check").shows(
        0,
        &[
            "only in this tree, one run: app::slow, web::page",
            "2 cases on one side only",
        ],
    );
    edit(&workspace, PORTABLE, "app::fast", "app::gone");
    edit(&workspace, TIMES, "app::fast", "app::gone");
    workspace.call_as("r2", "perf baseline check").shows(
        0,
        &[
            "only in the baseline: app::gone",
            "4 cases on one side only",
        ],
    );
    // Of a part of the cases, the rest of the baseline is not missing.
    let outcome = workspace.call_as("r3", "perf baseline check slow");
    outcome.shows(0, &["only in this tree, one run: app::slow"]);
    assert!(!outcome.out.contains("app::gone"), "{}", outcome.out);
    workspace
        .call_as("r2", "perf baseline save --runs 5")
        .shows(0, &["taken out: app::gone, which is no case any more"]);
    assert!(!workspace.read(TIMES).contains("app::gone"));
}

fn a_missing_baseline_is_told() {
    let workspace = Workspace::new("sound");
    for line in [
        "perf baseline check",
        "perf baseline show",
        "perf compare baseline last",
    ] {
        workspace.call(line).shows(
            2,
            &["perf-baselines: no baseline is saved there; `cargo xtask perf baseline save`"],
        );
    }
    workspace.call("perf-budget baseline check").shows(
        2,
        &["no baseline is saved there; `cargo perf-budget baseline save`"],
    );
    assert!(!workspace.path("cargo-arguments").exists());
}

fn a_broken_baseline_is_told() {
    let workspace = saved();
    edit(&workspace, PORTABLE, "\"runs\": 7", "\"runs\": seven");
    for line in ["perf baseline check", "perf baseline save"] {
        workspace
            .call_as("r2", line)
            .shows(2, &["portable.json:20:15: expected value"]);
    }
    assert!(!workspace.path("cargo-arguments").exists());
}

fn the_baseline_is_a_document() {
    let workspace = saved();
    workspace.call("perf baseline show").shows(
        0,
        &[
            "# Performance baseline\n",
            "## AMD EPYC 7763, 2 cores, x86\\_64, linux",
            "| `app::fast` | mem | ≤ 50 MB | 2,097,152 B (2.1 MB) | 4 % | pass |",
        ],
    );
    workspace
        .call("perf baseline show --format json --output baseline.json")
        .shows(0, &[]);
    let json: serde_json::Value =
        serde_json::from_str(&workspace.read("baseline.json")).expect("JSON");
    assert_eq!(
        json["portable"]["cases"]["app::slow"]["counts"]["allocs"],
        412
    );
    workspace
        .call("perf baseline show --output nowhere/baseline.md")
        .shows(2, &["the folder nowhere does not exist"]);
}

fn stored_runs_are_checked() {
    let mut workspace = saved();
    workspace.play("slower");
    workspace.call_as("a", "perf").shows(0, &[]);
    workspace.call_as("b", "perf").shows(0, &[]);
    let turns = workspace.read("turns");
    workspace
        .call("perf baseline check --from a")
        .shows(0, &["one run alone is slower", "2 undecided"]);
    workspace.call("perf baseline check --from a,last").shows(
        1,
        &[
            "after: 2 runs (a, last)",
            "fail  app::slow  p50 13.5 ms is slower",
        ],
    );
    workspace
        .call("perf baseline check --from a,a")
        .shows(2, &["`a` is given twice"]);
    workspace.call("perf baseline check --from nobody").shows(
        2,
        &["`nobody` is neither a stored run nor a folder of records"],
    );
    assert_eq!(workspace.read("turns"), turns, "nothing was measured");
}

fn runs_are_compared() {
    let mut workspace = saved();
    workspace.call_as("a", "perf").shows(0, &[]);
    workspace.play("slower");
    workspace.call_as("b", "perf").shows(0, &[]);
    workspace.play("more");
    workspace.call_as("c", "perf").shows(0, &[]);
    let open = "one run a side says nothing about time; use `ab`";
    workspace
        .call("perf compare a b")
        .shows(0, &["before: run a; after: run b", open, "+50 %"]);
    workspace
        .call("perf compare a b --strict")
        .shows(3, &[open]);
    workspace
        .call("perf compare a c --format junit")
        .shows(1, &["allocs 413 is more than 412"]);
    // Folders of records are runs, and the baseline is a side as any.
    let mut runs = vec!["a".to_owned()];
    for run in 2..=5 {
        workspace.play("sound");
        let name = format!("a-{run}");
        workspace.call_as(&name, "perf").shows(0, &[]);
        runs.push(format!("target/perf/runs/{name}"));
    }
    let line = format!("perf compare {} b,b2", runs.join(","));
    workspace.play("slower");
    workspace.call_as("b2", "perf").shows(0, &[]);
    workspace.call(&line).shows(
        1,
        &[
            "before: 5 runs (a to target/perf/runs/a-5); after: 2 runs (b, b2)",
            "fail  app::slow",
        ],
    );
    workspace.call("perf compare baseline b").shows(
        0,
        &[
            "before: the baseline; after: run b",
            "one run alone is slower",
        ],
    );
    let line = format!("perf compare {PORTABLE} c");
    workspace.call(&line).shows(
        1,
        &["allocs 413", "there is nothing before to compare it with"],
    );
    workspace
        .call("perf compare perf-baselines b")
        .shows(0, &["one run alone is slower"]);
    workspace
        .call("perf compare a nobody")
        .shows(2, &["`nobody` is neither"]);
}
