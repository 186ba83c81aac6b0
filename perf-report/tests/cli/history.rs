//! `history`, `trend`, and what a run leaves for them.

use serde_json::Value;

use crate::past::Records;
use crate::program::Workspace;

pub(crate) const TESTS: &[(&str, fn())] = &[
    (
        "a run is kept beside the project, and git does not see it",
        a_run_is_kept,
    ),
    (
        "a run is kept where that is asked for, or nowhere",
        a_run_is_kept_elsewhere,
    ),
    (
        "a history that cannot be written is a warning and no verdict",
        a_broken_history_is_a_warning,
    ),
    (
        "a broken limit says since when it is broken",
        a_broken_limit_held_in_a_run,
    ),
    ("a case is shown run by run in every form", a_case_is_shown),
    (
        "a trend has a line for each case and finds the regression",
        a_trend_finds_a_regression,
    ),
    ("a waiver that holds covers a regression", a_waiver_covers),
    (
        "only comparable runs are compared, and the others are named",
        others_are_named,
    ),
    ("what cannot be looked for is refused", mistakes_are_refused),
];

fn a_run_is_kept() {
    let workspace = Workspace::new("sound");
    let outcome = workspace.call("perf");
    outcome.shows(
        0,
        &["a history begins in perf-history/history.sqlite3; `trend` shows it"],
    );
    assert_eq!(workspace.read("perf-history/.gitignore"), "*\n");
    let trend = workspace.call("perf trend");
    trend.shows(0, &["app::fast", "app::slow", "web::page", "3 series"]);
    // A verdict that fails is kept as well.
    let failing = Workspace::new("fail");
    failing.call("perf").shows(1, &[]);
    failing
        .call("perf history slow")
        .shows(0, &["app::slow", "fail", "9.00"]);
}

fn a_run_is_kept_elsewhere() {
    let workspace = Workspace::new("sound");
    workspace.call("perf --no-history").shows(0, &[]);
    assert!(!workspace.path("perf-history").exists());
    workspace.call("perf trend").shows(
        2,
        &["perf-history/history.sqlite3: no history is there; `run` begins one"],
    );
    workspace.forget_run();
    workspace
        .with(&[("PERF_HISTORY", "off")])
        .call("perf")
        .shows(0, &[]);
    assert!(!workspace.path("perf-history").exists());
    workspace.forget_run();
    let elsewhere = workspace.with(&[("PERF_HISTORY", "elsewhere/")]);
    elsewhere
        .call("perf")
        .shows(0, &["elsewhere/history.sqlite3"]);
    elsewhere.call("perf trend").shows(0, &["3 series"]);
    workspace.forget_run();
    // What is said on the command line counts more than the environment.
    elsewhere
        .call("perf --history one.db")
        .shows(0, &["one.db"]);
    workspace
        .call("perf trend --history one.db")
        .shows(0, &["3 series"]);
    assert!(!workspace.path("perf-history").exists());
}

fn a_broken_limit_held_in_a_run() {
    let mut workspace = Workspace::new("sound");
    workspace.call("perf").shows(0, &[]);
    workspace.play("fail");
    let held = "since when: held last in ";
    let first = [
        held,
        "(1970-01-01 00:00), broken first in ",
        "1 run in a row",
    ];
    workspace
        .call_as("r2", "perf --no-profile")
        .shows(1, &first);
    workspace
        .call_as("r3", "perf --no-profile")
        .shows(1, &[held, "2 runs in a row"]);
    workspace
        .call("perf report r3")
        .shows(1, &[held, "2 runs in a row"]);
}

fn a_broken_history_is_a_warning() {
    let workspace = Workspace::new("fail");
    std::fs::write(workspace.path("letter.db"), "Dear history. ".repeat(99)).expect("written");
    workspace.call("perf --history letter.db").shows(
        1,
        &["warning: letter.db: run r1 is not kept: this is no SQLite file"],
    );
    workspace.forget_run();
    // A folder that cannot be made.
    workspace.call("perf --history letter.db/deep/").shows(
        1,
        &["warning: letter.db/deep/history.sqlite3: run r1 is not kept: its folder cannot be made"],
    );
    workspace.forget_run();
    workspace.call("perf").shows(1, &[]);
    let connection = open(&workspace, "perf-history/history.sqlite3");
    connection
        .execute_batch("UPDATE perf_schema SET version = 99")
        .expect("set");
    workspace.forget_run();
    workspace.call("perf").shows(
        1,
        &["is not kept: this history has schema 99, and this perf-report knows"],
    );
    workspace
        .call("perf trend")
        .shows(2, &["this history has schema 99"]);
}

pub(crate) fn open(workspace: &Workspace, name: &str) -> rusqlite::Connection {
    rusqlite::Connection::open(workspace.path(name)).expect("it opens")
}

/// A workspace whose history has the records of these medians.
fn with_history(medians: &[f64], change: impl Fn(usize, &mut Records)) -> Workspace {
    let workspace = Workspace::new("sound");
    for (nth, median) in medians.iter().enumerate() {
        let mut records = Records::new(&format!("h{nth:03}")).case("app::fast", *median);
        records.day(nth as u64);
        change(nth, &mut records);
        records.write(&workspace.path(&format!("in/h{nth:03}")));
    }
    workspace
        .call("perf merge in")
        .shows(0, &[" added, 0 extended"]);
    workspace
}

