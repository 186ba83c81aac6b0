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
use crate::policy::file::{Mistake, Set};

pub(super) fn misfits(case: &CaseFacts, layers: &[Applied], settled: &Settled) -> Vec<Mistake> {
    let mut mistakes = Vec::new();
    let mut refuse = |key: &str, found: Option<(&Applied, Option<&str>)>, why: &str| {
        let from = found.map_or("", |(applied, _)| &*applied.name);
        mistakes.push(Mistake {
            place: found
                .and_then(|(_, place)| place)
                .map(str::to_owned)
                .or_else(|| Some(case.place.clone())),
            message: format!("found `{key}` in {from} for `{}`; {why}", case.id),
        });
    };
    if !case.kind.is_of_users() {
        let threads = said(layers, |applied| applied.settings.threads.as_ref());
        let rate = said(layers, |applied| applied.settings.rate.as_ref());
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
        said(layers, |applied| {
            let limits = &applied.settings.limits;
            let limit = limits.iter().find(|(target, _)| target.metric == metric);
            limit.map(|(_, set)| set)
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
    let clock = said(layers, |applied| {
        let clock = applied.settings.clock.as_ref();
        // The file's own default is for all cases, and passes over this one.
        clock.filter(|set| applied.layer > Layer::Defaults && set.value != Clock::Wall)
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
fn said<'l, T: 'l>(
    layers: &'l [Applied],
    get: impl Fn(&'l Applied) -> Option<&'l Set<T>>,
) -> Option<(&'l Applied, Option<&'l str>)> {
    // What is built in is nobody's fault.
    let layers = layers
        .iter()
        .rev()
        .filter(|applied| applied.layer > Layer::BuiltIn);
    layers
        .filter_map(|applied| Some((applied, get(applied)?.place.as_deref())))
        .next()
}
