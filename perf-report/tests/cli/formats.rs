//! Reports in many forms: where they go, and what goes with them.

use serde_json::Value;

use crate::past::Records;
use crate::program::Workspace;

pub(crate) const TESTS: &[(&str, fn())] = &[
    (
        "several forms go to files beside what is printed",
        several_forms_go_to_files,
    ),
    (
        "a form that is none, or shows no comparison, is refused before anything is built",
        wrong_forms_are_refused,
    ),
    (
        "on GitHub there are annotations at the code and a summary of the job",
        annotations_and_a_summary,
    ),
    (
        "a summary without room is a warning and no verdict",
        a_full_summary_is_a_warning,
    ),
    (
        "a comment shows what ab found beside the limits",
        a_comment_shows_changes,
    ),
    (
        "what is known of a run is what its schema says",
        a_manifest_is_described,
    ),
];

fn several_forms_go_to_files() {
    let workspace = Workspace::new("sound");
    let line = "perf --format comment --output junit=a.xml --output json=b.json --output csv=c.csv";
    let outcome = workspace.call(line);
    outcome.shows(
        0,
        &["## ✅ Performance budgets: passed · 6 limits = 6 passed"],
    );
    assert!(
        outcome.out.ends_with("<!-- perf-budgets -->\n"),
        "{}",
        outcome.out
    );
    assert!(workspace.read("a.xml").contains("<testsuites name="));
    let json: Value = serde_json::from_str(&workspace.read("b.json")).expect("JSON");
    assert_eq!(json["tally"]["passed"], 6);
    assert!(workspace.read("c.csv").starts_with("run,unix_time,"));
    // A file without a form takes that of --format, and the terminal's is printed.
    let outcome =
        workspace.call("perf report r1 --format json --output d.json --output go-bench=e.txt");
    outcome.shows(0, &["6 limits = 6 passed"]);
    assert_eq!(workspace.read("d.json"), workspace.read("b.json"));
    assert!(
        workspace.read("e.txt").contains("\nBenchmarkFast"),
        "{}",
        workspace.read("e.txt")
    );
}

fn wrong_forms_are_refused() {
    let workspace = Workspace::new("sound");
    workspace.call("perf --output jsn=a.json").shows(
        2,
        &["found `jsn` before the `=`, expected one of terminal, markdown, comment"],
    );
    workspace
        .call("perf --output json=a --output junit=a")
        .shows(2, &["--output a: found twice"]);
    for line in [
        "perf ab HEAD --format csv",
        "perf compare a b --output openmetrics=a",
        "perf baseline check --format bmf",
    ] {
        workspace.call(line).shows(
            2,
            &[", which shows a run; a comparison can be shown as terminal, markdown, comment, github, junit, html, json"],
        );
    }
    assert!(workspace.read("turns").is_empty(), "nothing was measured");
}

fn annotations_and_a_summary() {
    let workspace = Workspace::new("fail");
    std::fs::create_dir(workspace.path("src")).expect("a folder");
    workspace.write("src/parser.rs", "");
    workspace.write("summary.md", "written before\n");
    let repository = workspace.path("..");
    let repository = repository
        .canonicalize()
        .expect("a folder")
        .display()
        .to_string();
    let outcome = workspace
        .with(&[
            ("GITHUB_STEP_SUMMARY", "summary.md"),
            ("GITHUB_WORKSPACE", &repository),
        ])
        .call("perf --format github");
    let folder = workspace.path(".").canonicalize().expect("a folder");
    let folder = folder
        .file_name()
        .expect("it has a name")
        .display()
        .to_string();
    outcome.shows(
        1,
        &[
            "::stop-commands::perf-budgets-log-0\n",
            "\n::perf-budgets-log-0::\n",
            &format!("\n::error file={folder}/src/parser.rs,line=42,col=15,title=fail app%3A%3Aslow::p99 12.4 ms is over"),
        ],
    );
    let summary = workspace.read("summary.md");
    assert!(
        summary
            .starts_with("written before\n## ❌ Performance budgets: failed · 6 limits = 5 passed"),
        "{summary}"
    );
    // Only what is printed for a job has a summary.
    workspace
        .with(&[("GITHUB_STEP_SUMMARY", "none.md")])
        .call("perf report r1")
        .shows(1, &["6 limits"]);
    assert!(!workspace.path("none.md").exists());
}

