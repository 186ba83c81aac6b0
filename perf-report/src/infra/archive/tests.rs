//! The history in an SQLite file.

use std::path::PathBuf;
use std::sync::Arc;

use perf_grammar::Verdict;

use super::*;
use crate::analysis::history::archived::{ArchivedWaiver, Part};
use crate::analysis::history::fixture;
use crate::model::shard::Shard;

struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Folder {
        Folder(tempfile::tempdir().expect("a folder"))
    }

    fn file(&self) -> PathBuf {
        self.0.path().join("history.sqlite3")
    }

    fn location(&self) -> Location {
        Location::File {
            file: self.file(),
            own_folder: false,
        }
    }

    fn open(&self) -> Archive {
        Archive::open(&self.location()).expect("it opens")
    }

    fn all(&self) -> Vec<ArchivedRun> {
        let all = Archive::read_all(&self.location()).expect("it can be read");
        all.expect("it is there")
    }

    fn sql(&self, sql: &str) {
        let connection = rusqlite::Connection::open(self.file()).expect("it opens");
        connection.execute_batch(sql).expect("it is SQL");
    }
}

/// A run with everything that can be there, and everything that can be missing.
fn odd_run() -> ArchivedRun {
    let mut run = fixture::archived_run(
        "r1",
        1000,
        &[("a::b", 1.25e6), ("a::c", 0.1), ("a::d", 3.0)],
    );
    let waived = &mut run.cases[0].limits[0];
    waived.waiver = Some(ArchivedWaiver {
        reason: "#123; it's \"known\"".to_owned(),
        until: "2026-12-31".to_owned(),
    });
    waived.of = Some("sqlx::query".to_owned());
    waived.verdict = Verdict::Waived;
    let limits = run.cases[0].limits.clone();
    run.cases[0].limits.extend(limits);
    run.cases[1].outcome = Verdict::Fail;
    run.cases[1].failure = Some("panic".to_owned());
    let measured = run.cases[1].measured.as_mut().expect("measured");
    (measured.times, measured.instructions) = (None, None);
    measured.memory.as_mut().expect("counted").peak_bytes = None;
    let place = Arc::make_mut(&mut measured.place);
    (place.unoptimised, place.profile) = (true, "debug".to_owned());
    let gone = &mut run.cases[2];
    (gone.measured, gone.outcome) = (None, Verdict::Unmeasured);
    gone.limits[0].limit = None;
    gone.limits[0].unit = None;
    run
}

#[track_caller]
fn keeps(archive: &mut Archive, run: &ArchivedRun, expected: Fit) {
    assert_eq!(archive.keep(run).map(|kept| kept.fit), Ok(expected));
}

#[test]
fn what_is_kept_comes_back_as_it_was() {
    let folder = Folder::new();
    let mut archive = folder.open();
    assert!(archive.is_new);
    keeps(&mut archive, &odd_run(), Fit::New);
    let mut bare = fixture::archived_run("r0", 1001, &[]);
    (bare.commit, bare.parts) = (None, Vec::new());
    keeps(&mut archive, &bare, Fit::New);
    assert_eq!(folder.all(), [odd_run(), bare]);
    assert!(!folder.open().is_new);
}

#[test]
fn a_run_that_is_there_is_left_alone() {
    let folder = Folder::new();
    let mut archive = folder.open();
    archive.keep(&odd_run()).expect("kept");
    keeps(&mut archive, &odd_run(), Fit::Same);
    let other = fixture::archived_run("r1", 2000, &[("a::b", 9.0)]);
    let kept = archive.keep(&other).expect("it is told");
    assert!(matches!(kept.fit, Fit::Conflict(_)));
    assert_eq!(folder.all(), [odd_run()]);
}

#[test]
fn parts_of_a_run_become_one_run() {
    let folder = Folder::new();
    let mut archive = folder.open();
    for (number, case) in [(2, "a::c"), (1, "a::b")] {
        let mut run = fixture::archived_run("r1", 1000 + u64::from(number), &[(case, 1.0)]);
        run.parts[0].shard = Shard { number, total: 2 };
        archive.keep(&run).expect("kept");
    }
    let all = folder.all();
    let cases: Vec<&str> = all[0].cases.iter().map(|case| &*case.id).collect();
    assert_eq!((all.len(), &*cases), (1, &["a::b", "a::c"][..]));
    assert_eq!((all[0].unix_time, all[0].missing().len()), (1002, 0));
}

