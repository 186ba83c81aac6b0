//! What a broken time limit says of its cause: ten functions that are slow, each for
//! another reason. They are ignored, because each fails:
//!
//! ```text
//! cargo xtask perf -p examples --test slow --include-ignored
//! ```
//!
//! The case has the limit, and another function is the culprit; the explanation below
//! the broken limit names it.

use std::fmt::Write;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, LazyLock, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use examples::lockfile::Package;
use examples::popular::NAMES;
use examples::{History, Lockfile};
use perf_runtime::{CountingAllocator, perf_budget};
use regex_lite::Regex;
use rusqlite::Connection;

#[global_allocator]
static ALLOC: CountingAllocator = CountingAllocator::system();

const TEXT: &str = include_str!("../fixtures/platform-300.lock");

static PLATFORM: LazyLock<Lockfile> =
    LazyLock::new(|| Lockfile::parse(TEXT).expect("the fixture is a lock file"));

/// A lock file in which every package needs the two behind it, and of every tenth
/// there is a second version.
fn workspace() -> Lockfile {
    let package = |n: usize| Package {
        name: format!("workspace-package-{:04}", n - n % 10 / 9),
        version: format!("1.{n}.0"),
        source: None,
        checksum: None,
        dependencies: (n + 1..n + 3)
            .filter(|needed| *needed < 1_500)
            .map(|needed| format!("workspace-package-{needed:04}"))
            .collect(),
    };
    Lockfile {
        packages: (0..1_500).map(package).collect(),
    }
}

mod quadratic_loop {
    use super::*;

    /// As `cargo tree --duplicates`.
    #[perf_budget(
        p50 = "100us",
        max_time = "500ms",
        setup = workspace,
        ignore = "shows what a quadratic loop looks like",
        group = "slow"
    )]
    fn packages_in_two_versions_are_listed(lockfile: &Lockfile) -> Vec<&str> {
        let packages = lockfile.packages.iter();
        packages
            .filter(|package| has_another_version(lockfile, package))
            .map(|package| &*package.name)
            .collect()
    }

    fn has_another_version(lockfile: &Lockfile, package: &Package) -> bool {
        let mut others = lockfile.packages.iter();
        others.any(|other| other.name == package.name && other.version != package.version)
    }
}

mod clone_in_a_loop {
    use super::*;

    /// As `cargo tree --invert`: who needs it, and who needs those.
    #[perf_budget(
        p50 = "100us",
        max_time = "500ms",
        setup = workspace,
        ignore = "shows what a clone in a loop looks like",
        group = "slow"
    )]
    fn the_way_to_a_package_is_shown(lockfile: &Lockfile) -> Vec<String> {
        let mut trail = Vec::new();
        for package in lockfile.packages.iter().take(300) {
            trail = longer(&trail, package);
        }
        trail
    }

    fn longer(trail: &[String], package: &Package) -> Vec<String> {
        let mut longer = trail.to_vec();
        longer.push(package.name.clone());
        longer
    }
}

mod regex_per_call {
    use super::*;

    #[perf_budget(
        p50 = "200us",
        max_time = "500ms",
        ignore = "shows what a regex looks like that is compiled in every call",
        group = "slow"
    )]
    fn prereleases_are_counted() -> usize {
        let packages = PLATFORM.packages.iter();
        packages
            .filter(|package| is_prerelease(&package.version))
            .count()
    }

    fn is_prerelease(version: &str) -> bool {
        Regex::new(r"^\d+\.\d+\.\d+-(alpha|beta|rc)(\.\d+)?$").is_ok_and(|it| it.is_match(version))
    }
}

mod lock_held_too_long {
    use super::*;

    /// The newest lock file, which a background thread reads as soon as it is there.
    struct Mirror {
        latest: Arc<Mutex<Lockfile>>,
        downloaded: Sender<&'static str>,
        refreshing: JoinHandle<()>,
    }

    impl Mirror {
        /// One that is refreshed, and waits for the download.
        fn refreshing() -> Mirror {
            let latest = Arc::new(Mutex::new(PLATFORM.clone()));
            let (begins, begun) = channel();
            let (downloaded, download) = channel();
            let shared = latest.clone();
            let refreshing = std::thread::spawn(move || refresh(&shared, &begins, &download));
            begun.recv().expect("it begins");
            Mirror {
                latest,
                downloaded,
                refreshing,
            }
        }

