//! Who may accept packages: accounts in SQLite, and a pool of connections.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use rusqlite::{Connection, OptionalExtension, params};

/// Accounts and their sessions, for many threads at the same time.
#[derive(Debug)]
pub struct Accounts {
    path: PathBuf,
    /// Connections that are not in use.
    idle: Mutex<Vec<Connection>>,
}

/// Why a user was not signed in.
#[derive(Debug)]
pub enum Refused {
    /// There is no account of this name with this token.
    Unknown,
    /// The database could not be read or written.
    Database(rusqlite::Error),
}

/// How long a connection waits for another that writes.
const PATIENCE: Duration = Duration::from_secs(5);

const SCHEMA: &str = "
    PRAGMA journal_mode = WAL;
    CREATE TABLE IF NOT EXISTS account (
        id    INTEGER PRIMARY KEY,
        name  TEXT NOT NULL UNIQUE,
        token TEXT NOT NULL
    );
    CREATE TABLE IF NOT EXISTS session (
        id      INTEGER PRIMARY KEY,
        account INTEGER NOT NULL REFERENCES account
    );
";

impl Accounts {
    /// The accounts in the file at `path`, which is made where there is none.
    ///
    /// # Errors
    /// If the file cannot be opened, or is no database.
    pub fn open(path: &Path) -> rusqlite::Result<Accounts> {
        let accounts = Accounts {
            path: path.to_owned(),
            idle: Mutex::default(),
        };
        accounts.with(|connection| connection.execute_batch(SCHEMA))?;
        Ok(accounts)
    }

    /// Adds an account.
    ///
    /// # Errors
    /// If SQLite cannot write, or there is one of this name.
    pub fn add(&self, name: &str, token: &str) -> rusqlite::Result<()> {
        let insert = "INSERT INTO account (name, token) VALUES (?1, ?2)";
        self.with(|connection| connection.execute(insert, [name, token]))?;
        Ok(())
    }

    /// The account of this name and token.
    ///
    /// # Errors
    /// If there is none, or SQLite cannot read.
    pub fn verify(&self, name: &str, token: &str) -> Result<i64, Refused> {
        let select = "SELECT id FROM account WHERE name = ?1 AND token = ?2";
        let id = self.with(|connection| {
            let mut statement = connection.prepare_cached(select)?;
            let row = statement.query_row([name, token], |row| row.get(0));
            row.optional()
        })?;
        id.ok_or(Refused::Unknown)
    }

    /// Begins a session of the account of this name and token.
    ///
    /// # Errors
    /// If there is no such account, or SQLite cannot read or write.
    pub fn sign_in(&self, name: &str, token: &str) -> Result<i64, Refused> {
        let account = self.verify(name, token)?;
        let insert = "INSERT INTO session (account) VALUES (?1)";
        Ok(self.with(|connection| {
            connection
                .prepare_cached(insert)?
                .execute(params![account])?;
            Ok(connection.last_insert_rowid())
        })?)
    }

    /// Lends a connection that is not in use, or a new one.
    ///
    /// # Errors
    /// What `work` says, or that the file cannot be opened.
    pub fn with<T>(
        &self,
        work: impl FnOnce(&Connection) -> rusqlite::Result<T>,
    ) -> rusqlite::Result<T> {
        let connection = match self.idle().pop() {
            Some(connection) => connection,
            None => self.connect()?,
        };
        let result = work(&connection);
        self.idle().push(connection);
        result
    }

    fn connect(&self) -> rusqlite::Result<Connection> {
        let connection = Connection::open(&self.path)?;
        connection.busy_timeout(PATIENCE)?;
        connection.pragma_update(None, "synchronous", "NORMAL")?;
        Ok(connection)
    }

    fn idle(&self) -> std::sync::MutexGuard<'_, Vec<Connection>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl From<rusqlite::Error> for Refused {
    fn from(error: rusqlite::Error) -> Refused {
        Refused::Database(error)
    }
}
