//! Users and their sessions, in SQLite.

use std::path::Path;
use std::pin::Pin;
use std::time::Duration;

use sqlx::pool::PoolConnection;
use sqlx::query::Query;
use sqlx::sqlite::{
    SqliteArguments, SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteRow,
    SqliteSynchronous,
};
use sqlx::{Row, Sqlite, SqliteConnection, SqlitePool};
use tracing::{Instrument, info_span};

use crate::password::{self, Hash, Salt};

/// The database. Clones are the same one.
///
/// SQLite has one writer at a time. Where that is one connection, those who
/// write queue for it in the pool; with several they would try again and again
/// for the file's lock, asleep in between.
#[derive(Clone, Debug)]
pub struct Store {
    readers: SqlitePool,
    writer: SqlitePool,
}

/// The user of a session, by its token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token(pub String);

/// What the database says later.
///
/// NOTE: a box, so that what is generic in sqlx is compiled in this crate. The
/// body of an `async fn` is compiled in every crate that calls it, with all
/// that it waits for: four fifths of what a test target took to build.
pub type Later<'a, T> = Pin<Box<dyn Future<Output = sqlx::Result<T>> + Send + 'a>>;

/// Connections that read.
const READERS: u32 = 4;
/// How long a request waits for a connection.
const PATIENCE: Duration = Duration::from_secs(5);

const SCHEMA: &str = "
    CREATE TABLE IF NOT EXISTS user (
        id   INTEGER PRIMARY KEY,
        name TEXT NOT NULL UNIQUE,
        salt BLOB NOT NULL,
        hash BLOB NOT NULL
    );
    CREATE TABLE IF NOT EXISTS session (
        token TEXT PRIMARY KEY,
        user  INTEGER NOT NULL REFERENCES user
    ) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS purchase (
        id   INTEGER PRIMARY KEY,
        user INTEGER NOT NULL REFERENCES user
    );
    CREATE INDEX IF NOT EXISTS purchase_of_user ON purchase (user);
    CREATE TABLE IF NOT EXISTS item (
        purchase INTEGER NOT NULL REFERENCES purchase,
        place    INTEGER NOT NULL,
        product  TEXT NOT NULL,
        cents    INTEGER NOT NULL,
        PRIMARY KEY (purchase, place)
    ) WITHOUT ROWID;
";

impl Store {
    /// The database in the file at `path`, which is made where there is none.
    ///
    /// # Errors
    /// If the file cannot be opened, or is no database.
    pub fn open(path: &Path) -> Later<'_, Store> {
        Box::pin(async move {
            let options = SqliteConnectOptions::new()
                .filename(path)
                .create_if_missing(true)
                .journal_mode(SqliteJournalMode::Wal)
                .synchronous(SqliteSynchronous::Normal);
            let pool = |connections| {
                let pool = SqlitePoolOptions::new().acquire_timeout(PATIENCE);
                // All are opened here: a request that opens one makes a query
                // more, for the settings of the connection.
                let pool = pool.min_connections(connections);
                pool.max_connections(connections)
            };
            let writer = pool(1).connect_with(options.clone()).await?;
            rows(&mut *writer.acquire().await?, sqlx::query(SCHEMA)).await?;
            let readers = pool(READERS).connect_with(options).await?;
            Ok(Store { readers, writer })
        })
    }

    /// Adds a user, and gives back which.
    ///
    /// # Errors
    /// If there is one of this name, or SQLite cannot write.
    pub fn add_user<'a>(&'a self, name: &'a str, password: &'a str) -> Later<'a, i64> {
        Box::pin(async move {
            let salt = Salt::fresh();
            let hash = Hash::of(password, salt);
            let insert = "INSERT INTO user (name, salt, hash) VALUES (?1, ?2, ?3) RETURNING id";
            let insert = sqlx::query(insert).bind(name);
            let insert = insert.bind(&salt.0[..]).bind(&hash.0[..]);
            let added = rows(&mut *self.writer().await?, insert).await?;
            added.first().ok_or(sqlx::Error::RowNotFound)?.try_get("id")
        })
    }

    /// Begins a session of the user with this name and password; `None` where
    /// there is no such user.
    ///
    /// # Errors
    /// If SQLite cannot read or write.
    pub fn sign_in<'a>(&'a self, name: &'a str, password: &'a str) -> Later<'a, Option<Token>> {
        Box::pin(async move {
            let found = self.find(name).instrument(info_span!("find user")).await?;
            let user = info_span!("check password").in_scope(|| {
                let (user, salt, hash) = found?;
                hash.is_of(password, salt).then_some(user)
            });
            let Some(user) = user else { return Ok(None) };
            let begun = self.begin(user).instrument(info_span!("begin session"));
            Ok(Some(begun.await?))
        })
    }

    /// Whose session this is.
    ///
    /// # Errors
    /// If SQLite cannot read.
    pub fn user_of<'a>(&'a self, token: &'a Token) -> Later<'a, Option<i64>> {
        Box::pin(async move {
            let select = sqlx::query("SELECT user FROM session WHERE token = ?1");
            let found = rows(&mut *self.reader().await?, select.bind(&token.0)).await?;
            found.first().map(|row| row.try_get("user")).transpose()
        })
    }

    /// Waits until a connection that reads is free.
    ///
    /// # Errors
    /// If none is for a long time.
    pub fn is_ready(&self) -> Later<'_, ()> {
        Box::pin(async { self.reader().await.map(drop) })
    }

    /// Lends a connection that reads, as soon as one is free.
    pub(crate) fn reader(&self) -> Later<'_, PoolConnection<Sqlite>> {
        Box::pin(self.readers.acquire())
    }

    /// Lends the connection that writes, as soon as it is free.
    pub(crate) fn writer(&self) -> Later<'_, PoolConnection<Sqlite>> {
        Box::pin(self.writer.acquire())
    }

    async fn find(&self, name: &str) -> sqlx::Result<Option<(i64, Salt, Hash)>> {
        let select = sqlx::query("SELECT id, salt, hash FROM user WHERE name = ?1");
        let found = rows(&mut *self.reader().await?, select.bind(name)).await?;
        let Some(row) = found.first() else {
            return Ok(None);
        };
        let bytes = |column| row.try_get::<Vec<u8>, _>(column);
        let (salt, hash) = (bytes("salt")?.try_into(), bytes("hash")?.try_into());
        let id = row.try_get("id")?;
        // Bytes of another length are no password's.
        Ok(salt
            .ok()
            .zip(hash.ok())
            .map(|(salt, hash)| (id, Salt(salt), Hash(hash))))
    }

    async fn begin(&self, user: i64) -> sqlx::Result<Token> {
        let token = Token(format!("{:032x}", u128::from_ne_bytes(password::random())));
        let insert = sqlx::query("INSERT INTO session (token, user) VALUES (?1, ?2)");
        let insert = insert.bind(&token.0).bind(user);
        rows(&mut *self.writer().await?, insert).await?;
        Ok(token)
    }
}

/// Runs a statement, and gives back its rows.
pub(crate) fn rows<'a>(
    connection: &'a mut SqliteConnection,
    statement: Query<'a, Sqlite, SqliteArguments>,
) -> Later<'a, Vec<SqliteRow>> {
    Box::pin(statement.fetch_all(connection))
}
