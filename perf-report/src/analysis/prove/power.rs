//! How small a slowdown a limit would catch: the power of the sequential test, given
//! the distribution that was measured.
//!
//! Calls that take `factor` times as long as those that were measured give an
//! observation Y of a known mean and variance. After all the slots and rounds that a
//! trial may gather, the evidence is at least that of the lower quantile of their sum,
//! and a process that is above its threshold then has crossed it by then. So the
//! slowdown that is found is caught at least as often as is said: the miss of slots and
//! of rounds, in the trial and in its confirmation, share [`MISS`].

use std::f64::consts::LN_2;

use perf_grammar::{Metric, Quantile};
use perf_statistics::{
    CAP, CAP_ROUNDS, MEAN_REACH, RARE, Side, effort, fail_threshold, log_e_of, needed,
};

use crate::analysis::run::{Case, Limit};
use crate::analysis::statistics::moments;
use crate::model::record::Plan;

/// The chance that the smallest slowdown is missed.
pub(crate) const MISS: f64 = 0.05;
/// The normal deviate above which a fourth of it lies.
const DEVIATE: f64 = 2.241;
/// The greatest slowdown that is looked for, and the steps to it.
const MOST: f64 = 1e4;
const STEP: f64 = 1.05;
/// What a case may take beside four times `max_time` while its evidence points to
/// broken, nanoseconds, before that grows with the evidence that is needed.
const GRACE_NS: f64 = 60e9;
/// A minimum is sound when one call in twenty is at or below it.
const MIN_SHARE: f64 = 0.95;

/// What a trial of a limit gathers, and what it has to reach.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Power {
    metric: Metric,
    /// Nanoseconds of a call, or of an item.
    limit_ns: f64,
    /// Times and how many calls took them; same unit.
    times: Vec<(f64, f64)>,
    /// Of the evidence for `fail`, as a logarithm.
    threshold: f64,
    calls_per_slot: f64,
    slots_per_round: f64,
    /// Nanoseconds of calls that a trial may make.
    most_ns: f64,
    items: f64,
}

