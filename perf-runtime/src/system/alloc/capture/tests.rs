//! Real calls, captured.

use std::backtrace::Backtrace;
use std::hint::black_box;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc;
use std::thread;

use super::recorder::Room;
use super::{Capture, Log};
use crate::model::sample::Scope;
use crate::report::alloc_sites::{Allocations, Frame, Held, Home, Made, Site, Weight, lines};
use crate::system::alloc::{Counts, Region};

const HOME: Home<'_> = Home {
    folder: match option_env!("PERF_TEST_SOURCES") {
        Some(of_another_crate) => of_another_crate,
        None => env!("CARGO_MANIFEST_DIR"),
    },
    crates: &["perf_runtime"],
};

/// More stacks than any of these calls has.
const ALL: usize = 1000;

fn captured<T>(scope: Scope, f: impl FnOnce() -> T) -> (T, Log) {
    let capture = Capture::start(scope);
    let value = f();
    (value, capture.finish())
}

/// Not quite that of the truth table: equal functions may be merged, and a place of
/// the other would be named.
fn bytes(n: usize) -> Vec<u8> {
    black_box(Vec::with_capacity(black_box(n)))
}

const FIRST_LINE: u32 = line!() + 5;

/// Allocates 10 times 1,000 bytes at one place, and 2,500 bytes at another.
#[inline(never)]
fn two_places() -> (Vec<Vec<u8>>, Vec<u8>) {
    let many = (0..10).map(|_| black_box(bytes(1000))).collect();
    let mut grown = bytes(500);
    grown.reserve_exact(2000);
    black_box((many, grown))
}

#[inline(never)]
fn freed_first() -> Vec<u8> {
    let early = a_place_that_frees();
    drop(early);
    bytes(4000)
}

#[inline(never)]
fn a_place_that_frees() -> Vec<u8> {
    bytes(3000)
}

/// The sites of which some frame is in a function of this name.
fn sites<'a>(allocations: &'a Allocations, function: &str) -> Vec<&'a Site> {
    let mut found: Vec<&Site> = allocations
        .sites
        .iter()
        .filter(|site| frame_in(site, function).is_some())
        .collect();
    found.sort_by_key(|site| line_in(site, function));
    found
}

fn frame_in<'a>(site: &'a Site, function: &str) -> Option<&'a Frame> {
    let of = |name: &str| name.ends_with(&format!("::tests::{function}"));
    site.frames.iter().find(|frame| of(&frame.function))
}

fn line_in(site: &Site, function: &str) -> Option<u32> {
    frame_in(site, function)?.line
}

/// What is known with debug information only: the profiles with debug
/// assertions have it, the release profile has none.
fn with_debug_info<T>(value: T) -> Option<T> {
    cfg!(debug_assertions).then_some(value)
}

#[test]
fn sizes_counts_functions_and_lines_are_those_of_the_source() {
    let (kept, log) = captured(Scope::Thread, two_places);
    let found = log.resolve(ALL);
    drop(kept);
    assert!(found.complete);
    let sites = sites(&found, "two_places");
    let row = |site: &Site| {
        let tally = &site.tally;
        let line = line_in(site, "two_places").map(|line| line - FIRST_LINE);
        (line, tally.total, tally.at_peak, tally.at_end)
    };
    let made = |bytes, allocations| Made { bytes, allocations };
    let held = |bytes, blocks| Held { bytes, blocks };
    let rows: Vec<_> = sites.iter().map(|site| row(site)).collect();
    let vectors = 10 * size_of::<Vec<u8>>() as u64;
    assert_eq!(
        rows.iter().map(|row| (row.0, row.1)).collect::<Vec<_>>(),
        [
            (with_debug_info(0), made(vectors, 1)),
            (with_debug_info(0), made(10_000, 10)),
            (with_debug_info(1), made(500, 1)),
            (with_debug_info(2), made(2000, 1)),
        ],
        "{found:#?}"
    );
    let ends: Vec<Held> = rows.iter().map(|row| row.3).collect();
    assert_eq!(
        ends,
        [
            held(vectors, 1),
            held(10_000, 10),
            held(0, 0),
            held(2000, 1)
        ]
    );
    assert!(rows.iter().all(|row| row.2 == row.3), "{rows:?}");
    let file = frame_in(sites[0], "two_places").and_then(|frame| frame.file.as_deref());
    let here = file.map(|file| file.ends_with("perf-runtime/src/system/alloc/capture/tests.rs"));
    assert_eq!(here, with_debug_info(true), "{file:?}");
    // Nothing of the recorder above, and the same sums as the counts.
    for site in &found.sites {
        let top = &site.frames[0].function;
        assert!(
            !top.contains("perf_runtime::system::alloc::capture::recorder"),
            "{top}"
        );
        assert!(!top.contains("__rust"), "{top}");
    }
    let sum: u64 = found
        .sites
        .iter()
        .map(|site| site.tally.total.allocations)
        .sum();
    assert_eq!(sum, 13);
}