fn stepped(before: usize, after: usize) -> Vec<f64> {
    let wobble = |n: usize| 1.0 + 0.003 * (n * 7 % 5) as f64;
    (0..before + after)
        .map(|n| wobble(n) * if n < before { 1e6 } else { 1.3e6 })
        .collect()
}

fn a_case_is_shown() {
    let workspace = with_history(&stepped(20, 16), |_, _| {});
    let text = workspace.call("perf history fast");
    text.shows(
        0,
        &[
            "app::fast  AMD EPYC 7763, 2 processors, kvm, linux x86_64, rustc 1.95.0, release build, clean clock",
            "2026-11-20",
            "change  p50 rose by 30 %, from 1.01 ms to 1.31 ms, in run h019..run h020",
            "1 series: 0 regressions, 0 waived; 1 change",
        ],
    );
    assert_eq!(text.out.matches(" pass").count(), 36, "{}", text.out);
    let last = workspace.call("perf history fast --last 3");
    assert_eq!(last.out.matches(" pass").count(), 3, "{}", last.out);
    workspace
        .call("perf history fast --format markdown --metric allocs")
        .shows(0, &["### `app::fast`", "| when | commit |", "| 412 |"]);
    let json = workspace.call("perf history fast --format json --since 2026-12-01");
    json.shows(0, &[]);
    let value: Value = serde_json::from_str(&json.out).expect("JSON");
    assert_eq!(value["kind"], "perf-history");
    // The first run is of the 20th of November.
    assert_eq!(
        value["series"][0]["runs"].as_array().map(Vec::len),
        Some(25)
    );
    assert_eq!(value["series"][0]["runs"][0]["run"], "h011");
    workspace
        .call("perf history fast --since 7d")
        .shows(0, &["1 series"]);
}

fn a_trend_finds_a_regression() {
    let quiet = with_history(&stepped(20, 0), |_, _| {});
    quiet
        .call("perf trend --check")
        .shows(0, &["1 series: 0 regressions"]);
    let workspace = with_history(&stepped(20, 4), |_, _| {});
    let parts = [
        "▁▁▁▁",
        "1.3",
        "REGRESSION",
        "regression  app::fast  in the last 4 runs p50 rose by 30 %",
        "1 series: 1 regression, 0 waived",
    ];
    workspace.call("perf trend").shows(0, &parts);
    workspace.call("perf trend --check").shows(1, &parts);
    workspace
        .call("perf trend --check --metric allocs")
        .shows(0, &["1 series: 0 regressions"]);
    workspace
        .call("perf trend fast --check --format markdown")
        .shows(1, &["**REGRESSION** `app::fast`"]);
    let json = workspace.call("perf trend --check --format json");
    let value: Value = serde_json::from_str(&json.out).expect("JSON");
    assert_eq!((json.code, &value["regressions"]), (1, &Value::from(1)));
    assert_eq!(value["series"][0]["regression"]["first_run"], "h020");
}

fn a_waiver_covers() {
    let waived = |until: &'static str| {
        with_history(&stepped(20, 4), move |nth, records| {
            if nth == 23 {
                records.waive("#123 new validation", until);
            }
        })
    };
    waived("2099-12-31").call("perf trend --check").shows(
        0,
        &[
            "waived  app::fast",
            "waived until 2099-12-31: #123 new validation",
            "0 regressions, 1 waived",
        ],
    );
    // The clock of these tests stands at the beginning of 1970.
    waived("1969-12-31")
        .call("perf trend --check")
        .shows(1, &["1 regression, 0 waived"]);
}

fn others_are_named() {
    let workspace = with_history(&stepped(20, 4), |nth, records| match nth {
        0..5 => records.set("/environment/rustc", "rustc 1.94.0".into()),
        5 => records.set("/plan/clock", "wall".into()),
        6 => records.set("/environment/fingerprint", "Zen 9, 64 cores".into()),
        _ => {}
    });
    let trend = workspace.call("perf trend");
    trend.shows(
        0,
        &[
            "not compared: 5 runs: rustc 1.94.0 (app::fast)",
            "not compared: 1 run: wall clock (app::fast)",
            "2 series",
        ],
    );
    workspace
        .call("perf trend --machine zen")
        .shows(0, &["1 series", "app::fast     1  p50"]);
    workspace
        .call("perf trend --machine nothing")
        .shows(0, &["0 series"]);
}

fn mistakes_are_refused() {
    let workspace = with_history(&[1e6], |_, _| {});
    for (line, part) in [
        ("perf history", "CASE"),
        (
            "perf history fats",
            "`fats` matches none of the 1 cases; near it:\n  app::fast",
        ),
        ("perf history a:b", "found a single `:`"),
        ("perf trend --metric alocs", "did you mean `allocs`?"),
        (
            "perf trend --since soon",
            "expected a day such as 2026-11-20",
        ),
        ("perf trend --last 0", "--last"),
        ("perf --no-history --history x", "cannot be used with"),
        (
            "perf trend --history nowhere.db",
            "nowhere.db: no history is there",
        ),
        (
            "perf trend --history in/h000/app.fast.json",
            "this is no SQLite file",
        ),
    ] {
        workspace.call(line).shows(2, &[part]);
    }
    workspace
        .with(&[("PERF_HISTORY", "off")])
        .call("perf trend")
        .shows(2, &["PERF_HISTORY=off: there is no history"]);
}
