//! `run` and `report`: from sound runs to dying processes.

use crate::deaths;
use crate::program::Workspace;

pub(crate) const TESTS: &[(&str, fn())] = &[
    (
        "a sound run is green, adds up, and is stored",
        a_sound_run_is_green,
    ),
    (
        "binaries take turns, so that rounds are spread over the run",
        binaries_take_turns,
    ),
    (
        "a breach that a fresh process finds again fails",
        a_confirmed_breach_fails,
    ),
    (
        "a breach that is not found again is undecided",
        an_unconfirmed_breach_is_undecided,
    ),
    (
        "a process that dies while it confirms fails the case",
        a_death_while_confirming_fails,
    ),
    (
        "a warning does not turn the run red",
        a_warning_is_no_failure,
    ),
    (
        "a crash is put to its case and every limit is accounted for",
        a_crash_is_accounted_for,
    ),
    (
        "a crash is noticed although a grandchild holds the pipe",
        a_crash_behind_an_orphan_is_noticed,
    ),
    (
        "a message that cannot be read ends the worker",
        a_garbled_message_ends_the_worker,
    ),
    (
        "a broken record names its file and line and is not green",
        a_broken_record_is_not_green,
    ),
    (
        "a mistake in the budget file stops before anything is measured",
        a_mistake_stops_everything,
    ),
    ("another protocol is refused", another_protocol_is_refused),
    (
        "a binary that cannot be listed keeps the run from being complete",
        an_unlisted_binary_is_told,
    ),
    (
        "tests that cannot be built end with 4",
        unbuilt_tests_end_with_four,
    ),
    (
        "alone, each case has a separate process",
        alone_is_one_process_a_case,
    ),
    (
        "a stored run is shown again, in any format and with its code",
        a_stored_run_is_shown_again,
    ),
    (
        "a report goes to a file beside the table",
        a_report_goes_to_a_file,
    ),
    (
        "instructions and heap profiles are asked of workers, but of none that confirms",
        counts_are_asked_for,
    ),
    (
        "a heap profile of each case is written where it is no record, and said",
        heap_profiles_are_written,
    ),
    (
        "line tables are asked for, unless somebody has said what is wanted",
        line_tables_are_asked_for,
    ),
    (
        "a run that is taken is not measured again",
        a_taken_run_is_refused,
    ),
    (
        "a run's name is one for a folder, as the tests have it",
        a_run_has_the_name_of_a_folder,
    ),
];

fn a_sound_run_is_green() {
    let workspace = Workspace::new("sound");
    let outcome = workspace.call("perf");
    outcome.shows(
        0,
        &[
            "6 limits = 6 passed",
            "[3/3] pass ",
            "records of run r1: target/perf/runs/r1",
            "1 case is ignored",
        ],
    );
    assert!(
        workspace
            .read("target/perf/runs/r1/app.slow.json")
            .contains("\"time_limits_in_run\":3")
    );
    assert_eq!(
        workspace.read("cargo-arguments"),
        "test --no-run --message-format=json-render-diagnostics --release --workspace"
    );
}

fn binaries_take_turns() {
    let workspace = Workspace::new("sound");
    workspace.call("perf").shows(0, &[]);
    let (app, web) = ("measure app app::fast app::slow", "measure web web::page");
    assert_eq!(
        workspace.read("turns"),
        format!("{app}\n{web}\n{app}\n{web}\n")
    );
}

fn a_confirmed_breach_fails() {
    let workspace = Workspace::new("fail");
    let outcome = workspace.call("perf");
    outcome.shows(
        1,
        &[
            "1 failed",
            "fail  app::slow  p99 12.4 ms is over its budget",
            "a fresh process found the same",
        ],
    );
    assert!(
        workspace
            .read("turns")
            .ends_with("confirm app app::slow\nconfirm app app::slow\nbursts app app::slow\n")
    );
    let stored = workspace.read("target/perf/runs/r1/app.slow.json");
    assert!(
        stored.contains("\"phase\": \"whole\"") && stored.contains("\"broken\": true"),
        "{stored}"
    );
}

fn an_unconfirmed_breach_is_undecided() {
    let workspace = Workspace::new("flaky");
    let parts = [
        "1 undecided",
        "first: p99 12.4 ms is over",
        "again: p99 is pass in confirm of 1",
        "not reproduced",
    ];
    workspace.call("perf").shows(0, &parts);
    workspace.call("perf report --strict").shows(3, &parts);
    assert!(
        workspace
            .read("target/perf/runs/r1/app.slow.json")
            .contains("not_reproduced")
    );
}

