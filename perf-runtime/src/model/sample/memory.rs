//! What single calls allocate, and how they differ in it.

use perf_grammar::Metric;

use super::{By, Scope};
use crate::collections::{mapped, order};

/// What the counting allocator saw of one call.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct CallMemory {
    /// Peak live heap above the level at entry, bytes; `None` where the counter
    /// keeps no peak.
    pub(crate) peak_bytes: Option<u64>,
    /// Allocations and reallocations.
    pub(crate) allocs: u64,
    /// Bytes allocated in all.
    pub(crate) alloc_bytes: u64,
    /// Live at exit minus live at entry, bytes; negative where the call freed more
    /// than it took.
    pub(crate) retained_bytes: i64,
}

/// What the counting allocator saw of several calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Memory {
    /// Calls that were counted.
    pub(crate) calls: u64,
    /// Whether every thread of the process was counted, or the calling one.
    pub(crate) scope: Scope,
    /// Who counted.
    pub(crate) by: By,
    /// Each figure by itself the largest of all calls.
    pub(crate) largest: CallMemory,
    /// How the calls differ.
    pub(crate) spreads: Spreads,
    /// The first call, made while what the others find ready was not: it is no part
    /// of the other figures. `None` where it took as much as the largest of them, or
    /// was not counted.
    pub(crate) first: Option<CallMemory>,
}

/// How the calls differ in each figure; `None` where all of them agree.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Spreads {
    pub(crate) peak_bytes: Option<Spread>,
    pub(crate) allocs: Option<Spread>,
    pub(crate) alloc_bytes: Option<Spread>,
    pub(crate) retained_bytes: Option<Spread>,
}

/// How calls differ in one figure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Spread {
    pub(crate) least: i64,
    /// At least half of the calls took no more.
    pub(crate) median: i64,
    /// Calls that took the least.
    pub(crate) calls_at_least: u64,
    /// Calls that took the largest.
    pub(crate) calls_at_largest: u64,
}

impl Memory {
    /// What these calls came to; `None` of no call.
    pub(crate) fn of(
        calls: &[CallMemory],
        first: Option<CallMemory>,
        scope: Scope,
        by: By,
    ) -> Option<Memory> {
        let mut largest = *calls.first()?;
        for call in calls {
            largest = largest.larger(*call);
        }
        let spread = |figure: fn(&CallMemory) -> i64| Spread::of(mapped(calls, figure));
        let spreads = Spreads {
            peak_bytes: spread(|call| call.peak_bytes.unwrap_or(0).cast_signed()),
            allocs: spread(|call| call.allocs.cast_signed()),
            alloc_bytes: spread(|call| call.alloc_bytes.cast_signed()),
            retained_bytes: spread(|call| call.retained_bytes),
        };
        Some(Memory {
            calls: calls.len() as u64,
            scope,
            by,
            largest,
            spreads,
            first: if first == Some(largest) { None } else { first },
        })
    }
}

impl CallMemory {
    /// What it counted of a metric of the allocator; `None` where no peak was kept.
    pub(crate) fn of(&self, metric: Metric) -> Option<f64> {
        match metric {
            Metric::Mem => self.peak_bytes.map(|peak| peak as f64),
            Metric::Allocs | Metric::DenyAlloc => Some(self.allocs as f64),
            Metric::AllocBytes => Some(self.alloc_bytes as f64),
            _ => Some(self.retained_bytes as f64),
        }
    }

    /// Each figure by itself the larger of two calls.
    fn larger(self, other: CallMemory) -> CallMemory {
        let peak_bytes = match (self.peak_bytes, other.peak_bytes) {
            (Some(one), Some(other)) => Some(one.max(other)),
            (one, None) => one,
            (None, other) => other,
        };
        CallMemory {
            peak_bytes,
            allocs: self.allocs.max(other.allocs),
            alloc_bytes: self.alloc_bytes.max(other.alloc_bytes),
            retained_bytes: self.retained_bytes.max(other.retained_bytes),
        }
    }
}

impl Spreads {
    /// How calls differ in a metric of the allocator.
    pub(crate) fn of(&self, metric: Metric) -> Option<Spread> {
        match metric {
            Metric::Mem => self.peak_bytes,
            Metric::Allocs | Metric::DenyAlloc => self.allocs,
            Metric::AllocBytes => self.alloc_bytes,
            _ => self.retained_bytes,
        }
    }
}

impl Spread {
    /// How these values differ; `None` where they agree.
    pub(crate) fn of(mut values: Vec<i64>) -> Option<Spread> {
        // Of a hundred calls at most: no way to sort is compiled for so few.
        order::insertion(&mut values, |one, other| one < other);
        let (least, largest) = (*values.first()?, *values.last()?);
        if least == largest {
            return None;
        }
        let mut spread = Spread {
            least,
            median: values[(values.len() - 1) / 2],
            calls_at_least: 0,
            calls_at_largest: 0,
        };
        for value in &values {
            spread.calls_at_least += u64::from(*value == least);
            spread.calls_at_largest += u64::from(*value == largest);
        }
        Some(spread)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(peak: u64, allocs: u64) -> CallMemory {
        CallMemory {
            peak_bytes: Some(peak),
            allocs,
            alloc_bytes: 2 * peak,
            retained_bytes: -8,
        }
    }

    fn of(calls: &[CallMemory], first: Option<CallMemory>) -> Memory {
        Memory::of(calls, first, Scope::Thread, By::Ours).unwrap()
    }

    #[test]
    fn calls_that_differ_are_told_with_their_largest_and_their_least() {
        let calls: Vec<CallMemory> = (1..=100)
            .map(|n| call(if n % 7 == 0 { 100 } else { 0 }, 1))
            .collect();
        let memory = of(&calls, None);
        assert_eq!((memory.calls, memory.largest), (100, call(100, 1)));
        let spread = memory.spreads.peak_bytes.unwrap();
        assert_eq!(
            (spread.least, spread.calls_at_least, spread.calls_at_largest),
            (0, 86, 14)
        );
        assert_eq!(memory.spreads.alloc_bytes.unwrap().median, 0);
        assert_eq!(
            (memory.spreads.allocs, memory.spreads.retained_bytes),
            (None, None)
        );
    }

    #[test]
    fn each_figure_is_the_largest_by_itself() {
        let memory = of(&[call(5, 1), call(4, 9)], None);
        assert_eq!(
            memory.largest,
            CallMemory {
                allocs: 9,
                ..call(5, 1)
            }
        );
        assert_eq!(Memory::of(&[], None, Scope::Thread, By::Ours), None);
    }

    #[test]
    fn the_first_call_is_kept_where_it_differs() {
        let warm = [call(0, 0); 3];
        assert_eq!(
            of(&warm, Some(call(56_000, 3))).first,
            Some(call(56_000, 3))
        );
        assert_eq!(of(&warm, Some(call(0, 0))).first, None);
        assert_eq!(of(&warm, Some(call(56_000, 3))).spreads, Spreads::default());
    }
}
