//! A limit that the evidence neither holds nor breaks, and what would decide it.

use perf_grammar::{Metric, Quantile, Unit};

use super::Timed;
use super::broken::{broken, was_broken};
use super::numbers::{
    calls, claim, counted, noun, number, observations, percent, quantiles, shown, source, spread,
};
use crate::collections::{joined, owned};
use crate::judge::evidence::needed;
use crate::judge::{Claim, Observations, Undecided};
use crate::model::figure::PerCall;

/// What is known, in one sentence.
pub(crate) fn open(timed: &Timed<'_>, why: Undecided) -> String {
    let (limit, evidence) = (timed.limit, timed.evidence);
    let (claimed, observed) = Claim::of(limit.metric);
    let made = observations(limit.metric, evidence.calls);
    let above = perf_grammar::format_count(evidence.above as f64);
    let measured = evidence.measured.map(|call| timed.per_item(call));
    let so_far = match (why, measured) {
        (Undecided::NotReproduced, Some(measured)) => {
            return format!(
                "{}, and was not when measured again",
                was_broken(limit, measured)
            );
        }
        (Undecided::SingleRound, Some(measured)) => {
            return format!(
                "{}, but {above} of {made} above it came in one burst",
                broken(limit, measured)
            );
        }
        (Undecided::Boundary, Some(measured)) => {
            return format!(
                "{} {} is too near its {} of {} to tell",
                limit.name(),
                shown(limit.metric, measured.0),
                noun(limit),
                number(limit)
            );
        }
        (Undecided::Contaminated, _) => owned("the machine was too busy to tell"),
        (Undecided::Deadline { ns }, _) => format!(
            "the deadline of {} ended it while {}",
            perf_grammar::format_duration(ns as f64),
            pointing(timed)
        ),
        (Undecided::TooFewCalls, None) if observed == Observations::FirstCalls => {
            owned("not disproved, and no time was left to start a process for it")
        }
        (_, None) => owned("no call could be judged"),
        _ if evidence.calls == 0 => {
            owned("not disproved, the first call left no time for one to be judged")
        }
        _ if claimed == Claim::Mean => {
            format!("not disproved, {made} are too few to tell")
        }
        _ if evidence.above > 0 => {
            format!("{above} of {made} above the limit, too few calls to tell")
        }
        _ => format!("not disproved, 0 of {made} above the limit"),
    };
    format!("{}: {so_far}", claim(limit))
}

/// What these calls do prove, and what to choose so that the next run decides.
pub(crate) fn what_would_decide(timed: &Timed<'_>, why: Undecided) -> Vec<String> {
    let mut lines = match why {
        Undecided::TooFewCalls => too_few(timed),
        Undecided::Deadline { ns } => unfinished(timed, ns),
        Undecided::Boundary => near_the_limit(timed),
        Undecided::NotReproduced => vec![owned(
            "a breach counts only if it is found twice; this one was chance, or the machine in a bad moment",
        )],
        Undecided::Contaminated => vec![
            format!(
                "{} of the time in calls was spent waiting for a processor, and {} left out",
                percent(timed.waiting),
                match timed.dropped {
                    1 => owned("1 call was"),
                    dropped => format!("{} were", calls(dropped)),
                }
            ),
            owned(
                "choose: a quieter machine, fewer programs beside it, or clock = \"cpu\" where the call waits for nothing",
            ),
        ],
        Undecided::SingleRound => vec![
            owned(
                "one burst can be the machine: a maximum is broken when calls of two rounds are above it",
            ),
            owned(
                "choose: `p99_9`, which makes a claim that more calls decide, or a higher maximum",
            ),
        ],
        Undecided::Failed => vec![owned("the case failed before it was decided")],
    };
    lines.push(source(timed.limit));
    lines.extend(spread(timed));
    lines.extend(quantiles(timed));
    lines
}