fn a_death_while_confirming_fails() {
    let workspace = Workspace::new("dies confirming");
    workspace.call("perf").shows(
        1,
        &["1 undecided", "app::slow  ended its process", "SIGABRT"],
    );
}

fn a_warning_is_no_failure() {
    Workspace::new("warn")
        .call("perf --strict")
        .shows(0, &["1 warned", "warn  app::slow  p99 is warn"]);
}

fn a_crash_is_accounted_for() {
    let workspace = Workspace::new("crash");
    let parts = [
        "6 limits = 4 passed + 0 waived + 0 warned + 0 failed + 0 undecided + 2 unmeasured",
        "fail  app::slow  ended its process: the process of app (lib) was killed by SIGABRT",
        "thread 'main' has overflowed its stack",
        "p99, mem were not measured: the process died before it was measured",
        "1 case failed by itself",
    ];
    workspace.call("perf").shows(1, &parts);
    // The stored run accounts for the same limits.
    workspace.call("perf report r1").shows(1, &parts);
}

fn a_crash_behind_an_orphan_is_noticed() {
    let start = std::time::Instant::now();
    Workspace::new("orphan")
        .call("perf")
        .shows(1, &["app::slow  ended its process", "SIGABRT"]);
    assert!(
        start.elapsed().as_secs() < deaths::ORPHAN_S / 2,
        "it waited for the grandchild: {:?}",
        start.elapsed()
    );
}

fn a_garbled_message_ends_the_worker() {
    Workspace::new("garbled").call("perf").shows(
        1,
        &["app::slow  ended its process", "said what cannot be read"],
    );
}

fn a_broken_record_is_not_green() {
    let workspace = Workspace::new("broken");
    workspace.call("perf").shows(
        1,
        &[
            "app.slow.json:3:2: ",
            "it left no record that can be read",
            "4 passed",
            "2 unmeasured",
        ],
    );
    std::fs::remove_file(workspace.path("target/perf/runs/r1/run.json"))
        .expect("the manifest is stored");
    // Without it the missing limits are unknown, only that one file is broken.
    workspace
        .call("perf report")
        .shows(4, &["app.slow.json:3:2: ", "4 limits = 4 passed"]);
}

fn a_mistake_stops_everything() {
    let workspace = Workspace::new("mistake");
    let outcome = workspace.call("perf");
    outcome.shows(
        2,
        &["error: perf-budgets.toml:3:5: unknown key `p9x`; did you mean `p99`?"],
    );
    assert_eq!(
        outcome.err.matches("p9x").count(),
        1,
        "told once, though two binaries say it: {}",
        outcome.err
    );
    assert_eq!(workspace.read("turns"), "");
}

fn another_protocol_is_refused() {
    Workspace::new("later")
        .call("perf")
        .shows(4, &["speaks worker protocol 2, this perf-report speaks 1"]);
}

fn an_unlisted_binary_is_told() {
    let outcome = Workspace::new("unlisted").call("perf");
    outcome.shows(
        4,
        &[
            "web (test web) exited with code 101",
            "no list today",
            "4 limits = 4 passed",
        ],
    );
    // What is asked for may be one of the cases that it did not list.
    Workspace::new("unlisted").call("perf web::page").shows(
        4,
        &[
            "`web::page` matches none of the 2 cases",
            "but not every test said which cases it has:\nasked for its budgets, web (test web) exited with code 101",
            "no list today",
        ],
    );
    Workspace::new("unlisted").call("perf --tag network").shows(
        4,
        &[
            "no case of the 2 has the tag `network`; there are: quick, slow",
            "but not every test said which cases it has:",
            "no list today",
        ],
    );
}

fn unbuilt_tests_end_with_four() {
    Workspace::new("unbuilt")
        .call("perf")
        .shows(4, &["the tests could not be built"]);
}

fn alone_is_one_process_a_case() {
    let workspace = Workspace::new("sound");
    workspace
        .call("perf --alone")
        .shows(0, &["6 limits = 6 passed"]);
    let turns = workspace.read("turns");
    let firsts: Vec<&str> = turns.lines().step_by(2).collect();
    assert_eq!(
        firsts,
        [
            "measure app app::fast",
            "measure app app::slow",
            "measure web web::page"
        ]
    );
    let workspace = Workspace::new("fail");
    workspace.call("perf --alone").shows(1, &["1 failed"]);
    assert!(
        workspace
            .read("turns")
            .ends_with("confirm app app::slow\nconfirm app app::slow\nbursts app app::slow\n")
    );
}

