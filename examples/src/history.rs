//! What was found in earlier runs: reports and their findings, in two tables.

use rusqlite::{Connection, params};

use crate::guard::Report;

/// The reports of earlier runs.
#[derive(Debug)]
pub struct History {
    connection: Connection,
}

/// One earlier run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Which lock file was looked at.
    pub path: String,
    /// What was odd, in words.
    pub findings: Vec<String>,
}

const SCHEMA: &str = "
    CREATE TABLE IF NOT EXISTS report (id INTEGER PRIMARY KEY, path TEXT NOT NULL);
    CREATE TABLE IF NOT EXISTS finding (
        report INTEGER NOT NULL REFERENCES report,
        place  INTEGER NOT NULL,
        text   TEXT NOT NULL,
        PRIMARY KEY (report, place)
    ) WITHOUT ROWID;
";
const ADD_REPORT: &str = "INSERT INTO report (path) VALUES (?1)";
const ADD_FINDING: &str = "INSERT INTO finding (report, place, text) VALUES (?1, ?2, ?3)";
const ENTRIES: &str = "
    SELECT report.id, path, text FROM report LEFT JOIN finding ON finding.report = report.id
    ORDER BY report.id, place
";

impl History {
    /// The history that `connection` leads to; its tables are made where there
    /// are none.
    ///
    /// # Errors
    /// If SQLite cannot make them.
    pub fn over(connection: Connection) -> rusqlite::Result<History> {
        connection.execute_batch(SCHEMA)?;
        Ok(History { connection })
    }

    /// Adds the reports of one run, all of them or none.
    ///
    /// # Errors
    /// If SQLite cannot write.
    pub fn add<'r>(
        &mut self,
        reports: impl IntoIterator<Item = (&'r str, &'r Report)>,
    ) -> rusqlite::Result<()> {
        let transaction = self.connection.transaction()?;
        for (path, report) in reports {
            transaction.prepare_cached(ADD_REPORT)?.execute([path])?;
            let id = transaction.last_insert_rowid();
            let mut add = transaction.prepare_cached(ADD_FINDING)?;
            for (place, finding) in (0_i64..).zip(&report.findings) {
                add.execute(params![id, place, finding.to_string()])?;
            }
        }
        transaction.commit()
    }

    /// All reports with their findings, by one query for both tables.
    ///
    /// # Errors
    /// If SQLite cannot read the tables.
    pub fn entries(&self) -> rusqlite::Result<Vec<Entry>> {
        let mut statement = self.connection.prepare_cached(ENTRIES)?;
        let mut rows = statement.query([])?;
        let mut entries = Vec::new();
        let mut last = None;
        while let Some(row) = rows.next()? {
            let id: i64 = row.get(0)?;
            if last.replace(id) != Some(id) {
                entries.push(Entry {
                    path: row.get(1)?,
                    findings: Vec::new(),
                });
            }
            let text: Option<String> = row.get(2)?;
            if let Some(entry) = entries.last_mut() {
                entry.findings.extend(text);
            }
        }
        Ok(entries)
    }

    /// The connection, for questions of one's own.
    #[must_use]
    pub fn connection(&self) -> &Connection {
        &self.connection
    }
}
