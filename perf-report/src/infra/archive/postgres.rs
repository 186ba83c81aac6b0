//! A PostgreSQL server: one history for many machines.

mod tls;

use std::error::Error;
use std::time::Duration;

use postgres::fallible_iterator::FallibleIterator;
use postgres::types::private::BytesMut;
use postgres::types::{IsNull, ToSql, Type, to_sql_checked};
use postgres::{Client, Config, Row};

use self::tls::Tls;
use super::database::{Database, names};
use super::value::Value;

/// As long as this, a server may take to be reached.
const CONNECT: Duration = Duration::from_secs(10);
/// As long as this, others that write are waited for, and a statement may run.
const PATIENCE: &str = "SET lock_timeout = '60s'; SET statement_timeout = '120s'";
/// The lock of the writer; a number that other programs are unlikely to take.
const LOCK: &str = "SELECT pg_advisory_xact_lock(7382915023344)";

/// A connection to a server.
pub(super) struct Postgres(Client);

impl Postgres {
    pub(super) fn open(url: &str) -> Result<Postgres, String> {
        let (tls, url) = Tls::take(url)?;
        let mut config: Config = url.parse().map_err(|error| message(&error))?;
        if config.get_connect_timeout().is_none() {
            config.connect_timeout(CONNECT);
        }
        let mut client = tls.connect(&config)?;
        client
            .batch_execute(PATIENCE)
            .map_err(|error| message(&error))?;
        Ok(Postgres(client))
    }
}

impl Database for Postgres {
    fn script(&mut self, sql: &str) -> Result<(), String> {
        self.0.batch_execute(sql).map_err(|error| message(&error))
    }

    fn execute(&mut self, sql: &str, values: &[Value]) -> Result<(), String> {
        let values: Vec<&(dyn ToSql + Sync)> = values.iter().map(|value| value as _).collect();
        let done = self.0.execute(sql, &values);
        done.map(drop).map_err(|error| message(&error))
    }

    fn query_each(
        &mut self,
        sql: &str,
        values: &[Value],
        take: &mut dyn FnMut(Vec<Value>) -> Result<(), String>,
    ) -> Result<(), String> {
        let rows = self.0.query_raw(sql, values);
        let mut rows = rows.map_err(|error| message(&error))?;
        while let Some(row) = rows.next().map_err(|error| message(&error))? {
            take(read(&row)?)?;
        }
        Ok(())
    }

    fn begin(&mut self, writing: bool) -> Result<(), String> {
        if !writing {
            // Readers see one state of all tables, as they do in a file.
            return self.script("BEGIN ISOLATION LEVEL REPEATABLE READ");
        }
        // Each statement sees what was there when it began, so after the lock
        // whatever others wrote before is seen.
        self.script("BEGIN ISOLATION LEVEL READ COMMITTED")?;
        self.query(LOCK, &[]).map(drop)
    }

    fn tables(&mut self) -> Result<Vec<String>, String> {
        let rows = self.query(
            "SELECT table_name::text FROM information_schema.tables WHERE table_schema = current_schema()",
            &[],
        )?;
        Ok(names(rows))
    }

    fn is_ours_alone(&self) -> bool {
        false
    }
}

fn read(row: &Row) -> Result<Vec<Value>, String> {
    let cell = |place: usize| {
        let kind = row.columns()[place].type_();
        let value = match *kind {
            Type::INT8 => row.try_get::<_, Option<i64>>(place).map(Value::from),
            Type::FLOAT8 => row.try_get::<_, Option<f64>>(place).map(Value::from),
            Type::BOOL => row.try_get::<_, Option<bool>>(place).map(Value::from),
            Type::TEXT => row
                .try_get::<_, Option<String>>(place)
                .map(|text| text.map_or(Value::Null, Value::Text)),
            // What a function that gives nothing gives.
            _ => Ok(Value::Null),
        };
        value.map_err(|error| message(&error))
    };
    (0..row.len()).map(cell).collect()
}

impl ToSql for Value {
    fn to_sql(
        &self,
        kind: &Type,
        out: &mut BytesMut,
    ) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        match self {
            Value::Null => Ok(IsNull::Yes),
            Value::Int(int) => int.to_sql_checked(kind, out),
            Value::Real(real) => real.to_sql_checked(kind, out),
            Value::Text(text) => text.to_sql_checked(kind, out),
            Value::Flag(flag) => flag.to_sql_checked(kind, out),
        }
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}

/// What went wrong, with what lies behind it: the library's own sentence only
/// says at which step.
fn message(error: &postgres::Error) -> String {
    let causes = causes(error).map(|cause| format!(": {cause}"));
    error.to_string() + &causes.collect::<String>()
}

/// What lies behind an error, the nearest first.
fn causes<'a>(error: &'a postgres::Error) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    let behind = |cause: &&'a (dyn Error + 'static)| (*cause).source();
    std::iter::successors(error.source(), behind)
}
