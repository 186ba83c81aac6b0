//! Which round of evidence a trial makes next.

use super::Trial;
use crate::engine::pace::{self, BATCHED_BELOW_NS, Shape};
use crate::sample::Kind;

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
    pub(super) fn next_round(&self, waited_ns: u64) -> Option<(Kind, Shape)> {
        let left_ns = self.left_ns().saturating_sub(waited_ns);
        let process = ONE_CALL.within(left_ns, self.cold.call_ns().max(1.0));
        let mut open: Vec<Kind> = Vec::new();
        for entry in self.entries.iter().filter(|entry| entry.is_open()) {
            // What is left may be enough for everything but one more process.
            let fits = entry.kind != Kind::Cold || process.is_some();
            if fits && !open.contains(&entry.kind) {
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
        let of_kind = self
            .entries
            .iter()
            .filter(|entry| entry.kind == kind && entry.is_open());
        let slots = of_kind.map(|entry| entry.judge.clean_slots()).max();
        let batched = kind == Kind::Batched;
        let shape = self.shape(batched, slots.unwrap_or(0));
        let shape = if batched && self.batched.units() > 0 {
            // A sample is of batches of one size.
            Shape {
                batch: self.batched.batch() as usize,
                ..shape
            }
        } else {
            shape
        };
        let unit_ns = self.counts.call_ns().max(self.typical_ns) * shape.batch as f64
            + self.terms.overhead_ns;
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
        self.terms.shape(self.typical_ns, pace, batched, slots)
    }

    /// Whether a limit on processor time is looked at in rounds of this kind.
    pub(super) fn reads_processor(&self, kind: Kind) -> bool {
        self.entries
            .iter()
            .any(|entry| entry.kind == kind && entry.judge.is_of_processor())
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
        let batched = self.entries.iter().any(|entry| entry.kind == Kind::Batched);
        let short = self.terms.batches && self.typical_ns < BATCHED_BELOW_NS;
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
