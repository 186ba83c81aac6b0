//! Whether a gate proves itself: mutation testing of limits. What is worse on purpose
//! has to turn the right limit red and no other, and to be green without it.

mod alarm;
mod mutation;
mod plan;
mod power;
#[cfg(test)]
pub(crate) mod fixture;

use std::collections::BTreeMap;
use std::fmt;

use perf_grammar::{Metric, Verdict};
use serde::Serialize;

pub(crate) use self::alarm::Alarms;
pub(crate) use self::mutation::Mutation;
use self::plan::headroom;
pub(crate) use self::plan::{Effort, Mutant, Passes, Unproved, plan};
pub(crate) use self::power::MISS;
use self::power::Power;
use crate::analysis::doctor::OUT_OF_REACH;
use crate::analysis::run::{Case, Limit, Run};
use crate::model::record::Plan;

/// What became of every limit.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Proved {
    pub(crate) id: String,
    pub(crate) quick: bool,
    pub(crate) cases: usize,
    /// Runs that were made with mutations.
    pub(crate) passes: usize,
    pub(crate) limits: Vec<ProvedLimit>,
    /// Panics and errors, each of a case.
    pub(crate) failures: Vec<ProvedFailure>,
    /// Limits that a mutation broke and should not have.
    pub(crate) stray: Vec<Stray>,
    pub(crate) alarms: Alarms,
    /// Where it was measured.
    pub(crate) machine: Option<String>,
    pub(crate) warnings: Vec<String>,
    /// What keeps the runs from being complete.
    pub(crate) problems: Vec<String>,
}

/// Why a limit catches no change that is likely.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum NeverFires {
    NoValue(String),
    /// Under every profile.
    Off,
    /// By how much it is above what is measured.
    Far(String),
    TooFewCalls,
}

/// One limit of one case.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ProvedLimit {
    pub(crate) case: String,
    /// `file:line`.
    pub(crate) source: String,
    pub(crate) limit: String,
    /// For people: `10 ms`.
    pub(crate) bound: String,
    pub(crate) measured: Option<String>,
    /// The limit over what was measured; of a floor, the other way round.
    pub(crate) headroom: Option<f64>,
    pub(crate) proof: Proof,
    /// What it would catch at the least.
    pub(crate) smallest: Smallest,
}

/// What became of a limit.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Proof {
    /// Its mutations broke it, and without them it is not broken.
    Caught {
        by: Vec<Mutation>,
        /// Limits that broke with it, as they may.
        also: Vec<String>,
    },
    /// It was not broken by a mutation that is past it.
    NotCaught { by: Mutation, found: String },
    /// It was, and is broken without the mutation too.
    NotGreen { by: Mutation, found: String },
    /// No mutation was made of it.
    Unproved(Unproved),
}

/// The least that a limit would catch.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Smallest {
    /// Calls that take this many times as long.
    Slowdown(f64),
    /// No slowdown, however great: too few calls fit.
    None,
    /// One unit more than the limit: it is counted.
    Exact(String),
    Unknown(String),
}

/// A case that was to fail as a whole.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ProvedFailure {
    pub(crate) case: String,
    pub(crate) by: Mutation,
    /// What was found instead, where it did not fail so.
    pub(crate) missed: Option<String>,
}

/// A limit that moved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Moved {
    pub(crate) case: String,
    pub(crate) limit: String,
    pub(crate) sentence: String,
}

/// A limit that was broken by what is none of its business.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Stray {
    pub(crate) by: Mutation,
    /// The case that had the mutation.
    pub(crate) of: String,
    pub(crate) moved: Moved,
}

/// How many limits ended in what.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Counts {
    pub(crate) caught: usize,
    pub(crate) not_caught: usize,
    pub(crate) not_applicable: usize,
    pub(crate) left_out: usize,
    pub(crate) off: usize,
}

/// What one mutation of a limit did: what else broke with it, or why it is not caught.
type Tried = Result<(Mutation, Vec<String>), Proof>;

