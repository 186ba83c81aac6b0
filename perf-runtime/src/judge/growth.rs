//! Distinguishes a leak from a cache that fills up: how the live heap grows with the calls.
//!
//! Calls are counted in stretches, each of which doubles the number of calls
//! made so far. A leak gains as much for each call in the last stretch as in
//! the one before. What fills up gains less and less: nothing at all once it
//! is full, and half as much in each stretch if it grows with the logarithm.
//! Doubling is also what makes a vector visible that doubles its own capacity:
//! whichever stretch one looks at, it does so about once in it, and the gain
//! divided by the calls is that of its elements.

use crate::model::sample::{Growth, Stretch};

/// A limit is on this many calls.
const PER_CALLS: f64 = 1_000.0;
/// The first stretch, where nothing was called before.
const FIRST: u64 = 8;
/// Stretches before anything is said.
const LEAST: usize = 3;
/// Calls in the last two stretches that settle a limit that holds.
const ENOUGH: u64 = 2_000;
/// The most calls that are made.
const MOST: u64 = 1 << 20;
/// A gain for each call of at most this share of that of the stretch before
/// is one that falls. A gain that stays is 1, one that falls with the calls is
/// one half.
const FALLING: f64 = 0.7;

/// What the stretches so far say of a limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Trend {
    /// The heap gains no more than the limit.
    Holds,
    /// It gains more, and goes on doing so.
    Leaks,
    /// It gains more, but less with each stretch.
    FillsUp,
    /// Too few stretches to say anything.
    TooFew,
}

impl Growth {
    /// Calls of the next stretch; `None` where more would be too many.
    pub(crate) fn next(&self) -> Option<u64> {
        let so_far = self.before + self.calls();
        let next = so_far.max(FIRST);
        (self.calls() + next <= MOST || self.are_too_few()).then_some(next)
    }

    /// Whether the limit holds beyond doubt, so that no further stretch is
    /// needed.
    pub(crate) fn is_clear(&self, limit_bytes: u64) -> bool {
        let [.., one, other] = &self.stretches[..] else {
            return false;
        };
        !self.are_too_few()
            && one.calls + other.calls >= ENOUGH
            && one.rate() <= limit_bytes as f64
            && other.rate() <= limit_bytes as f64
    }

    /// Whether the stretches so far are too few to say anything.
    pub(crate) fn are_too_few(&self) -> bool {
        self.stretches.len() < LEAST
    }

    /// Live heap gained in 1000 calls of the last stretch, bytes.
    pub(crate) fn rate(&self) -> Option<f64> {
        self.stretches.last().map(Stretch::rate)
    }

    /// What the stretches say of a limit for 1000 calls.
    pub(crate) fn trend(&self, limit_bytes: u64) -> Trend {
        let [.., before, last] = &self.stretches[..] else {
            return Trend::TooFew;
        };
        if self.are_too_few() {
            Trend::TooFew
        } else if last.rate() <= limit_bytes as f64 {
            Trend::Holds
        } else if last.rate() <= before.rate() * FALLING {
            Trend::FillsUp
        } else {
            Trend::Leaks
        }
    }
}

impl Stretch {
    /// Live heap gained in 1000 calls, bytes.
    pub(crate) fn rate(&self) -> f64 {
        self.gained_bytes as f64 * PER_CALLS / self.calls.max(1) as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::sample::Scope;

    /// Calls a function that leaves `live(n)` bytes after `n` calls, until the
    /// limit is clear or this many calls were made.
    fn run(before: u64, most: u64, limit: u64, live: impl Fn(u64) -> u64) -> Growth {
        let mut growth = Growth {
            scope: Scope::Thread,
            before,
            stretches: Vec::new(),
        };
        while let Some(calls) = growth.next() {
            if growth.calls() + calls > most || growth.is_clear(limit) {
                break;
            }
            let start = before + growth.calls();
            let gained_bytes = live(start + calls) as i64 - live(start) as i64;
            growth.stretches.push(Stretch {
                calls,
                gained_bytes,
            });
        }
        growth
    }

    #[track_caller]
    fn check(before: u64, most: u64, live: impl Fn(u64) -> u64, expected: Trend) {
        let growth = run(before, most, 10_000, live);
        assert_eq!(growth.trend(10_000), expected, "{growth:?}");
    }

    #[test]
    fn a_leak_leaks_and_what_leaves_nothing_holds() {
        for before in [0, 1, 100, 5_000] {
            check(before, 100_000, |_| 500, Trend::Holds);
            check(before, 100_000, |n| 8 * n, Trend::Holds);
            check(before, 100_000, |n| 12 * n, Trend::Leaks);
            check(before, 100_000, |n| 1_000 * n, Trend::Leaks);
            // A megabyte with each thousandth call.
            check(before, 100_000, |n| n / 1_000 * 1_000_000, Trend::Leaks);
        }
    }

    #[test]
    fn a_vector_that_doubles_is_a_leak_wherever_one_begins_to_look() {
        for before in [0, 3, 100, 513, 1_000, 5_000, 40_000] {
            let capacity = |n: u64| 16 * n.max(4).next_power_of_two();
            check(before, 400_000, capacity, Trend::Leaks);
        }
    }

    #[test]
    fn a_cache_that_fills_up_is_no_leak() {
        // 1,000 entries of 1 KB, then no more.
        for before in [0, 100, 5_000] {
            check(before, 100_000, |n| n.min(1_000) * 1_000, Trend::Holds);
        }
        // 20,000 keys at random: the part that was seen.
        let seen = |n: u64| (2e7 * (1.0 - (-(n as f64) / 2e4).exp())) as u64;
        check(0, 1 << 20, seen, Trend::Holds);
        // Not full yet when the calls are used up.
        check(0, 70_000, |n| n.min(50_000) * 1_000, Trend::FillsUp);
        check(
            0,
            40_000,
            |n| (1e6 * (n as f64 + 1.0).ln()) as u64,
            Trend::FillsUp,
        );
    }

    #[test]
    fn few_calls_say_nothing() {
        check(0, 20, |_| 0, Trend::TooFew);
        check(0, 32, |_| 0, Trend::Holds);
        check(0, 32, |n| n * 1_000, Trend::Leaks);
    }

    #[test]
    fn what_is_clear_takes_no_more_calls_than_it_needs() {
        let growth = run(0, MOST, 10_000, |_| 0);
        assert!(growth.calls() <= 4_096, "{}", growth.calls());
        let leak = run(0, u64::MAX, 10_000, |n| n * 1_000);
        assert!(leak.calls() <= MOST && leak.calls() > MOST / 4);
    }
}
