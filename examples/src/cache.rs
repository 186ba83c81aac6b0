//! What earlier runs accepted: a SQLite table with a map in front of it.

use std::path::Path;
use std::sync::Arc;

use rusqlite::{Connection, Transaction, params};

use crate::lockfile::Package;
use crate::recent::Recent;

/// The releases that were accepted, by name.
#[derive(Debug)]
pub struct Cache {
    connection: Connection,
    recent: Recent<Option<Arc<Record>>>,
}

/// Everything known about one name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// The releases, sorted by version and source as texts; never empty.
    pub releases: Vec<Release>,
}

/// One version from one source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Release {
    /// The version.
    pub version: String,
    /// Where it came from.
    pub source: String,
    /// Its checksum, where the source gives one.
    pub checksum: Option<String>,
}

/// How many names the map in front of the table keeps.
const RECENT: usize = 1024;

const SCHEMA: &str = "
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = NORMAL;
    CREATE TABLE IF NOT EXISTS release (
        name     TEXT NOT NULL,
        version  TEXT NOT NULL,
        source   TEXT NOT NULL,
        checksum TEXT,
        PRIMARY KEY (name, version, source)
    ) WITHOUT ROWID;
";
const SELECT: &str =
    "SELECT version, source, checksum FROM release WHERE name = ?1 ORDER BY version, source";
const UPSERT: &str =
    "INSERT OR REPLACE INTO release (name, version, source, checksum) VALUES (?1, ?2, ?3, ?4)";

impl Cache {
    /// A cache that lasts as long as the process.
    ///
    /// # Errors
    /// If SQLite cannot make it.
    pub fn in_memory() -> rusqlite::Result<Cache> {
        Cache::over(Connection::open_in_memory()?)
    }

    /// The cache in the file at `path`, which is made where there is none.
    ///
    /// # Errors
    /// If the file cannot be opened, or is no database.
    pub fn open(path: &Path) -> rusqlite::Result<Cache> {
        Cache::over(Connection::open(path)?)
    }

    fn over(connection: Connection) -> rusqlite::Result<Cache> {
        connection.execute_batch(SCHEMA)?;
        Ok(Cache {
            connection,
            recent: Recent::new(RECENT),
        })
    }

    /// What is known about `name`; `None` where it was never accepted.
    ///
    /// The answer comes from memory where `name` was asked for recently, and
    /// then costs neither a query nor an allocation.
    ///
    /// # Errors
    /// If SQLite cannot read the table.
    pub fn lookup(&mut self, name: &str) -> rusqlite::Result<Option<Arc<Record>>> {
        if let Some(known) = self.recent.get(name) {
            return Ok(known.clone());
        }
        let found = self.query(name)?.map(Arc::new);
        self.recent.insert(name, found.clone());
        Ok(found)
    }

    /// Accepts packages as they are, all of them or none.
    ///
    /// # Errors
    /// If SQLite cannot write.
    pub fn accept<'p>(
        &mut self,
        packages: impl IntoIterator<Item = &'p Package>,
    ) -> rusqlite::Result<()> {
        let transaction = self.connection.transaction()?;
        for package in packages {
            accept_one(&transaction, package)?;
            self.recent.remove(&package.name);
        }
        transaction.commit()
    }

    /// Whether nothing was ever accepted.
    ///
    /// # Errors
    /// If SQLite cannot read the table.
    pub fn is_empty(&self) -> rusqlite::Result<bool> {
        self.connection
            .prepare_cached("SELECT 1 FROM release LIMIT 1")?
            .exists([])
            .map(|any| !any)
    }

    /// Forgets what is kept in memory; the table stays as it is.
    pub fn forget_recent(&mut self) {
        self.recent.clear();
    }

    /// The slow way: always a query.
    fn query(&self, name: &str) -> rusqlite::Result<Option<Record>> {
        let mut statement = self.connection.prepare_cached(SELECT)?;
        let rows = statement.query_map([name], |row| {
            Ok(Release {
                version: row.get(0)?,
                source: row.get(1)?,
                checksum: row.get(2)?,
            })
        })?;
        let releases = rows.collect::<rusqlite::Result<Vec<_>>>()?;
        Ok((!releases.is_empty()).then_some(Record { releases }))
    }
}

