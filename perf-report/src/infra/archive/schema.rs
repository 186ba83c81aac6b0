//! The versions of the history's tables, and the way from each to the next.

use super::database::Database;
use super::value::Value;

/// What makes schema n of schema n - 1; the first is made of nothing.
const STEPS: [&str; 2] = [
    include_str!("../../../schema/history-1.sql"),
    include_str!("../../../schema/history-2.sql"),
];

/// The schema that is read and written here.
pub(super) const SCHEMA: usize = STEPS.len();

const TABLE: &str = "perf_schema";

/// How a database stands to the schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    /// No history is in it.
    Empty,
    /// A history of this schema or an older one.
    Of(usize),
}

/// Looks at a database.
///
/// # Errors
/// If its schema is newer, or it is the file of another program.
pub(super) fn state(database: &mut dyn Database) -> Result<State, String> {
    let tables = database.tables()?;
    if !tables.iter().any(|table| table == TABLE) {
        return if tables.is_empty() || !database.is_ours_alone() {
            Ok(State::Empty)
        } else {
            Err(format!(
                "this is a database of another program (it has a table `{}`); name another file with --history",
                tables[0]
            ))
        };
    }
    let rows = database.query("SELECT version FROM perf_schema", &[])?;
    match rows.first().and_then(|row| row.first()) {
        Some(Value::Int(version)) => match usize::try_from(*version) {
            Ok(version @ 1..=SCHEMA) => Ok(State::Of(version)),
            _ => Err(format!(
                "this history has schema {version}, and this perf-report knows those up to {SCHEMA}; use a perf-report as new as the one that wrote it"
            )),
        },
        _ => Err(format!(
            "the table {TABLE} does not say which schema this is"
        )),
    }
}

/// Brings a database to the schema of today. Stands within a transaction that
/// writes, so that it happens as a whole and once.
pub(super) fn migrate(database: &mut dyn Database) -> Result<(), String> {
    let from = match state(database)? {
        State::Empty => 0,
        State::Of(version) => version,
    };
    if from == SCHEMA {
        return Ok(());
    }
    for step in &STEPS[from..] {
        database.script(step)?;
    }
    let sql = if from == 0 {
        "INSERT INTO perf_schema (version) VALUES ($1)"
    } else {
        "UPDATE perf_schema SET version = $1"
    };
    database.execute(sql, &[Value::Int(SCHEMA as i64)])
}
