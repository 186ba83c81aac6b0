//! Queries: how many an operation makes, and what a record costs.
//!
//! Three lines make rusqlite count its statements: they stand in `watched`.

use std::sync::LazyLock;

use examples::guard::Report;
use examples::history::{Entry, History};
use examples::{Cache, Guard, Lockfile};
use perf_runtime::perf_budget;
use rusqlite::Connection;
use rusqlite::trace::{TraceEvent, TraceEventCodes};

/// A connection in memory that counts every statement it runs as `sql`.
fn watched() -> Connection {
    let connection = Connection::open_in_memory().expect("SQLite opens in memory");
    let count = |_: TraceEvent<'_>| perf_runtime::count("sql", 1);
    let statements = TraceEventCodes::SQLITE_TRACE_STMT;
    connection.trace_v2(statements, Some(count));
    connection
}

static REPORT: LazyLock<Report> = LazyLock::new(|| {
    let lockfile = Lockfile::parse(include_str!("../fixtures/tampered-12.lock"))
        .expect("the fixture is a lock file");
    let cache = Cache::in_memory().expect("SQLite opens in memory");
    Guard::new(cache)
        .check(&lockfile)
        .expect("the cache can be read")
});

fn empty() -> History {
    History::over(watched()).expect("SQLite makes the tables")
}

/// The reports of 50 runs.
fn history() -> History {
    let mut history = empty();
    history
        .add((0..50).map(|_| ("Cargo.lock", &*REPORT)))
        .expect("SQLite writes");
    history
}

/// One query for the reports, and one more for each: it reads well, and it is
/// slow as soon as the database is not in memory.
fn one_by_one(history: &History) -> rusqlite::Result<Vec<Entry>> {
    let connection = history.connection();
    let mut findings =
        connection.prepare_cached("SELECT text FROM finding WHERE report = ?1 ORDER BY place")?;
    let mut reports = connection.prepare_cached("SELECT id, path FROM report ORDER BY id")?;
    let reports = reports.query_map([], |row| Ok((row.get::<_, i64>(0)?, row.get(1)?)))?;
    reports
        .map(|report| {
            let (id, path) = report?;
            let findings = findings.query_map([id], |row| row.get(0))?;
            Ok(Entry {
                path,
                findings: findings.collect::<rusqlite::Result<_>>()?,
            })
        })
        .collect()
}

#[test]
fn both_ways_read_the_same() {
    let history = history();
    let entries = history.entries().expect("SQLite reads");
    assert_eq!(entries.len(), 50);
    assert_eq!(entries[49].findings.len(), 3);
    assert_eq!(one_by_one(&history).expect("SQLite reads"), entries);
}

/// The requirement is fewer than five queries; the joined query is one.
#[perf_budget(count("sql", max = 1), p50 = "20ms", setup = history, group = "query", id = "PERF018")]
fn a_history_is_one_query(history: &History) -> rusqlite::Result<Vec<Entry>> {
    history.entries()
}

/// 51 queries for 50 reports: `cargo test -p examples --test queries --
/// --ignored` shows how that is told. It fails in every build, because a count
/// is the same everywhere.
#[perf_budget(
    count("sql", max = 4),
    setup = history,
    ignore = "shows what a loop of queries looks like",
    group = "query"
)]
fn a_query_for_each_report(history: &History) -> rusqlite::Result<Vec<Entry>> {
    one_by_one(history)
}

/// The cost of a record: `items` makes a time limit one for each of the 50
/// entries that a call reads.
#[perf_budget(mean = "10ms", p99 = "10ms", items = 50, setup = history, group = "query")]
fn an_entry_is_read_fast(history: &History) -> rusqlite::Result<Vec<Entry>> {
    history.entries()
}

/// 100 records at once in less than a second. Without the transaction around
/// them each would wait for the disk on its own.
#[perf_budget(p99 = "1s", max = "5s", setup = empty, group = "query", id = "PERF019")]
fn a_hundred_reports_are_added(mut history: History) -> rusqlite::Result<History> {
    history.add((0..100).map(|_| ("Cargo.lock", &*REPORT)))?;
    Ok(history)
}
