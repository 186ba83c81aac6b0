//! Budgets for cases: new numbers for what they declare, and first ones for what they should declare.

use perf_grammar::{Metric, Noise, Quantile, Source};

use super::aggregate::{Found, Missing};
use super::goal::{Goal, target};
use super::limit::needed;
use super::{Nothing, Observation, Policy, Proposal, Subject, in_file, is_number, name, words};
use crate::analysis::budget_edit::Change;

const P90: Metric = Metric::Quantile(Quantile::from_millionths(900_000));
const P99: Metric = Metric::Quantile(Quantile::P99);
const P50: Metric = Metric::Quantile(Quantile::P50);

/// What a case should hold of memory, if it says nothing of it.
const MEMORY: [Metric; 3] = [Metric::Allocs, Metric::Mem, Metric::Retained];

/// What is proposed for some cases.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Suggestions {
    pub(crate) proposals: Vec<Proposal>,
    /// Limits that are as good as what would be proposed.
    pub(crate) stay: Vec<Proposal>,
    pub(crate) nothing: Vec<Nothing>,
}

/// Proposes budgets from what the runs saw.
pub(crate) fn suggest(subjects: &[Subject], runs: &[Observation], policy: &Policy) -> Suggestions {
    let mut suggestions = Suggestions::default();
    for subject in subjects {
        let failed = runs
            .iter()
            .enumerate()
            .find_map(|(run, seen)| Some((run + 1, seen.failure(&subject.id)?)));
        if let Some((run, why)) = failed {
            suggestions.nothing(subject, "", format!("{why}, in run {run}"));
            continue;
        }
        let (goals, remarks) = goals(subject, runs, policy);
        for (what, why) in remarks {
            suggestions.nothing(subject, &what, why);
        }
        for goal in goals {
            match goal.propose(subject, runs, policy) {
                Ok((proposal, true)) => suggestions.stay.push(proposal),
                Ok((proposal, false)) => suggestions.proposals.push(proposal),
                Err(why) => suggestions.nothing(subject, &name(goal.metric, goal.of), why),
            }
        }
    }
    suggestions
}

/// The changes of each budget file under which the next run is measured, so
/// that every number has been judged before it is proposed.
pub(crate) fn draft(
    subjects: &[Subject],
    runs: &[Observation],
    policy: &Policy,
) -> Vec<(usize, Change)> {
    let mut changes = Vec::new();
    for subject in subjects {
        let (mut wanted, _) = goals(subject, runs, policy);
        let tail = |goal: &Goal<'_>| goal.standing.is_none() && goal.metric == P99;
        let unknown = target(subject, P50, None).find(runs, policy).is_err();
        if policy.only.is_empty() && unknown && wanted.iter().any(tail) {
            // Which of these can be proved is seen when all were tried.
            wanted.extend([Metric::Mean, P90].map(Goal::new));
        }
        for goal in wanted.iter().filter(|goal| in_file(goal.metric)) {
            if let Some(change) = goal.draft(subject, runs, policy) {
                changes.push((subject.file, change));
            }
        }
    }
    changes
}

impl Suggestions {
    fn nothing(&mut self, subject: &Subject, what: &str, why: String) {
        self.nothing.push(Nothing {
            case: subject.id.clone(),
            what: what.to_owned(),
            why,
        });
    }
}

/// What a case is to have numbers of, and what is said of that.
fn goals<'s>(
    subject: &'s Subject,
    runs: &[Observation],
    policy: &Policy,
) -> (Vec<Goal<'s>>, Vec<(String, String)>) {
    let asked = |metric: Metric| policy.only.is_empty() || policy.only.contains(&metric);
    let mut goals: Vec<Goal<'s>> = subject
        .limits
        .iter()
        .filter(|standing| is_number(standing.metric) && asked(standing.metric))
        .map(|standing| Goal {
            metric: standing.metric,
            of: standing.of.as_deref(),
            standing: Some(standing),
        })
        .collect();
    let has = |metric: Metric| subject.limits.iter().any(|limit| limit.metric == metric);
    if !policy.only.is_empty() {
        let new = policy.only.iter().copied().filter(|metric| !has(*metric));
        goals.extend(new.map(Goal::new));
        return (goals, Vec::new());
    }
    let mut remarks = Vec::new();
    if !subject.limits.iter().any(|limit| is_of_time(limit.metric)) {
        let (times, shown) = times(subject, runs, policy);
        goals.extend(times.into_iter().map(Goal::new));
        remarks.extend(shown);
    }
    if !subject
        .limits
        .iter()
        .any(|limit| is_of_memory(limit.metric))
    {
        match no_memory(subject, runs) {
            Some(why) => remarks.push(("memory".to_owned(), why)),
            None => goals.extend(MEMORY.map(Goal::new)),
        }
    }
    if policy.instructions && !has(Metric::Instructions) {
        goals.push(Goal::new(Metric::Instructions));
    }
    (goals, remarks)
}

/// Which limits on time a case should have that has none: the typical call and
/// the tail, as far out as its calls can prove.
fn times(
    subject: &Subject,
    runs: &[Observation],
    policy: &Policy,
) -> (Vec<Metric>, Vec<(String, String)>) {
    let find = |metric: Metric| target(subject, metric, None).find(runs, policy);
    let typical = match find(P50) {
        Ok(found) => found,
        // Nothing is known yet, or nothing is to be known: said of the limits.
        Err(_) => return (vec![P50, P99], Vec::new()),
    };
    if needed(P50, &typical, policy).is_ok_and(|needed| needed.clock) {
        let shown = format!(
            "a call takes about {}, which the clock cannot tell apart one by one; `mean` is timed in batches",
            perf_grammar::format_duration(typical.range.1 * typical.items as f64)
        );
        return (vec![Metric::Mean], vec![("p50, p99".to_owned(), shown)]);
    }
    let proved =
        |found: &Result<Found, Missing>| matches!(found, Ok(found) if found.bounded == found.runs);
    let tail = find(P99);
    if proved(&tail) {
        return (vec![P50, P99], Vec::new());
    }
    match tail {
        Ok(found) | Err(Missing::Unbounded(found)) => {
            let calls = words::calls(found.calls);
            if proved(&find(P90)) {
                let shown = format!("too few to prove it ({calls}); p90 is within their reach");
                (vec![P50, P90], vec![("p99".to_owned(), shown)])
            } else {
                let shown =
                    format!("too few calls for a tail ({calls}); a longer --max-time gives more");
                (vec![P50], vec![("p90, p99".to_owned(), shown)])
            }
        }
        Err(_) => (vec![P50, P99], Vec::new()),
    }
}

/// Why no memory of this case can be known: said once, and not for each limit.
fn no_memory(subject: &Subject, runs: &[Observation]) -> Option<String> {
    let target = target(subject, Metric::Allocs, None);
    match target.find(runs, &Policy::default()) {
        Err(Missing::Never(why)) => Some(why),
        _ => None,
    }
}

/// Whether a limit says anything of the time that a call takes.
fn is_of_time(metric: Metric) -> bool {
    metric == Metric::Complexity
        || (metric.noise() == Noise::Noisy && metric.source() != Source::Outcome)
}

fn is_of_memory(metric: Metric) -> bool {
    matches!(
        metric.source(),
        Source::Allocator | Source::Trend | Source::System
    )
}