        fn version_of(&self, name: &str) -> Option<String> {
            let latest = self.latest.lock().unwrap_or_else(PoisonError::into_inner);
            let found = latest.packages.iter().find(|package| package.name == name);
            found.map(|package| package.version.clone())
        }
    }

    /// Reads the text while it holds the lock.
    fn refresh(latest: &Mutex<Lockfile>, begins: &Sender<()>, download: &Receiver<&str>) {
        let mut latest = latest.lock().unwrap_or_else(PoisonError::into_inner);
        begins.send(()).expect("the receiver is alive");
        let text = download.recv().expect("the sender is alive");
        *latest = Lockfile::parse(text).expect("the fixture is a lock file");
    }

    #[perf_budget(
        p50 = "100us",
        max_time = "500ms",
        setup = Mirror::refreshing,
        ignore = "shows what a lock looks like that is held too long",
        group = "slow"
    )]
    fn a_version_is_asked_for(mirror: Mirror) -> (JoinHandle<()>, Option<String>) {
        mirror.downloaded.send(TEXT).expect("the receiver is alive");
        let version = mirror.version_of("serde");
        (mirror.refreshing, version)
    }
}

mod sleep {
    use super::*;

    /// A registry that answers the second time.
    #[perf_budget(
        p50 = "500us",
        max_time = "500ms",
        ignore = "shows what a sleep looks like",
        group = "slow"
    )]
    fn a_checksum_is_fetched() -> Option<String> {
        (0..3).find_map(|attempt| {
            let answer = answer(attempt);
            if answer.is_none() {
                back_off(attempt);
            }
            answer
        })
    }

    fn answer(attempt: u32) -> Option<String> {
        let package = PLATFORM.foreign().next()?;
        (attempt > 0).then(|| package.checksum.clone())?
    }

    fn back_off(attempt: u32) {
        std::thread::sleep(Duration::from_millis(2 << attempt));
    }
}

mod cold_cache {
    use super::*;

    /// Every release of a registry leads to the one that was published before it.
    struct Releases {
        before: Vec<u32>,
    }

    impl Releases {
        /// One long circle through all places, in no order that a processor could guess
        /// (Sattolo's algorithm).
        fn published() -> Releases {
            let mut before: Vec<u32> = (0..8 << 20).collect();
            let mut random: u64 = 0x9E37_79B9_7F4A_7C15;
            for last in (1..before.len()).rev() {
                random ^= random << 13;
                random ^= random >> 7;
                random ^= random << 17;
                before.swap(last, random as usize % last);
            }
            Releases { before }
        }

        fn oldest(&self, newest: u32, steps: usize) -> u32 {
            (0..steps).fold(newest, |release, _| self.before[release as usize])
        }
    }

    #[perf_budget(
        p50 = "100us",
        max_time = "500ms",
        setup = Releases::published,
        ignore = "shows what a walk looks like that misses every cache",
        group = "slow"
    )]
    fn twenty_thousand_releases_are_walked(releases: &Releases) -> u32 {
        releases.oldest(0, 20_000)
    }
}

mod page_fault_storm {
    use super::*;

    /// A place for every checksum that begins with the same 24 bits.
    const PLACES: usize = 1 << 24;

    #[perf_budget(
        p50 = "100us",
        max_time = "500ms",
        ignore = "shows what memory looks like that is taken anew in every call",
        group = "slow"
    )]
    fn checksums_are_seen_once() -> usize {
        let mut seen = vec![0_u32; PLACES];
        let checksums = PLATFORM
            .packages
            .iter()
            .filter_map(|p| p.checksum.as_deref());
        mark(&mut seen, checksums);
        seen.iter().step_by(1 << 10).filter(|n| **n > 0).count()
    }

    /// One in each page, and those around it.
    fn mark<'c>(seen: &mut [u32], checksums: impl Iterator<Item = &'c str>) {
        for (n, checksum) in checksums.enumerate() {
            for (byte, place) in checksum.bytes().zip(0..) {
                seen[(n * 64 + place) * 1024 % PLACES + usize::from(byte)] += 1;
            }
        }
    }
}