#[test]
fn what_people_read_names_the_users_line_first() {
    let (kept, log) = captured(Scope::Thread, two_places);
    let told = lines(&log.resolve(ALL), Weight::Peak, HOME, 1);
    drop(kept);
    // `bytes` is as much the user's code as its caller. Without debug
    // information, what was inlined into it is its caller's.
    let (start, place) = if cfg!(debug_assertions) {
        (
            "largest at the peak: 10 KB in 10 allocations (",
            "%)  src/system/alloc/capture/tests.rs:",
        )
    } else {
        (
            "largest at the peak: 12.2 KB in 12 allocations (100 ",
            "%)  perf_runtime::system::alloc::capture::tests::two_places (via ",
        )
    };
    assert!(told[0].starts_with(start), "{told:?}");
    assert!(told[0].contains(place), "{told:?}");
    let hint = told.iter().any(|line| line.contains("line-tables-only"));
    assert_eq!(hint, !cfg!(debug_assertions), "{told:?}");
}

#[test]
fn memory_freed_before_the_peak_is_not_at_the_peak() {
    let (kept, log) = captured(Scope::Thread, freed_first);
    let found = log.resolve(ALL);
    drop(kept);
    let early = sites(&found, "a_place_that_frees");
    assert_eq!(early.len(), 1, "{found:#?}");
    let tally = &early[0].tally;
    assert_eq!(
        tally.total,
        Made {
            bytes: 3000,
            allocations: 1
        }
    );
    assert_eq!((tally.at_peak, tally.at_end), Default::default());
    assert_eq!(
        tally.most,
        Held {
            bytes: 3000,
            blocks: 1
        }
    );
    let at_peak: u64 = found
        .sites
        .iter()
        .map(|site| site.tally.at_peak.bytes)
        .sum();
    assert_eq!(at_peak, 4000);
    assert_eq!((found.events, found.peak_event), (3, 3));
    let first = found.first.unwrap();
    assert!(
        first
            .iter()
            .any(|frame| frame.function.ends_with("a_place_that_frees"))
    );
}

#[inline(never)]
fn sent() -> Vec<u8> {
    bytes(70_000)
}

#[inline(never)]
fn made_elsewhere() -> Vec<u8> {
    bytes(60_000)
}

#[test]
fn all_threads_are_seen_where_that_is_asked_for() {
    let (kept, log) = captured(Scope::Process, || {
        let block = sent();
        thread::spawn(move || {
            drop(block);
            made_elsewhere()
        })
        .join()
        .unwrap()
    });
    let found = log.resolve(ALL);
    drop(kept);
    let of = |function| sites(&found, function)[0].tally;
    assert_eq!(of("sent").total.bytes, 70_000);
    assert_eq!(
        of("sent").at_end,
        Held::default(),
        "another thread freed it"
    );
    assert_eq!(
        of("made_elsewhere").at_end,
        Held {
            bytes: 60_000,
            blocks: 1
        }
    );
}

#[test]
fn one_thread_alone_is_seen_where_that_is_asked_for() {
    let (give, take) = mpsc::channel::<()>();
    let (done, wait) = mpsc::channel();
    let other = thread::spawn(move || {
        take.recv().unwrap();
        drop(made_elsewhere());
        done.send(()).unwrap();
    });
    let ((), log) = captured(Scope::Thread, || {
        drop(sent());
        give.send(()).unwrap();
        wait.recv().unwrap();
    });
    other.join().unwrap();
    let found = log.resolve(ALL);
    assert_eq!(sites(&found, "sent").len(), 1);
    assert!(sites(&found, "made_elsewhere").is_empty());
}

