//! Which mutations prove the limits of a case, in how many runs.

mod past;

use std::collections::{BTreeMap, BTreeSet};

use perf_grammar::{Effect, Metric, Mode, Verdict};

use self::past::past;
use super::mutation::Mutation;
use crate::analysis::run::{Case, Limit};
use crate::model::record::Plan;

/// Zero is far below any limit: it counts as this many, or this many bytes.
const LEAST_COUNT: f64 = 1.0;
const LEAST_BYTES: f64 = 1_000.0;

/// Calls for a warm-up, and those that a verdict needs beside the ones that prove it.
const BESIDE: f64 = 3.0;
/// How long a round lasts of calls that are shorter.
const ROUND_S: f64 = 5e-3;

/// What is asked for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Effort {
    /// Few runs, and none that takes long.
    pub(crate) quick: bool,
    /// The longest that a mutation of a case may take, seconds.
    pub(crate) longest_s: f64,
    /// The longest that all slowdowns may take together, seconds.
    pub(crate) in_all_s: f64,
    /// How many runs with mutations there are at most.
    pub(crate) passes: usize,
}

impl Effort {
    pub(crate) fn new(quick: bool) -> Effort {
        Effort {
            quick,
            longest_s: if quick { 3.0 } else { 60.0 },
            in_all_s: if quick { 35.0 } else { f64::INFINITY },
            passes: if quick { 4 } else { 64 },
        }
    }
}

/// One mutation of a case, and what it has to break.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Mutant {
    pub(crate) case: String,
    /// Names of limits; none where the case has to fail as a whole.
    pub(crate) targets: Vec<String>,
    pub(crate) mutation: Mutation,
    /// What is planted where: in the case, or in each member of its family.
    pub(crate) planted: Vec<(String, Mutation)>,
    /// About how long that takes.
    pub(crate) seconds: f64,
}

impl Mutant {
    /// Whether it is to break limits of time.
    pub(crate) fn is_slow(&self) -> bool {
        self.mutation.kind.is_slow()
    }

    /// Whether a greater one of its kind does for a smaller one.
    fn is_slowdown(&self) -> bool {
        self.mutation.kind == Effect::Spin && self.planted.len() == 1
    }
}

/// Why a limit has no mutation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Unproved {
    /// It is broken, or its case fails, without one.
    Red(String),
    /// It has no value.
    Unmeasured(String),
    /// Its mode is `off`: here, or under every profile.
    Off {
        everywhere: bool,
    },
    NotApplicable(String),
    LeftOut(String),
}

/// The mutations, run by run: at most one a case in each.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Passes {
    pub(crate) passes: Vec<Vec<Mutant>>,
    /// By case and limit.
    pub(crate) unproved: BTreeMap<(String, String), Unproved>,
}

/// Plans for what a run without mutations found.
pub(crate) fn plan(cases: &[Case], plans: &BTreeMap<String, Plan>, effort: Effort) -> Passes {
    let mut all = Passes::default();
    let mut mutants = Vec::new();
    for (at, case) in cases.iter().enumerate() {
        mutants.extend(of_case(
            cases,
            at,
            plans.get(&case.id),
            effort,
            &mut all.unproved,
        ));
    }
    let late = late(&mutants, effort.in_all_s);
    for (at, mutant) in mutants.into_iter().enumerate() {
        match late.contains(&at) {
            true => {
                let most = effort.in_all_s;
                let why = format!(
                    "left out by --quick, whose slowdowns take no more than {most} s together"
                );
                all.leave(&mutant, &why);
            }
            false => all.place(mutant, effort.passes),
        }
    }
    all
}

/// The places of the slowdowns that do not fit into a time, where the shortest come first.
fn late(mutants: &[Mutant], in_all_s: f64) -> BTreeSet<usize> {
    let slow = |at: &usize| mutants[*at].is_slow();
    let mut places: Vec<usize> = (0..mutants.len()).filter(slow).collect();
    places.sort_by(|one, other| mutants[*one].seconds.total_cmp(&mutants[*other].seconds));
    let mut sum = 0.0;
    places.retain(|at| {
        sum += mutants[*at].seconds;
        sum > in_all_s
    });
    places.into_iter().collect()
}

impl Passes {
    /// Puts a mutant into the first run in which none of its cases has one.
    fn place(&mut self, mutant: Mutant, most: usize) {
        let ids: BTreeSet<&String> = mutant.planted.iter().map(|(id, _)| id).collect();
        let is_free = |pass: &Vec<Mutant>| {
            let taken = pass.iter().flat_map(|other| &other.planted);
            !taken.into_iter().any(|(id, _)| ids.contains(id))
        };
        if let Some(pass) = self.passes.iter_mut().find(|pass| is_free(pass)) {
            pass.push(mutant);
        } else if self.passes.len() < most {
            self.passes.push(vec![mutant]);
        } else {
            let why = format!("left out by --quick, which makes {most} runs with mutations");
            self.leave(&mutant, &why);
        }
    }

