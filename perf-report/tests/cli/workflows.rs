//! The workflow files that `init` writes, and the action: their steps are run as a
//! runner would run them.

mod runner;

use serde_json::{Value, json};

use self::runner::{Project, Step, yaml};
use crate::past::Records;
use crate::program::Workspace;

pub(crate) const TESTS: &[(&str, fn())] = &[
    (
        "workflow files are written, and none is written over",
        files_are_written_once,
    ),
    (
        "this repository's own workflows are those that are written",
        our_own_are_those,
    ),
    (
        "a workspace in a folder of its repository gets paths from the top",
        a_folder_is_named,
    ),
    (
        "a command line that is no part of the workspace is installed first",
        it_is_installed,
    ),
    (
        "a pull request is judged, compared, and told of",
        a_pull_request_is_judged,
    ),
    (
        "a pull request that breaks a budget is compared and told of all the same",
        a_broken_budget_is_told,
    ),
    (
        "the daily run keeps its history, and is red where it got slower",
        a_slower_history_is_red,
    ),
    (
        "a release is measured against the one before, and documented",
        a_release_is_documented,
    ),
    (
        "the comment is posted once, and changed from then on",
        the_comment_is_posted,
    ),
    (
        "nothing is posted that a fork may not say",
        a_fork_is_not_believed,
    ),
    (
        "the steps of the action are those of the workflow",
        the_action_does_the_same,
    ),
    (
        "GitLab's jobs judge, compare, follow and document",
        gitlab_does_the_same,
    ),
];

const PULL_REQUEST: &[(&str, &str)] = &[
    ("github.event_name", "pull_request"),
    ("github.base_ref", "main"),
    ("github.event.number", "7"),
];

fn written(service: &str) -> Workspace {
    let workspace = Workspace::new("sound");
    workspace
        .call(&format!("perf init --ci {service}"))
        .shows(0, &["written"]);
    workspace
}

fn files_are_written_once() {
    let workspace = Workspace::new("sound");
    workspace.call("perf init --ci github").shows(
        0,
        &[
            ".github/workflows/perf.yml: written",
            ".github/workflows/perf-comment.yml: written",
            "once perf-comment.yml is on the default branch",
        ],
    );
    workspace
        .call("perf init --ci github")
        .shows(0, &[".github/workflows/perf.yml: unchanged"]);
    let comment = ".github/workflows/perf-comment.yml";
    std::fs::remove_file(workspace.path(comment)).expect("it was there");
    workspace.write(".github/workflows/perf.yml", "name: ours\n");
    workspace.call("perf init --ci github").shows(
        2,
        &[".github/workflows/perf.yml is there and says something else; nothing was written, --force writes over it"],
    );
    assert_eq!(workspace.read(".github/workflows/perf.yml"), "name: ours\n");
    assert!(!workspace.path(comment).exists(), "nothing was written");
    workspace
        .call("perf init --ci github --force")
        .shows(0, &[]);
    assert!(
        workspace
            .read(".github/workflows/perf.yml")
            .contains("name: perf\n")
    );

    workspace.write(".gitlab-ci.yml", "build: {script: [make]}\n");
    workspace.call("perf init --ci gitlab").shows(
        0,
        &[".gitlab/perf.yml: written", "- local: .gitlab/perf.yml"],
    );
    assert_eq!(
        workspace.read(".gitlab-ci.yml"),
        "build: {script: [make]}\n"
    );
}

fn our_own_are_those() {
    let workspace = written("github");
    for name in ["perf.yml", "perf-comment.yml"] {
        let path = format!(".github/workflows/{name}");
        let written = workspace.read(&path);
        let own = runner::repository().join(&path);
        if std::env::var_os("PERF_REPORT_BLESS").is_some() {
            std::fs::write(&own, &written).expect("it can be written");
        }
        let own = std::fs::read_to_string(&own).unwrap_or_default();
        assert!(
            own == written,
            "{path} is another than `init` writes; PERF_REPORT_BLESS=1 writes it anew"
        );
    }
}

