//! The verdict of a time limit.

use perf_grammar::Source;

use super::{Facts, Judgement, Reason, Verdict, off, without_value};
use crate::engine::{Decision, TimeJudgement};
use crate::judge::{Claim, Observations, Undecided};
use crate::model::figure::PerItem;
use crate::model::plan::Limit;
use crate::model::unmeasured::{Cause, Unmeasured};
use crate::verdict::messages::{self, Timed};

/// Turns what the engine found of a time limit into its verdict.
pub(crate) fn judge_time(limit: &Limit, judged: &TimeJudgement, facts: &Facts<'_>) -> Judgement {
    let evidence = &judged.evidence;
    // Where no process was asked for, the first call here is all that is known.
    let (here, not_called) = match Claim::of(limit.metric).1 {
        Observations::FirstCalls => (facts.outcome.first, facts.no_process),
        _ => (None, None),
    };
    let of_call = evidence.measured.or(here);
    let measured = of_call.map(|call| call.per_item(limit.metric, facts.plan.items));
    let missing = match (judged.decision, measured, not_called) {
        (Decision::Unreachable { .. } | Decision::NotJudged, ..) => None,
        (Decision::Undecided(Undecided::Failed), ..) => Some(Cause::case_failed().into()),
        (Decision::Undecided(_), _, Some(why)) => Some(why.clone()),
        (_, Some(_), _) => None,
        (_, None, _) => Some(unseen(limit, facts)),
    };
    let mut judgement = match missing {
        Some(why) => without_value(limit, why),
        None => decided(limit, judged, measured, facts),
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

/// Why a limit has no value though the case was measured.
fn unseen(limit: &Limit, facts: &Facts<'_>) -> Unmeasured {
    match (limit.metric.source(), facts.blind) {
        (Source::Processor, _) => Cause::no_processor_time().into(),
        (Source::Spans, Some(why)) => why.clone(),
        (Source::Spans, None) => Cause::no_span().into(),
        _ => Cause::not_timed().into(),
    }
}

/// What was decided of a limit that has a value, or needs none.
fn decided(
    limit: &Limit,
    judged: &TimeJudgement,
    measured: Option<PerItem>,
    facts: &Facts<'_>,
) -> Judgement {
    let evidence = &judged.evidence;
    if judged.decision == Decision::NotJudged {
        let mut judgement = off(limit, measured);
        judgement.evidence = Some(evidence.clone());
        return judgement;
    }
    let mut judgement = Judgement::new(limit, measured);
    judgement.evidence = Some(evidence.clone());
    if let Some((broken, evidence)) = &judged.confirmation {
        judgement.confirmation = Some((evidence.clone(), *broken));
    }
    let timed = Timed {
        limit,
        plan: facts.plan,
        evidence,
        summary: facts.outcome.summary.as_ref(),
        waiting: facts.outcome.waiting_share(),
        dropped: facts.outcome.dropped,
    };
    match (judged.decision, measured) {
        (Decision::Unreachable { reach }, _) => {
            let reach = reach.time_per_item(facts.plan.items);
            (judgement.sentence, judgement.details) = messages::out_of_reach(limit, reach);
            judgement.verdict = Verdict::Unmeasured;
            judgement.reason = Some(Reason::OutOfReach);
        }
        (Decision::Holds, Some(value)) => {
            judgement.sentence = messages::holds(limit, value, facts.plan.near);
            judgement.details = messages::how_it_holds(&timed);
        }
        (Decision::Broken | Decision::Candidate, Some(value)) => {
            judgement.details = messages::how_broken(&timed);
            if judged.decision == Decision::Candidate {
                judgement.reason = Some(Reason::NotConfirmedYet);
                judgement.candidate = true;
            }
            judgement.break_limit(messages::broken(limit, value), facts);
        }
        (Decision::Undecided(why), _) => {
            judgement.verdict = Verdict::Undecided;
            judgement.reason = Some(Reason::Undecided(why));
            judgement.sentence = messages::open(&timed, why);
            judgement.details = messages::what_would_decide(&timed, why);
        }
        (Decision::NotJudged, _) | (_, None) => {}
    }
    judgement.add_note();
    judgement
}