/// `30 calls prove at most p79 <= 250 ms (99.9 %), p90 (95 %). A p99 claim
/// needs 339 calls = 67.8 s at 200 ms.`
fn too_few(timed: &Timed<'_>) -> Vec<String> {
    let (limit, evidence) = (timed.limit, timed.evidence);
    let mut lines = Vec::new();
    let mut known = Vec::new();
    if let Some((likely, rare)) = evidence.proves {
        known.extend(proved(timed, likely, rare));
    }
    // A quarter more, because warming up and preparing inputs take time too; and
    // where that took more than so much, as much more as it did.
    let most_ns = timed.plan.max_time_ns as f64;
    let (mut max_time, mut as_before) = (most_ns * 4.0, most_ns);
    if let Some(needed) = evidence.needed_calls
        && needed > evidence.calls
    {
        let lasts = lasts(timed, needed);
        known.push(format!(
            "A {} claim needs {}{}.",
            limit.metric,
            observations(limit.metric, needed),
            in_time(&lasts)
        ));
        if let Some((ns, _)) = lasts {
            max_time = ns * 1.25;
        }
        if evidence.calls > 0 {
            as_before = most_ns * needed as f64 / evidence.calls as f64;
        }
    }
    if !known.is_empty() {
        lines.push(joined(&known, " "));
    }
    let mut choices = Vec::new();
    if let Metric::Quantile(_) = limit.metric
        && let Some(quantile) = within_reach(timed)
    {
        choices.push(format!("a {quantile} budget"));
    }
    let max_time = max_time.max(as_before);
    choices.push(format!("max_time = \"{}s\"", (max_time / 1e9).ceil()));
    choices.extend(looser(timed));
    choices.push(owned("a smaller input"));
    lines.push(format!("choose: {}", listed(&choices)));
    lines
}

/// What pointed to broken: the calls above the limit, or the mean of those that were
/// made.
fn pointing(timed: &Timed<'_>) -> String {
    let (limit, evidence) = (timed.limit, timed.evidence);
    let made = observations(limit.metric, evidence.calls);
    let measured = evidence.measured.map(|call| timed.per_item(call));
    match (Claim::of(limit.metric).0, measured) {
        (Claim::Mean, Some(measured)) => {
            format!("{made} came to {}", shown(limit.metric, measured.0))
        }
        _ => {
            let above = perf_grammar::format_count(evidence.above as f64);
            let verb = if evidence.above == 1 { "was" } else { "were" };
            format!("{above} of {made} {verb} above the limit")
        }
    }
}

/// What would prove a breach that the deadline left open: more calls like those so
/// far, or a limit that fewer of them break.
fn unfinished(timed: &Timed<'_>, deadline_ns: u64) -> Vec<String> {
    let (limit, evidence) = (timed.limit, timed.evidence);
    let mut lines = vec![owned(
        "what was seen points to broken, and is too little to call it that; a longer `max_time` or PERF_DEADLINE moves the deadline",
    )];
    let mut choices = Vec::new();
    if let Some(needed) = evidence.breaking_calls
        && needed > evidence.calls
    {
        let lasts = lasts(timed, needed);
        lines.push(format!(
            "{} like these would prove it broken{}",
            observations(limit.metric, needed),
            in_time(&lasts)
        ));
        // A quarter more, for what is done around the calls.
        let lasts_ns = match lasts {
            Some((ns, _)) => ns,
            None => deadline_ns as f64 * needed as f64 / evidence.calls.max(1) as f64,
        };
        let short_ns = (lasts_ns * 1.25 - deadline_ns as f64).max(0.0);
        let enough_ns = timed.plan.max_time_ns as f64 + short_ns / 4.0;
        choices.push(format!("max_time = \"{}s\"", (enough_ns / 1e9).ceil()));
    }
    if let Metric::Quantile(quantile) = limit.metric
        && quantile < Quantile::P99
    {
        choices.push(owned("a p99 limit, which fewer calls break"));
    }
    choices.push(owned("a smaller input"));
    lines.push(format!("choose: {}", listed(&choices)));
    lines
}

