//! The truth table: functions whose allocations were counted by hand, counted many times beside other work.

#[cfg(test)]
mod endings;
#[cfg(test)]
mod layouts;
#[cfg(test)]
mod owners;
#[cfg(test)]
mod pool;
#[cfg(test)]
mod table;
#[cfg(test)]
mod threads;
#[cfg(test)]
mod unwinding;
#[cfg(test)]
mod vectors;

use std::collections::HashSet;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use super::alone::alone;
use super::{Counted, Counts, Region};
use crate::model::sample::Scope;
use table::{BLOCK, Row, Truth, bytes, gone, repeats};

/// Rows of one thread whose whole count is known by hand.
const WHOLE: [&[Row]; 3] = [vectors::ROWS, owners::ROWS, layouts::ROWS];
/// Rows of several threads.
const THREADED: [&[Row]; 2] = [threads::ROWS, endings::ROWS];

fn rows(lists: &[&'static [Row]]) -> impl Iterator<Item = &'static Row> {
    lists.iter().copied().flatten()
}

/// Runs a row, with what it marks counted to the end of its threads.
fn counted(row: &Row, scope: Scope, block: usize, settle: Settle) -> Counted {
    let mut counted = None;
    (row.run)(
        &mut |body| {
            let threads = threads_now();
            let region = Region::enter(scope);
            body();
            settle.until(threads);
            counted = Some(region.leave());
        },
        block,
    );
    counted.expect("every row counts something")
}

/// What a hand count is of.
#[derive(Clone, Copy)]
enum Part {
    Whole,
    Blocks,
}

/// Whether to wait for threads that were not joined.
#[derive(Clone, Copy)]
enum Settle {
    Wait,
    /// Leave the region at once.
    No,
}

/// The longest wait, in microseconds.
static LONGEST: AtomicU64 = AtomicU64::new(0);

impl Settle {
    /// Allocates nothing: the region is still open.
    fn until(self, threads: u64) {
        let start = Instant::now();
        while matches!(self, Settle::Wait) && threads_now() > threads {
            assert!(start.elapsed() < Duration::from_secs(60), "a thread stays");
            thread::yield_now();
        }
        let waited = u64::try_from(start.elapsed().as_micros()).unwrap_or(u64::MAX);
        LONGEST.fetch_max(waited, Ordering::Relaxed);
    }
}

/// How many threads this process has: a folder's link count is 2 and its
/// subfolders, and a thread has one here.
#[cfg(target_os = "linux")]
fn threads_now() -> u64 {
    use std::os::unix::fs::MetadataExt;
    std::fs::metadata("/proc/self/task").map_or(0, |folder| folder.nlink())
}

#[cfg(not(target_os = "linux"))]
fn threads_now() -> u64 {
    0
}

/// What the blocks of a row add to what its threads or panics need, which is
/// measured here, in the same process: the row without blocks is taken away.
///
/// The peak without blocks may lie elsewhere than the peak with them: a thread
/// frees something between its start and its closure. So the peak is that of
/// the row with blocks of twice the size, less that with blocks.
fn of_the_blocks(row: &Row, scope: Scope) -> Counts {
    let count = |block| counted(row, scope, block, Settle::Wait).counts;
    let [without, once, twice] = [0, BLOCK, 2 * BLOCK].map(count);
    // Wrapping: a difference that is negative is wrong, and is to be shown.
    Counts {
        allocs: once.allocs.wrapping_sub(without.allocs),
        frees: once.frees.wrapping_sub(without.frees),
        alloc_bytes: once.alloc_bytes.wrapping_sub(without.alloc_bytes),
        peak_bytes: twice.peak_bytes.wrapping_sub(once.peak_bytes),
        retained_bytes: once.retained_bytes - without.retained_bytes,
    }
}

fn by_hand(truth: &Truth) -> Counts {
    Counts {
        allocs: truth.allocs,
        frees: truth.frees,
        alloc_bytes: truth.alloc_bytes,
        peak_bytes: truth.peak_bytes,
        retained_bytes: truth.retained_bytes,
    }
}

/// Counts a row many times, and says what was not the hand count.
fn inexact(row: &Row, scope: Scope, part: Part) -> Option<String> {
    let count = || match part {
        Part::Whole => counted(row, scope, BLOCK, Settle::Wait).counts,
        Part::Blocks => of_the_blocks(row, scope),
    };
    // What is built once a process, or once a thread, is built now.
    for _ in 0..3 {
        count();
    }
    let hand = by_hand(&row.truth);
    let seen = (0..repeats()).map(|_| count());
    let wrong: Vec<Counts> = seen.filter(|seen| *seen != hand).collect();
    wrong.first().map(|first| {
        let (times, of) = (wrong.len(), repeats());
        format!(
            "{}: {times} of {of} counts are wrong\n  first: {first:?}\n  by hand: {hand:?}",
            row.name
        )
    })
}

#[track_caller]
fn exact(list: impl IntoIterator<Item = &'static Row>, scope: Scope, part: Part) {
    let list = list.into_iter();
    let wrong: Vec<String> = list.filter_map(|row| inexact(row, scope, part)).collect();
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

/// Runs `body` while three threads allocate and free what they can, with
/// separate regions open some of the time.
fn beside_noise(body: impl FnOnce()) {
    struct Stop<'a>(&'a AtomicBool);
    impl Drop for Stop<'_> {
        fn drop(&mut self) {
            self.0.store(true, Ordering::Relaxed);
        }
    }
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        for kind in 0..3 {
            let done = &done;
            scope.spawn(move || {
                let mut held = Vec::new();
                while !done.load(Ordering::Relaxed) {
                    held.push(bytes(24 + 1000 * kind));
                    if held.len() > 50 {
                        held.clear();
                    }
                    let region = Region::enter(Scope::Thread);
                    gone(vec![0_u8; 100]);
                    assert_eq!(region.leave().counts.alloc_bytes, 100);
                }
            });
        }
        // A row that fails must end the noise as well.
        let _stop = Stop(&done);
        body();
    });
}