#[test]
fn runs_are_read_by_time_and_case_with_the_limits_that_were_waived() {
    let folder = Folder::new();
    let mut archive = folder.open();
    for run in [fixture::archived_run("r0", 5, &[("a::b", 1.0)]), odd_run()] {
        archive.keep(&run).expect("kept");
    }
    assert_eq!(archive.cases().expect("read"), ["a::b", "a::c", "a::d"]);
    let mut ask = Ask::default();
    let all = archive.runs(&ask).expect("read");
    let ids: Vec<&str> = all.iter().map(|run| &*run.id).collect();
    assert_eq!(ids, ["r0", "r1"]);
    assert_eq!(all[1].cases.len(), 3);
    assert_eq!(
        (all[0].cases[0].limits.len(), all[1].cases[0].limits.len()),
        (0, 2)
    );
    ask.since = 6;
    ask.cases = Some(vec!["a::b".to_owned(), "a::d".to_owned()]);
    let some = archive.runs(&ask).expect("read");
    assert_eq!(
        (some.len(), some[0].cases.len(), some[0].parts.len()),
        (1, 2, 1)
    );
}

#[test]
fn parts_of_many_cases_are_together_what_all_of_them_are() {
    let folder = Folder::new();
    let mut archive = folder.open();
    let names: Vec<String> = (0..1_020).map(|nth| format!("a::{nth:04}")).collect();
    let cases: Vec<(&str, f64)> = names.iter().map(|name| (&**name, 1.0)).collect();
    for (id, time) in [("r0", 5), ("r1", 6)] {
        archive
            .keep(&fixture::archived_run(id, time, &cases))
            .expect("kept");
    }
    let mut read = |cases: &[String], last: usize| {
        let mut parts: Vec<Vec<ArchivedRun>> = Vec::new();
        let take = &mut |runs: &[ArchivedRun]| parts.push(runs.to_vec());
        archive.runs_in_parts(cases, last, take).expect("read");
        parts
    };
    let mut parts = read(&names, 100).into_iter();
    let mut joined = parts.next().expect("a part");
    let rest = parts.next().expect("another part");
    assert_eq!((joined[1].cases.len(), rest[1].cases.len()), (1_000, 20));
    for (run, more) in joined.iter_mut().zip(rest) {
        run.cases.extend(more.cases);
    }
    assert_eq!((parts.next(), read(&[], 100)), (None, Vec::new()));
    assert!(
        read(&names, 1)
            .iter()
            .all(|part| part.len() == 1 && part[0].id == "r1")
    );
    assert_eq!(read(&names[..1], 1)[0].len(), 2, "of few cases all runs");
    assert_eq!(joined, archive.runs(&Ask::default()).expect("read"));
}

/// A store as the first schema had it, with one run.
fn older() -> Folder {
    let folder = Folder::new();
    folder.sql(include_str!("../../../schema/history-1.sql"));
    folder.sql(
        "INSERT INTO perf_schema (version) VALUES (1);
         INSERT INTO perf_run VALUES ('r1', 1000, 'abc', 'trunk', 0, 'perf-report 0.1.0', 3);
         INSERT INTO perf_run VALUES ('r2', 1001, NULL, NULL, NULL, NULL, NULL);
         INSERT INTO perf_place VALUES ('p', 'm', 'w', 'rustc 1', 'release', 0);
         INSERT INTO perf_result (run, case_id, outcome, place, clock, runtime, calls, p50_ns)
         VALUES ('r1', 'a::b', 'pass', 'p', 'clean', 'perf-runtime 0.1.0', 7, 2.5);
         INSERT INTO perf_limit (run, case_id, nth, metric, floor, mode, verdict)
         VALUES ('r1', 'a::b', 0, 'p99', 0, 'hard', 'pass');",
    );
    folder
}

fn schema_of(folder: &Folder) -> i64 {
    let connection = rusqlite::Connection::open(folder.file()).expect("it opens");
    let version = connection.query_row("SELECT version FROM perf_schema", [], |row| row.get(0));
    version.expect("it says so")
}