/// What was measured.
pub(crate) struct Runs<'a> {
    /// Before any mutation.
    pub(crate) before: &'a Run,
    pub(crate) plans: &'a BTreeMap<String, Plan>,
    pub(crate) passes: &'a Passes,
    /// One of each pass.
    pub(crate) mutated: &'a [Run],
    /// After all mutations.
    pub(crate) after: Option<&'a Run>,
    /// Limits whose mode is `off` under every profile.
    pub(crate) off_everywhere: &'a dyn Fn(&str, &str) -> bool,
}

impl Proved {
    /// Joins what each mutation broke with what holds without it.
    pub(crate) fn of(runs: &Runs<'_>) -> Proved {
        let mut proved = Proved {
            id: runs.before.id.clone(),
            cases: runs.before.cases.len(),
            passes: runs.mutated.len(),
            ..Proved::default()
        };
        let mut results: BTreeMap<(&str, &str), Vec<Tried>> = BTreeMap::new();
        for (pass, run) in runs.passes.passes.iter().zip(runs.mutated) {
            for mutant in pass {
                let Some(found) = case(run, &mutant.case) else {
                    continue;
                };
                let own = case(runs.before, &mutant.case);
                if mutant.targets.is_empty() {
                    proved.failures.push(failed(mutant, found));
                    continue;
                }
                let typical = own.and_then(|own| own.summary.as_ref()?.p50);
                let typical_ns = typical.unwrap_or(0.0) * found.items.max(1) as f64;
                let newly = newly_broken(own, found);
                for target in &mutant.targets {
                    let also: Vec<String> = newly
                        .iter()
                        .filter(|limit| limit.metric != *target)
                        .map(|limit| limit.metric.clone())
                        .collect();
                    let limit = found.limit(target);
                    let is_broken = limit.is_some_and(|limit| limit.verdict.is_broken());
                    let result = match is_broken {
                        true => Ok((mutant.mutation.clone(), also)),
                        false => Err(Proof::NotCaught {
                            by: mutant.mutation.clone(),
                            found: instead(found, limit),
                        }),
                    };
                    let key = (&*mutant.case, &**target);
                    results.entry(key).or_default().push(result);
                }
                let stray = newly.into_iter().filter(|limit| {
                    let metric = Metric::from_key(limit.key());
                    let of = limit.of().unwrap_or_default();
                    let may = |metric| mutant.mutation.may_break(metric, of, typical_ns);
                    !mutant.targets.contains(&limit.metric) && !metric.is_some_and(may)
                });
                proved.stray.extend(stray.map(|limit| Stray {
                    by: mutant.mutation.clone(),
                    of: mutant.case.clone(),
                    moved: Moved::of(found, limit),
                }));
            }
        }
        for own in &runs.before.cases {
            for limit in &own.limits {
                let results = results.remove(&(&*own.id, &*limit.metric));
                proved.limits.push(ProvedLimit {
                    case: own.id.clone(),
                    source: own.source.clone(),
                    limit: limit.metric.clone(),
                    bound: limit.limit.clone(),
                    measured: limit.measured(),
                    headroom: headroom(limit),
                    proof: proof(runs, own, limit, results),
                    smallest: smallest(own, limit, runs.plans.get(&own.id)),
                });
            }
        }
        proved
            .limits
            .sort_by(|one, other| one.case.cmp(&other.case));
        let machine = runs
            .before
            .cases
            .iter()
            .find_map(|case| case.environment.as_ref());
        proved.machine = machine.map(|machine| machine.machine_class());
        proved
    }

    /// How many limits ended in what.
    pub(crate) fn counts(&self) -> Counts {
        let mut counts = Counts::default();
        for limit in &self.limits {
            *match &limit.proof {
                Proof::Caught { .. } => &mut counts.caught,
                Proof::Unproved(Unproved::NotApplicable(_)) => &mut counts.not_applicable,
                Proof::Unproved(Unproved::LeftOut(_)) => &mut counts.left_out,
                Proof::Unproved(Unproved::Off { .. }) => &mut counts.off,
                _ => &mut counts.not_caught,
            } += 1;
        }
        counts
    }

