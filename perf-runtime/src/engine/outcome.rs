//! What came of a case.

use perf_grammar::Metric;

use super::TimeLimit;
use crate::collections::mapped;
use crate::judge::Undecided;
use crate::judge::evidence::Evidence;
use crate::judge::histogram::Histogram;
use crate::judge::summary::Summary;
use crate::judge::timeline::Timeline;
use crate::model::figure::PerCall;
use crate::model::note::Note;
use crate::model::sample::Failure;

/// Everything that is known of a case when it is settled.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct CaseOutcome {
    /// The timed calls in figures; `None` where none was made. Of single calls
    /// wherever any were timed, else of batches.
    pub(crate) summary: Option<Summary>,
    /// The distribution behind the summary.
    pub(crate) histogram: Histogram,
    /// The same units in the order in which they were timed.
    pub(crate) timeline: Timeline,
    /// One for each time limit, in the order of the case's limits.
    pub(crate) judgements: Vec<TimeJudgement>,
    /// Why it could not go on.
    pub(crate) failure: Option<Failure>,
    /// The first call in a fresh state.
    pub(crate) first: Option<PerCall>,
    /// The median of the warm-up.
    pub(crate) typical_ns: Option<f64>,
    /// Calls of the warm-up, the first call not among them.
    pub(crate) warmup_calls: u64,
    /// Timed units during which the processor was taken away.
    pub(crate) preempted: u64,
    /// Timed units that gave the processor up by themselves.
    pub(crate) blocked: u64,
    /// Timed units whose counters contradicted each other: not judged.
    pub(crate) dropped: u64,
    /// Of `calls_ns`, time spent waiting for a processor.
    pub(crate) waiting_ns: u64,
    /// Processor time of other threads of the process during the rounds.
    pub(crate) others_ns: u64,
    /// Wall time inside timed calls.
    pub(crate) calls_ns: u64,
    /// Rounds that were measured.
    pub(crate) rounds: u64,
    /// What a reader should know.
    pub(crate) notes: Vec<Note>,
}

/// How a time limit was judged.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct TimeJudgement {
    /// What is limited.
    pub(crate) metric: Metric,
    /// What was decided.
    pub(crate) decision: Decision,
    /// What stands behind it.
    pub(crate) evidence: Evidence,
    /// The confirmation of a limit that was found broken: whether it was
    /// broken again, and what stands behind that.
    pub(crate) confirmation: Option<(bool, Evidence)>,
}

/// What was decided about a limit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Decision {
    /// It holds.
    Holds,
    /// It is broken, confirmed.
    Broken,
    /// It was found broken and waits for a confirmation elsewhere.
    Candidate,
    /// The evidence allows neither.
    Undecided(Undecided),
    /// Single calls as short as the limit cannot be timed.
    Unreachable {
        /// The shortest limit on single calls that can be judged.
        reach: PerCall,
    },
    /// It was measured only.
    NotJudged,
}

impl CaseOutcome {
    /// Of a case of which nothing is known yet.
    pub(super) fn unknown(limits: &[TimeLimit]) -> CaseOutcome {
        let judgement = |limit: &TimeLimit| TimeJudgement {
            metric: limit.metric,
            decision: if limit.judged {
                Decision::Undecided(Undecided::TooFewCalls)
            } else {
                Decision::NotJudged
            },
            evidence: Evidence::none(),
            confirmation: None,
        };
        CaseOutcome {
            summary: None,
            histogram: Histogram::default(),
            timeline: Timeline::default(),
            judgements: mapped(limits, judgement),
            failure: None,
            first: None,
            typical_ns: None,
            warmup_calls: 0,
            preempted: 0,
            blocked: 0,
            dropped: 0,
            waiting_ns: 0,
            others_ns: 0,
            calls_ns: 0,
            rounds: 0,
            notes: Vec::new(),
        }
    }

    /// The share of the time inside calls that was spent waiting for a
    /// processor.
    pub(crate) fn waiting_share(&self) -> f64 {
        if self.calls_ns == 0 {
            0.0
        } else {
            self.waiting_ns as f64 / self.calls_ns as f64
        }
    }

    /// Takes what a trial decided about a limit.
    pub(super) fn settle(&mut self, index: usize, decision: Decision, evidence: Evidence) {
        let judgement = &mut self.judgements[index];
        judgement.decision = decision;
        judgement.evidence = evidence;
    }

    /// The limits that wait for a confirmation.
    pub(super) fn candidates(&self) -> Vec<usize> {
        let mut candidates = Vec::new();
        for index in 0..self.judgements.len() {
            if self.judgements[index].decision == Decision::Candidate {
                candidates.push(index);
            }
        }
        candidates
    }

    /// What a failure leaves of a case: what had been decided stays, nothing
    /// else can be.
    pub(super) fn fail(&mut self, failure: Failure) {
        for judgement in &mut self.judgements {
            match judgement.decision {
                Decision::Undecided(_) | Decision::Candidate => {
                    judgement.decision = Decision::Undecided(Undecided::Failed);
                }
                Decision::Holds
                | Decision::Broken
                | Decision::Unreachable { .. }
                | Decision::NotJudged => {}
            }
        }
        self.failure = Some(failure);
    }

    /// Takes what a confirmation found about a limit.
    pub(super) fn confirm(&mut self, index: usize, again: Decision, evidence: Evidence) {
        let judgement = &mut self.judgements[index];
        let broken = again == Decision::Broken;
        judgement.decision = match again {
            Decision::Broken => Decision::Broken,
            // What pointed to broken to the end does not contradict the first time.
            Decision::Undecided(Undecided::Deadline { .. }) => again,
            _ => Decision::Undecided(Undecided::NotReproduced),
        };
        judgement.confirmation = Some((broken, evidence));
    }
}