#[test]
fn an_older_history_is_brought_up_to_date_and_nothing_is_lost() {
    let folder = older();
    let check = |runs: &[ArchivedRun]| {
        assert_eq!((&*runs[0].id, &*runs[1].id), ("r1", "r2"));
        let part = Part {
            shard: Shard::WHOLE,
            tool: "perf-report 0.1.0".to_owned(),
            exit: 3,
        };
        assert_eq!((&*runs[0].parts, &*runs[1].parts), (&[part][..], &[][..]));
        let case = &runs[0].cases[0];
        let times = case
            .measured
            .as_ref()
            .and_then(|measured| measured.times.as_ref());
        assert_eq!(
            times.map(|times| (times.calls, times.p50)),
            Some((7, Some(2.5)))
        );
        assert_eq!(case.limits.len(), 1);
    };
    // Read as a source, it is left as it is.
    check(&folder.all());
    assert_eq!(schema_of(&folder), 1);
    let mut archive = Archive::open_existing(&folder.location()).expect("it opens");
    let archive = archive.as_mut().expect("it is there");
    assert_eq!(schema_of(&folder), 2);
    check(&folder.all());
    keeps(
        archive,
        &fixture::archived_run("r3", 9, &[("a::b", 1.0)]),
        Fit::New,
    );
}

#[test]
fn a_history_that_cannot_be_brought_up_to_date_stays_as_it_was() {
    let folder = older();
    folder.sql("CREATE VIEW in_the_way AS SELECT tool FROM perf_run");
    let error = Archive::open(&folder.location())
        .err()
        .expect("it cannot be migrated");
    assert!(error.contains("tool"), "{error}");
    assert_eq!(schema_of(&folder), 1);
    folder.sql("SELECT tool, exit_code FROM perf_run; DROP VIEW in_the_way");
    assert_eq!(folder.open().cases().expect("read"), ["a::b"]);
}

#[track_caller]
fn refuses(folder: &Folder, part: &str) {
    for error in [
        Archive::open(&folder.location()).err(),
        Archive::open_existing(&folder.location()).err(),
        Archive::read_all(&folder.location()).err(),
    ] {
        let error = error.expect("it is refused");
        assert!(error.contains(part), "{error}");
    }
}

#[test]
fn what_is_newer_foreign_or_no_database_is_refused_and_left_alone() {
    let newer = Folder::new();
    drop(newer.open());
    newer.sql("UPDATE perf_schema SET version = 3");
    refuses(
        &newer,
        "this history has schema 3, and this perf-report knows those up to 2",
    );
    let foreign = Folder::new();
    foreign.sql("CREATE TABLE songs (title TEXT)");
    refuses(
        &foreign,
        "a database of another program (it has a table `songs`)",
    );
    let text = Folder::new();
    let letter = "Dear history, this is a letter. ".repeat(40);
    std::fs::write(text.file(), &letter).expect("written");
    refuses(&text, "this is no SQLite file");
    assert_eq!(std::fs::read_to_string(text.file()).expect("read"), letter);
}

#[test]
fn what_is_not_there_is_none() {
    let folder = Folder::new();
    assert!(Archive::open_existing(&folder.location()).is_ok_and(|found| found.is_none()));
    assert_eq!(Archive::read_all(&folder.location()), Ok(None));
    assert!(!folder.file().exists());
    // An empty file is what a process leaves that was killed as it began.
    std::fs::write(folder.file(), "").expect("written");
    assert!(Archive::open_existing(&folder.location()).is_ok_and(|found| found.is_none()));
    keeps(&mut folder.open(), &odd_run(), Fit::New);
}

#[test]
fn a_full_disk_loses_the_run_and_nothing_else() {
    let folder = Folder::new();
    folder.open().keep(&odd_run()).expect("kept");
    let mut sqlite = Sqlite::open(&folder.file(), false).expect("it opens");
    // To SQLite a database that may not grow is one on a full disk.
    let pages: i64 = sqlite
        .connection()
        .query_row("PRAGMA page_count", [], |row| row.get(0))
        .expect("it says so");
    sqlite
        .script(&format!("PRAGMA max_page_count = {pages}"))
        .expect("set");
    let mut archive = Archive {
        database: Box::new(sqlite),
        is_new: false,
    };
    let cases: Vec<String> = (0..500).map(|n| format!("a::case_{n}")).collect();
    let cases: Vec<(&str, f64)> = cases.iter().map(|id| (&**id, 1.0)).collect();
    let error = archive
        .keep(&fixture::archived_run("r2", 2000, &cases))
        .expect_err("there is no room");
    assert!(error.contains("the disk is full"), "{error}");
    assert_eq!(folder.all(), [odd_run()]);
}

