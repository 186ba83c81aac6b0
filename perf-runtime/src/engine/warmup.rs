//! Warming up, and finding out how long a call takes.

use super::pace::{Beside, Pace};
use crate::judge::histogram::Histogram;
use crate::model::case::Warmup;
use crate::model::sample::Round;

/// The warm-up ends after the first of these, or at 20 calls and the second.
const WARM_NS: u64 = 100_000_000;
const WARM_ENOUGH_NS: u64 = 10_000_000;
const WARM_CALLS: u64 = 20;
const WARM_ROUND: u64 = 50_000;

/// What the warm-up of a trial has come to.
#[derive(Clone, Debug, Default)]
pub(super) struct Warm {
    calls: u64,
    spent_ns: u64,
    times: Histogram,
    pace: Pace,
    beside: Beside,
}

impl Warm {
    /// Takes a round.
    pub(super) fn take(&mut self, round: &Round) {
        self.calls += round.calls.len() as u64;
        self.spent_ns += round.elapsed_ns;
        for call in &round.calls {
            self.times.record(call.judged_ns);
        }
        self.pace.take(round);
        self.beside.take(round);
    }

    /// Calls that were made.
    pub(super) fn calls(&self) -> u64 {
        self.calls
    }

    /// The median of their times.
    pub(super) fn median(&self) -> Option<f64> {
        self.times.quantile(0.5)
    }

    /// How fast the calls of several users followed each other.
    pub(super) fn pace(&self) -> Pace {
        self.pace
    }

    /// What was done around the calls.
    pub(super) fn beside(&self) -> Beside {
        self.beside
    }

    /// Whether it is as long as was asked for.
    pub(super) fn is_enough(&self, asked: Option<Warmup>) -> bool {
        match asked {
            None => {
                self.spent_ns >= WARM_NS
                    || (self.calls >= WARM_CALLS && self.spent_ns >= WARM_ENOUGH_NS)
            }
            Some(Warmup::Time(ns)) => self.spent_ns >= ns,
            Some(Warmup::Calls(calls)) => self.calls >= calls,
        }
    }

    /// Calls of its next round: rounds double, and do not run far beyond what
    /// is left of the warm-up or of `most_ns`.
    pub(super) fn next_round(&self, asked: Option<Warmup>, most_ns: u64) -> u64 {
        let fitting = |ns: u64| match self.calls {
            0 => 1,
            calls => {
                (ns.min(most_ns) as f64 * calls as f64 / self.spent_ns.max(1) as f64).ceil() as u64
            }
        };
        let doubled = self.calls.clamp(1, WARM_ROUND);
        let calls = match asked {
            None => fitting(WARM_NS.saturating_sub(self.spent_ns)),
            Some(Warmup::Time(ns)) => fitting(ns.saturating_sub(self.spent_ns)),
            Some(Warmup::Calls(calls)) => fitting(u64::MAX).min(calls.saturating_sub(self.calls)),
        };
        calls.clamp(1, doubled)
    }
}
