//! What the file says of a case that its function cannot do.
//!
//! The attribute refuses the same at compile time; here it comes from a class,
//! a pattern or a profile.

use perf_grammar::Metric;

use super::layers::Applied;
use super::settle::Settled;
use super::{CaseFacts, CaseKind};
use crate::collections::owned;
use crate::model::case::Clock;
use crate::model::plan::Layer;
use crate::model::problem::{Mistakes, Problem};
use crate::policy::file::Set;

/// Where a layer says something, as far as it has a place in a file.
type Place<'l> = Option<&'l str>;

/// The layer that says something, and where.
type Found<'l> = Option<(&'l Applied, Place<'l>)>;

pub(super) fn misfits(case: &CaseFacts, layers: &[Applied], settled: &Settled) -> Mistakes {
    let mut mistakes = Mistakes::default();
    let mut refuse = |found: Found<'_>, problem: &dyn Fn(&str, &str) -> Problem| {
        let Some((applied, place)) = found else {
            return;
        };
        let place = owned(place.unwrap_or(&case.place));
        let problem = problem(&applied.name, &case.id);
        mistakes.0.push(problem.at(Some(place)));
    };
    if !case.kind.is_of_users() {
        let threads = said(layers, &|applied| place(applied.settings.threads.as_ref()));
        let rate = said(layers, &|applied| place(applied.settings.rate.as_ref()));
        for (key, found) in [("threads", threads), ("rate", rate)] {
            // One user is how it is called anyway.
            if key == "rate" || settled.plan.threads > 1 {
                refuse(found, &|table, case| Problem::one_user(key, table, case));
            }
        }
    }
    let limited = |metric| {
        said(layers, &|applied| {
            for (target, set) in &applied.settings.limits {
                if target.metric == metric {
                    return Some(set.place.as_deref());
                }
            }
            None
        })
    };
    if !case.kind.is_of_users() || settled.plan.threads < 2 {
        refuse(limited(Metric::Degradation), &Problem::degradation_of_one);
    }
    let clock = said(layers, &|applied| {
        let clock = applied.settings.clock.as_ref();
        // The file's own default is for all cases, and passes over this one.
        place(clock.filter(|set| applied.layer > Layer::Defaults && set.value != Clock::Wall))
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
fn said<'l>(layers: &'l [Applied], get: &dyn Fn(&'l Applied) -> Option<Place<'l>>) -> Found<'l> {
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

fn place<T>(set: Option<&Set<T>>) -> Option<Place<'_>> {
    set.map(|set| set.place.as_deref())
}