#[test]
fn the_table_is_long_and_its_names_differ() {
    let single = rows(&WHOLE).chain(unwinding::ROWS).count();
    let threaded = rows(&THREADED).count();
    assert!(single + threaded >= 45, "{single} and {threaded}");
    assert!(threaded >= 12, "{threaded}");
    let all = rows(&WHOLE).chain(unwinding::ROWS).chain(rows(&THREADED));
    let mut names = HashSet::new();
    for row in all {
        assert!(names.insert(row.name), "two rows are named {}", row.name);
    }
}

#[test]
fn functions_of_one_thread_are_exact_beside_noise() {
    beside_noise(|| exact(rows(&WHOLE), Scope::Thread, Part::Whole));
}

#[test]
fn panics_are_exact_beside_noise() {
    beside_noise(|| exact(unwinding::ROWS, Scope::Thread, Part::Blocks));
}

#[test]
fn functions_of_one_thread_are_exact_in_process_mode() {
    alone(
        module_path!(),
        "functions_of_one_thread_are_exact_in_process_mode",
        || {
            exact(rows(&WHOLE), Scope::Process, Part::Whole);
            exact(unwinding::ROWS, Scope::Process, Part::Blocks);
        },
    );
}

#[test]
fn functions_of_many_threads_are_exact() {
    alone(
        module_path!(),
        "functions_of_many_threads_are_exact",
        || {
            exact(threads::ROWS, Scope::Process, Part::Blocks);
            // Elsewhere it is unknown whether the threads have ended.
            if cfg!(target_os = "linux") {
                exact(endings::ROWS, Scope::Process, Part::Blocks);
            }
        },
    );
}

/// Never a silent wrong number: the count of one thread knows of the others.
#[test]
fn counting_one_thread_of_many_is_always_marked() {
    alone(
        module_path!(),
        "counting_one_thread_of_many_is_always_marked",
        || {
            for row in rows(&THREADED) {
                for _ in 0..repeats() {
                    let seen = counted(row, Scope::Thread, BLOCK, Settle::Wait);
                    assert!(seen.foreign, "{}: {:?}", row.name, seen.counts);
                }
            }
        },
    );
}

/// Not a check: prints how often the figures are off where a region is left
/// as soon as the call returns, without waiting for its threads.
#[test]
#[ignore = "an experiment; run it by name, with --nocapture"]
fn how_often_leaving_at_once_is_wrong() {
    alone(module_path!(), "how_often_leaving_at_once_is_wrong", || {
        for row in rows(&THREADED) {
            let count = |scope, settle| {
                let seen = counted(row, scope, BLOCK, settle);
                // What still runs must not reach into the next count.
                thread::sleep(Duration::from_millis(1));
                seen
            };
            let waited = count(Scope::Process, Settle::Wait).counts;
            LONGEST.store(0, Ordering::Relaxed);
            let mut off = [0; 4];
            for _ in 0..repeats() {
                let seen = count(Scope::Process, Settle::No).counts;
                off[0] += u32::from(seen.allocs != waited.allocs);
                off[1] += u32::from(seen.peak_bytes != waited.peak_bytes);
                off[2] += u32::from(seen.retained_bytes != waited.retained_bytes);
                off[3] += u32::from(!count(Scope::Thread, Settle::No).foreign);
                count(Scope::Process, Settle::Wait);
            }
            println!(
                "{off:?} allocs, peak, retained off, not foreign; longest wait {} us: {}",
                LONGEST.load(Ordering::Relaxed),
                row.name
            );
        }
    });
}
