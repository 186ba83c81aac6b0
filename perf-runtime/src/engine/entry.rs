//! A limit within a trial.

use perf_grammar::Metric;

use super::TimeLimit;
use super::outcome::Decision;
use super::pace;
use crate::judge::evidence::Evidence;
use crate::judge::summary::Sample;
use crate::judge::{Claim, Errors, Judge, Observations, Permits, Standing, Undecided};
use crate::model::figure::PerCall;
use crate::model::sample::{Call, Disturbed, Kind, Round};

/// A limit, its judgement, and how its calls are timed.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    /// Where the limit stands in the case.
    pub(super) index: usize,
    pub(super) limit: TimeLimit,
    pub(super) judge: Judge,
    /// What is done in the rounds that it looks at.
    pub(super) kind: Kind,
    pub(super) unreachable: bool,
    /// Its rounds show nothing of it: no more are made for it.
    pub(super) given_up: bool,
    /// The evidence at the moment of decision.
    pub(super) decided: Option<Evidence>,
}

impl Entry {
    /// A limit of which nothing is known; `index` is its place in the case.
    pub(super) fn new(index: usize, limit: TimeLimit, errors: Errors, overhead_ns: f64) -> Entry {
        let judge = Judge::new(limit.metric, limit.limit, errors, 1);
        let single = match judge.observations() {
            Observations::Calls => judge.claim() != Claim::Mean,
            observations => observations == Observations::FirstCalls,
        };
        Entry {
            index,
            judge,
            kind: Kind::Single,
            unreachable: single && limit.limit < PerCall(pace::reach(overhead_ns)),
            limit,
            given_up: false,
            decided: None,
        }
    }

    /// Whether it keeps the trial going.
    pub(super) fn is_open(&self) -> bool {
        self.limit.judged && !self.unreachable && !self.given_up && self.judge.wants_more()
    }

    /// Whether it keeps the trial going when `max_time` is up.
    pub(super) fn goes_on(&self, permits: Permits) -> bool {
        self.limit.pursued && self.is_open() && permits.fail && self.judge.points_to_broken()
    }

    /// Takes the first call of the trial.
    pub(super) fn accept_first(&mut self, call: &Call) {
        if self.kind == Kind::Single && !self.unreachable {
            self.judge.accept_first(call);
        }
    }

    /// Whether what a table shows of it is about single calls.
    pub(super) fn is_of_single_calls(&self) -> bool {
        self.kind == Kind::Single && !self.unreachable && !self.judge.is_of_processor()
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
        match (self.kind, &round.processor, round.ratio) {
            (Kind::Watched, ..) => {
                let mut units = Vec::new();
                for spans in &round.spans {
                    if self.limit.of.as_ref() == Some(&spans.name) {
                        for ns in &spans.ns {
                            units.push(timed(*ns));
                        }
                    }
                }
                // Spans of a call depend on each other: a slot holds those of
                // as many calls as it would hold of the calls themselves.
                let slots = (round.watched / slot.max(1)).max(1);
                self.judge
                    .accept(&units, units.len().div_ceil(slots), permits);
            }
            (Kind::AgainstOther | Kind::AgainstAlone, _, Some(ratio)) => {
                self.judge.accept_pair(ratio, permits);
            }
            (Kind::AgainstOther | Kind::AgainstAlone, _, None) => {}
            (Kind::Cold, ..) => {
                for call in &round.calls {
                    self.judge.accept_cold(call, permits);
                }
            }
            (_, Some(processor), _) if self.judge.is_of_processor() => {
                self.judge.accept_processor(processor, permits);
            }
            _ => match (self.limit.metric, round.span_ns, round.calls.len()) {
                // What one call takes says little of how many users make.
                (Metric::Throughput, Some(span_ns), 1..) => {
                    let ns_a_call = span_ns / round.calls.len() as f64;
                    self.judge.accept_pace(ns_a_call, permits);
                }
                _ => self.judge.accept(&round.calls, slot, permits),
            },
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
        deadline_ns: u64,
    ) -> (Decision, Evidence) {
        let was_open = self.judge.standing() == Standing::Open;
        // Nothing else ends a trial while this is so.
        let ended_by_deadline = self.goes_on(permits);
        self.judge.close();
        let decision = match self.judge.standing() {
            _ if !self.limit.judged => Decision::NotJudged,
            _ if self.unreachable => Decision::Unreachable {
                reach: PerCall(pace::reach(overhead_ns)),
            },
            Standing::Holds => Decision::Holds,
            Standing::Broken => Decision::Broken,
            Standing::Open if ended_by_deadline => {
                Decision::Undecided(Undecided::Deadline { ns: deadline_ns })
            }
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

/// A span's time as a unit of evidence.
fn timed(ns: f64) -> Call {
    Call {
        judged_ns: ns,
        wall_ns: ns,
        disturbed: Disturbed::No,
        failed: false,
    }
}