#[test]
fn a_folder_of_our_own_is_hidden_from_git() {
    let root = tempfile::tempdir().expect("a folder");
    drop(Archive::open(&Location::beside(root.path())).expect("it opens"));
    let ignore = root.path().join("perf-history/.gitignore");
    assert_eq!(std::fs::read_to_string(ignore).expect("it is there"), "*\n");
    let elsewhere = tempfile::tempdir().expect("a folder");
    let named = Location::named("deep/down/", elsewhere.path());
    drop(Archive::open(&named).expect("it opens"));
    assert!(elsewhere.path().join("deep/down/history.sqlite3").exists());
    assert!(!elsewhere.path().join("deep/down/.gitignore").exists());
}

#[test]
fn a_limit_that_only_ever_warned_is_found_and_one_that_held_once_is_not() {
    use Verdict::{Pass, Undecided, Warn};
    let folder = Folder::new();
    let mut archive = folder.open();
    let runs = [
        [Warn, Warn, Undecided, Warn],
        [Warn, Pass, Undecided, Warn],
        [Warn, Warn, Undecided, Undecided],
    ];
    for (number, verdicts) in runs.iter().enumerate() {
        let cases = [
            ("a::always", 1.0),
            ("a::once", 1.0),
            ("a::open", 1.0),
            ("a::twice", 1.0),
        ];
        let mut run = fixture::archived_run(&format!("r{number}"), 1000, &cases);
        for (case, verdict) in run.cases.iter_mut().zip(verdicts) {
            case.limits[0].verdict = *verdict;
        }
        run.cases[3].limits[0].of = Some("sqlx::query".to_owned());
        archive.keep(&run).expect("it is kept");
    }
    let mut found = archive.always_warned().expect("it can be read");
    found.sort_by(|a, b| a.case.cmp(&b.case));
    let found: Vec<(&str, &str, usize)> = found
        .iter()
        .map(|one| (&*one.case, &*one.limit, one.runs))
        .collect();
    let expected = [("a::always", "p99", 3), ("a::twice", "p99 sqlx::query", 2)];
    assert_eq!(found, expected);
}

#[test]
fn of_a_limit_every_verdict_comes_back_in_order_of_time() {
    use Verdict::{Fail, Pass, Undecided};
    let folder = Folder::new();
    let mut archive = folder.open();
    // More cases than few: then of the last runs alone.
    let names: Vec<String> = (0..20).map(|nth| format!("a::{nth}")).collect();
    let cases: Vec<(&str, f64)> = names.iter().map(|name| (&**name, 1.0)).collect();
    for (time, verdict) in [(3, Undecided), (1, Fail), (2, Pass)] {
        let mut run = fixture::archived_run(&format!("r{time}"), time, &cases);
        for case in &mut run.cases {
            case.limits[0].verdict = verdict;
            case.limits[0].of = Some("sqlx::query".to_owned());
        }
        run.cases[1].measured = None;
        archive.keep(&run).expect("kept");
    }
    let limit = |case: &String| (case.clone(), "p99 sqlx::query".to_owned());
    let limits: Vec<(String, String)> = names.iter().map(limit).collect();
    let mut check = |limits: &[(String, String)], last, expected: &[&[(&str, Verdict)]]| {
        let found = archive.verdicts(limits, last).expect("it can be read");
        let run =
            |ended: &crate::analysis::history::Ended| (&*found.runs[ended.run].run, ended.verdict);
        let of = limits.iter().map(|limit| &found.of[limit]);
        let ended: Vec<Vec<(&str, Verdict)>> =
            of.map(|ended| ended.iter().map(run).collect()).collect();
        assert_eq!(ended[..expected.len()], *expected);
    };
    let all = [("r1", Fail), ("r2", Pass), ("r3", Undecided)];
    check(&limits, 2, &[&all[1..], &[], &all[1..]]);
    check(&limits[..1], 2, &[&all]);
    check(&[(names[0].clone(), "p99".to_owned())], 9, &[&[]]);
}
