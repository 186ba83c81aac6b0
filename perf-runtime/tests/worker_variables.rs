//! A process that finds the variables of a worker: it is red where no other one listens, and
//! says there what is wrong with others.

use std::process::Command;

use perf_runtime::perf_budget;

#[perf_budget(mean = "10s", max_time = "50ms", ignore = "the test below starts it")]
fn is_well() {}

/// The exit code of this binary with these variables, what it writes for a command line and
/// what for people.
fn ran(variables: &[(&str, &str)]) -> (Option<i32>, String, String) {
    let mut command = Command::new(std::env::current_exe().expect("its own path"));
    command
        .args([
            "is_well::perf_budget",
            "--exact",
            "--ignored",
            "--test-threads=1",
        ])
        .envs(variables.iter().copied());
    let output = command.output().expect("this test starts itself");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let (out, err) = (text(&output.stdout), text(&output.stderr));
    (output.status.code(), out.clone(), out + &err)
}

#[test]
fn a_worker_that_nothing_listens_to_is_red() {
    assert_eq!(ran(&[]).0, Some(0));
    for task in ["list", "measure", "confirm", "bursts", "count", "first"] {
        let (code, out, text) = ran(&[("PERF_WORKER", "1"), ("PERF_WORKER_TASK", task)]);
        assert_eq!(code, Some(101), "{text}");
        let found = format!(
            "found PERF_WORKER=1 and PERF_WORKER_TASK={task} without PERF_WORKER_TOKEN, expected none of them"
        );
        assert!(text.contains(&found), "{text}");
        assert!(text.contains("; unset PERF_WORKER"), "{text}");
        assert!(
            !text.contains("look for a test that calls `exit`"),
            "{text}"
        );
        assert!(!out.contains('\u{1e}'), "{out}");
    }
    // One that another process started to measure is known by its parent: this one judges.
    let (code, out, text) = ran(&[("PERF_WORKER", "1"), ("PERF_WORKER_TASK", "session")]);
    assert_eq!(code, Some(0), "{text}");
    assert!(out.contains("pass"), "{text}");
    // A command line listens: it is the worker that it says it is.
    let (code, out, text) = ran(&[
        ("PERF_WORKER", "1"),
        ("PERF_WORKER_TASK", "list"),
        ("PERF_WORKER_TOKEN", "t"),
    ]);
    assert_eq!(code, Some(0), "{text}");
    assert!(out.contains("\u{1e}t{\"t\":"), "{text}");
}

#[test]
fn the_command_line_hears_which_variable_cannot_be_followed() {
    let wrong = [
        ("RUST_TEST_THREADS", "x"),
        ("RUST_TEST_THREADS", "0"),
        ("PERF_INSTRUCTIONS", "many"),
    ];
    for (name, value) in wrong {
        let worker = [
            ("PERF_WORKER", "1"),
            ("PERF_WORKER_TASK", "list"),
            ("PERF_WORKER_TOKEN", "t"),
            (name, value),
        ];
        let (code, out, text) = ran(&worker);
        assert_eq!(code, Some(0), "{text}");
        let said: Vec<&str> = (out.lines())
            .filter_map(|line| line.split_once("\u{1e}t").map(|(_, said)| said))
            .collect();
        assert_eq!(said.len(), 3, "{out}");
        assert!(said[0].starts_with("{\"t\":\"hello\""), "{out}");
        let error = format!("{{\"t\":\"config_error\",\"text\":\"found {name}={value}");
        assert!(said[1].replace("\\\"", "").starts_with(&error), "{out}");
        assert!(said[1].contains("\"codes\":["), "{out}");
        assert!(said[2].starts_with("{\"t\":\"bye\""), "{out}");
        // Nothing else listens: the test says it.
        let (code, _, text) = ran(&[(name, value), ("RUST_TEST_NOCAPTURE", "1")]);
        assert_eq!(code, Some(101), "{text}");
        assert!(text.contains(value), "{text}");
    }
}