impl Power {
    /// Of a limit that was judged by the times of calls.
    ///
    /// # Errors
    /// Why nothing is known of it.
    pub(crate) fn of(case: &Case, limit: &Limit, plan: &Plan) -> Result<Power, &'static str> {
        let metric = Metric::from_key(limit.key()).ok_or("a metric that is not known here")?;
        let is_of_calls = matches!(
            metric,
            Metric::Min | Metric::Mean | Metric::Max | Metric::Quantile(_) | Metric::Throughput
        );
        if !is_of_calls {
            return Err("a record does not hold the distribution of what it is judged by");
        }
        if metric == Metric::Throughput && case.load.is_some() {
            return Err(
                "it is judged by the pace of several users, whose distribution a record does not hold",
            );
        }
        let (bound, evidence) = limit
            .bound
            .zip(limit.evidence.as_ref())
            .ok_or("it was not measured")?;
        let histogram = case.histogram.as_ref().ok_or("it was not measured")?;
        let times: Vec<(f64, f64)> = histogram
            .buckets
            .iter()
            .map(|(edge, count)| (edge.0, *count as f64))
            .collect();
        let (slots, rounds) = (evidence.slots as f64, evidence.rounds as f64);
        let calls = times.iter().map(|(_, count)| count).sum::<f64>();
        if slots < 1.0 || rounds < 1.0 || calls < 1.0 {
            return Err("it was not measured");
        }
        let threshold = fail_threshold(plan.time_limits_in_run, plan.false_fail);
        Ok(Power {
            metric,
            limit_ns: match metric {
                Metric::Throughput => 1e12 / bound,
                _ => bound,
            },
            times,
            threshold,
            calls_per_slot: (calls / slots).max(1.0),
            slots_per_round: (slots / rounds).max(1.0),
            most_ns: (4.0 * plan.max_time_ns as f64 + GRACE_NS) * effort(threshold),
            items: case.items.max(1) as f64,
        })
    }

    /// The least factor by which calls have to take longer to be caught with
    /// probability 1 - [`MISS`]; `None` where no factor is.
    pub(crate) fn smallest(&self) -> Option<f64> {
        // Of calls that are much slower fewer fit before the deadline: what catches one
        // slowdown may not catch a greater one.
        let steps = std::iter::successors(Some(STEP), |factor| Some(factor * STEP));
        let mut steps = steps.take_while(|factor| *factor < MOST);
        let mut high = steps.find(|factor| self.catches(*factor))?;
        let mut low = high / STEP;
        for _ in 0..12 {
            let middle = (low * high).sqrt();
            if self.catches(middle) {
                high = middle;
            } else {
                low = middle;
            }
        }
        Some(high)
    }

    /// Whether calls that take `factor` times as long are surely called broken.
    fn catches(&self, factor: f64) -> bool {
        let (mean, variance) = self.moments(factor);
        let trial = self.trial(factor);
        let calls = trial.slots * trial.calls_per_slot;
        // The mean Y of n observations is no less than this, nearly always.
        let least = |n: f64, mean: f64, variance: f64| {
            (n * mean - DEVIATE * (n * variance).sqrt()).clamp(0.0, n)
        };
        let reaches = |p0: f64, n: f64, mean: f64, variance: f64, threshold: f64| {
            n >= 2.0 && log_e_of(Side::Fail, p0, n, least(n, mean, variance)) >= threshold
        };
        let of_round = trial.calls_per_slot * trial.slots / trial.rounds;
        match self.metric {
            Metric::Quantile(quantile) => {
                let p0 = share_above(quantile);
                let by = |n, units| reaches(p0, n, mean, variance / units, self.threshold);
                by(trial.slots, trial.calls_per_slot) && by(trial.rounds, of_round)
            }
            Metric::Min => {
                let p0 = MIN_SHARE.powf(of_round.min(1e3)).max(0.5);
                let all = mean.powf(of_round);
                let by =
                    |p0, n, mean: f64, variance| reaches(p0, n, mean, variance, self.threshold);
                by(
                    MIN_SHARE,
                    trial.slots,
                    mean,
                    variance / trial.calls_per_slot,
                ) && by(p0, trial.rounds, all, all * (1.0 - all))
            }
            Metric::Max => {
                let round = 1.0 - (1.0 - mean).powf(of_round);
                let none = (1.0 - round).powf(trial.rounds);
                let one = trial.rounds * round * (1.0 - round).powf(trial.rounds - 1.0);
                calls >= 2.0 && none + one <= MISS / 2.0
            }
            // Of the average of two processes, half of the greater is a bound.
            _ => {
                let p0 = 1.0 / MEAN_REACH;
                let half = self.threshold + LN_2;
                let above = self.rounds_above(factor, of_round);
                let by_mean = reaches(p0, trial.rounds, mean, variance / of_round, half);
                let by_sign = reaches(0.5, trial.rounds, above, above * (1.0 - above), half);
                reaches(
                    p0,
                    trial.slots,
                    mean,
                    variance / trial.calls_per_slot,
                    self.threshold,
                ) && (by_mean || by_sign)
            }
        }
    }

    /// The mean and the variance of Y.
    fn moments(&self, factor: f64) -> (f64, f64) {
        let reach = MEAN_REACH * self.limit_ns;
        let y = |ns: f64| match self.metric {
            Metric::Mean | Metric::Throughput => (ns * factor).min(reach) / reach,
            _ => f64::from(u8::from(ns * factor > self.limit_ns)),
        };
        self.spread(y)
    }

    /// The mean and the variance of what is made of the times.
    fn spread(&self, of: impl Fn(f64) -> f64) -> (f64, f64) {
        moments::weighted(self.times.iter().map(|(ns, count)| (of(*ns), *count)))
    }

    /// The least share of rounds whose mean is above the limit (Cantelli's inequality).
    fn rounds_above(&self, factor: f64, of_round: f64) -> f64 {
        let (first, variance) = self.spread(|ns| ns * factor);
        let variance = variance / of_round;
        let above = (first - self.limit_ns).max(0.0).powi(2);
        match above > 0.0 {
            true => above / (above + variance),
            false => 0.0,
        }
    }

    /// How much a trial of calls that take `factor` times as long gathers: until its
    /// cap, or its deadline.
    fn trial(&self, factor: f64) -> Trial {
        let clean = match self.metric {
            Metric::Quantile(quantile) => needed(share_above(quantile), 0.0, RARE),
            _ => needed(0.01, 0.0, RARE),
        };
        let cap = CAP as f64 * clean.map_or(f64::INFINITY, |slots| slots as f64);
        let calls: f64 = self.times.iter().map(|(_, count)| count).sum();
        let total: f64 = self.times.iter().map(|(ns, count)| ns * count).sum();
        let call_ns = (total / calls * self.items).max(0.1);
        // A round of slower calls lasts as long and holds fewer of them, one at least;
        // a slot too.
        let round_calls = self.calls_per_slot * self.slots_per_round;
        let of_round = (round_calls / factor).max(1.0);
        let calls_per_slot = (self.calls_per_slot / factor).max(1.0);
        let slots_per_round = of_round / calls_per_slot;
        let rounds = (cap / slots_per_round)
            .max(CAP_ROUNDS as f64)
            .min(self.most_ns / (call_ns * factor * of_round))
            .floor();
        Trial {
            rounds,
            slots: rounds * slots_per_round,
            calls_per_slot,
        }
    }
}

/// What a trial gathers at most.
struct Trial {
    rounds: f64,
    slots: f64,
    calls_per_slot: f64,
}

fn share_above(quantile: Quantile) -> f64 {
    1.0 - quantile.share()
}

#[cfg(test)]
mod tests;