/// How long this many calls take, and at which pace: a clock sets that, or how
/// long a call takes and how many users make them. How long a process takes
/// that makes one first call is unknown here.
fn lasts(timed: &Timed<'_>, calls: u64) -> Option<(f64, String)> {
    let plan = timed.plan;
    if Claim::of(timed.limit.metric).1 == Observations::FirstCalls {
        return None;
    }
    if let Some(rate) = plan.rate {
        let pace = perf_grammar::format(Unit::Rate, rate as f64);
        return Some((calls as f64 * 1e12 / rate as f64, format!("at {pace}")));
    }
    let PerCall(ns) = timed.summary?.mean;
    let each = perf_grammar::format_duration(ns);
    let all = ns * calls as f64 / plan.threads.max(1) as f64;
    Some(match plan.threads {
        0 | 1 => (all, format!("at {each}")),
        users => (all, format!("at {each}, {users} at a time")),
    })
}

/// ` = 67.8 s at 200 ms`, of what [`lasts`] found.
fn in_time(lasts: &Option<(f64, String)>) -> String {
    match lasts {
        Some((ns, pace)) => format!(" = {} {pace}", perf_grammar::format_duration(*ns)),
        None => String::new(),
    }
}

fn proved(timed: &Timed<'_>, likely: Option<Quantile>, rare: Option<Quantile>) -> Option<String> {
    let made = calls(timed.evidence.calls);
    let limit = number(timed.limit);
    match (rare, likely) {
        (Some(rare), Some(likely)) => Some(format!(
            "{made} prove at most {rare} <= {limit} (99.9 %), {likely} (95 %)."
        )),
        (None, Some(likely)) => Some(format!("{made} prove at most {likely} <= {limit} (95 %).")),
        _ => None,
    }
}

/// The highest usual quantile that as many calls would decide.
fn within_reach(timed: &Timed<'_>) -> Option<Quantile> {
    for millionths in &[950_000, 900_000, 750_000, 500_000] {
        let quantile = Quantile::from_millionths(*millionths);
        if Metric::Quantile(quantile) < timed.limit.metric
            && let Some(calls) = needed(1.0 - quantile.share(), 0.0, timed.plan.false_pass)
            && calls <= timed.evidence.slots
        {
            return Some(quantile);
        }
    }
    None
}

/// A stricter run than the default may be loosened to it.
fn looser(timed: &Timed<'_>) -> Option<String> {
    let Metric::Quantile(quantile) = timed.limit.metric else {
        return None;
    };
    if timed.plan.false_pass >= 0.05 {
        return None;
    }
    let needed = needed(1.0 - quantile.share(), 0.0, 0.05)?;
    Some(format!("false_pass = 0.05 ({})", calls(needed)))
}

fn near_the_limit(timed: &Timed<'_>) -> Vec<String> {
    let (limit, evidence) = (timed.limit, timed.evidence);
    let mut lines = Vec::new();
    match (evidence.lower, evidence.upper) {
        (Some(lower), Some(upper)) => lines.push(format!(
            "{} lies between {} and {}, from {}",
            limit.metric,
            timed.shown(lower),
            timed.shown(upper),
            observations(limit.metric, evidence.calls)
        )),
        _ if Claim::of(limit.metric).1 == Observations::FirstCalls => {
            lines.push(format!(
                "from {}",
                observations(limit.metric, evidence.calls)
            ));
        }
        _ => lines.push(format!(
            "from {} in {}",
            observations(limit.metric, evidence.calls),
            counted(evidence.rounds, "round")
        )),
    }
    lines.push(format!(
        "choose: a {} with headroom (1.5 times the usual value for a tail), or a longer max_time than {}",
        noun(limit),
        perf_grammar::format_duration(timed.plan.max_time_ns as f64)
    ));
    lines
}

fn listed(choices: &[String]) -> String {
    match choices {
        [one] => one.clone(),
        [first @ .., last] => format!("{}, or {last}", joined(first, ", ")),
        [] => String::new(),
    }
}
