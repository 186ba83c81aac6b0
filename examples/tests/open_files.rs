//! Budgets on a metric that another crate adds: the files that a call leaves
//! open.

use std::sync::LazyLock;

use examples::guard::Error;
use examples::{Cache, Guard, Lockfile};
// A crate that no source names is not linked, and its meters are not there.
use open_files as _;
use perf_runtime::perf_budget;
use tempfile::TempDir;

static SERVICE: LazyLock<Lockfile> = LazyLock::new(|| {
    Lockfile::parse(include_str!("../fixtures/service-50.lock"))
        .expect("the fixture is a lock file")
});

/// Where the cache of the budgets is; its folder goes with the process.
static FOLDER: LazyLock<TempDir> = LazyLock::new(|| TempDir::new().expect("a folder can be made"));

fn on_disk() -> Result<Guard, Error> {
    let cache = Cache::open(&FOLDER.path().join("cache.sqlite")).map_err(Error::Cache)?;
    Ok(Guard::new(cache))
}

/// A check opens the cache, asks it, and leaves nothing open.
#[perf_budget(meter("open_files", max = 0))]
fn a_check_leaves_no_file_open() -> Result<(), Error> {
    on_disk()?.check(&SERVICE).map(drop)
}

/// What a call returns is still there when the meter is read: an open guard
/// holds its database.
#[perf_budget(meter("open_files", max = 3))]
fn an_open_guard_holds_few_files() -> Result<Guard, Error> {
    let mut guard = on_disk()?;
    guard.accept(&SERVICE)?;
    Ok(guard)
}
