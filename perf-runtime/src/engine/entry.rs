//! A limit within a trial.

use perf_grammar::Metric;

use super::TimeLimit;
use super::outcome::Decision;
use super::pace;
use crate::evidence::Evidence;
use crate::judge::{Errors, Judge, Permits, Standing, Undecided};
use crate::sample::Round;
use crate::summary::Sample;

/// A limit, its judgement, and how its calls are timed.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    /// Where the limit stands in the case.
    pub(super) index: usize,
    pub(super) limit: TimeLimit,
    pub(super) judge: Judge,
    pub(super) batched: bool,
    pub(super) unreachable: bool,
    /// The evidence at the moment of decision.
    pub(super) decided: Option<Evidence>,
}

impl Entry {
    /// A limit of which nothing is known; `index` is its place in the case.
    pub(super) fn new(index: usize, limit: TimeLimit, errors: Errors, overhead_ns: f64) -> Entry {
        let single = !matches!(
            limit.metric,
            Metric::Mean | Metric::Throughput | Metric::Cpu | Metric::CpuShare
        );
        Entry {
            index,
            limit,
            judge: Judge::new(limit.metric, limit.limit, errors, 1),
            batched: false,
            unreachable: single && limit.limit < pace::reach(overhead_ns),
            decided: None,
        }
    }

    /// Whether it keeps the trial going.
    pub(super) fn is_open(&self) -> bool {
        self.limit.judged
            && !self.unreachable
            && self.limit.metric != Metric::First
            && self.judge.wants_more()
    }

    /// Whether what a table shows of it is about single calls.
    pub(super) fn is_of_single_calls(&self) -> bool {
        !self.batched
            && !self.unreachable
            && !self.judge.is_of_processor()
            && self.limit.metric != Metric::First
    }

    /// Takes a round that went into the sample.
    pub(super) fn accept(
        &mut self,
        round: &Round,
        slot: usize,
        permits: Permits,
        sample: &Sample,
        span_ns: u64,
    ) {
        let before = self.judge.standing();
        self.judge.accept(&round.calls, slot, permits);
        if let (true, Some(processor)) = (self.judge.is_of_processor(), &round.processor) {
            self.judge.accept_processor(processor, permits);
        }
        if self.judge.standing() != before {
            self.decided = Some(self.judge.evidence(sample, span_ns));
        }
    }

    /// Ends it: what was decided, and what stands behind that.
    pub(super) fn conclude(
        &mut self,
        sample: &Sample,
        permits: Permits,
        disturbed: bool,
        span_ns: u64,
        overhead_ns: f64,
    ) -> (Decision, Evidence) {
        let was_open = self.judge.standing() == Standing::Open;
        self.judge.close(permits);
        let decision = match self.judge.standing() {
            _ if !self.limit.judged => Decision::NotJudged,
            _ if self.unreachable => Decision::Unreachable {
                reach_ns: pace::reach(overhead_ns),
            },
            Standing::Holds => Decision::Holds,
            Standing::Broken => Decision::Broken,
            Standing::Open if disturbed => Decision::Undecided(Undecided::Contaminated),
            Standing::Open => Decision::Undecided(self.judge.reason()),
        };
        // More calls may have come after the decision. Their figures are shown,
        // unless they fell on the other side: then those it was made with.
        let evidence = match self.decided.take() {
            Some(decided) if !was_open && !self.judge.agrees(sample) => decided,
            _ => self.judge.evidence(sample, span_ns),
        };
        (decision, evidence)
    }
}
