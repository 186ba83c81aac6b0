//! `PERF_LOG`: what the command line does, on standard error.

use std::process::Output;

use serde_json::Value;

use crate::program::Workspace;

pub(crate) const TESTS: &[(&str, fn())] = &[
    (
        "PERF_LOG prints commands, records and phases to standard error alone",
        events_are_printed,
    ),
    (
        "PERF_LOG_FORMAT=json prints one object a line",
        events_are_json,
    ),
    (
        "a PERF_LOG that cannot be read is refused before anything is started",
        a_wrong_filter_is_refused,
    ),
];

fn call(workspace: &Workspace, variables: &[(&str, &str)]) -> Output {
    let mut command = workspace.command("perf --no-history");
    let output = command.envs(variables.iter().copied()).output();
    output.expect("it starts")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn events_are_printed() {
    let quiet = call(&Workspace::new("fail"), &[]);
    assert!(!text(&quiet.stderr).contains("perf_report::"));
    let told = call(&Workspace::new("fail"), &[("PERF_LOG", "debug")]);
    assert_eq!(told.status.code(), Some(1));
    assert_eq!(text(&told.stdout), text(&quiet.stdout));
    let err = text(&told.stderr);
    for words in [
        &["DEBUG", "perf_report::cargo: started", "test --no-run"][..],
        &["perf_report::cargo: ended", "exit status: 0", "elapsed_ms="],
        &["perf_report::git: started", "command=\"git "],
        &["perf_report::worker: started", "::perf_budget"],
        &["perf_report::records: record read", "case=\"app::slow\""],
        &["INFO", "perf_report::run: phase ended", "phase=\"build\""],
        &["perf_report::run: phase ended", "phase=\"measure\""],
    ] {
        let found = err
            .lines()
            .any(|line| words.iter().all(|word| line.contains(word)));
        assert!(found, "no line with {words:?} in\n{err}");
    }
    assert!(!err.contains("TRACE"), "{err}");
}

fn events_are_json() {
    let variables = [
        ("PERF_LOG", "perf_report::worker=trace"),
        ("PERF_LOG_FORMAT", "json"),
    ];
    let output = call(&Workspace::new("sound"), &variables);
    let err = text(&output.stderr);
    let events: Vec<Value> = err
        .lines()
        .filter(|line| line.starts_with('{'))
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect();
    let heard = |event: &&Value| event["fields"]["message"] == "heard";
    let heard = events.iter().find(heard).expect("messages are traced");
    assert_eq!(heard["level"], "TRACE");
    assert!(heard["fields"]["process"].is_u64(), "{heard}");
    let line = heard["fields"]["line"].as_str().expect("a text");
    assert!(line.contains("\"t\":\"hello\""), "{line}");
    let others = |event: &Value| event["target"] != "perf_report::worker";
    assert!(!events.iter().any(others), "{err}");
}

fn a_wrong_filter_is_refused() {
    for (variable, value, expected) in [
        (
            "PERF_LOG",
            "debgu\u{1b}[2J",
            "error: PERF_LOG: found `debgu\\u{1b}[2J`, expected a level",
        ),
        (
            "PERF_LOG_FORMAT",
            "jsn",
            "error: PERF_LOG_FORMAT: found `jsn`, expected text or json; did you mean `json`?",
        ),
    ] {
        let workspace = Workspace::new("sound");
        let output = call(&workspace, &[("PERF_LOG", "info"), (variable, value)]);
        let err = text(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{err}");
        assert!(err.contains(expected), "{err}");
        assert_eq!(workspace.read("cargo-arguments"), "");
    }
}
