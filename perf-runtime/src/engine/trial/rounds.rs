//! Which round of evidence a trial makes next.

use super::Trial;
use crate::engine::pace::{self, BATCHED_BELOW_NS, Shape};

/// What a case without anything to decide is measured for, so that a table has
/// something to show: this long, or this many rounds.
const TABLE_NS: u64 = 100_000_000;
pub(super) const TABLE_ROUNDS: u64 = 5;

impl Trial {
    /// The next round of evidence; `None` when all is decided or the time is up.
    pub(super) fn next_shape(&self, waited_ns: u64) -> Option<Shape> {
        let wanting = |batched: bool| {
            let entries = self
                .entries
                .iter()
                .filter(move |entry| entry.batched == batched && entry.is_open());
            entries.map(|entry| entry.judge.clean_slots()).max()
        };
        let (single, batched) = (wanting(false), wanting(true));
        let batch_now = match (single.is_some(), batched.is_some()) {
            (true, true) => self.counts.rounds % 2 == 1,
            (single, batched) if single != batched => batched,
            _ if self.has_its_floor() => return None,
            _ => self.floor_in_batches(),
        };
        let slots = if batch_now { batched } else { single };
        let shape = pace::shape(
            self.typical_ns,
            self.terms.overhead_ns,
            batch_now,
            slots.unwrap_or(0),
        );
        let shape = if self.counts.rounds > 0 && batch_now && self.batched.units() > 0 {
            // A sample is of batches of one size.
            Shape {
                batch: self.batched.batch() as usize,
                ..shape
            }
        } else {
            shape
        };
        let call_ns = self.counts.elapsed_ns as f64 / self.counts.calls.max(1) as f64;
        let unit_ns = call_ns.max(self.typical_ns) * shape.batch as f64 + self.terms.overhead_ns;
        shape.within(self.left_ns().saturating_sub(waited_ns), unit_ns)
    }

    /// Whether a limit on processor time is looked at in rounds of this kind.
    pub(super) fn reads_processor(&self, batched: bool) -> bool {
        self.entries
            .iter()
            .any(|entry| entry.batched == batched && entry.judge.is_of_processor())
    }

    /// Whether a table has enough to show, and whoever asked for a number of
    /// calls has them.
    fn has_its_floor(&self) -> bool {
        let shown = self.counts.rounds >= TABLE_ROUNDS || self.counts.elapsed_ns >= TABLE_NS;
        self.terms.confirming || (shown && self.counts.calls >= self.terms.least_calls)
    }

    /// Single calls wherever a limit is about them; both kinds in turns where
    /// both are limited; of short functions without limits, batches.
    fn floor_in_batches(&self) -> bool {
        let single = self.entries.iter().any(|entry| entry.is_of_single_calls());
        let batched = self.entries.iter().any(|entry| entry.batched);
        let short = self.typical_ns < BATCHED_BELOW_NS;
        short && (!single || (batched && self.counts.rounds % 2 == 1))
    }

    /// Calls to make before a round, untimed.
    pub(super) fn rewarm(&self, shape: Shape) -> usize {
        let bring_back = (pace::BRING_BACK_NS / self.typical_ns.max(1.0)).ceil() as usize;
        // Where a round holds a few slow calls, it is warm enough by itself.
        bring_back
            .max(pace::REWARM)
            .min(shape.units * shape.batch / 8)
    }
}
