//! Counts what a call allocates: an allocator around any other, and regions in which it counts.
//!
//! Nothing is counted while time is measured: the allocator then loads one
//! word and jumps to the allocator it wraps. A [`Region`] makes it count, on
//! the calling thread or in the whole process.

#[cfg(feature = "alloc-sites")]
mod capture;
#[cfg(not(feature = "alloc-sites"))]
#[path = "alloc/capture/off.rs"]
mod capture;
mod slots;
mod thread_end;
mod ledger;
mod allocator;
#[cfg(feature = "stats_alloc")]
mod stats;
mod watch;
#[cfg(test)]
pub(crate) mod alone;
#[cfg(test)]
mod stress;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod truth;

use std::marker::PhantomData;

use crate::model::sample::Scope;

pub use allocator::CountingAllocator;
#[cfg(feature = "alloc-sites")]
pub(crate) use capture::{Capture, Log};
#[cfg(feature = "stats_alloc")]
pub use stats::StatsSource;
pub(crate) use watch::{Installed, Watch, installed};

// The unit tests of this crate count with it as well.
#[cfg(any(test, feature = "global-allocator"))]
#[global_allocator]
static GLOBAL: CountingAllocator = CountingAllocator::system();

/// What was counted between entry and exit of a region.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    /// Allocations and reallocations.
    pub(crate) allocs: u64,
    /// Frees; a reallocation is none.
    pub(crate) frees: u64,
    /// Bytes allocated in all; a reallocation adds its whole new size.
    pub(crate) alloc_bytes: u64,
    /// The highest level of live bytes above the level at entry.
    pub(crate) peak_bytes: u64,
    /// Live bytes at exit minus live bytes at entry.
    pub(crate) retained_bytes: i64,
}

/// The counts of a region, and whether they are the whole truth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Counted {
    pub(crate) counts: Counts,
    /// For [`Scope::Thread`]: another thread allocated or freed meanwhile,
    /// which may or may not have been on behalf of this one. For
    /// [`Scope::Process`]: another thread had a process region open meanwhile,
    /// so the peak may be too low. Never wrongly false.
    pub(crate) foreign: bool,
}

/// While it lives, allocations are counted. Regions nest, and are left in the
/// reverse of the order in which they were entered.
#[must_use = "a region counts until it is left"]
#[derive(Debug)]
pub(crate) struct Region {
    scope: Scope,
    entry: ledger::Entry,
    /// A region belongs to the thread that entered it.
    not_send: PhantomData<*const ()>,
}

impl Region {
    pub(crate) fn enter(scope: Scope) -> Region {
        Region {
            scope,
            entry: ledger::enter(scope),
            not_send: PhantomData,
        }
    }

    pub(crate) fn leave(self) -> Counted {
        let counted = ledger::leave(self.scope, self.entry);
        std::mem::forget(self);
        counted
    }
}

impl Drop for Region {
    /// A panic unwinds through the region: the counts are of no use, but
    /// counting must end.
    fn drop(&mut self) {
        ledger::leave(self.scope, self.entry);
    }
}

/// Whether this program counts its allocations with ours: tried, not guessed.
#[inline(never)]
fn ours() -> bool {
    let region = Region::enter(Scope::Thread);
    // The optimiser may remove an allocation whose address is not used.
    drop(std::hint::black_box(Box::new(0_u64)));
    region.leave().counts.allocs > 0
}
