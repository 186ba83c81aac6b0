//! Which round of evidence a trial makes next.

use super::Trial;
use crate::engine::entry::Entry;
use crate::engine::pace::{self, BATCHED_BELOW_NS, Beside, Shape};
use crate::model::sample::Kind;

/// What a case without anything to decide is measured for, so that a table has
/// something to show: this long, or this many rounds.
const TABLE_NS: u64 = 100_000_000;
/// What a process makes that is started for its first call.
const ONE_CALL: Shape = Shape {
    units: 1,
    batch: 1,
    slot: 1,
};
pub(super) const TABLE_ROUNDS: u64 = 5;

impl Trial {
    /// The next round of evidence; `None` when all is decided or the time is up.
    ///
    /// While the evidence of a limit points to broken, `max_time` is not the end of
    /// the case: rounds go on to the deadline, of what such limits need.
    pub(super) fn next_round(&self, waited_ns: u64) -> Option<(Kind, Shape)> {
        let left_ns = self.time.left_ns().saturating_sub(waited_ns);
        self.round_for(left_ns, &Entry::is_open).or_else(|| {
            let left_ns = self.time.before_deadline_ns().saturating_sub(waited_ns);
            let needs = |entry: &Entry| self.keeps_going(entry);
            self.goes_on().then(|| self.round_for(left_ns, &needs))?
        })
    }

    /// The next round for the limits that need one, in the time that is left.
    fn round_for(&self, left_ns: u64, needs: &dyn Fn(&Entry) -> bool) -> Option<(Kind, Shape)> {
        let process = ONE_CALL.within(left_ns, self.cold.call_ns().max(1.0));
        let mut open: Vec<Kind> = Vec::new();
        for entry in &self.entries {
            // What is left may be enough for everything but one more process.
            let fits = entry.kind != Kind::Cold || process.is_some();
            if needs(entry) && fits && !open.contains(&entry.kind) {
                open.push(entry.kind);
            }
        }
        // Each kind that a limit still needs has its turn.
        let kind = match &open[..] {
            [] if self.has_its_floor() => return None,
            [] if self.floor_in_batches() => Kind::Batched,
            [] => Kind::Single,
            open => open[self.turns() as usize % open.len()],
        };
        if kind == Kind::Cold {
            return Some((kind, process?));
        }
        let mut slots = 0;
        for entry in &self.entries {
            if entry.kind == kind && needs(entry) {
                slots = slots.max(entry.judge.clean_slots());
            }
        }
        let batched = kind == Kind::Batched;
        let shape = self.shape(batched, slots);
        let shape = if batched && self.batched.units() > 0 {
            // A sample is of batches of one size.
            Shape {
                batch: self.batched.batch() as usize,
                ..shape
            }
        } else {
            shape
        };
        // Before the first round of evidence the warm-up is what is known.
        let call_ns = match self.turns() {
            0 => self.typical_ns + self.around().ns(),
            _ => self.counts.call_ns().max(self.typical_ns),
        };
        let unit_ns = call_ns * shape.batch as f64 + self.terms.overhead_ns;
        Some((kind, shape.within(left_ns, unit_ns)?))
    }

    /// The shape of the next round, when a limit needs `slots`: it depends on what
    /// was seen before, and on nothing of the round itself.
    pub(super) fn shape(&self, batched: bool, slots: u64) -> Shape {
        // A warm-up begins with rounds so short that users hardly meet.
        let pace = match self.pace.ns() {
            Some(_) => self.pace,
            None => self.warm.pace(),
        };
        self.terms
            .shape(self.typical_ns, self.around(), pace, batched, slots)
    }

    /// What is done around a call: in rounds of evidence, else in the warm-up.
    fn around(&self) -> Beside {
        match self.turns() {
            0 => self.warm.beside(),
            _ => self.beside,
        }
    }

    /// Whether a limit on processor time is looked at in rounds of this kind.
    pub(super) fn reads_processor(&self, kind: Kind) -> bool {
        self.has(&|entry| entry.kind == kind && entry.judge.is_of_processor())
    }

    /// Whether a table has enough to show, and a case with a set number of
    /// calls has them.
    fn has_its_floor(&self) -> bool {
        let shown = self.counts.rounds >= TABLE_ROUNDS || self.counts.elapsed_ns >= TABLE_NS;
        self.terms.confirming || (shown && self.counts.calls >= self.terms.least_calls)
    }

    /// Single calls wherever a limit is about them; both kinds in turns where
    /// both are limited; of short functions without limits, batches.
    fn floor_in_batches(&self) -> bool {
        let single = self.has(&Entry::is_of_single_calls);
        let batched = self.has(&|entry| entry.kind == Kind::Batched);
        let short = self.terms.batches && self.typical_ns < BATCHED_BELOW_NS;
        short && (!single || (batched && self.counts.rounds % 2 == 1))
    }

    /// Calls to make before a round, untimed.
    pub(super) fn rewarm(&self, shape: Shape) -> usize {
        let each_ns = (self.typical_ns + self.around().ns()).max(1.0);
        let bring_back = (pace::BRING_BACK_NS / each_ns).ceil() as usize;
        // Where a round holds a few slow calls, it is warm enough by itself.
        bring_back
            .max(pace::REWARM)
            .min(shape.units * shape.batch / 8)
    }
}
