//! `merge`: records, histories and parts of runs that become one history.

use crate::history::open;
use crate::past::Records;
use crate::program::Workspace;

pub(crate) const TESTS: &[(&str, fn())] = &[
    ("folders of records become runs, once", records_become_runs),
    (
        "records of cargo test are kept without a part and with the commit that is named",
        loose_records_are_kept,
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
    (
        "an older history is brought up to date by whoever opens it",
        an_older_history_is_migrated,
    ),
];

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
    // A run that is measured again under its old name is reported at once.
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
