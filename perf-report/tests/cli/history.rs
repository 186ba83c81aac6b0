//! `history`, `trend`, `merge`, and what a run leaves for them.

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
    ("folders of records become runs, once", records_become_runs),
    (
        "records of cargo test are kept without a part and with the commit that is named",
        loose_records_are_kept,
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
    ("histories of two machines become one", histories_are_merged),
    (
        "a run that is there otherwise is named and left out",
        conflicts_are_named,
    ),
    (
        "shards of a run become one run, and what lacks is said",
        shards_become_one_run,
    ),
    (
        "partitions of nextest become one run",
        partitions_become_one_run,
    ),
    ("what cannot be looked for is refused", mistakes_are_refused),
    (
        "an older history is brought up to date by whoever opens it",
        an_older_history_is_migrated,
    ),
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

fn open(workspace: &Workspace, name: &str) -> rusqlite::Connection {
    rusqlite::Connection::open(workspace.path(name)).expect("it opens")
}

fn records_become_runs() {
    let workspace = Workspace::new("sound");
    Records::new("r7")
        .case("app::fast", 1e6)
        .write(&workspace.path("in/r7"));
    Records::new("r8")
        .case("app::fast", 2e6)
        .write(&workspace.path("in/r8"));
    let first = workspace.call("perf merge in");
    first.shows(
        0,
        &["perf-history/history.sqlite3: 2 runs added, 0 extended, 0 already there, 0 in conflict"],
    );
    workspace
        .call("perf merge in in/r8")
        .shows(0, &["0 runs added, 0 extended, 3 already there"]);
    // The records of a run that was kept when it was measured say the same.
    workspace.call("perf").shows(0, &[]);
    workspace
        .call("perf merge target/perf/runs")
        .shows(0, &["0 runs added, 0 extended, 1 already there"]);
    std::fs::write(workspace.path("in/r7/x.json"), "{").expect("written");
    workspace
        .call("perf merge in")
        .shows(4, &["in/r7/x.json:1:1: ", "2 already there"]);
    workspace
        .call("perf merge app")
        .shows(2, &["app: holds no records"]);
    workspace.call("perf merge nowhere").shows(
        2,
        &["nowhere: is neither a history nor a folder of records"],
    );
}

fn loose_records_are_kept() {
    let workspace = Workspace::new("sound");
    let hash = "89".repeat(20);
    Records::new("r7")
        .case("app::fast", 1e6)
        .write(&workspace.path("in"));
    workspace
        .call(&format!("perf merge in --commit {hash}"))
        .shows(0, &["1 run added"]);
    workspace
        .call("perf history fast")
        .shows(0, &["8989898989", "pass"]);
    workspace
        .call("perf merge in --commit no-such-thing")
        .shows(2, &["git knows no such commit here"]);
    let connection = open(&workspace, "perf-history/history.sqlite3");
    let parts: i64 = connection
        .query_row("SELECT COUNT(*) FROM perf_part", [], |row| row.get(0))
        .expect("counted");
    assert_eq!(parts, 0);
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

fn histories_are_merged() {
    let workspace = Workspace::new("sound");
    for (run, store) in [("a1", "one.db"), ("b1", "two.db")] {
        Records::new(run)
            .case("app::fast", 1e6)
            .write(&workspace.path(run));
        workspace
            .call(&format!("perf merge {run} --history {store}"))
            .shows(0, &["1 run added"]);
    }
    workspace
        .call("perf merge one.db two.db --history all.db")
        .shows(0, &["all.db: 2 runs added"]);
    workspace
        .call("perf merge one.db two.db --history all.db")
        .shows(0, &["all.db: 0 runs added, 0 extended, 2 already there"]);
    workspace
        .call("perf history fast --history all.db")
        .shows(0, &["app::fast", "1 series"]);
    std::fs::write(workspace.path("empty.db"), "").expect("written");
    workspace
        .call("perf merge empty.db --history all.db")
        .shows(2, &["empty.db: holds no history"]);
}

fn conflicts_are_named() {
    let workspace = Workspace::new("sound");
    Records::new("a1")
        .case("app::fast", 1e6)
        .write(&workspace.path("one"));
    Records::new("a1")
        .case("app::fast", 2e6)
        .write(&workspace.path("two"));
    Records::new("a2")
        .case("app::fast", 2e6)
        .write(&workspace.path("three"));
    workspace.call("perf merge one").shows(0, &[]);
    workspace.call("perf merge two three").shows(
        4,
        &[
            "error: two: run a1 is left out: it is kept with other figures of app::fast",
            "1 run added, 0 extended, 0 already there, 1 in conflict",
        ],
    );
    // A run that is measured again under its old name is told at once.
    workspace.call("perf").shows(0, &[]);
    workspace.forget_run();
    let slower = Workspace::new("fail");
    let store = workspace.path("perf-history/history.sqlite3");
    slower
        .call(&format!("perf --history {}", store.display()))
        .shows(
            1,
            &[
                "run r1 is not kept: it is kept with other figures of ",
                "give it another PERF_RUN_ID",
            ],
        );
}

fn shards_become_one_run() {
    let workspace = Workspace::new("sound");
    // Of five parts `app::fast` is in the fourth, `app::slow` in the fifth, and
    // `web::page` in the first.
    let store = "--history all.db";
    let mut shown = Vec::new();
    for number in 1..=5 {
        workspace.forget_run();
        let outcome = workspace.call(&format!("perf {store} --shard {number}/5"));
        let expected = format!("shard {number}/5: ");
        outcome.shows(
            0,
            &[
                &*expected,
                "of the 3 cases; the other shards measure the rest",
            ],
        );
        shown.push(outcome);
    }
    shown[0].shows(
        0,
        &[
            "run r1 lacks shards 2/5, 3/5, 4/5, 5/5",
            "shard 1/5: 1 of the 3 cases",
        ],
    );
    shown[1].shows(0, &["shard 2/5: 0 of the 3 cases", "0 limits = 0 passed"]);
    shown[4].shows(0, &["run r1 is complete in all.db"]);
    workspace
        .call(&format!("perf trend {store}"))
        .shows(0, &["app::fast", "app::slow", "web::page", "3 series"]);
    // All parts share one error rate: the time limits of all of them count.
    let record = workspace.read("target/perf/runs/r1/app.slow.json");
    assert!(record.contains("\"time_limits_in_run\":3"), "{record}");
    // The same by way of folders that each machine uploads.
    let folders = Workspace::new("sound");
    for number in 1..=2 {
        folders.forget_run();
        folders
            .call(&format!("perf --no-history --shard {number}/2"))
            .shows(0, &[]);
        let (from, to) = ("target/perf/runs/r1", format!("up{number}"));
        std::fs::rename(folders.path(from), folders.path(&to)).expect("moved");
    }
    folders
        .call("perf merge up1")
        .shows(0, &["run r1 lacks shard 2/2", "1 run added"]);
    folders
        .call("perf trend")
        .shows(0, &["run r1 lacks shard 2/2"]);
    folders
        .call("perf merge up2 up1")
        .shows(0, &["0 runs added, 1 extended, 1 already there"]);
    let trend = folders.call("perf trend");
    trend.shows(0, &["3 series"]);
    assert!(!trend.out.contains("lacks"), "{}", trend.out);
    folders
        .call("perf --shard 3/2")
        .shows(2, &["parts are numbered from 1 to 2"]);
}

fn partitions_become_one_run() {
    let workspace = Workspace::new("sound");
    for (folder, case) in [("m1", "app::fast"), ("m2", "app::slow")] {
        Records::new("n1")
            .case(case, 1e6)
            .write(&workspace.path(folder));
    }
    workspace
        .call("perf merge m1 m2")
        .shows(0, &["1 run added, 1 extended"]);
    workspace.call("perf trend").shows(0, &["2 series"]);
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

fn an_older_history_is_migrated() {
    let workspace = Workspace::new("sound");
    let connection = open(&workspace, "old.db");
    connection
        .execute_batch(include_str!("../../schema/history-1.sql"))
        .and_then(|()| {
            connection.execute_batch(
                "INSERT INTO perf_schema VALUES (1);
                 INSERT INTO perf_run VALUES ('old', 1000, 'abc', NULL, 0, 'perf-report 0.1.0', 0);
                 INSERT INTO perf_place VALUES ('p', 'm', 'Old machine', 'rustc 1', 'release', 0);
                 INSERT INTO perf_result (run, case_id, outcome, place, clock, calls, p50_ns)
                 VALUES ('old', 'app::fast', 'pass', 'p', 'clean', 9, 2e6);",
            )
        })
        .expect("made");
    drop(connection);
    let schema = || -> i64 {
        let connection = open(&workspace, "old.db");
        let version = connection.query_row("SELECT version FROM perf_schema", [], |row| row.get(0));
        version.expect("read")
    };
    workspace
        .call("perf merge old.db --history new.db")
        .shows(0, &["1 run added"]);
    assert_eq!(schema(), 1, "a source is left as it is");
    workspace
        .call("perf history fast --history old.db")
        .shows(0, &["Old machine", "2.00", "pass"]);
    assert_eq!(schema(), 2);
    workspace.call("perf --history old.db").shows(0, &[]);
    workspace
        .call("perf trend --history old.db")
        .shows(0, &["4 series"]);
}
