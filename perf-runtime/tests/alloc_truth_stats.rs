//! The hand counts of the truth table against a second opinion, `stats_alloc`.
//!
//! The unit tests hold the same table against our own counts. The two counters
//! differ by rule in three things, all of which the table states:
//! - they count a reallocation apart from allocations, we among them;
//! - to the bytes allocated they add what a reallocation grows by, we its whole
//!   new size;
//! - they count what was asked for, refused or not, we what was given.
//!
//! They know no peak.

// The feature installs an allocator, and a program has one.
#![cfg(not(feature = "global-allocator"))]
// The rows are test code in separate files, where the lint cannot see it.
#![allow(clippy::unwrap_used)]

use std::alloc::System;

use perf_runtime::CountingAllocator;
use stats_alloc::{INSTRUMENTED_SYSTEM, Stats, StatsAlloc};

#[allow(dead_code, reason = "this file has one test, which is alone")]
#[path = "../src/system/alloc/alone.rs"]
mod alone;
#[path = "../src/system/alloc/truth/layouts.rs"]
mod layouts;
#[path = "../src/system/alloc/truth/owners.rs"]
mod owners;
#[path = "../src/system/alloc/truth/pool.rs"]
mod pool;
#[path = "../src/system/alloc/truth/table.rs"]
mod table;
#[path = "../src/system/alloc/truth/threads.rs"]
mod threads;
#[path = "../src/system/alloc/truth/unwinding.rs"]
mod unwinding;
#[path = "../src/system/alloc/truth/vectors.rs"]
mod vectors;

use table::{BLOCK, Row, Truth, repeats};

#[global_allocator]
static ALLOC: CountingAllocator<&StatsAlloc<System>> = CountingAllocator::new(&INSTRUMENTED_SYSTEM);

/// What both can say, in their words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Seen {
    allocations: i64,
    reallocations: i64,
    deallocations: i64,
    bytes_allocated: i64,
    /// Bytes allocated less bytes deallocated.
    held: i64,
}

impl Seen {
    /// Wrapping, which their own difference is not: what is refused adds half
    /// of all numbers to their bytes.
    fn between(before: &Stats, after: &Stats) -> Seen {
        let more = |before: usize, after: usize| after.wrapping_sub(before) as i64;
        let bytes_allocated = more(before.bytes_allocated, after.bytes_allocated);
        Seen {
            allocations: more(before.allocations, after.allocations),
            reallocations: more(before.reallocations, after.reallocations),
            deallocations: more(before.deallocations, after.deallocations),
            bytes_allocated,
            held: bytes_allocated - more(before.bytes_deallocated, after.bytes_deallocated),
        }
    }

    /// The hand count under their rules.
    fn by_hand(truth: &Truth) -> Seen {
        let signed = |n: u64| i64::try_from(n).expect("hand counts are small");
        let refused = signed(truth.refused_bytes);
        Seen {
            allocations: signed(truth.allocs - truth.reallocs + truth.refused_allocs),
            reallocations: signed(truth.reallocs + truth.refused_reallocs),
            deallocations: signed(truth.frees),
            bytes_allocated: signed(truth.alloc_bytes - truth.carried) + refused,
            held: truth.retained_bytes + refused,
        }
    }

    fn less(self, base: Seen) -> Seen {
        Seen {
            allocations: self.allocations - base.allocations,
            reallocations: self.reallocations - base.reallocations,
            deallocations: self.deallocations - base.deallocations,
            bytes_allocated: self.bytes_allocated - base.bytes_allocated,
            held: self.held - base.held,
        }
    }
}

fn seen(row: &Row, block: usize) -> Seen {
    let mut seen = None;
    (row.run)(
        &mut |body| {
            let before = INSTRUMENTED_SYSTEM.stats();
            body();
            seen = Some(Seen::between(&before, &INSTRUMENTED_SYSTEM.stats()));
        },
        block,
    );
    seen.expect("every row counts something")
}

/// Counts a row many times, and says what was not the hand count. Rows that
/// start threads or panic are counted without their blocks as well.
fn differs(row: &Row, based: bool) -> Option<String> {
    let count = || match based {
        false => seen(row, BLOCK),
        true => seen(row, BLOCK).less(seen(row, 0)),
    };
    for _ in 0..3 {
        count();
    }
    let hand = Seen::by_hand(&row.truth);
    let wrong = (0..repeats()).map(|_| count()).find(|seen| *seen != hand);
    wrong.map(|wrong| format!("{}\n  seen:    {wrong:?}\n  by hand: {hand:?}", row.name))
}

/// The only test of this file: their counters are those of the whole process.
#[test]
fn stats_alloc_sees_what_was_counted_by_hand() {
    alone::wait_for_the_harness();
    let whole = [vectors::ROWS, owners::ROWS, layouts::ROWS].into_iter();
    let whole = whole.flatten().filter_map(|row| differs(row, false));
    let based = [unwinding::ROWS, threads::ROWS].into_iter();
    let based = based.flatten().filter_map(|row| differs(row, true));
    let wrong: Vec<String> = whole.chain(based).collect();
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}
