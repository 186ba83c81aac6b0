//! What a row of the truth table is: a function, and what it allocates by hand count.

use std::hint::black_box;

/// Runs a part of a row while it is counted.
pub(crate) type Count<'a> = &'a mut dyn FnMut(&mut dyn FnMut());

/// A function and its hand count. What stands before the call of `count`, and
/// what is dropped after it, is not counted.
pub(crate) struct Row {
    pub(crate) name: &'static str,
    /// The second argument is the size of a block, [`BLOCK`] or 0.
    pub(crate) run: fn(Count<'_>, usize),
    pub(crate) truth: Truth,
}

/// The size of the blocks of rows that are counted with and without them.
pub(crate) const BLOCK: usize = 1000;

/// The hand count of one row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Truth {
    /// Allocations and reallocations that succeeded.
    pub(crate) allocs: u64,
    pub(crate) frees: u64,
    /// The sizes of all allocations, and the whole new sizes of reallocations.
    pub(crate) alloc_bytes: u64,
    pub(crate) peak_bytes: u64,
    pub(crate) retained_bytes: i64,
    /// How many of `allocs` are reallocations.
    pub(crate) reallocs: u64,
    /// What reallocations carried over: the smaller of old and new size.
    pub(crate) carried: u64,
    /// Allocations that were refused.
    pub(crate) refused_allocs: u64,
    /// Reallocations that were refused.
    pub(crate) refused_reallocs: u64,
    /// What those asked for: a size, or a growth.
    pub(crate) refused_bytes: u64,
}

pub(crate) const fn truth(
    allocs: u64,
    frees: u64,
    alloc_bytes: u64,
    peak_bytes: u64,
    retained_bytes: i64,
) -> Truth {
    Truth {
        allocs,
        frees,
        alloc_bytes,
        peak_bytes,
        retained_bytes,
        reallocs: 0,
        carried: 0,
        refused_allocs: 0,
        refused_reallocs: 0,
        refused_bytes: 0,
    }
}

impl Truth {
    /// Among the allocations are this many reallocations, which carried over
    /// this many bytes.
    pub(crate) const fn resizing(self, reallocs: u64, carried: u64) -> Truth {
        Truth {
            reallocs,
            carried,
            ..self
        }
    }

    /// An allocation of this many bytes is refused.
    pub(crate) const fn refusing(self, bytes: u64) -> Truth {
        Truth {
            refused_allocs: 1,
            refused_bytes: bytes,
            ..self
        }
    }

    /// A reallocation that grows by this many bytes is refused.
    pub(crate) const fn refusing_to_grow(self, bytes: u64) -> Truth {
        Truth {
            refused_reallocs: 1,
            refused_bytes: bytes,
            ..self
        }
    }
}

/// A vector with exactly this room; none is allocated for 0.
pub(crate) fn bytes(n: usize) -> Vec<u8> {
    black_box(Vec::with_capacity(n))
}

/// How often each row is counted. Checkers that are slow ask for fewer.
pub(crate) fn repeats() -> usize {
    let asked = std::env::var("PERF_TRUTH_REPEATS").ok();
    asked.map_or(1000, |text| {
        text.parse().expect("PERF_TRUTH_REPEATS is a number")
    })
}

/// Drops a value that the optimiser cannot see through.
pub(crate) fn gone<T>(value: T) {
    drop(black_box(value));
}
