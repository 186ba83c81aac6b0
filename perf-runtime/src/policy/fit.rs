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
use crate::policy::file::{Mistake, Set};

/// Where a layer says something, as far as it has a place in a file.
type Place<'l> = Option<&'l str>;

/// The layer that says something, and where.
type Found<'l> = Option<(&'l Applied, Place<'l>)>;

pub(super) fn misfits(case: &CaseFacts, layers: &[Applied], settled: &Settled) -> Vec<Mistake> {
    let mut mistakes = Vec::new();
    let mut refuse = |key: &str, found: Found<'_>, why: &str| {
        let (from, place) = match found {
            Some((applied, place)) => (&*applied.name, place),
            None => ("", None),
        };
        mistakes.push(Mistake {
            place: Some(owned(place.unwrap_or(&case.place))),
            message: format!("found `{key}` in {from} for `{}`; {why}", case.id),
        });
    };
    if !case.kind.is_of_users() {
        let threads = said(layers, &|applied| place(applied.settings.threads.as_ref()));
        let rate = said(layers, &|applied| place(applied.settings.rate.as_ref()));
        for (key, found) in [("threads", threads), ("rate", rate)] {
            // One user is how it is called anyway.
            if found.is_some() && (key == "rate" || settled.plan.threads > 1) {
                let why = format!(
                    "its function is called by one at a time: write `{key}` in its attribute too, which makes it one that several can call"
                );
                refuse(key, found, &why);
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
    let degradation = limited(Metric::Degradation);
    if degradation.is_some() && (!case.kind.is_of_users() || settled.plan.threads < 2) {
        refuse(
            "degradation",
            degradation,
            "it compares many users with one, and this case has one: write `threads = 10` in its attribute, or a pattern that leaves it out",
        );
    }
    let clock = said(layers, &|applied| {
        let clock = applied.settings.clock.as_ref();
        // The file's own default is for all cases, and passes over this one.
        place(clock.filter(|set| applied.layer > Layer::Defaults && set.value != Clock::Wall))
    });
    if clock.is_some() && case.kind == CaseKind::Tasks {
        refuse(
            "clock",
            clock,
            "its users are tasks, which take turns on their threads, so that only the wall clock tells what each of them waited: write `clock = \"wall\"`, or a pattern that leaves it out",
        );
    }
    let complexity = limited(Metric::Complexity);
    if complexity.is_some() && case.kind != CaseKind::Member {
        refuse(
            "complexity",
            complexity,
            "it is the growth over `args`, and its function has none: write `args = [100, 1_000, 10_000]` in its attribute, or a pattern that leaves it out",
        );
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
