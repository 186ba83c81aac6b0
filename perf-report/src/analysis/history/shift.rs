//! The four-run shift rule: whether the latest runs of a series are at a higher
//! level than those before them.

use crate::analysis::statistics::quantile::{linear_quantile, median};

/// Runs that must agree.
pub(crate) const RUNS: usize = 4;
/// Runs before them that they are compared with, at most.
pub(crate) const BEFORE: usize = 20;
/// Runs before them without which nothing is said: with fewer, their 90th
/// percentile is their greatest but one or less, and noise passes it often.
pub(crate) const LEAST_BEFORE: usize = 10;
/// A shift is at least this many times the level before.
const FACTOR: f64 = 1.05;

/// The latest runs are at a higher level.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Shift {
    /// The first of the runs at the new level.
    pub(crate) at: usize,
    /// The median of the runs before.
    pub(crate) before: f64,
    /// The median of the latest runs.
    pub(crate) after: f64,
}

/// A rise at the end of the series. The last four runs are at a higher level
/// than up to twenty before them, if their median is more than 5 % above that
/// of those before and the least of the four is above the 90th percentile of
/// those before, or if the least of the four is itself more than 5 % above the
/// median of those before.
///
/// The first part finds small shifts of quiet series, the second large shifts of
/// noisy ones. `None` also where fewer than ten runs stand before the four.
pub(crate) fn rise(values: &[f64]) -> Option<Shift> {
    let at = values.len().checked_sub(RUNS)?;
    let latest = &values[at..];
    let earlier = &values[at.saturating_sub(BEFORE)..at];
    if earlier.len() < LEAST_BEFORE {
        return None;
    }
    let before = median(earlier);
    let after = median(latest);
    let least = latest.iter().copied().fold(f64::INFINITY, f64::min);
    let bound = above(before);
    let clear = after > bound && least > linear_quantile(earlier, 0.9);
    (clear || least > bound).then_some(Shift { at, before, after })
}

/// What a value must exceed to be more than 5 % above a level; of a level below
/// zero (memory that a call gives back), 5 % of its size.
fn above(level: f64) -> f64 {
    level + (FACTOR - 1.0) * level.abs()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn series(before: &[f64], latest: [f64; 4]) -> Vec<f64> {
        before.iter().copied().chain(latest).collect()
    }

    const QUIET: [f64; 20] = [
        100.0, 101.0, 99.0, 100.0, 102.0, 98.0, 100.0, 101.0, 99.0, 100.0, 100.0, 101.0, 99.0,
        100.0, 103.0, 98.0, 100.0, 101.0, 99.0, 100.0,
    ];

    #[track_caller]
    fn check(latest: [f64; 4], rises: bool) {
        let found = rise(&series(&QUIET, latest));
        assert_eq!(found.is_some(), rises, "{latest:?}: {found:?}");
        if let Some(shift) = found {
            assert_eq!((shift.at, shift.before), (20, 100.0));
        }
    }

    #[test]
    fn four_runs_above_are_a_shift() {
        check([110.0, 111.0, 109.0, 110.0], true);
        // The median is above 105, and the least above the 90th percentile.
        check([106.0, 103.5, 106.0, 107.0], true);
        // The least is not above the 90th percentile.
        check([106.0, 101.0, 106.0, 107.0], false);
        check([104.0, 104.0, 104.0, 104.0], false);
        check([110.0, 111.0, 100.0, 110.0], false);
        check([90.0, 91.0, 90.0, 90.0], false);
    }

    #[test]
    fn noise_before_asks_for_a_clear_shift() {
        let mut before = QUIET;
        before[3] = 140.0;
        before[9] = 150.0;
        before[15] = 145.0;
        // Above 105, but not above the 90th percentile of 140.
        assert!(rise(&series(&before, [106.0, 104.0, 106.0, 108.0])).is_none());
        // The least itself is more than 5 % above the median.
        assert!(rise(&series(&before, [106.0, 105.1, 106.0, 108.0])).is_some());
    }

    #[test]
    fn too_few_runs_say_nothing() {
        assert!(rise(&[100.0; 13]).is_none());
        assert!(rise(&[]).is_none());
        let mut short = vec![100.0; 9];
        short.extend([200.0; 4]);
        assert!(rise(&short).is_none());
        short.insert(0, 100.0);
        assert!(rise(&short).is_some());
    }

    #[test]
    fn from_zero_to_something_is_a_rise() {
        assert!(rise(&series(&[0.0; 12], [1.0; 4])).is_some());
        assert!(rise(&series(&[0.0; 12], [0.0; 4])).is_none());
        assert!(rise(&series(&[-100.0; 12], [-90.0; 4])).is_some());
    }
}
