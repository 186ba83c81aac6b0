//! What many calls come to: count, moments, quantiles, outliers.

use perf_grammar::Quantile;

use crate::judge::histogram::Histogram;
use crate::judge::timeline::Timeline;
use crate::model::figure::PerCall;
use crate::model::sample::Round;

/// Everything a table shows about the timed calls of a case, nanoseconds.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Summary {
    /// Calls that were timed, those in batches included.
    pub(crate) calls: u64,
    /// Calls a timed unit holds. Where it is above 1, every figure but the
    /// mean is of batch means, and must be called so.
    pub(crate) batch: u64,
    /// The fastest.
    pub(crate) min: PerCall,
    /// The arithmetic mean.
    pub(crate) mean: PerCall,
    /// The sample standard deviation (divisor n - 1); 0 for a single call.
    pub(crate) stddev: PerCall,
    /// The slowest.
    pub(crate) max: PerCall,
    /// The quantiles of [`QUANTILES`], ascending, to three digits.
    pub(crate) quantiles: [(Quantile, PerCall); QUANTILES.len()],
    /// Tukey's outliers (1977): units more than 1.5 interquartile ranges below
    /// the first or above the third quartile.
    pub(crate) outliers: u64,
    /// Wall time, whatever clock is judged.
    pub(crate) wall: Wall,
}

/// The wall clock beside the clock that is judged.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Wall {
    /// The mean.
    pub(crate) mean: PerCall,
    /// The median.
    pub(crate) p50: PerCall,
    /// The 99th percentile.
    pub(crate) p99: PerCall,
    /// The slowest.
    pub(crate) max: PerCall,
}

/// What takes less was not called at all, or nothing is left of it but the error of
/// the clock: no processor does anything in this time. It is reported as 0.
const LEAST_NS: f64 = 0.1;

/// A typical time, as far as it can be told.
fn measurable(ns: f64) -> f64 {
    if ns < LEAST_NS { 0.0 } else { ns }
}

/// The quantiles a summary names.
pub(crate) const QUANTILES: [Quantile; 7] = [
    Quantile::from_millionths(250_000),
    Quantile::P50,
    Quantile::from_millionths(750_000),
    Quantile::from_millionths(900_000),
    Quantile::from_millionths(950_000),
    Quantile::P99,
    Quantile::from_millionths(999_000),
];

impl Summary {
    /// One of the quantiles it names.
    pub(crate) fn quantile(&self, quantile: Quantile) -> Option<PerCall> {
        for (named, ns) in &self.quantiles {
            if *named == quantile {
                return Some(*ns);
            }
        }
        None
    }
}

/// Timed units while they come in; a [`Summary`] in the making.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Sample {
    batch: u64,
    judged: Histogram,
    wall: Histogram,
    moments: Moments,
    wall_sum: f64,
    timeline: Timeline,
}

impl Sample {
    /// An empty sample of units of `batch` calls.
    pub(crate) fn new(batch: u64) -> Sample {
        Sample {
            batch: batch.max(1),
            judged: Histogram::default(),
            wall: Histogram::default(),
            moments: Moments::default(),
            wall_sum: 0.0,
            timeline: Timeline::default(),
        }
    }

    /// Adds the units of a round that began so long after the first one.
    pub(crate) fn take(&mut self, round: &Round, at_ns: u64) {
        for call in round.usable() {
            self.record(call.judged_ns, call.wall_ns);
        }
        self.timeline.take(round, at_ns);
    }

    /// Adds one unit: its time by the judged clock and by the wall.
    pub(crate) fn record(&mut self, judged_ns: f64, wall_ns: f64) {
        self.judged.record(judged_ns);
        self.wall.record(wall_ns);
        self.moments.record(judged_ns);
        self.wall_sum += wall_ns;
    }

    /// Calls a unit holds.
    pub(crate) fn batch(&self) -> u64 {
        self.batch
    }

    /// How many units it holds.
    pub(crate) fn units(&self) -> u64 {
        self.moments.count
    }

    /// The distribution by the judged clock.
    pub(crate) fn judged(&self) -> &Histogram {
        &self.judged
    }

    /// The units in order, by the judged clock.
    pub(crate) fn timeline(&self) -> &Timeline {
        &self.timeline
    }

    /// The arithmetic mean by the judged clock.
    pub(crate) fn mean(&self) -> Option<f64> {
        (self.moments.count > 0).then(|| measurable(self.moments.mean))
    }

    /// The finished figures, with the mean that batches of the same calls have: it
    /// is the better one, and a case has one mean.
    pub(crate) fn summary_beside(&self, batches: &Sample) -> Option<Summary> {
        let mut summary = self.summary()?;
        if let Some(batched) = batches.summary() {
            summary.mean = batched.mean;
            summary.wall.mean = batched.wall.mean;
        }
        Some(summary)
    }

