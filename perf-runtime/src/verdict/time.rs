//! The verdict of a time limit.

use perf_grammar::{Metric, Source};

use super::{Facts, Judgement, Reason, Verdict, off, without_value};
use crate::engine::{Decision, TimeJudgement};
use crate::judge::Undecided;
use crate::model::plan::Limit;
use crate::model::unmeasured::Unmeasured;
use crate::verdict::messages::{self, Timed};

/// Turns what the engine found of a time limit into its verdict.
pub(crate) fn judge_time(limit: &Limit, judged: &TimeJudgement, facts: &Facts<'_>) -> Judgement {
    let evidence = &judged.evidence;
    // Where no process was asked for, the first call here is all that is known.
    let here = facts
        .outcome
        .first
        .filter(|_| limit.metric == Metric::First);
    let of_call = evidence.measured.or(here);
    let measured = of_call.map(|call| call.per_item(limit.metric, facts.plan.items));
    let confirmation = judged
        .confirmation
        .clone()
        .map(|(broken, evidence)| (evidence, broken));
    let judgement = Judgement {
        evidence: Some(evidence.clone()),
        confirmation,
        ..Judgement::new(limit, measured)
    };
    let timed = Timed {
        limit,
        plan: facts.plan,
        evidence,
        summary: facts.outcome.summary.as_ref(),
        waiting: facts.outcome.waiting_share(),
        dropped: facts.outcome.dropped,
    };
    let not_called = facts.no_process.filter(|_| limit.metric == Metric::First);
    let mut judgement = match (judged.decision, measured) {
        (Decision::Unreachable { reach }, _) => {
            let reach = reach.time_per_item(facts.plan.items);
            let (sentence, details) = messages::out_of_reach(limit, reach);
            Judgement {
                verdict: Verdict::Unmeasured,
                reason: Some(Reason::OutOfReach),
                sentence,
                details,
                ..judgement
            }
            .with_notes()
        }
        (Decision::NotJudged, _) => Judgement {
            evidence: Some(evidence.clone()),
            ..off(limit, measured)
        },
        (Decision::Undecided(Undecided::Failed), _) => {
            without_value(limit, Unmeasured::Failed)
        }
        (Decision::Undecided(_), _) if not_called.is_some() => {
            without_value(limit, not_called.cloned().unwrap_or(Unmeasured::NoCall))
        }
        (_, None) => without_value(
            limit,
            match limit.metric.source() {
                Source::Processor => {
                    "processor time is not known: this system does not tell that of all threads, or several users call at the same time".into()
                }
                Source::Spans => facts.blind.cloned().unwrap_or_else(|| {
                    Unmeasured::said(
                        "no span of this name was seen",
                        "check the name, and that it is opened while the function runs",
                    )
                }),
                _ => "no call was timed".into(),
            },
        ),
        (Decision::Holds, Some(value)) => {
            let sentence = messages::holds(limit, value, facts.plan.near);
            Judgement {
                sentence,
                details: messages::how_it_holds(&timed),
                ..judgement
            }
            .with_notes()
        }
        (Decision::Broken, Some(value)) => judgement.broken(
            messages::broken(limit, value),
            messages::how_broken(&timed),
            facts,
        ),
        (Decision::Candidate, Some(value)) => {
            let judgement = judgement.broken(
                messages::broken(limit, value),
                messages::how_broken(&timed),
                facts,
            );
            Judgement {
                reason: Some(Reason::NotConfirmedYet),
                candidate: true,
                ..judgement
            }
        }
        (Decision::Undecided(why), Some(_)) => Judgement {
            verdict: Verdict::Undecided,
            reason: Some(Reason::Undecided(why)),
            sentence: messages::open(&timed, why),
            details: messages::what_would_decide(&timed, why),
            ..judgement
        }
        .with_notes(),
    };
    if let Some((broken, evidence)) = &judged.confirmation {
        let place = judgement.details.len().min(1);
        judgement.details.insert(
            place,
            messages::again(limit, facts.plan.items, evidence, *broken),
        );
    }
    judgement
}
