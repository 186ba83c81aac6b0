//! Recommendations: what the figures of a run suggest to do next.
//!
//! Each is derived from what was measured, and carries the figures that it rests on.

mod hotspot;

use std::fmt;

use perf_grammar::{Metric, Source, Verdict};
use serde::Serialize;

pub(crate) use self::hotspot::{Bottleneck, SpanShare, bottlenecks, typical};
use crate::analysis::run::{Case, Limit};
use crate::model::record::{HeaviestSite, Weight};
use crate::model::words::amount;

/// The share of a call's time or memory from which on one part of it dominates.
const DOMINATES: f64 = 0.5;
/// The share of a limit that is used from which on spans and places of its case are
/// worth a look.
const WORTH_A_LOOK: f64 = 0.5;
/// The share of a limit that is used from which on it has no room left.
const NEAR: f64 = 0.95;
/// The share of a limit that is used up to which it cannot be expected to fire.
const LOOSE: f64 = 0.05;
/// Runs that have to agree before a limit is said to warn always.
const RUNS: usize = 3;

/// What the figures of a run suggest, the most urgent kind first.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(crate) enum Recommendation {
    /// The cost of a case grows faster than its `complexity` allows.
    GrowsFaster {
        case: String,
        /// `n log n`.
        declared: String,
        /// `time`, `allocations`, ..
        of: String,
        /// The class that fits best.
        best: String,
        /// The exponent of n by which it grows faster than declared.
        excess: f64,
    },
    /// A limit that holds, with nearly nothing left.
    NearLimit(Used),
    /// One span takes most of the time of a call.
    DominantSpan {
        case: String,
        span: String,
        share: f64,
        self_ns: f64,
    },
    /// One place allocates most of what a call allocates.
    DominantSite {
        case: String,
        #[serde(flatten)]
        site: HeaviestSite,
    },
    /// A limit that was broken in every run that is kept, and only warned.
    OnlyWarns(OnlyWarns),
    /// A limit that leaves so much room that nothing will ever break it.
    NeverFires(Used),
}

/// How much of a limit is used.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Used {
    pub(crate) case: String,
    pub(crate) limit: String,
    pub(crate) budget: String,
    pub(crate) measured: String,
    pub(crate) share: f64,
}

impl Used {
    fn of(case: &Case, limit: &Limit, share: f64) -> Used {
        Used {
            case: case.id.clone(),
            limit: limit.metric.clone(),
            budget: limit.limit.clone(),
            measured: limit.measured().unwrap_or_default(),
            share,
        }
    }
}

/// A limit that only ever warned.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct OnlyWarns {
    pub(crate) case: String,
    pub(crate) limit: String,
    pub(crate) runs: usize,
}

/// Everything that is to be recommended after a run, the most urgent first;
/// `warned` are the limits that warned in each of this many kept runs.
pub(crate) fn recommendations(cases: &[Case], warned: &[OnlyWarns]) -> Vec<Recommendation> {
    let mut found: Vec<Recommendation> = cases.iter().flat_map(of_case).collect();
    let still_warns = |one: &&OnlyWarns| {
        let case = cases.iter().find(|case| case.id == one.case);
        let limit = case.and_then(|case| case.limit(&one.limit));
        one.runs >= RUNS && limit.is_some_and(|limit| limit.verdict == Verdict::Warn)
    };
    let warned = warned.iter().filter(still_warns).cloned();
    found.extend(warned.map(Recommendation::OnlyWarns));
    found.sort_by(|a, b| {
        let (a, b) = (a.urgency(), b.urgency());
        a.0.cmp(&b.0).then(b.1.total_cmp(&a.1))
    });
    found
}

fn of_case(case: &Case) -> Vec<Recommendation> {
    let mut found: Vec<Recommendation> = case.limits.iter().flat_map(|l| grows(case, l)).collect();
    found.extend(case.limits.iter().filter_map(|limit| near(case, limit)));
    found.extend(dominant_span(case));
    found.extend(dominant_site(case));
    found.extend(case.limits.iter().filter_map(|limit| loose(case, limit)));
    found
}

fn grows<'a>(case: &'a Case, limit: &'a Limit) -> impl Iterator<Item = Recommendation> + 'a {
    let faster = limit.fits.iter().filter(|fit| fit.growth == "above");
    faster.map(|fit| Recommendation::GrowsFaster {
        case: case.id.clone(),
        declared: limit.limit.clone(),
        of: fit.of.clone(),
        best: fit.best.clone(),
        excess: fit.excess,
    })
}

/// Counts that are compared exactly may stand at their limit: that is how they are
/// best declared.
fn near(case: &Case, limit: &Limit) -> Option<Recommendation> {
    let share = limit.share.filter(|share| *share >= NEAR)?;
    let exact = source(limit).is_some_and(|source| !is_timed(source));
    (limit.verdict == Verdict::Pass && !(exact && share >= 1.0))
        .then(|| Recommendation::NearLimit(Used::of(case, limit, share)))
}

/// Of a class or of defaults a limit is for all their cases, and is as loose as the
/// slowest of them needs.
fn loose(case: &Case, limit: &Limit) -> Option<Recommendation> {
    let share = limit
        .share
        .filter(|share| *share > 0.0 && *share <= LOOSE)?;
    let own = matches!(&*limit.layer, "attribute" | "budget" | "profile");
    let may_be_near_zero = matches!(
        source(limit)?,
        Source::Outcome | Source::Trend | Source::Family | Source::System | Source::Usage
    );
    let plain = limit.verdict == Verdict::Pass && limit.metric != "retained";
    (own && plain && !may_be_near_zero)
        .then(|| Recommendation::NeverFires(Used::of(case, limit, share)))
}