fn a_stored_run_is_shown_again() {
    let workspace = Workspace::new("fail");
    workspace.call("perf").shows(1, &[]);
    workspace.call("perf report --format junit").shows(
        1,
        &["<failure message=\"p99 12.4 ms is over its budget of 10 ms by 24 %\""],
    );
    workspace
        .call("perf report r1 --format markdown")
        .shows(1, &["## Performance budgets: failed"]);
    workspace
        .call("perf report target/perf/runs/r1 --format json")
        .shows(1, &["\"verdict\": \"fail\""]);
    workspace.call("perf explain app::slow").shows(
        0,
        &[
            "annotated at ",
            "measured in target/perf/runs/r1:\n",
            "fail  app::slow  p99 12.4 ms is over its budget",
            " calls ",
            "self time is without the spans inside",
        ],
    );
    workspace
        .call("perf report r2")
        .shows(2, &["`r2` is neither a stored run nor a folder"]);
}

fn a_report_goes_to_a_file() {
    let workspace = Workspace::new("sound");
    workspace
        .call("perf --format junit --output no/such.xml")
        .shows(2, &["the folder no does not exist"]);
    assert_eq!(workspace.read("turns"), "");
    workspace
        .call("perf --format junit --output report.xml")
        .shows(0, &["6 limits = 6 passed"]);
    assert!(workspace.read("report.xml").contains("<testsuites"));
}

fn counts_are_asked_for() {
    let workspace = Workspace::new("fail");
    workspace
        .call("perf --instructions --no-profile")
        .shows(1, &[]);
    let turns = workspace.read("turns");
    let confirmed = turns.trim_end().lines().last();
    assert!(
        turns.contains("measure web web::page callgrind\n"),
        "{turns}"
    );
    assert_eq!(confirmed, Some("confirm app app::slow"));
    let workspace = Workspace::new("fail");
    workspace
        .call("perf --alloc-profile --no-profile")
        .shows(1, &[]);
    let turns = workspace.read("turns");
    let confirmed = turns.trim_end().lines().last();
    assert!(turns.contains("measure web web::page 1\n"), "{turns}");
    assert_eq!(confirmed, Some("confirm app app::slow"));
}

fn heap_profiles_are_written() {
    let workspace = Workspace::new("sound");
    let outcome = workspace.call("perf --alloc-profile --format json");
    outcome.shows(
        0,
        &[
            "2 heap profiles: target/perf/runs/r1/heap/<case>.dhat.json",
            "dh_view.html",
            "profiler.firefox.com",
            "no heap profile of web::page: no call was captured",
        ],
    );
    let report: serde_json::Value = serde_json::from_str(&outcome.out).expect("only JSON");
    assert_eq!(report["complete"], true);
    for case in ["fast", "slow"] {
        let text = workspace.read(&format!("target/perf/runs/r1/heap/app.{case}.dhat.json"));
        let profile: serde_json::Value = serde_json::from_str(&text).expect("a profile");
        assert_eq!(profile["dhatFileVersion"], 2);
        assert_eq!(profile["cmd"], format!("one call of app::{case}"));
    }
    // A stored run is none the worse for them.
    workspace
        .call("perf report")
        .shows(0, &["6 limits = 6 passed"]);
    // A call that was captured because a limit broke is no profile asked for.
    let workspace = Workspace::new("sound");
    let outcome = workspace.call("perf");
    assert!(!outcome.err.contains("heap profile"), "{}", outcome.err);
    assert!(!workspace.path("target/perf/runs/r1/heap").exists());
}

fn line_tables_are_asked_for() {
    let workspace = Workspace::new("sound");
    workspace.call("perf").shows(0, &[]);
    let of = |package| format!("profile.release.package.{package}.debug=\"line-tables-only\"");
    assert_eq!(
        workspace.read("cargo-debug"),
        [of("app"), of("web")].join("\n")
    );
    let workspace = Workspace::new("sound");
    std::fs::write(
        workspace.path("Cargo.toml"),
        "[profile.release]\ndebug = true\n",
    )
    .expect("written");
    workspace.call("perf").shows(0, &[]);
    assert_eq!(workspace.read("cargo-debug"), "");
}

fn a_taken_run_is_refused() {
    let workspace = Workspace::new("sound");
    workspace.call("perf").shows(0, &[]);
    workspace
        .call("perf")
        .shows(2, &["PERF_RUN_ID=r1", "already holds a run"]);
}

fn a_run_has_the_name_of_a_folder() {
    let workspace = Workspace::new("sound");
    for name in ["a b", "größe", "a:b", "a\nb", "../up"] {
        workspace
            .call_as(name, "perf")
            .shows(2, &["PERF_RUN_ID: found ", "expected a name for a folder"]);
    }
    workspace.call_as("v1.2_x-3", "perf").shows(0, &[]);
}
