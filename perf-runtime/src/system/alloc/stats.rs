//! Reads the counts of `stats_alloc` where a program has that installed.

use stats_alloc::{INSTRUMENTED_SYSTEM, Stats};

use super::{Counted, Counts};

/// A `StatsAlloc` that a program keeps in a static; made by
/// `perf_runtime::stats_alloc!`.
#[derive(Debug)]
pub struct StatsSource(pub fn() -> Stats);

inventory::collect!(StatsSource);

/// Where the counts of all threads of this process are read.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Source(fn() -> Stats);

/// The first that notices an allocation: tried, not guessed.
pub(super) fn installed() -> Option<Source> {
    let standard: fn() -> Stats = || INSTRUMENTED_SYSTEM.stats();
    let registered = inventory::iter::<StatsSource>.into_iter();
    let mut all = registered.map(|source| source.0).chain([standard]);
    all.find(|stats| {
        let before = stats().allocations;
        drop(std::hint::black_box(Box::new(0_u64)));
        stats().allocations > before
    })
    .map(Source)
}

impl Source {
    /// Counts what all threads allocate while `f` runs. There is no peak.
    pub(super) fn counted(self, f: impl FnOnce()) -> Counted {
        let before = (self.0)();
        f();
        let seen = (self.0)() - before;
        Counted {
            counts: Counts {
                allocs: (seen.allocations + seen.reallocations) as u64,
                frees: seen.deallocations as u64,
                alloc_bytes: seen.bytes_allocated as u64,
                peak_bytes: 0,
                retained_bytes: seen.bytes_allocated as i64 - seen.bytes_deallocated as i64,
            },
            foreign: false,
        }
    }
}
