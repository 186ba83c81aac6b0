//! What the history asks of a database; two kinds answer.

use super::rows::Table;
use super::value::Value;

/// Values bound in one statement, at most; the databases take more.
const AT_ONCE: usize = 2_000;

/// A connection. Statements number what is bound `$1`, `$2`, .. in the order in
/// which it first stands there, which both kinds understand.
pub(super) trait Database {
    /// Runs statements that bind nothing and give nothing.
    fn script(&mut self, sql: &str) -> Result<(), String>;

    /// Runs one statement that gives nothing.
    fn execute(&mut self, sql: &str, values: &[Value]) -> Result<(), String>;

    /// Runs one that gives rows, and passes on each as it is read.
    fn query_each(
        &mut self,
        sql: &str,
        values: &[Value],
        take: &mut dyn FnMut(Vec<Value>) -> Result<(), String>,
    ) -> Result<(), String>;

    /// Runs one that gives few rows.
    fn query(&mut self, sql: &str, values: &[Value]) -> Result<Vec<Vec<Value>>, String> {
        let mut rows = Vec::new();
        self.query_each(sql, values, &mut |row| {
            rows.push(row);
            Ok(())
        })?;
        Ok(rows)
    }

    /// Begins a transaction; if it is to write, no other that writes runs beside
    /// it.
    fn begin(&mut self, writing: bool) -> Result<(), String>;

    /// The tables that are there.
    fn tables(&mut self) -> Result<Vec<String>, String>;

    /// Whether tables of others have no business here.
    fn is_ours_alone(&self) -> bool;
}

impl dyn Database + '_ {
    /// Does something within a transaction: all of it, or nothing.
    pub(super) fn within<T>(
        &mut self,
        writing: bool,
        work: impl FnOnce(&mut dyn Database) -> Result<T, String>,
    ) -> Result<T, String> {
        self.begin(writing)?;
        let done = work(self).and_then(|value| self.script("COMMIT").map(|()| value));
        if done.is_err() {
            // The first error is the one to tell; a connection that is gone has
            // nothing to take back.
            let _ = self.script("ROLLBACK");
        }
        done
    }

    /// Adds rows; one whose key is there already is passed over if that is asked
    /// for.
    pub(super) fn insert(
        &mut self,
        table: &Table,
        rows: Vec<Vec<Value>>,
        unless_there: bool,
    ) -> Result<(), String> {
        let width = table.columns.len();
        for some in rows.chunks(AT_ONCE / width) {
            let places: Vec<String> = (0..some.len())
                .map(|row| {
                    let marks: Vec<String> = (1..=width)
                        .map(|column| format!("${}", row * width + column))
                        .collect();
                    format!("({})", marks.join(", "))
                })
                .collect();
            let conflict = if unless_there {
                " ON CONFLICT DO NOTHING"
            } else {
                ""
            };
            let sql = format!(
                "INSERT INTO {} ({}) VALUES {}{conflict}",
                table.name,
                table.columns.join(", "),
                places.join(", ")
            );
            let values: Vec<Value> = some.iter().flatten().cloned().collect();
            self.execute(&sql, &values)?;
        }
        Ok(())
    }

    /// The columns of a table of the rows for which `rest` holds.
    pub(super) fn select(
        &mut self,
        table: &Table,
        rest: &str,
        values: &[Value],
    ) -> Result<Vec<Vec<Value>>, String> {
        self.query(&statement(table, rest), values)
    }

    /// The same, row by row: together they may be larger than what is made of them.
    pub(super) fn select_each(
        &mut self,
        table: &Table,
        rest: &str,
        values: &[Value],
        mut take: impl FnMut(Vec<Value>) -> Result<(), String>,
    ) -> Result<(), String> {
        self.query_each(&statement(table, rest), values, &mut take)
    }
}

fn statement(table: &Table, rest: &str) -> String {
    let columns: Vec<String> = table
        .columns
        .iter()
        .map(|column| format!("{}.{column}", table.name))
        .collect();
    format!("SELECT {} FROM {} {rest}", columns.join(", "), table.name)
}

/// The texts of rows of one column.
pub(super) fn names(rows: Vec<Vec<Value>>) -> Vec<String> {
    let name = |row: Vec<Value>| match row.into_iter().next() {
        Some(Value::Text(name)) => Some(name),
        _ => None,
    };
    rows.into_iter().filter_map(name).collect()
}