fn a_folder_is_named() {
    let project = Project::new("sound");
    let inner = project.inner("backend");
    inner.shows(0, &[".github/workflows/perf.yml: written"]);
    let file = project.workflow("perf.yml");
    assert_eq!(file["defaults"]["run"]["working-directory"], "backend");
    let steps = file["jobs"]["change"]["steps"].as_array().expect("steps");
    let paths = steps
        .iter()
        .filter_map(|step| step["with"]["path"].as_str());
    let paths: Vec<&str> = paths.flat_map(str::lines).collect();
    assert!(paths.contains(&"backend/target/perf/runs/"), "{paths:?}");
    assert!(
        !paths.iter().any(|path| path.starts_with("target")),
        "{paths:?}"
    );
}

fn it_is_installed() {
    let workspace = Workspace::new("sound");
    for service in ["github", "gitlab"] {
        workspace
            .call(&format!("perf-budget init --ci {service}"))
            .shows(0, &[]);
    }
    for path in [".github/workflows/perf.yml", ".gitlab/perf.yml"] {
        let text = workspace.read(path);
        assert!(
            text.contains("cargo install --locked perf-report"),
            "{text}"
        );
        assert!(text.contains("cargo perf-budget trend --check"));
        assert!(!text.contains('@') || !text.contains("@PERF@"), "{text}");
    }
    let own = written("github").read(".github/workflows/perf.yml");
    assert!(!own.contains("cargo install"), "{own}");
}

/// What ran of a job, by name, each with whether it succeeded.
fn outcomes(steps: &[Step]) -> Vec<(&str, bool)> {
    let ran = steps.iter().filter(|step| step.ran);
    ran.map(|step| (&*step.name, step.succeeded)).collect()
}

fn a_pull_request_is_judged() {
    let project = Project::new("sound");
    let steps = project.job("perf.yml", "change", PULL_REQUEST);
    assert_eq!(
        outcomes(&steps),
        [
            ("Budgets", true),
            ("Against the commit it branched from", true),
            ("Comment", true)
        ]
    );
    project.has_what_is_kept(&steps);
    // It is compared with the commit it branched from, not with what came after.
    let base = project.git(&["rev-parse", "fork-point"]);
    assert!(
        project
            .cargo_calls()
            .contains(&format!("xtask perf ab {base} ")),
        "{}",
        project.cargo_calls()
    );
    let comment = project.read("target/perf/comment/comment.md");
    assert!(comment.contains("<!-- perf-budgets -->"), "{comment}");
    assert!(comment.contains("6 limits = 6 passed"), "{comment}");
    assert!(comment.contains("against"), "{comment}");
    assert_eq!(project.read("target/perf/comment/number"), "7\n");
}

fn a_broken_budget_is_told() {
    let project = Project::new("fail");
    let steps = project.job("perf.yml", "change", PULL_REQUEST);
    assert_eq!(
        outcomes(&steps),
        [
            ("Budgets", false),
            ("Against the commit it branched from", true),
            ("Comment", true)
        ]
    );
    project.has_what_is_kept(&steps);
    let comment = project.read("target/perf/comment/comment.md");
    assert!(comment.contains("1 failed"), "{comment}");
    // Without what is needed there is no comment, and that is red too.
    let project = Project::new("unbuilt");
    let steps = project.job("perf.yml", "change", PULL_REQUEST);
    assert!(
        steps.iter().all(|step| !step.ran || !step.succeeded),
        "{steps:?}"
    );
}

/// A history of 23 runs of `app::slow`, the first twenty of which took so long; the
/// others took as long as the one that follows.
fn with_history(first_ns: f64) -> Project {
    let project = Project::new("sound");
    let mut line = "perf merge".to_owned();
    for nth in 0..23_u64 {
        let p50 = if nth < 20 { first_ns } else { 9.0e6 };
        let noise = 1.0 + (nth % 3) as f64 * 0.001;
        let name = format!("h{nth:02}");
        let mut records = Records::new(&name).case("app::slow", p50 * noise);
        // Years before the run that follows.
        records.set("/unix_time", (1_700_000_000 + nth * 86_400).into());
        records.write(&project.path(&name));
        line = format!("{line} {name}");
    }
    project.call(&line).shows(0, &[]);
    project
}

