//! The first call of a trial as evidence, and what the evidence points to.
//!
//! A call that takes a good share of `max_time` is not called for a warm-up: the
//! first one is then a round of evidence that a limit is broken, as long as it may
//! be like the later ones. As soon as one of those is much faster it was cold, and
//! counts for nothing. It never counts for PASS, but that a minimum was reached is a
//! fact.
//!
//! NOTE: no test with a share of slow calls can tell a cold call from a slow one
//! before others were made. So at least one later round must be broken too, and all
//! of it again in the confirmation: for p99, whose two first calls suffice, that is
//! 1 in 10,000 where 1 call in 100 is slow.

use super::claim::{Claim, Observations};
use super::processes::Processes;
use super::tally::Sum;
use super::{Judge, Standing};
use crate::model::sample::{Call, Disturbed};

/// Evidence of less than this is none: sums of logarithms are not exact.
const NONE: f64 = 1e-9;

impl Judge {
    /// Takes the first call of the trial.
    pub(crate) fn accept_first(&mut self, call: &Call) {
        if self.observations != Observations::Calls || call.disturbed == Disturbed::Dropped {
            return;
        }
        let sums = self.sums(std::slice::from_ref(call), true);
        if self.claim == Claim::Minimum && sums.most.above == 0 {
            self.standing = Standing::Holds;
        }
        self.first = Some(sums);
    }

    /// The first call was cold.
    pub(crate) fn forget_first(&mut self) {
        self.first = None;
    }

    /// Whether the evidence so far is for broken: then only more of it can tell,
    /// and stopping would turn a slow function green. It is while the process for
    /// FAIL is ahead of that for PASS, and has not shrunk below what the other must
    /// reach: few calls of a limit that one call in fifty breaks are often on the wrong
    /// side. Of a maximum it is while most rounds have a call above.
    ///
    /// NOTE: "the process for FAIL is above 1" was rejected. Of functions of 0.4 ms
    /// with 2 % of calls above their p99 it found 71 of 100, and this 100.
    pub(crate) fn points_to_broken(&self) -> bool {
        if self.standing != Standing::Open {
            return false;
        }
        if self.is_max() {
            return self.rounds_above() * 2 > self.rounds();
        }
        let Some(processes) = self.with_first() else {
            return false;
        };
        let (broken, sound) = (processes.log_e_fail(), processes.pass.log_e(1));
        broken > sound + NONE && broken > -self.errors.threshold_pass()
    }

    /// Rounds, the first call among them.
    pub(super) fn rounds(&self) -> u64 {
        self.tally.rounds + u64::from(self.first.is_some())
    }

    /// Those with a unit above the limit.
    pub(super) fn rounds_above(&self) -> u64 {
        let first = self.first.is_some_and(|first| first.least.above > 0);
        self.tally.rounds_above + u64::from(first)
    }

    /// The processes, with the first call as one round more for FAIL.
    pub(super) fn with_first(&self) -> Option<Processes> {
        let mut processes = self.processes?;
        if let Some(first) = self.first.map(|first| first.least)
            && let Some(y) = first.mean_y()
        {
            processes.fail.add(y);
            processes.take_round(self.claim, &first, self.limit);
        }
        Some(processes)
    }

    pub(super) fn log_e_fail(&self) -> Option<f64> {
        self.with_first().map(|processes| processes.log_e_fail())
    }

    /// Whether the evidence is enough to call it broken.
    pub(super) fn fails(&self) -> bool {
        self.with_first()
            .is_some_and(|processes| processes.fails(self.errors.threshold_fail()))
    }

    /// All that was judged, the first call among it.
    pub(super) fn judged(&self) -> Sum {
        let mut all = self.tally.all;
        if let Some(first) = &self.first {
            all.add(&first.measured);
        }
        all
    }
}