    fn leave(&mut self, mutant: &Mutant, why: &str) {
        for target in &mutant.targets {
            let key = (mutant.case.clone(), target.clone());
            self.unproved.insert(key, Unproved::LeftOut(why.to_owned()));
        }
    }
}

/// The mutants of a case, the most telling first.
fn of_case(
    cases: &[Case],
    at: usize,
    plan: Option<&Plan>,
    effort: Effort,
    unproved: &mut BTreeMap<(String, String), Unproved>,
) -> Vec<Mutant> {
    let case = &cases[at];
    let threshold = plan.map_or(12.0, |plan| {
        (plan.time_limits_in_run.max(1) as f64 / plan.false_fail).ln()
    });
    let (mut slow, mut others) = (Vec::new(), Vec::new());
    for limit in &case.limits {
        match of_limit(case, limit, threshold, effort, cases) {
            Ok(mutant) if mutant.is_slowdown() => slow.push(mutant),
            Ok(mutant) => others.push(mutant),
            Err(why) => {
                unproved.insert((case.id.clone(), limit.metric.clone()), why);
            }
        }
    }
    let mut mutants = slowdowns(slow, effort, plan);
    mutants.extend(others);
    let tolerates = case.limits.iter().any(|limit| limit.key() == "errors");
    // What tolerates errors does not fail by one.
    let kinds: &[Effect] = match (tolerates, effort.quick) {
        _ if case.failure.is_some() || case.summary.is_none() => &[],
        (true, _) => &[Effect::Panic],
        (false, true) if at.is_multiple_of(2) => &[Effect::Fail],
        (false, true) => &[Effect::Panic],
        (false, false) => &[Effect::Fail, Effect::Panic],
    };
    let failing = kinds.iter().map(|kind| Mutant {
        case: case.id.clone(),
        targets: Vec::new(),
        mutation: Mutation::new(*kind, 0),
        planted: vec![(case.id.clone(), Mutation::new(*kind, 0))],
        seconds: 0.0,
    });
    // Where few runs are made it is among them: it takes next to none of their time.
    let place = match effort.quick {
        true => mutants.len().min(1),
        false => mutants.len(),
    };
    mutants.splice(place..place, failing);
    mutants
}

/// A slowdown for each limit of time, those of about the same size together; where few
/// runs are wanted the greatest, which is past all of them.
fn slowdowns(mut slow: Vec<Mutant>, effort: Effort, plan: Option<&Plan>) -> Vec<Mutant> {
    slow.sort_by_key(|mutant| mutant.mutation.amount);
    let mut groups: Vec<Mutant> = Vec::new();
    for mutant in slow {
        match groups.last_mut() {
            Some(last)
                if effort.quick || mutant.mutation.amount < last.mutation.amount * 11 / 10 =>
            {
                last.mutation = mutant.mutation;
                last.planted = mutant.planted;
                last.seconds = last.seconds.max(mutant.seconds);
                last.targets.extend(mutant.targets);
            }
            _ => groups.push(mutant),
        }
    }
    // Waiting is seen by another way than work; where only work counts, by none.
    let waits = plan.is_none_or(|plan| plan.clock != "cpu");
    let is_of_time = |name: &String| {
        let metric = Metric::from_key(name);
        metric.is_some_and(|metric| metric.source() == perf_grammar::Source::Time)
    };
    let waiting = groups.last().filter(|_| waits && !effort.quick).cloned();
    let waiting = waiting.and_then(|mut mutant| {
        mutant.targets.retain(is_of_time);
        mutant.mutation.kind = Effect::Wait;
        mutant.planted = vec![(mutant.case.clone(), mutant.mutation.clone())];
        (!mutant.targets.is_empty()).then_some(mutant)
    });
    groups.extend(waiting);
    groups
}