fn accept_one(transaction: &Transaction<'_>, package: &Package) -> rusqlite::Result<()> {
    let source = package.source.as_deref().unwrap_or("");
    let mut statement = transaction.prepare_cached(UPSERT)?;
    statement.execute(params![
        package.name,
        package.version,
        source,
        package.checksum
    ])?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use perf_runtime::{Bencher, perf_budget};

    use super::*;
    use crate::lockfile::Lockfile;

    fn package(name: &str, version: &str, checksum: &str) -> Package {
        Package {
            name: name.to_owned(),
            version: version.to_owned(),
            source: Some("registry".to_owned()),
            checksum: Some(checksum.to_owned()),
            dependencies: Vec::new(),
        }
    }

    #[test]
    fn what_was_accepted_is_known() {
        let mut cache = Cache::in_memory().unwrap();
        assert!(cache.is_empty().unwrap());
        assert_eq!(cache.lookup("serde").unwrap(), None);
        cache
            .accept(&[
                package("serde", "1.0.1", "aa"),
                package("serde", "1.0.2", "bb"),
            ])
            .unwrap();
        assert!(!cache.is_empty().unwrap());
        let record = cache.lookup("serde").unwrap().expect("it was accepted");
        let versions: Vec<_> = record
            .releases
            .iter()
            .map(|release| &*release.version)
            .collect();
        assert_eq!(versions, ["1.0.1", "1.0.2"]);
    }

    #[test]
    fn the_second_lookup_asks_no_database() {
        let mut cache = Cache::in_memory().unwrap();
        cache.accept(&[package("serde", "1.0.1", "aa")]).unwrap();
        let first = cache.lookup("serde").unwrap();
        cache
            .connection
            .execute_batch("DROP TABLE release")
            .unwrap();
        assert_eq!(cache.lookup("serde").unwrap(), first);
        cache.forget_recent();
        assert!(cache.lookup("serde").is_err());
    }

    #[test]
    fn accepting_replaces_what_memory_holds() {
        let mut cache = Cache::in_memory().unwrap();
        cache.accept(&[package("serde", "1.0.1", "aa")]).unwrap();
        cache.lookup("serde").unwrap();
        cache.accept(&[package("serde", "1.0.1", "cc")]).unwrap();
        let record = cache.lookup("serde").unwrap().expect("it was accepted");
        assert_eq!(record.releases[0].checksum.as_deref(), Some("cc"));
    }

    #[test]
    fn a_file_keeps_it_for_the_next_run() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("guard.sqlite");
        Cache::open(&path)
            .unwrap()
            .accept(&[package("serde", "1.0.1", "aa")])
            .unwrap();
        assert!(
            Cache::open(&path)
                .unwrap()
                .lookup("serde")
                .unwrap()
                .is_some()
        );
    }

    /// Budgets on private functions stand beside the tests they belong to.
    const PLATFORM: &str = include_str!("../fixtures/platform-300.lock");

    fn accepted() -> Cache {
        let mut cache = Cache::in_memory().unwrap();
        cache
            .accept(Lockfile::parse(PLATFORM).unwrap().foreign())
            .unwrap();
        cache
    }

    /// `fn(&mut T)`: the cache is made once for the case, and its map is warm
    /// after the first call. `class` adds the limits that `perf-budgets.toml`
    /// gives to every critical function.
    #[perf_budget(
        p99 = "10us",
        allocs = 0,
        setup = accepted,
        class = "critical",
        group = "lookup",
        id = "PERF001",
        message = "every package of every lock file goes through here"
    )]
    fn a_cached_lookup_stays_in_memory(cache: &mut Cache) -> rusqlite::Result<()> {
        cache.lookup("serde").map(drop)
    }

    /// `fn(&T)` on a private function: what a lookup costs without the map.
    /// An `Err` would fail the case whatever the limits say.
    #[perf_budget(p99 = "500us", allocs = 8, mem = "1KB", setup = accepted, group = "lookup", id = "PERF002")]
    fn an_uncached_lookup_is_one_query(cache: &Cache) -> rusqlite::Result<Option<Record>> {
        cache.query("serde")
    }

    /// `throughput` is a floor. With `items` it counts items, not calls.
    #[perf_budget(throughput = "100_000/s", items = 300, setup = || (accepted(), names()), group = "lookup")]
    fn lookups_keep_their_throughput(
        (cache, names): &mut (Cache, Vec<String>),
    ) -> rusqlite::Result<()> {
        names
            .iter()
            .try_for_each(|name| cache.lookup(name).map(drop))
    }

    fn names() -> Vec<String> {
        Lockfile::parse(PLATFORM)
            .unwrap()
            .foreign()
            .map(|package| package.name.clone())
            .collect()
    }

    /// `fn(&mut Bencher)`: the body says what is timed. Here each call needs an
    /// empty cache, and making it is no part of the promise. The cache is
    /// returned so that closing it is none either.
    #[perf_budget(
        p95 = "100us",
        throughput = "500/s",
        items = 100,
        group = "write",
        id = "PERF006"
    )]
    fn accepting_100_packages_is_one_transaction(bencher: &mut Bencher) {
        let packages = (0..100)
            .map(|n| package(&format!("package-{n}"), "1.0.0", "aa"))
            .collect::<Vec<_>>();
        bencher.iter_with_setup(
            || Cache::in_memory().unwrap(),
            |mut cache| {
                cache.accept(&packages).unwrap();
                cache
            },
        );
    }
}
