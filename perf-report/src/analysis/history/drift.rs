//! Slow drift: whether a series rises or falls by and by, without any one step.

use crate::analysis::statistics::mann_kendall::{self, Line};
use crate::analysis::statistics::quantile::median;

/// Runs that are looked at as one, by their median. What disturbs a run often
/// disturbs the next one too; blocks of runs depend on each other much less.
const BLOCK: usize = 5;
/// Blocks without which nothing is said.
const LEAST: usize = 8;
/// Blocks that are looked at, at most: the latest.
const MOST: usize = 20;
/// How far the count of rises over falls must lie from that of a series without
/// order, in standard deviations.
const FAR: f64 = 3.0;
/// A step has its place to choose, and fits noise a little better for it: the
/// line may be worse by this factor.
const LENIENT: f64 = 1.1;
/// A drift is at least this share of the level where it begins.
const SMALLEST: f64 = 0.03;

/// A series that goes up or down by and by.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Drift {
    /// The first run that was looked at.
    pub(crate) from: usize,
    /// The level where it begins, on the line.
    pub(crate) before: f64,
    /// The level where it ends, on the line.
    pub(crate) after: f64,
}

/// The drift of a series, if it has one.
///
/// Three things must hold for the medians of blocks of five runs: Mann and
/// Kendall's count of pairs that rise, less those that fall, is far from zero;
/// Sen's line through them moves by 3 % or more; and it fits better than one
/// step between two levels, which would be reported as a change instead.
///
/// The false-alarm rate is simulated in `calibration`.
pub(crate) fn drift(values: &[f64]) -> Option<Drift> {
    let count = (values.len() / BLOCK).min(MOST);
    if count < LEAST {
        return None;
    }
    let from = values.len() - count * BLOCK;
    let blocks: Vec<f64> = values[from..].chunks_exact(BLOCK).map(median).collect();
    if mann_kendall::score(&blocks).abs() < FAR {
        return None;
    }
    let line = Line::sen(&blocks);
    let (before, after) = (line.at(0), line.at(count - 1));
    let moved = (after - before).abs() >= SMALLEST * before.abs();
    let plain = line.misfit(&blocks) < LENIENT * step_misfit(&blocks);
    (moved && plain).then_some(Drift {
        from,
        before,
        after,
    })
}

/// The distances of the values from the two medians of the best single step, added up.
fn step_misfit(values: &[f64]) -> f64 {
    let around = |part: &[f64]| {
        let middle = median(part);
        part.iter().map(|value| (value - middle).abs()).sum::<f64>()
    };
    (1..values.len())
        .map(|at| around(&values[..at]) + around(&values[at..]))
        .fold(f64::INFINITY, f64::min)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_series_that_creeps_up_drifts() {
        let values: Vec<f64> = (0..60).map(|run| 100.0 + 0.2 * f64::from(run)).collect();
        let found = drift(&values).expect("it rises");
        assert_eq!(found.from, 0);
        assert!(
            (found.after / found.before - 1.11).abs() < 0.01,
            "{found:?}"
        );
        let falling: Vec<f64> = values.iter().rev().copied().collect();
        assert!(drift(&falling).is_some_and(|drift| drift.after < drift.before));
    }

    #[test]
    fn one_step_is_no_drift() {
        let values: Vec<f64> = (0..60)
            .map(|run| {
                let level = if run < 33 { 100.0 } else { 112.0 };
                level + 0.01 * f64::from(run % 7)
            })
            .collect();
        assert_eq!(drift(&values), None);
    }

    #[test]
    fn what_is_constant_short_or_small_does_not_drift() {
        assert_eq!(drift(&[412.0; 80]), None);
        let short: Vec<f64> = (0..39).map(f64::from).collect();
        assert_eq!(drift(&short), None);
        let small: Vec<f64> = (0..60).map(|run| 100.0 + 0.02 * f64::from(run)).collect();
        assert_eq!(drift(&small), None);
    }

    #[test]
    fn only_the_latest_runs_are_looked_at() {
        let rise = (0..60).map(|run| 100.0 + f64::from(run));
        let values: Vec<f64> = rise.chain(std::iter::repeat_n(160.0, 103)).collect();
        assert_eq!(drift(&values), None);
    }
}