    /// The finished figures; `None` before the first unit.
    pub(crate) fn summary(&self) -> Option<Summary> {
        let at = |q: f64| self.judged.quantile(q);
        let (low, high) = (at(0.25)?, at(0.75)?);
        let reach = 1.5 * (high - low);
        let mut outliers = 0;
        for &(ns, count) in &self.judged.buckets() {
            if ns < low - reach || ns > high + reach {
                outliers += count;
            }
        }
        let mut quantiles = [(Quantile::P50, PerCall(self.moments.mean)); QUANTILES.len()];
        for place in 0..quantiles.len() {
            let quantile = QUANTILES[place];
            quantiles[place].0 = quantile;
            if let Some(known) = at(quantile.share()) {
                quantiles[place].1 = PerCall(known);
            }
        }
        Some(Summary {
            calls: self.units() * self.batch,
            batch: self.batch,
            min: PerCall(self.judged.min()?),
            mean: PerCall(measurable(self.moments.mean)),
            stddev: PerCall(self.moments.stddev()),
            max: PerCall(self.judged.max()?),
            quantiles,
            outliers,
            wall: Wall {
                mean: PerCall(self.wall_sum / self.units() as f64),
                p50: PerCall(self.wall.quantile(0.5)?),
                p99: PerCall(self.wall.quantile(0.99)?),
                max: PerCall(self.wall.max()?),
            },
        })
    }
}

/// Count, mean and spread by Welford's recurrence (*Technometrics* 4(3), 1962):
/// one pass, and no loss of digits where the spread is small.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Moments {
    count: u64,
    mean: f64,
    squares: f64,
}

impl Moments {
    fn record(&mut self, value: f64) {
        self.count += 1;
        let before = value - self.mean;
        self.mean += before / self.count as f64;
        self.squares += before * (value - self.mean);
    }

    fn stddev(&self) -> f64 {
        if self.count < 2 {
            0.0
        } else {
            (self.squares / (self.count - 1) as f64).sqrt()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_figures_are_those_of_the_textbook() {
        let mut sample = Sample::new(1);
        for ns in [2.0, 4.0, 4.0, 4.0, 5.0, 5.0, 7.0, 9.0] {
            sample.record(ns * 1e3, ns * 2e3);
        }
        let summary = sample.summary().unwrap();
        assert_eq!(
            (summary.calls, summary.min, summary.mean, summary.max),
            (8, PerCall(2e3), PerCall(5e3), PerCall(9e3))
        );
        assert!(
            (summary.stddev.0 - 2138.09).abs() < 0.01,
            "{:?}",
            summary.stddev
        );
        assert!((summary.quantile(Quantile::P50).unwrap().0 - 4e3).abs() < 2.0);
        assert_eq!(
            summary.outliers, 3,
            "2, 7 and 9 lie outside 4 - 1.5 .. 5 + 1.5"
        );
        assert_eq!(
            (summary.wall.mean, summary.wall.max),
            (PerCall(10e3), PerCall(18e3))
        );
    }

    #[test]
    fn a_case_has_one_mean_and_one_of_nothing_is_nothing() {
        let of = |batch, ns: &[f64]| {
            let mut sample = Sample::new(batch);
            ns.iter().for_each(|ns| sample.record(*ns, 2.0 * ns));
            sample
        };
        let single = of(1, &[30.0, 50.0]);
        let beside = single.summary_beside(&of(100, &[20.0, 22.0])).unwrap();
        assert_eq!(
            (beside.mean, beside.wall.mean),
            (PerCall(21.0), PerCall(42.0))
        );
        assert_eq!((beside.calls, beside.max), (2, PerCall(50.0)));
        assert_eq!(single.summary_beside(&Sample::new(100)), single.summary());
        let nothing = of(50_000, &[0.000_4, 0.000_6]);
        assert_eq!(nothing.mean(), Some(0.0));
        assert_eq!(nothing.summary().unwrap().mean, PerCall(0.0));
    }

    #[test]
    fn a_small_spread_on_a_large_mean_keeps_its_digits() {
        let mut sample = Sample::new(1);
        for step in 0..1_000 {
            sample.record(1e12 + f64::from(step % 2), 1e12);
        }
        assert!((sample.summary().unwrap().stddev.0 - 0.500_25).abs() < 1e-4);
    }

    #[test]
    fn no_call_has_no_summary_and_one_call_is_its_own() {
        assert_eq!(Sample::new(1).summary(), None);
        let mut sample = Sample::new(50);
        sample.record(20.0, 21.0);
        let summary = sample.summary().unwrap();
        assert_eq!(
            (summary.calls, summary.batch, summary.stddev),
            (50, 50, PerCall(0.0))
        );
        assert_eq!(summary.quantile(Quantile::P99), Some(PerCall(20.0)));
        assert_eq!(summary.wall.p99, PerCall(21.0));
        assert_eq!(summary.quantile(Quantile::from_millionths(123_000)), None);
    }
}