fn dominant_span(case: &Case) -> Option<Recommendation> {
    if !is_worth_a_look(case, &is_timed) {
        return None;
    }
    let SpanShare {
        name,
        share,
        self_ns,
    } = hotspot::span(case).filter(|span| span.share >= DOMINATES)?;
    Some(Recommendation::DominantSpan {
        case: case.id.clone(),
        span: name,
        share,
        self_ns,
    })
}

fn dominant_site(case: &Case) -> Option<Recommendation> {
    if !is_worth_a_look(case, &|source| source == Source::Allocator) {
        return None;
    }
    let site = case.heaviest_site.as_ref();
    let site = site.filter(|site| site.share >= DOMINATES)?;
    Some(Recommendation::DominantSite {
        case: case.id.clone(),
        site: site.clone(),
    })
}

/// Whether a limit of this kind is not a plain pass, or more than half used.
fn is_worth_a_look(case: &Case, kind: &dyn Fn(Source) -> bool) -> bool {
    let of_kind = |limit: &&Limit| source(limit).is_some_and(kind);
    case.limits.iter().filter(of_kind).any(|limit| {
        limit.verdict != Verdict::Pass || limit.share.is_some_and(|share| share >= WORTH_A_LOOK)
    })
}

fn is_timed(source: Source) -> bool {
    matches!(
        source,
        Source::Time | Source::Processor | Source::Spans | Source::Pairs
    )
}

fn source(limit: &Limit) -> Option<Source> {
    Metric::from_key(limit.key()).map(Metric::source)
}

impl Recommendation {
    /// The place of its kind, and how far it is: greater is worse.
    fn urgency(&self) -> (u8, f64) {
        match self {
            Recommendation::GrowsFaster { excess, .. } => (0, *excess),
            Recommendation::NearLimit(used) => (1, used.share),
            Recommendation::DominantSpan { share, .. } => (2, *share),
            Recommendation::DominantSite { site, .. } => (3, site.share),
            Recommendation::OnlyWarns(one) => (4, one.runs as f64),
            Recommendation::NeverFires(used) => (5, -used.share),
        }
    }

    /// The case it is about.
    pub(crate) fn case(&self) -> &str {
        match self {
            Recommendation::GrowsFaster { case, .. }
            | Recommendation::NearLimit(Used { case, .. })
            | Recommendation::DominantSpan { case, .. }
            | Recommendation::DominantSite { case, .. }
            | Recommendation::OnlyWarns(OnlyWarns { case, .. })
            | Recommendation::NeverFires(Used { case, .. }) => case,
        }
    }

    /// What to do about it.
    pub(crate) fn action(&self) -> String {
        match self {
            Recommendation::GrowsFaster { declared, best, .. } => format!(
                "look for work that is done once for each item and need not be; if {best} is meant, declare that instead of {declared}"
            ),
            Recommendation::NearLimit(_) => {
                "make it cheaper, or take a number that holds".to_owned()
            }
            Recommendation::DominantSpan { span, .. } => {
                format!("make {span} cheaper before anything else")
            }
            Recommendation::DominantSite { site, .. } => match site.of {
                Weight::Allocations => "reuse a buffer there, or borrow instead of copying",
                Weight::Bytes => "allocate what is needed once, or in smaller parts",
                Weight::Peak => "hold less at the same time: work on one part after the other",
            }
            .to_owned(),
            Recommendation::OnlyWarns(_) => {
                "take a number that holds, or make it hard: a warning that is always there is not read".to_owned()
            }
            Recommendation::NeverFires(_) => "tighten it".to_owned(),
        }
    }

    /// The verb that helps.
    pub(crate) fn verb(&self) -> Option<&'static str> {
        match self {
            Recommendation::NearLimit(_) | Recommendation::OnlyWarns(_) => Some("suggest"),
            Recommendation::NeverFires(_) => Some("ratchet"),
            Recommendation::DominantSpan { .. }
            | Recommendation::DominantSite { .. }
            | Recommendation::GrowsFaster { .. } => None,
        }
    }
}

impl fmt::Display for Recommendation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let percent = crate::model::words::percent;
        match self {
            Recommendation::GrowsFaster {
                declared,
                of,
                best,
                excess,
                ..
            } => write!(
                f,
                "{of} grows as {best}, and {declared} is declared: faster by n^{excess:.2}"
            ),
            Recommendation::NearLimit(used) => write!(
                f,
                "{} {} stands at {} of its budget of {}",
                used.limit,
                used.measured,
                percent(used.share),
                used.budget
            ),
            Recommendation::DominantSpan {
                span,
                share,
                self_ns,
                ..
            } => write!(
                f,
                "the span {span} takes {} of the time of a call, {}",
                percent(*share),
                perf_grammar::format_duration(*self_ns)
            ),
            Recommendation::DominantSite { site, .. } => {
                let (verb, what) = match site.of {
                    Weight::Allocations => ("makes", "the allocations of a call"),
                    Weight::Bytes => ("allocates", "the bytes that a call allocates"),
                    Weight::Peak => ("holds", "the peak of a call"),
                };
                write!(
                    f,
                    "{} {verb} {} of {what}: {}, {}",
                    site.place,
                    percent(site.share),
                    amount(site.allocations, "allocation"),
                    perf_grammar::format_bytes(site.bytes as f64)
                )
            }
            Recommendation::OnlyWarns(OnlyWarns { limit, runs, .. }) => write!(
                f,
                "{limit} was broken in each of {runs} kept runs, and only warned"
            ),
            Recommendation::NeverFires(used) => write!(
                f,
                "{} can hardly fire: {} uses {} of its budget of {}",
                used.limit,
                used.measured,
                percent(used.share),
                used.budget
            ),
        }
    }
}

#[cfg(test)]
mod tests;
