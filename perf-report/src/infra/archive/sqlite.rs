//! An SQLite file: one history beside the project, shared by its processes.

use std::path::Path;
use std::time::Duration;

use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{Connection, ErrorCode, OpenFlags, ToSql, params_from_iter};

use super::database::Database;
use super::value::Value;

/// As long as this, a process waits for others that write. Each of them is done
/// within milliseconds.
const PATIENCE: Duration = Duration::from_secs(60);

/// A connection to a file.
///
/// NOTE: the journal is SQLite's plain one, no write-ahead log: that one needs
/// memory shared between processes, which folders on a network do not have, and
/// two more files beside the history. A run writes once.
pub(super) struct Sqlite(Connection);

impl Sqlite {
    /// Opens a file; makes it where that is asked for.
    pub(super) fn open(file: &Path, make: bool) -> Result<Sqlite, String> {
        let mut flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        flags.set(OpenFlags::SQLITE_OPEN_CREATE, make);
        let connection = Connection::open_with_flags(file, flags).map_err(message)?;
        connection.busy_timeout(PATIENCE).map_err(message)?;
        connection
            .execute_batch("PRAGMA foreign_keys = ON")
            .map_err(message)?;
        Ok(Sqlite(connection))
    }

    #[cfg(test)]
    pub(super) fn connection(&self) -> &Connection {
        &self.0
    }
}

impl Database for Sqlite {
    fn script(&mut self, sql: &str) -> Result<(), String> {
        self.0.execute_batch(sql).map_err(message)
    }

    fn execute(&mut self, sql: &str, values: &[Value]) -> Result<(), String> {
        let mut statement = self.0.prepare_cached(sql).map_err(message)?;
        statement
            .execute(params_from_iter(values))
            .map(drop)
            .map_err(message)
    }

    fn query_each(
        &mut self,
        sql: &str,
        values: &[Value],
        take: &mut dyn FnMut(Vec<Value>) -> Result<(), String>,
    ) -> Result<(), String> {
        let mut statement = self.0.prepare_cached(sql).map_err(message)?;
        let columns = statement.column_count();
        let rows = statement.query_map(params_from_iter(values), |row| {
            let mut cells = Vec::with_capacity(columns);
            for column in 0..columns {
                cells.push(read(row.get_ref(column)?));
            }
            Ok(cells)
        });
        for row in rows.map_err(message)? {
            take(row.map_err(message)?)?;
        }
        Ok(())
    }

    fn begin(&mut self, writing: bool) -> Result<(), String> {
        // Who means to write says so at once: two that read first could not
        // both go on to write.
        self.script(if writing { "BEGIN IMMEDIATE" } else { "BEGIN" })
    }

    fn tables(&mut self) -> Result<Vec<String>, String> {
        let rows = self.query(
            "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'",
            &[],
        )?;
        Ok(super::database::names(rows))
    }

    fn is_ours_alone(&self) -> bool {
        true
    }
}

impl ToSql for Value {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Value::Null => ValueRef::Null,
            Value::Int(int) => ValueRef::Integer(*int),
            Value::Real(real) => ValueRef::Real(*real),
            Value::Text(text) => ValueRef::Text(text.as_bytes()),
            Value::Flag(flag) => ValueRef::Integer(i64::from(*flag)),
        }))
    }
}

fn read(value: ValueRef<'_>) -> Value {
    match value {
        ValueRef::Null => Value::Null,
        ValueRef::Integer(int) => Value::Int(int),
        ValueRef::Real(real) => Value::Real(real),
        ValueRef::Text(text) | ValueRef::Blob(text) => {
            Value::Text(match std::str::from_utf8(text) {
                Ok(text) => text.to_owned(),
                Err(_) => String::from_utf8_lossy(text).into_owned(),
            })
        }
    }
}

/// What went wrong, and what to do.
fn message(error: rusqlite::Error) -> String {
    let help = match error.sqlite_error_code() {
        Some(ErrorCode::DiskFull) => "the disk is full; make room, the runs kept so far are sound",
        Some(ErrorCode::NotADatabase) => {
            "this is no SQLite file; move it away, or name another with --history"
        }
        Some(ErrorCode::DatabaseCorrupt) => {
            "the file is damaged; move it away, and a new history begins"
        }
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
            "another process has been writing to it for a minute"
        }
        Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied) => "it may not be written",
        Some(ErrorCode::CannotOpen) => "it cannot be opened",
        _ => "",
    };
    match help {
        "" => error.to_string(),
        help => format!("{help} ({error})"),
    }
}
