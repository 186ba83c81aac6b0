//! What the rounds of a trial add up to.

use crate::judge::Permits;
use crate::model::sample::{Disturbed, Round};

/// Sums over the rounds of evidence.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Counts {
    pub(super) rounds: u64,
    pub(super) units: u64,
    pub(super) calls: u64,
    pub(super) elapsed_ns: u64,
    /// Calls that were made in rounds which say how many, and how long those took.
    made: u64,
    made_ns: u64,
    pub(super) preempted: u64,
    pub(super) blocked: u64,
    pub(super) dropped: u64,
    pub(super) waiting_ns: u64,
    pub(super) others_ns: u64,
    pub(super) calls_ns: f64,
}

impl Counts {
    /// Adds a round of units of `batch` calls.
    pub(super) fn take(&mut self, round: &Round, batch: u64) {
        self.rounds += 1;
        self.units += round.calls.len() as u64;
        self.calls += round.calls.len() as u64 * batch;
        self.elapsed_ns += round.elapsed_ns;
        let made = (round.calls.len() as u64 * batch).max(round.watched as u64);
        if made > 0 {
            self.made += made;
            self.made_ns += round.elapsed_ns.saturating_sub(round.waited_ns);
        }
        self.waiting_ns += round.waiting_ns;
        self.others_ns += round.others_ns;
        if round.calls.is_empty() {
            // Where no call is timed by itself, the round is what they took.
            self.calls_ns += round.elapsed_ns as f64;
        }
        for call in &round.calls {
            self.calls_ns += call.wall_ns * batch as f64;
            match call.disturbed {
                Disturbed::No => {}
                Disturbed::Preempted => self.preempted += 1,
                Disturbed::Blocked => self.blocked += 1,
                Disturbed::Dropped => self.dropped += 1,
            }
        }
    }

    /// What a call costs, with all that is done around it and in front of a round,
    /// but for waiting for a processor; 0 while unknown.
    pub(super) fn call_ns(&self) -> f64 {
        self.made_ns as f64 / self.made.max(1) as f64
    }

    /// Which verdicts these calls allow: nothing is called broken by what is left
    /// where most was dropped, nor, where waiting is part of the judged time (`wall`),
    /// by what mostly waited.
    pub(super) fn permits(&self, wall: bool) -> Permits {
        Permits {
            fail: !(self.is_mostly_dropped() || wall && self.has_mostly_waited()),
        }
    }

    /// Whether the machine is why a limit is still open.
    pub(super) fn are_disturbed(&self) -> bool {
        self.is_mostly_dropped() || self.has_mostly_waited()
    }

    fn is_mostly_dropped(&self) -> bool {
        self.dropped * 2 > self.units
    }

    fn has_mostly_waited(&self) -> bool {
        self.waiting_ns as f64 * 2.0 > self.calls_ns
    }
}
