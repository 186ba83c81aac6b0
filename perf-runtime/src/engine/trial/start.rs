//! From the first call of a trial to the first round of evidence: how long a call takes.

use super::{Phase, Trial};
use crate::engine::entry::Entry;
use crate::engine::pace::{self, BATCHED_BELOW_NS, PROCESSOR_BATCHED_BELOW_NS, Shape};
use crate::judge::histogram::Histogram;
use crate::judge::{Claim, Judge, Observations};
use crate::model::case::Warmup;
use crate::model::note::Note;
use crate::model::sample::{Disturbed, Kind, Round};

/// A minimum is judged by no more calls than fit into this share of the time until
/// the deadline.
const TO_SPARE: f64 = 0.25;

impl Trial {
    /// The round that finds out how long the shortest calls take; it is shorter where
    /// much is done around them.
    pub(super) fn probe(&self) -> Shape {
        let unit_ns = self.warm.beside().ns() * pace::PROBE.batch as f64;
        let part_ns = self.time.left_ns() / 8;
        pace::PROBE.within(part_ns, unit_ns).unwrap_or(Shape {
            units: 1,
            ..pace::PROBE
        })
    }

    pub(super) fn accept_first(&mut self, round: &Round) {
        let Some(call) = round.calls.first() else {
            return self.begin_measuring();
        };
        self.first = Some(*call);
        let precious = self.is_precious(call);
        let warm = |entry: &Entry| {
            entry.judge.observations() != Observations::FirstCalls && entry.is_open()
        };
        let only_first = self.terms.confirming && !self.has(&warm);
        let unwanted = self.terms.warmup == Some(Warmup::Calls(0));
        let no_time = self.time.left_ns() == 0;
        if precious || only_first || unwanted || no_time {
            // One user alone is like the others only where each calls alone.
            self.first_counts = self.terms.users == 1
                && !self.terms.at_a_rate
                && call.disturbed != Disturbed::Dropped;
            self.begin_measuring();
        } else {
            self.phase = Phase::Warmup;
        }
    }

    pub(super) fn accept_warmup(&mut self, round: &Round) {
        self.warm.take(round);
        let warm_enough = self.warm.is_enough(self.terms.warmup);
        let half_gone = self.time.left_ns() <= self.time.max_ns() / 2;
        if half_gone && !warm_enough && self.terms.warmup.is_some() {
            self.notes.push(Note::warmup_cut());
        }
        if warm_enough || half_gone || round.calls.is_empty() {
            self.begin_measuring();
        }
    }

    pub(super) fn accept_probe(&mut self, round: &Round) {
        let mut times = Histogram::default();
        for call in &round.calls {
            times.record(call.judged_ns);
        }
        let typical_ns = times.quantile(0.5);
        self.measure_calls_of(typical_ns.unwrap_or(self.typical_ns));
    }

    fn begin_measuring(&mut self) {
        let warm = self.warm.median();
        let first = || self.first.map_or(0.0, |first| first.judged_ns);
        let typical_ns = warm.unwrap_or_else(first);
        // What an empty call reads was taken off at its cost of another moment: of
        // calls as short as that, nothing may be left, and batches made for nothing
        // would be a thousand times too long.
        let is_too_short = warm.is_some() && typical_ns < self.terms.overhead_ns;
        if self.terms.batches && is_too_short && self.time.left_ns() > 0 {
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
            let is_mean = entry.judge.claim() == Claim::Mean;
            entry.kind = match entry.judge.observations() {
                Observations::Calls if is_mean && batches => Kind::Batched,
                Observations::ProcessorTime | Observations::ProcessorShare if processor => {
                    Kind::Batched
                }
                Observations::Spans => Kind::Watched,
                Observations::AgainstOther => Kind::AgainstOther,
                Observations::AgainstAlone => Kind::AgainstAlone,
                Observations::FirstCalls => Kind::Cold,
                Observations::Calls
                | Observations::Outcomes
                | Observations::ProcessorTime
                | Observations::ProcessorShare => Kind::Single,
            };
            let slots = entry.judge.clean_slots();
            let batched = entry.kind == Kind::Batched;
            let (beside, pace) = (self.warm.beside(), self.warm.pace());
            let shape = self
                .terms
                .shape(self.typical_ns, beside, pace, batched, slots);
            // What lies between the calls, and a machine that is busy meanwhile.
            let fitting =
                self.time.before_deadline_ns() as f64 * TO_SPARE / self.typical_ns.max(1.0);
            entry.judge = Judge::new(
                entry.limit.metric,
                entry.limit.limit,
                self.terms.errors,
                shape.units,
            )
            .within_calls(fitting, shape.units);
            if let Some(first) = self.first.filter(|_| self.first_counts) {
                entry.accept_first(&first);
            }
        }
        self.phase = if self.terms.count_memory {
            Phase::Count
        } else {
            Phase::Measure
        };
    }
}