#[test]
fn a_panic_leaves_nothing_on() {
    let thrown = catch_unwind(AssertUnwindSafe(|| {
        captured(Scope::Thread, || {
            drop(bytes(100));
            // The panic hook holds a lock of the standard library's while it
            // allocates.
            panic!("as planned {}", bytes(10).capacity())
        })
    }));
    assert!(thrown.is_err());
    // Were it still on, the next would wait for ever, or find more.
    let ((), log) = captured(Scope::Thread, || drop(bytes(100)));
    assert_eq!(log.events().len(), 2);
}

#[test]
fn a_call_that_takes_and_shows_backtraces_can_be_captured() {
    let (text, log) = captured(Scope::Thread, || {
        let caught = catch_unwind(|| panic!("as planned"));
        assert!(caught.is_err());
        drop(sent());
        let trace = Backtrace::force_capture();
        format!("{trace} {trace:?} {:?}", Backtrace::force_capture())
    });
    let expected = "a_call_that_takes_and_shows_backtraces_can_be_captured";
    assert!(text.contains(expected));
    let found = log.resolve(ALL);
    assert!(found.events > 10);
    assert_eq!(sites(&found, "sent").len(), 1);
}

#[test]
fn a_capture_changes_no_count_of_a_region_around_it() {
    let work = || {
        let kept = two_places();
        let mut v = bytes(10);
        v.reserve_exact(100);
        drop(v);
        kept
    };
    let counts = |f: &dyn Fn()| -> Counts {
        let region = Region::enter(Scope::Thread);
        f();
        region.leave().counts
    };
    let expected = counts(&|| drop(work()));
    let found = counts(&|| {
        let (kept, log) = captured(Scope::Thread, work);
        drop(kept);
        drop(log);
    });
    assert_eq!(found, expected);
    assert_eq!(found.allocs, 15);
}

#[inline(never)]
fn deep(depth: usize) -> Vec<u8> {
    let below = (depth > 0).then(|| deep(depth - 1));
    black_box(below).unwrap_or_else(|| bytes(depth + 1))
}

#[test]
fn a_deep_stack_is_cut_and_not_lost() {
    let ((), log) = captured(Scope::Thread, || drop(deep(1000)));
    let found = log.resolve(ALL);
    assert_eq!(found.sites.len(), 1);
    assert_eq!(sites(&found, "deep").len(), 1);
}

#[test]
fn a_log_that_is_full_says_so_and_keeps_its_beginning() {
    #[track_caller]
    fn check(room: Room, work: fn(), events: u64, told: &str) {
        let capture = Capture::with_room(Scope::Thread, room);
        work();
        let found = capture.finish().resolve(ALL);
        assert!(!found.complete);
        assert_eq!(found.events, events);
        let lines = lines(&found, Weight::Allocations, HOME, 1);
        assert!(lines.iter().any(|line| line == told), "{lines:?}");
    }
    let told = "these are the first 50 allocations; the recorder holds no more";
    let room = |events, stacks| Room { events, stacks };
    check(
        room(100, 9),
        || (0..51).for_each(|n| drop(bytes(n + 1))),
        100,
        told,
    );
    let told = "these are the first 2 allocations; the recorder holds no more";
    let work = || (0..9).for_each(|n| drop(deep(n)));
    check(room(100, 2), work, 4, told);
}

#[test]
fn what_is_too_light_to_be_looked_up_is_still_in_the_sum() {
    let (kept, log) = captured(Scope::Thread, two_places);
    let found = log.resolve(1);
    drop(kept);
    let unknown: Vec<&Site> = found
        .sites
        .iter()
        .filter(|site| site.frames.is_empty())
        .collect();
    assert_eq!(unknown.len(), 1, "{found:#?}");
    let sum: u64 = found.sites.iter().map(|site| site.tally.total.bytes).sum();
    assert_eq!(sum, 10_000 + 2500 + 10 * size_of::<Vec<u8>>() as u64);
}