fn a_slower_history_is_red() {
    let variables = [("github.event_name", "schedule")];
    let project = with_history(9.0e6);
    let steps = project.job("perf.yml", "daily", &variables);
    assert_eq!(outcomes(&steps), [("Budgets", true), ("Trend", true)]);
    project.has_what_is_kept(&steps);
    assert!(project.read("summary").contains("`app::slow`"));

    let project = with_history(6.9e6);
    let steps = project.job("perf.yml", "daily", &variables);
    assert_eq!(outcomes(&steps), [("Budgets", true), ("Trend", false)]);
    // What is red is kept before it is red: else the next day would not know of it.
    let place = |name: &str| steps.iter().position(|step| step.name.starts_with(name));
    assert!(place("Keep the history") < place("Trend"));
    let of_history = steps
        .iter()
        .filter(|step| step.with["path"] == "perf-history");
    let keys: Vec<&Value> = of_history.map(|step| &step.with["key"]).collect();
    assert_eq!(
        keys,
        [&json!("perf-history-1-1"), &json!("perf-history-1-1")]
    );
    project.has_what_is_kept(&steps);
}

fn a_release_is_documented() {
    let project = Project::new("sound");
    let variables = [
        ("github.event_name", "release"),
        ("github.event.release.tag_name", "v2"),
    ];
    let steps = project.job("perf.yml", "release", &variables);
    let all = [
        ("Budgets", true),
        ("Against the release before", true),
        ("Documents", true),
        ("Attach the documents to the release", true),
    ];
    assert_eq!(outcomes(&steps), all);
    project.has_what_is_kept(&steps);
    assert!(project.cargo_calls().contains("xtask perf ab v1 "));
    let report = project.read("target/perf/ci/performance-report.md");
    assert!(report.starts_with("# Performance report\n"), "{report}");
    assert!(
        report.contains("## Before and after\n\nBefore: "),
        "{report}"
    );
    let baseline = project.read("target/perf/ci/performance-baseline.md");
    assert!(
        baseline.starts_with("# Performance baseline\n"),
        "{baseline}"
    );
    let uploaded = project.read("gh-calls");
    assert!(uploaded.starts_with("release upload v2 "), "{uploaded}");
    assert!(uploaded.contains("performance-report.md"), "{uploaded}");
}

const COMMENT: &str = "## Performance budgets: passed\n\n<!-- perf-budgets -->\n";

/// Runs the second workflow with what the first one left behind.
fn posted(
    project: &Project,
    number: &str,
    comment: Option<&str>,
    head: &str,
    comments: &str,
) -> (Step, String) {
    for left in ["artefact", "perf-comment", "gh-calls"] {
        project.remove(left);
    }
    project.write("artefact/number", number);
    if let Some(comment) = comment {
        project.write("artefact/comment.md", comment);
    }
    project.write("gh-head", head);
    project.write("gh-comments", comments);
    let event = [("github.event.workflow_run.event", "pull_request")];
    let mut steps = project.job("perf-comment.yml", "comment", &event);
    let step = steps.pop().expect("one step");
    assert!(steps.is_empty() && step.ran);
    (step, project.read("gh-calls"))
}

fn the_comment_is_posted() {
    let project = Project::new("sound");
    let (step, calls) = posted(&project, "7\n", Some(COMMENT), "c0ffee", "");
    assert!(step.succeeded, "{}", step.printed);
    assert!(
        calls.ends_with("api --silent --method POST repos/o/r/issues/7/comments --field body=@perf-comment/comment.md\n"),
        "{calls}"
    );
    let (step, calls) = posted(&project, "7\n", Some(COMMENT), "c0ffee", "41\n42\n");
    assert!(step.succeeded, "{}", step.printed);
    assert!(
        calls.ends_with("api --silent --method PATCH repos/o/r/issues/comments/41 --field body=@perf-comment/comment.md\n"),
        "{calls}"
    );
}

fn a_fork_is_not_believed() {
    let project = Project::new("sound");
    let check = |number: &str, comment: Option<&str>, head: &str, succeeds: bool, part: &str| {
        let (step, calls) = posted(&project, number, comment, head, "");
        assert!(!calls.contains("--method"), "{calls}");
        assert_eq!(step.succeeded, succeeds, "{number}: {}", step.printed);
        assert!(step.printed.contains(part), "{number}: {}", step.printed);
    };
    let names_none = "::error::the artefact names no pull request";
    for number in [
        "7; touch stolen",
        "../../other/issues/1",
        "",
        "007",
        "12345678901",
    ] {
        check(number, Some(COMMENT), "c0ffee", false, names_none);
    }
    // The pull request of another user.
    check("8", Some(COMMENT), "bad", true, "is at another commit");
    check("7", None, "c0ffee", false, "has no file comment.md");
    let is_none = "is no comment of perf budgets";
    check("7", Some("buy now"), "c0ffee", false, is_none);
    let long = "é".repeat(70_000) + COMMENT;
    check("7", Some(&long), "c0ffee", false, "the comment is too long");
    assert_eq!(project.read("stolen"), "");

    // The workflow that may write runs nothing of the other's.
    let text = project.workflow("perf-comment.yml");
    let job = &text["jobs"]["comment"];
    assert_eq!(text["permissions"], json!({}));
    assert_eq!(
        job["permissions"],
        json!({"actions": "read", "pull-requests": "write"})
    );
    let steps = job["steps"].as_array().expect("steps");
    assert!(
        steps.iter().all(|step| step["uses"].is_null()),
        "no checkout"
    );
    assert_eq!(
        project.workflow("perf.yml")["permissions"],
        json!({"contents": "read"})
    );
}

