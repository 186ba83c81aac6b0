//! What the file says of a case that its function cannot do.
//!
//! The attribute refuses the same at compile time; here it comes from a class,
//! a pattern or a profile.

use perf_grammar::Metric;

use super::layers::Applied;
use super::settle::Settled;
use super::{CaseFacts, CaseKind};
use crate::model::case::Clock;
use crate::model::plan::Layer;
use crate::model::problem::{Mistakes, Problem};
use crate::policy::file::{Set, Spot};

/// Where a layer says something, as far as it has a place in a file.
type Place = Option<Spot>;

/// The layer that says something, and where.
type Found<'l> = Option<(&'l Applied<'l>, Place)>;

pub(super) fn misfits(case: &CaseFacts, layers: &[Applied<'_>], settled: &Settled) -> Mistakes {
    let mut mistakes = Mistakes::default();
    let mut refuse = |found: Found<'_>, problem: &dyn Fn(&str, &str) -> Problem| {
        let Some((applied, place)) = found else {
            return;
        };
        let place = match applied.place(place) {
            Some(place) => place,
            None => case.place.clone(),
        };
        let problem = problem(&applied.name, &case.id);
        mistakes.0.push(problem.at(Some(place)));
    };
    if !case.kind.is_of_users() {
        // One user is how it is called anyway.
        if settled.plan.threads > 1 {
            let threads = said(layers, &|applied| place(applied.settings.threads));
            refuse(threads, &|table, case| {
                Problem::one_user("threads", table, case)
            });
        }
        let rate = said(layers, &|applied| place(applied.settings.rate));
        refuse(rate, &|table, case| Problem::one_user("rate", table, case));
    }
    let limited = |metric| {
        said(layers, &|applied| {
            for (target, set) in &applied.settings.limits {
                if target.metric == metric {
                    return Some(set.place);
                }
            }
            None
        })
    };
    if !case.kind.is_of_users() || settled.plan.threads < 2 {
        refuse(limited(Metric::Degradation), &Problem::degradation_of_one);
    }
    let clock = said(layers, &|applied| {
        let set = applied.settings.clock?;
        // The file's own default is for all cases, and passes over this one.
        (applied.layer > Layer::Defaults && set.value != Clock::Wall).then_some(set.place)
    });
    if case.kind == CaseKind::Tasks {
        refuse(clock, &Problem::clock_of_tasks);
    }
    if case.kind != CaseKind::Member {
        refuse(limited(Metric::Complexity), &Problem::complexity_of_none);
    }
    mistakes
}

/// The highest layer that says it, and where.
fn said<'l>(layers: &'l [Applied<'l>], get: &dyn Fn(&Applied<'_>) -> Option<Place>) -> Found<'l> {
    for applied in layers.iter().rev() {
        // What is built in is not the user's fault.
        if applied.layer > Layer::BuiltIn
            && let Some(place) = get(applied)
        {
            return Some((applied, place));
        }
    }
    None
}

fn place(set: Option<Set<u64>>) -> Option<Place> {
    set.map(|set| set.place)
}