    /// Failures that were planted and not seen.
    pub(crate) fn missed_failures(&self) -> impl Iterator<Item = &ProvedFailure> {
        let failures = self.failures.iter();
        failures.filter(|failure| failure.missed.is_some())
    }

    /// Whether something is not caught, or more than it should be.
    pub(crate) fn fails(&self) -> bool {
        self.counts().not_caught > 0
            || self.missed_failures().next().is_some()
            || !self.stray.is_empty()
    }

    /// Whether every limit was judged and could fire.
    pub(crate) fn is_complete(&self) -> bool {
        let counts = self.counts();
        counts.not_applicable + counts.left_out + counts.off == 0
            && !self
                .limits
                .iter()
                .any(|limit| limit.never_fires().is_some())
    }
}

impl ProvedLimit {
    /// Why no change of the code that is likely would be caught.
    pub(crate) fn never_fires(&self) -> Option<NeverFires> {
        match &self.proof {
            Proof::Unproved(Unproved::Unmeasured(why)) => Some(NeverFires::NoValue(why.clone())),
            Proof::Unproved(Unproved::Off { everywhere: true }) => Some(NeverFires::Off),
            // A slowdown of that size is looked for no more.
            _ => match (self.far(), &self.smallest) {
                (Some(far), _) => Some(NeverFires::Far(far)),
                (None, Smallest::None) => Some(NeverFires::TooFewCalls),
                (None, _) => None,
            },
        }
    }

    /// By how much it is too far above what is measured: `41 times`.
    pub(crate) fn far(&self) -> Option<String> {
        let far = self.headroom.filter(|headroom| *headroom > OUT_OF_REACH)?;
        Some(format!("{} times", perf_grammar::format_count(far.round())))
    }
}

impl fmt::Display for NeverFires {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            NeverFires::NoValue(why) => write!(f, "it has no value: {why}"),
            NeverFires::Off => f.write_str("its mode is `off` under every profile"),
            NeverFires::Far(far) => write!(f, "it is {far} what is measured"),
            NeverFires::TooFewCalls => {
                f.write_str("too few calls fit before the deadline to prove any slowdown")
            }
        }
    }
}

impl Moved {
    fn of(case: &Case, limit: &Limit) -> Moved {
        Moved {
            case: case.id.clone(),
            limit: limit.metric.clone(),
            sentence: limit.sentence.clone(),
        }
    }
}

impl Alarms {
    /// Counts the verdicts on limits that were set to quiet figures, over some runs.
    pub(crate) fn of(runs: &[Run], factor: f64, set: &BTreeMap<(String, String), u64>) -> Alarms {
        let mut alarms = Alarms {
            runs: runs.len(),
            factor,
            ..Alarms::default()
        };
        for case in runs.iter().flat_map(|run| &run.cases) {
            let key = |limit: &Limit| (case.id.clone(), limit.metric.clone());
            for limit in case
                .limits
                .iter()
                .filter(|limit| set.contains_key(&key(limit)))
            {
                match limit.verdict {
                    Verdict::Unmeasured => continue,
                    Verdict::Undecided => alarms.undecided += 1,
                    verdict if verdict.is_broken() => {
                        alarms.broken += 1;
                        alarms.names.push(Moved::of(case, limit));
                    }
                    _ => {}
                }
                alarms.verdicts += 1;
            }
        }
        alarms
    }
}

/// What limits of time are set to where unchanged code is judged again: their own
/// quiet figures times a factor.
pub(crate) fn quiet_limits(run: &Run, factor: f64) -> BTreeMap<(String, String), u64> {
    let mut limits = BTreeMap::new();
    for case in run.cases.iter().filter(|case| case.failure.is_none()) {
        for limit in &case.limits {
            let metric = Metric::from_key(limit.key());
            let is_of_time = metric.is_some_and(|metric| {
                metric.source() == perf_grammar::Source::Time && metric != Metric::First
            });
            let measured = limit.measured.filter(|measured| *measured > 0.0);
            let judged = limit.mode != perf_grammar::Mode::Off;
            let Some(measured) = measured.filter(|_| is_of_time && judged) else {
                continue;
            };
            let value = match limit.floor {
                true => measured / factor,
                false => measured * factor,
            };
            limits.insert(
                (case.id.clone(), limit.metric.clone()),
                value.ceil().max(1.0) as u64,
            );
        }
    }
    limits
}