fn the_action_does_the_same() {
    let project = Project::new("sound");
    let text =
        std::fs::read_to_string(runner::repository().join("action.yml")).expect("it is there");
    let action = yaml(&text);
    let variables = [
        PULL_REQUEST,
        &[
            ("inputs.command", "cargo perf-budget"),
            ("inputs.arguments", "--verbose"),
            ("inputs.directory", "."),
        ],
    ]
    .concat();
    // As after a shallow checkout.
    project.git(&["update-ref", "-d", "refs/remotes/origin/main"]);
    let steps = project.steps(&action["runs"]["steps"], &json!({}), &variables);
    let ran = [
        ("The commit it branched from", true),
        ("Install the command line", true),
        ("Budgets", true),
        ("Against the commit it branched from", true),
        ("Comment", true),
    ];
    assert_eq!(outcomes(&steps), ran, "{steps:#?}");
    project.has_what_is_kept(&steps);
    let calls = project.cargo_calls();
    assert!(
        calls.contains("perf-budget run --verbose --format github "),
        "{calls}"
    );
    // What both do, both do in the same way.
    let workflow = project.job("perf.yml", "change", PULL_REQUEST);
    for step in workflow.iter().filter(|step| step.ran) {
        let same = steps.iter().find(|other| other.name == step.name);
        let plain = |text: &str| {
            let text = text
                .replace(" $ARGUMENTS", "")
                .replace("$PERF run", "$PERF");
            text.replace("$PERF ", "cargo xtask perf ")
        };
        assert_eq!(
            same.map(|same| plain(&same.script)),
            Some(step.script.clone())
        );
    }
}

fn gitlab_does_the_same() {
    let project = Project::new("sound");
    project
        .call("perf init --ci gitlab")
        .shows(0, &["commit both"]);
    assert_eq!(
        yaml(&project.read(".gitlab-ci.yml")),
        json!({"include": [{"local": ".gitlab/perf.yml"}]})
    );
    let base = project.git(&["rev-parse", "fork-point"]);
    let jobs: [(&str, &str, &[&str]); 3] = [
        (
            "perf:change",
            "1",
            &["budgets.xml", "budgets.html", "ab.xml", "ab.html"],
        ),
        ("perf:daily", "2", &["budgets.xml", "trend.md"]),
        (
            "perf:release",
            "3",
            &[
                "ab.json",
                "performance-report.md",
                "performance-baseline.md",
            ],
        ),
    ];
    for (job, id, files) in jobs {
        let variables = [
            ("CI_JOB_ID", id),
            ("CI_MERGE_REQUEST_DIFF_BASE_SHA", &*base),
        ];
        let step = project.gitlab_job(job, &variables);
        assert!(step.succeeded, "{job}: {}", step.printed);
        for file in files {
            let path = format!("target/perf/ci/{file}");
            assert!(!project.read(&path).is_empty(), "{job} leaves {path}");
        }
    }
    assert!(
        project
            .cargo_calls()
            .contains(&format!("xtask perf ab {base} "))
    );
    let broken = Project::new("fail");
    broken.call("perf init --ci gitlab").shows(0, &[]);
    let variables = [("CI_JOB_ID", "1"), ("CI_MERGE_REQUEST_DIFF_BASE_SHA", "v1")];
    let step = broken.gitlab_job("perf:change", &variables);
    assert!(!step.succeeded, "{}", step.printed);
    assert!(
        !broken.read("target/perf/ci/ab.xml").is_empty(),
        "it is compared all the same"
    );
}
