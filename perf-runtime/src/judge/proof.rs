//! What stands behind a judgement, in figures.

use super::claim::{Claim, Observations};
use super::median::HALF;
use super::{Errors, Judge, MAX_CALLS, RARE, Standing};
use crate::judge::evidence::{Evidence, bounds, breaking, needed, provable};
use crate::judge::summary::Sample;
use crate::model::figure::PerCall;

impl Judge {
    /// What stands behind it, with the sample its units went into.
    pub(crate) fn evidence(&self, sample: &Sample, span_ns: u64) -> Evidence {
        let (judged, batch) = (self.judged(), sample.batch());
        let quantile = match (self.claim, self.observations) {
            (Claim::Quantile(quantile), Observations::Calls) => Some(1.0 - quantile.share()),
            _ => None,
        };
        let (lower, upper) = match (quantile, self.observations) {
            (Some(p0), _) => self.with_the_verdict(self.interval_at(p0, sample, self.errors)),
            (None, Observations::FirstCalls) => {
                self.with_the_verdict(self.around_median(self.errors))
            }
            (None, _) => (None, None),
        };
        let is_pass_process = self.claim != Claim::Minimum;
        let batch = match self.observations {
            Observations::Calls => batch,
            _ => 1,
        };
        Evidence {
            measured: self.measured(sample).map(PerCall),
            calls: match self.is_of_processor() {
                true => self.processor.calls,
                false => judged.units * batch,
            },
            batch,
            above: judged.above,
            rounds: self.rounds(),
            slots: self.worth(),
            lower: lower.map(PerCall),
            upper: upper.map(PerCall),
            log_e_fail: self.log_e_fail(),
            log_e_pass: match &self.processes {
                Some(processes) if is_pass_process => {
                    Some(processes.pass.log_e(self.near.together()))
                }
                _ => None,
            },
            threshold_fail: self.errors.threshold_fail(),
            threshold_pass: self.errors.threshold_pass(),
            needed_calls: self.needed_calls(),
            breaking_calls: self.breaking_calls(),
            proves: (quantile.is_some() && judged.above == 0)
                .then(|| (provable(self.worth(), 0.05), provable(self.worth(), RARE))),
            span_ns,
            spread: self.spread(),
        }
    }

    /// Whether the value a reader will see is on the side of the verdict.
    pub(crate) fn agrees(&self, sample: &Sample) -> bool {
        let above = self.measured(sample).map(|measured| measured > self.limit);
        match self.standing {
            Standing::Open => true,
            Standing::Holds => above == Some(false),
            Standing::Broken => above == Some(true),
        }
    }

    fn measured(&self, sample: &Sample) -> Option<f64> {
        let all = &self.tally.all;
        let of_all = |sum: f64| (all.units > 0).then(|| sum / all.units as f64);
        let is_of_spans = self.observations == Observations::Spans;
        match self.claim {
            Claim::Quantile(quantile) if is_of_spans => self.spans.quantile(quantile.share()),
            Claim::Quantile(quantile) => sample.judged().quantile(quantile.share()),
            Claim::Minimum => sample.judged().min(),
            Claim::Maximum if is_of_spans => self.spans.max(),
            Claim::Maximum => sample.judged().max(),
            Claim::Median => self.typical(),
            Claim::Share => of_all(all.above as f64).map(|share| share * 1e6),
            Claim::Mean if self.is_of_processor() => self.processor_value(),
            Claim::Mean if is_of_spans || self.by_round => of_all(all.ns),
            Claim::Mean => sample.mean(),
        }
    }

    fn spread(&self) -> Vec<(&'static str, PerCall)> {
        let known = |pairs: &[(&'static str, Option<f64>)]| {
            let mut known = Vec::new();
            for (name, value) in pairs {
                if let Some(value) = value {
                    known.push((*name, PerCall(*value)));
                }
            }
            known
        };
        match self.observations {
            // Of so few no quantile but the median says more than the ends.
            Observations::FirstCalls => known(&[
                ("min", self.sorted.first().copied()),
                ("p50", self.typical()),
                ("max", self.sorted.last().copied()),
            ]),
            Observations::Spans => known(&[
                ("min", self.spans.min()),
                ("p50", self.spans.quantile(0.5)),
                ("p95", self.spans.quantile(0.95)),
                ("p99", self.spans.quantile(0.99)),
                ("max", self.spans.max()),
            ]),
            _ => Vec::new(),
        }
    }

    /// A verdict is part of what is known.
    fn with_the_verdict(
        &self,
        (lower, upper): (Option<f64>, Option<f64>),
    ) -> (Option<f64>, Option<f64>) {
        match self.standing {
            Standing::Open => (lower, upper),
            Standing::Holds => (lower, Some(upper.unwrap_or(self.limit).min(self.limit))),
            Standing::Broken => (Some(lower.unwrap_or(self.limit).max(self.limit)), upper),
        }
    }

    /// The interval from the calls alone, at these error rates: they are counted
    /// in slots, so it is as wide as that many calls would make it.
    pub(crate) fn interval_at(
        &self,
        p0: f64,
        sample: &Sample,
        errors: Errors,
    ) -> (Option<f64>, Option<f64>) {
        let (units, slots) = (self.tally.all.units as f64, self.worth() as f64);
        if slots == 0.0 {
            return (None, None);
        }
        let (sound, broken) = bounds(slots, p0, errors.fail, errors.pass);
        let rank = |s: f64| s * units / slots;
        let lower = broken.and_then(|s| {
            sample
                .judged()
                .low_from_top(rank(s).ceil().max(1.0) as u64 - 1)
        });
        let upper = sound.and_then(|s| sample.judged().high_from_top(rank(s).floor() as u64));
        (lower, upper)
    }

    /// Calls that would prove it broken if they went on as those so far, one a round.
    fn breaking_calls(&self) -> Option<u64> {
        let (judged, processes) = (self.judged(), self.with_first()?);
        let y = judged.y / judged.units.max(1) as f64;
        breaking(processes.p0, y, self.errors.threshold_fail())
    }

    fn needed_calls(&self) -> Option<u64> {
        match (self.claim, self.observations) {
            (Claim::Quantile(quantile), Observations::Calls) => {
                let units_a_slot = self.tally.all.units as f64 / self.worth().max(1) as f64;
                let above = if units_a_slot > 0.0 {
                    self.tally.all.above as f64 / units_a_slot
                } else {
                    0.0
                };
                let slots = needed(1.0 - quantile.share(), above, self.errors.pass)?;
                Some((slots as f64 * units_a_slot.max(1.0)).ceil() as u64)
            }
            (_, Observations::FirstCalls) => {
                needed(HALF, self.tally.all.above as f64, self.errors.pass)
            }
            (Claim::Maximum, Observations::Calls) => Some(MAX_CALLS),
            _ => None,
        }
    }
}
