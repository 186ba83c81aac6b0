//! A meter of one's own: the files that a call leaves open.
//!
//! A test target names this crate, `use open_files as _;`, and its budgets can
//! limit `open_files`. Pipes and sockets are files too, as the system counts
//! them. It is read on Linux; elsewhere a limit on it is `unmeasured`, which
//! fails where its mode is hard.

use perf_runtime::meters::{self, Direction, Exactness, METERS, Meter};

/// Open descriptors when the call has returned, less those in front of it.
#[meters::distributed_slice(METERS)]
#[linkme(crate = meters::linkme)]
static OPEN_FILES: Meter = Meter {
    name: "open_files",
    unit: "files left open",
    direction: Direction::AtMost,
    exactness: Exactness::Exact,
    before: open_files,
    value: |before| Ok(open_files()?.saturating_sub(before)),
};

/// How many files this process has open.
///
/// # Errors
/// Says why where the system does not tell.
pub fn open_files() -> Result<u64, String> {
    if cfg!(not(target_os = "linux")) {
        return Err("only Linux tells here which files are open".to_owned());
    }
    let folder = "/proc/self/fd";
    let open = std::fs::read_dir(folder).map_err(|error| format!("{folder}: {error}"))?;
    // The folder itself is open while it is read.
    let count = open.count().saturating_sub(1);
    u64::try_from(count).map_err(|error| error.to_string())
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    // One test: a file that another opens meanwhile would count as well.
    #[test]
    fn the_meter_is_in_the_table_and_counts_what_is_left_open() {
        let names: Vec<&str> = METERS.iter().map(|meter| meter.name).collect();
        assert_eq!(names, ["open_files"]);
        let before = (OPEN_FILES.before)().expect("Linux tells");
        let left = || (OPEN_FILES.value)(before).expect("Linux tells");
        let file = tempfile::tempfile().expect("a file can be made");
        assert_eq!(left(), 1);
        drop(file);
        assert_eq!(left(), 0);
    }
}