fn a_full_summary_is_a_warning() {
    let workspace = Workspace::new("sound");
    workspace.write("summary.md", &"x".repeat(1024 * 1024 - 100));
    let full = workspace.with(&[("GITHUB_STEP_SUMMARY", "summary.md")]);
    full.call("perf --format github").shows(
        0,
        &[
            "::warning title=no summary::GITHUB_STEP_SUMMARY=",
            "it has no room left: GitHub shows 1 MiB",
        ],
    );
    assert_eq!(workspace.read("summary.md").len(), 1024 * 1024 - 100);
    let nowhere = workspace.with(&[("GITHUB_STEP_SUMMARY", "no/folder.md")]);
    nowhere
        .call("perf report r1 --format github")
        .shows(0, &["::warning title=no summary::"]);
}

fn a_comment_shows_changes() {
    let workspace = Workspace::new("sound");
    let runs = workspace.path("target/perf/runs");
    for (run, p50) in [("before", 2e6), ("after", 2e6)] {
        let mut records = Records::new(run).case("app::fast", p50);
        records.set(
            "/memory/allocs",
            if run == "before" { 400 } else { 412 }.into(),
        );
        records.set("/plan/regression/waiver", Value::Null);
        records.write(&runs.join(run));
    }
    workspace
        .call("perf compare before after --output json=changes.json")
        .shows(1, &["allocs 412 is more than 400"]);
    let text = workspace.read("changes.json");
    assert!(text.contains("\"unix_time\": 0"), "{text}");
    let outcome = workspace.call("perf report after --format comment --compared changes.json");
    outcome.shows(
        // The code is that of the run; that of the comparison is its own.
        0,
        &[
            "## ❌ Performance budgets: passed; 1 regression against run before · 2 limits = 2 passed",
            "**Against run before:**",
            "| **FAIL** | `app::fast` | allocs | 400 | 412 | +3 % |",
            "limit = \"regression\"",
        ],
    );
    // What the job keeps is found from the comment; an address that is none is left out.
    let link = "[Pages, records and profiles](https://git.test/a/b/actions/runs/7#artifacts)";
    let on_github = |run: &str| {
        let variables = [
            ("GITHUB_SERVER_URL", "https://git.test"),
            ("GITHUB_REPOSITORY", "a/b"),
            ("GITHUB_RUN_ID", run),
        ];
        let workspace = workspace.with(&variables);
        workspace.call("perf report after --format comment")
    };
    on_github("7").shows(0, &[link]);
    assert!(!on_github("7)<b>").out.contains("[Pages"));
    workspace
        .with(&[("CI_JOB_URL", "https://git.test/a/b/-/jobs/7")])
        .call("perf compare before after --format comment")
        .shows(1, &["(https://git.test/a/b/-/jobs/7/artifacts/browse)"]);
    workspace
        .call("perf report after --format json --compared changes.json")
        .shows(
            2,
            &["--compared changes.json: is shown by the formats comment, github alone"],
        );
    workspace.write("other.json", "{\"kind\": \"perf-report\"}");
    workspace
        .call("perf report after --format comment --compared other.json")
        .shows(
            2,
            &["--compared other.json:1:1: found the kind `perf-report`, expected a comparison"],
        );
    workspace
        .call("perf --format comment --compared none.json")
        .shows(2, &["--compared none.json: cannot be read: "]);
}

fn a_manifest_is_described() {
    let mut compiler = boon::Compiler::new();
    let mut schemas = boon::Schemas::new();
    let schema = compiler.compile("schema/run-1.schema.json", &mut schemas);
    let schema = schema.expect("the schema holds together");
    for (scenario, code) in [("sound", 0), ("crash", 1)] {
        let workspace = Workspace::new(scenario);
        assert_eq!(workspace.call("perf").code, code);
        let manifest = workspace.read("target/perf/runs/r1/run.json");
        let mut manifest: Value = serde_json::from_str(&manifest).expect("JSON");
        let checked = schemas.validate(&manifest, schema);
        assert!(
            checked.is_ok(),
            "{scenario}: {}",
            checked
                .err()
                .map(|error| error.to_string())
                .unwrap_or_default()
        );
        manifest["odd"] = true.into();
        assert!(schemas.validate(&manifest, schema).is_err(), "{scenario}");
    }
}