fn case<'a>(run: &'a Run, id: &str) -> Option<&'a Case> {
    run.cases.iter().find(|case| case.id == id)
}

/// What is broken now and was not before.
fn newly_broken<'a>(own: Option<&Case>, found: &'a Case) -> Vec<&'a Limit> {
    let was_broken = |limit: &Limit| {
        let same = own.and_then(|own| own.limit(&limit.metric));
        same.is_some_and(|own| own.verdict.is_broken())
    };
    let broken = found
        .limits
        .iter()
        .filter(|limit| limit.verdict.is_broken());
    broken.filter(|limit| !was_broken(limit)).collect()
}

fn failed(mutant: &Mutant, found: &Case) -> ProvedFailure {
    let kind = found.failure.as_ref().map(|failure| &*failure.kind);
    let missed = (kind != mutant.mutation.kind.failure()).then(|| match &found.failure {
        Some(failure) => format!("{}: {}", failure.kind, failure.text),
        None => format!("the case ended as {}", found.outcome.word()),
    });
    ProvedFailure {
        case: mutant.case.clone(),
        by: mutant.mutation.clone(),
        missed,
    }
}

/// What was found where a limit should have been broken.
fn instead(case: &Case, limit: Option<&Limit>) -> String {
    match (&case.failure, limit) {
        (Some(failure), _) => format!("the case failed: {}: {}", failure.kind, failure.text),
        (None, Some(limit)) => format!("{}: {}", limit.verdict.word(), limit.sentence),
        (None, None) => "the limit is gone".to_owned(),
    }
}

fn proof(runs: &Runs<'_>, own: &Case, limit: &Limit, results: Option<Vec<Tried>>) -> Proof {
    let key = (own.id.clone(), limit.metric.clone());
    let Some(results) = results else {
        let why = runs.passes.unproved.get(&key).cloned();
        return Proof::Unproved(match why {
            Some(Unproved::Off { .. }) => Unproved::Off {
                everywhere: (runs.off_everywhere)(&own.id, &limit.metric),
            },
            Some(why) => why,
            None => Unproved::LeftOut("the run with its mutation has no record of it".to_owned()),
        });
    };
    let (mut by, mut also) = (Vec::new(), Vec::new());
    for result in results {
        match result {
            Ok((mutation, others)) => {
                by.push(mutation);
                also.extend(others);
            }
            Err(missed) => return missed,
        }
    }
    also.sort();
    also.dedup();
    let after = runs.after.and_then(|after| case(after, &own.id));
    let again = after.and_then(|after| {
        let same = after.limit(&limit.metric);
        same.filter(|limit| limit.verdict.is_broken())
    });
    match (again, by.first()) {
        (Some(again), Some(by)) => Proof::NotGreen {
            by: by.clone(),
            found: again.sentence.clone(),
        },
        _ => Proof::Caught { by, also },
    }
}

fn smallest(case: &Case, limit: &Limit, plan: Option<&Plan>) -> Smallest {
    let metric = Metric::from_key(limit.key());
    let unknown = |why: &str| Smallest::Unknown(why.to_owned());
    let (Some(metric), Some(bound), Some(measured)) = (metric, limit.bound, limit.measured) else {
        return unknown("it was not measured");
    };
    if metric.noise() == perf_grammar::Noise::Exact {
        return match metric {
            Metric::Complexity | Metric::Growth => unknown("it is judged over many calls"),
            _ => Smallest::Exact(format!(
                "{} more",
                perf_grammar::format(metric.unit(), (bound - measured).max(0.0) + 1.0)
            )),
        };
    }
    let Some(plan) = plan else {
        return unknown("it was not measured");
    };
    match Power::of(case, limit, plan) {
        Ok(power) => power.smallest().map_or(Smallest::None, Smallest::Slowdown),
        Err(why) => unknown(why),
    }
}

#[cfg(test)]
mod tests;
