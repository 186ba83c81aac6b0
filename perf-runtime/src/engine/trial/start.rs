//! From the first call of a trial to the first round of evidence: how long a call takes.

use perf_grammar::Metric;

use super::{Phase, Trial};
use crate::case::Warmup;
use crate::engine::entry::Entry;
use crate::engine::outcome::Note;
use crate::engine::pace::{BATCHED_BELOW_NS, PROCESSOR_BATCHED_BELOW_NS};
use crate::histogram::Histogram;
use crate::judge::Judge;
use crate::sample::{Kind, Round};

impl Trial {
    pub(super) fn accept_first(&mut self, round: &Round) {
        let Some(call) = round.calls.first() else {
            return self.begin_measuring();
        };
        self.first = Some((call.judged_ns, call.wall_ns));
        // What takes a quarter of all its time is not called for a warm-up.
        let precious =
            self.terms.warmup.is_none() && call.wall_ns * 4.0 >= self.terms.max_time_ns as f64;
        let cold = |entry: &Entry| entry.limit.metric == Metric::First;
        let only_first = self.terms.confirming
            && self
                .entries
                .iter()
                .all(|entry| cold(entry) || !entry.is_open());
        let unwanted = self.terms.warmup == Some(Warmup::Calls(0));
        if precious || only_first || unwanted || self.left_ns() == 0 {
            self.begin_measuring();
        } else {
            self.phase = Phase::Warmup;
        }
    }

    pub(super) fn accept_warmup(&mut self, round: &Round) {
        self.warm.take(round);
        let warm_enough = self.warm.is_enough(self.terms.warmup);
        let half_gone = self.own_ns * 2 >= self.terms.max_time_ns;
        if half_gone && !warm_enough && self.terms.warmup.is_some() {
            self.notes.push(Note::WarmupCut);
        }
        if warm_enough || half_gone || round.calls.is_empty() {
            self.begin_measuring();
        }
    }

    pub(super) fn accept_probe(&mut self, round: &Round) {
        let mut times = Histogram::default();
        round
            .calls
            .iter()
            .for_each(|call| times.record(call.judged_ns));
        let typical_ns = times.quantile(0.5);
        self.measure_calls_of(typical_ns.unwrap_or(self.typical_ns));
    }

    fn begin_measuring(&mut self) {
        let warm = self.warm.median();
        let first = || self.first.map_or(0.0, |(judged_ns, _)| judged_ns);
        let typical_ns = warm.unwrap_or_else(first);
        // What an empty call reads was taken off at its cost of another moment: of
        // calls as short as that, nothing may be left, and batches made for nothing
        // would be a thousand times too long.
        let is_too_short = warm.is_some() && typical_ns < self.terms.overhead_ns;
        if self.terms.batches && is_too_short && self.left_ns() > 0 {
            self.typical_ns = typical_ns;
            self.phase = Phase::Probe;
        } else {
            self.measure_calls_of(typical_ns);
        }
    }

    fn measure_calls_of(&mut self, typical_ns: f64) {
        self.typical_ns = typical_ns;
        // The purpose of batches is to be long against the clock.
        let batches = self.terms.batches && self.typical_ns < BATCHED_BELOW_NS;
        let processor = self.terms.batches && self.typical_ns < PROCESSOR_BATCHED_BELOW_NS;
        for entry in &mut self.entries {
            entry.kind = match entry.limit.metric {
                Metric::Mean | Metric::Throughput if batches => Kind::Batched,
                Metric::Cpu | Metric::CpuShare if processor => Kind::Batched,
                Metric::Span(_) => Kind::Watched,
                Metric::Ratio => Kind::AgainstOther,
                Metric::Degradation => Kind::AgainstAlone,
                Metric::First => Kind::Cold,
                _ => Kind::Single,
            };
            let slots = entry.judge.clean_slots();
            let batched = entry.kind == Kind::Batched;
            let shape = self
                .terms
                .shape(self.typical_ns, self.warm.pace(), batched, slots);
            entry.judge = Judge::new(
                entry.limit.metric,
                entry.limit.limit,
                self.terms.errors,
                shape.units,
            );
        }
        self.phase = if self.terms.count_memory {
            Phase::Count
        } else {
            Phase::Measure
        };
    }
}
