//! One settled case: all that is known of it, for the console and the record.

use perf_grammar::Verdict;

use crate::engine::CaseOutcome;
use crate::model::case::Case;
use crate::model::note::Note;
use crate::model::plan::Plan;
use crate::report::alloc_sites::Allocations;
use crate::verdict::figures::Figures;
use crate::verdict::{self, Judgement};

/// One settled case.
#[derive(Debug)]
pub(crate) struct CaseReport {
    pub(crate) case: &'static Case,
    pub(crate) id: String,
    pub(crate) plan: Plan,
    /// One for each limit of the budget, in its order.
    pub(crate) judgements: Vec<Judgement>,
    /// What was timed.
    pub(crate) outcome: CaseOutcome,
    /// What was counted, and what the system said.
    pub(crate) figures: Figures,
    /// Where one more call allocated, if that was looked at.
    pub(crate) allocations: Option<Allocations>,
    /// What to say beside the verdicts.
    pub(crate) notes: Vec<Note>,
}

impl CaseReport {
    /// The verdict of the case: that of its worst limit. A function that
    /// failed fails, whatever the mode.
    pub(crate) fn verdict(&self) -> Verdict {
        if self.outcome.failure.is_some() {
            return Verdict::Fail;
        }
        verdict::worst(&self.judgements)
    }

    /// Whether a test of this case fails: a broken hard limit, one that was
    /// not measured though its mode is hard, or a function that failed.
    pub(crate) fn fails(&self) -> bool {
        let mut fails = self.outcome.failure.is_some();
        for judgement in &self.judgements {
            fails |= judgement.fails();
        }
        fails
    }

    /// Whether a limit waits for its confirmation in another process.
    pub(crate) fn has_candidate(&self) -> bool {
        let mut has_candidate = false;
        for judgement in &self.judgements {
            has_candidate |= judgement.candidate;
        }
        has_candidate
    }

    /// Broken hard time limits that only warn because the build is unoptimised.
    pub(crate) fn unoptimised_warnings(&self) -> usize {
        let mut spared = 0;
        for judgement in &self.judgements {
            spared += usize::from(judgement.spared);
        }
        spared
    }
}