mod allocation_storm {
    use super::*;

    #[perf_budget(
        p50 = "200us",
        max_time = "500ms",
        ignore = "shows what many small allocations look like",
        group = "slow"
    )]
    fn names_that_read_like_another_are_counted() -> usize {
        let packages = PLATFORM.packages.iter();
        packages
            .filter(|p| reads_like_a_popular_one(&p.name))
            .count()
    }

    fn reads_like_a_popular_one(name: &str) -> bool {
        let mut popular = NAMES.iter().filter(|popular| popular.len() == name.len());
        popular.any(|popular| *popular != name && fold(popular) == fold(name))
    }

    /// The name as the eye takes it in.
    fn fold(name: &str) -> String {
        let letters = name.chars().map(|letter| match letter {
            '0' => "o".to_owned(),
            '1' | 'i' => "l".to_owned(),
            '-' | '_' => String::new(),
            _ => letter.to_lowercase().to_string(),
        });
        letters.fold(String::new(), |folded, letter| folded + &letter)
    }
}

mod slow_query {
    use super::*;

    /// The findings of 2,000 runs.
    fn history() -> History {
        let connection = Connection::open_in_memory().expect("SQLite opens in memory");
        let history = History::over(connection).expect("SQLite makes the tables");
        let mut text = String::from("BEGIN;");
        for run in 1..=2_000 {
            write!(
                text,
                "INSERT INTO report VALUES ({run}, 'Cargo.lock');
                 INSERT INTO finding VALUES ({run}, 0, '`package-{run}` 1.0.0 is new here');"
            )
            .expect("a text takes it");
        }
        let all = history.connection().execute_batch(&(text + "COMMIT;"));
        all.expect("SQLite writes");
        history
    }

    #[perf_budget(
        p50 = "100us",
        max_time = "500ms",
        setup = history,
        ignore = "shows what a query looks like that reads a whole table",
        group = "slow"
    )]
    fn a_package_is_looked_for(history: &History) -> rusqlite::Result<i64> {
        reports_about(history, "package-1999")
    }

    fn reports_about(history: &History, name: &str) -> rusqlite::Result<i64> {
        let mut statement = history.connection().prepare_cached(
            "SELECT count(*) FROM report WHERE EXISTS
             (SELECT 1 FROM finding WHERE report = report.id AND text LIKE '%' || ?1 || '%')",
        )?;
        statement.query_row([name], |row| row.get(0))
    }
}

mod slow_thread {
    use super::*;

    /// A thread for some letters each: most names begin with the last ones.
    #[perf_budget(
        p50 = "300us",
        max_time = "500ms",
        ignore = "shows what a thread looks like that has most of the work",
        group = "slow"
    )]
    fn names_are_matched_by_letter() -> usize {
        let begins_with = |from: char, to: char| {
            let names = PLATFORM.packages.iter().map(|package| &*package.name);
            names.filter(move |name| name.starts_with(|letter| (from..=to).contains(&letter)))
        };
        std::thread::scope(|scope| {
            let workers = [('a', 'a'), ('b', 'b'), ('c', 'z')].map(|(from, to)| {
                scope.spawn(move || begins_with(from, to).map(nearest).sum::<usize>())
            });
            let found = workers.map(|worker| worker.join().expect("it does not panic"));
            found.into_iter().sum()
        })
    }

    /// The fewest edits to a popular name (Levenshtein's distance, a row at a time).
    fn nearest(name: &str) -> usize {
        let mut row = [0; 64];
        let distance = |popular: &&str| {
            for (column, cell) in row.iter_mut().enumerate() {
                *cell = column;
            }
            for (above, letter) in popular.bytes().enumerate() {
                let mut before = row[0];
                row[0] = above + 1;
                for (column, other) in name.bytes().enumerate() {
                    let replaced = before + usize::from(letter != other);
                    before = row[column + 1];
                    row[column + 1] = replaced.min(before + 1).min(row[column] + 1);
                }
            }
            row[name.len()]
        };
        NAMES.iter().map(distance).min().unwrap_or(0)
    }
}