/// The mutation that is past a limit.
fn of_limit(
    case: &Case,
    limit: &Limit,
    threshold: f64,
    effort: Effort,
    cases: &[Case],
) -> Result<Mutant, Unproved> {
    let reason = limit.reason.as_ref().map(|reason| reason.text.clone());
    if limit.mode == Mode::Off {
        return Err(Unproved::Off { everywhere: false });
    }
    if let Some(failure) = &case.failure {
        let line = failure.first_line();
        return Err(Unproved::Red(format!("{}: {line}", failure.kind)));
    }
    match limit.verdict {
        Verdict::Fail => return Err(Unproved::Red(limit.sentence.clone())),
        // A breach that is known and accepted.
        Verdict::Warn | Verdict::Waived => {
            return Err(not_applicable(format!(
                "it is broken already: {}",
                limit.sentence
            )));
        }
        Verdict::Pass | Verdict::Undecided | Verdict::Unmeasured => {}
    }
    if limit.was_not_built() && !case.id.starts_with('[') {
        return Err(not_applicable(reason.unwrap_or_default()));
    }
    let (Some(bound), false) = (limit.bound, limit.verdict == Verdict::Unmeasured) else {
        let why = reason.unwrap_or_else(|| limit.sentence.clone());
        return Err(Unproved::Unmeasured(why));
    };
    let metric = Metric::from_key(limit.key())
        .ok_or_else(|| not_applicable("this version does not know the metric"))?;
    let of = limit.of().unwrap_or_default();
    let measured = limit.measured.unwrap_or(0.0);
    let other_ns = cases
        .iter()
        .find(|case| case.id == of || case.id.ends_with(&format!("::{of}")))
        .and_then(|other| other.summary.as_ref()?.p50);
    let (mutation, calls) = past(case, metric, bound, measured, (threshold, other_ns))?;
    let mutation = Mutation {
        of: match mutation.kind {
            Effect::Count | Effect::Emit | Effect::Span => of.to_owned(),
            _ => String::new(),
        },
        ..mutation
    };
    let planted = match metric {
        Metric::Complexity => family(case, limit, &mutation)?,
        _ => vec![(case.id.clone(), mutation.clone())],
    };
    let seconds = takes_s(case, &mutation, calls);
    if seconds > effort.longest_s {
        return Err(Unproved::LeftOut(match effort.quick {
            true => "its mutation would take too long for --quick".to_owned(),
            false => format!("its mutation would take more than {} s", effort.longest_s),
        }));
    }
    Ok(Mutant {
        case: case.id.clone(),
        targets: vec![limit.metric.clone()],
        mutation,
        planted,
        seconds,
    })
}

fn not_applicable(why: impl Into<String>) -> Unproved {
    Unproved::NotApplicable(why.into())
}

/// Mutations of all cases of a family: they grow at least one power of n faster than the
/// limit allows.
fn family(
    case: &Case,
    limit: &Limit,
    mutation: &Mutation,
) -> Result<Vec<(String, Mutation)>, Unproved> {
    let of_time = limit.fits.iter().find(|fit| fit.of == "time");
    let points = of_time
        .map(|fit| &fit.points)
        .filter(|points| points.len() > 1);
    let points = points.ok_or_else(|| not_applicable("how its time grows was not seen"))?;
    let most = points.iter().map(|(n, _)| *n).fold(1.0, f64::max);
    let cost_ns = points.iter().map(|(_, ns)| *ns).fold(1_000.0, f64::max);
    let power = match limit.bound.unwrap_or(0.0) as usize {
        0 | 1 => 2,
        2 | 3 => 3,
        class => class as i32,
    };
    let base = perf_grammar::without_argument(&case.id);
    let planted = points.iter().map(|(n, _)| {
        let amount = 20.0 * cost_ns * (n / most).powi(power);
        let mutation = Mutation {
            amount: amount.max(1.0) as u64,
            ..mutation.clone()
        };
        (format!("{base}/{n}"), mutation)
    });
    Ok(planted.collect())
}

/// How long the calls that prove it take, with their confirmation.
fn takes_s(case: &Case, mutation: &Mutation, calls: f64) -> f64 {
    let own_ns = case.summary.as_ref().and_then(|summary| summary.mean);
    let own_ns = own_ns.unwrap_or(0.0) * case.items.max(1) as f64;
    let more_ns = match mutation.kind {
        Effect::Spin | Effect::SpinTogether | Effect::Wait | Effect::Work => mutation.amount as f64,
        Effect::Span => 3.0 * mutation.amount as f64,
        Effect::Touch => mutation.amount as f64 / 2.0,
        _ => 0.0,
    };
    let least_s = if mutation.kind.is_slow() {
        ROUND_S
    } else {
        0.0
    };
    2.0 * (calls + BESIDE) * ((own_ns + more_ns) / 1e9).max(least_s)
}

/// By what factor a limit is above what was measured; of a floor, below.
pub(crate) fn headroom(limit: &Limit) -> Option<f64> {
    let (bound, measured) = limit.bound.zip(limit.measured)?;
    let metric = Metric::from_key(limit.key())?;
    if matches!(metric, Metric::Complexity | Metric::Errors) {
        return None;
    }
    if limit.floor {
        return (bound > 0.0).then(|| measured / bound);
    }
    let least = match metric.unit() {
        perf_grammar::Unit::Bytes => LEAST_BYTES,
        perf_grammar::Unit::Count => LEAST_COUNT,
        _ => f64::MIN_POSITIVE,
    };
    (bound > 0.0).then(|| bound / measured.max(least))
}

#[cfg(test)]
mod tests;
