//! Hot spots: which cases take longest, and which span and allocation site of a case weighs most.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::record::{self, Frame};
use crate::run::Case;

/// Bottlenecks that are named.
const NAMED: usize = 10;

/// Parts of paths under which other people's code is built.
const FOREIGN: [&str; 4] = ["/rustc/", "/rustlib/", "/registry/src/", "/git/checkouts/"];

/// A case that takes long, and where its time and memory go.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Bottleneck {
    pub(crate) case: String,
    /// The typical call: the median, or the mean where single calls are too short to
    /// be timed. Of a whole call, where one handles several items.
    pub(crate) typical_ns: f64,
    pub(crate) span: Option<SpanShare>,
    pub(crate) site: Option<Site>,
}

/// The span that takes most of a call by itself.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct SpanShare {
    pub(crate) name: String,
    pub(crate) share: f64,
    /// In one call.
    pub(crate) self_ns: f64,
}

/// The allocation site that weighs most in the call that was captured.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Site {
    /// `src/parser.rs:42`, or a function where lines are not known.
    pub(crate) place: String,
    /// What it has the largest share of.
    pub(crate) of: Weight,
    pub(crate) share: f64,
    pub(crate) bytes: u64,
    pub(crate) allocations: u64,
}

/// What sites are weighed by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Weight {
    /// Allocations and reallocations.
    Allocations,
    /// Bytes allocated in all.
    Bytes,
    /// Bytes that were live when the most memory was.
    Peak,
}

/// The slowest cases, the slowest first.
pub(crate) fn bottlenecks(cases: &[Case]) -> Vec<Bottleneck> {
    let typical = |case: &Case| {
        let summary = case.summary.as_ref()?;
        Some(summary.p50.or(summary.mean)? * case.items.max(1) as f64)
    };
    let mut slowest: Vec<(f64, &Case)> = cases
        .iter()
        .filter_map(|case| Some((typical(case)?, case)))
        .collect();
    slowest.sort_by(|a, b| b.0.total_cmp(&a.0));
    slowest.truncate(NAMED);
    let bottleneck = |(typical_ns, case): (f64, &Case)| Bottleneck {
        case: case.id.clone(),
        typical_ns,
        span: span(case),
        site: site(case),
    };
    slowest.into_iter().map(bottleneck).collect()
}

/// The span with the most time of its own.
pub(super) fn span(case: &Case) -> Option<SpanShare> {
    let breakdown = case.breakdown.as_ref()?;
    let heaviest = breakdown.spans.iter().max_by_key(|span| span.self_ns)?;
    (breakdown.calls > 0 && breakdown.calls_ns > 0).then(|| SpanShare {
        name: heaviest.name.clone(),
        share: heaviest.self_ns as f64 / breakdown.calls_ns as f64,
        self_ns: heaviest.self_ns as f64 / breakdown.calls as f64,
    })
}

/// The site with the largest share of anything.
pub(super) fn site(case: &Case) -> Option<Site> {
    let allocations = case.allocations.as_ref()?;
    let root = root(case, &allocations.sites);
    // Sites of one place are one.
    let mut places: BTreeMap<String, [u64; 3]> = BTreeMap::new();
    let mut all = [0; 3];
    for site in &allocations.sites {
        let weights = [site.total.allocations, site.total.bytes, site.at_peak.bytes];
        for (sum, weight) in all.iter_mut().zip(weights) {
            *sum += weight;
        }
        if let Some(place) = place(&site.frames, root) {
            let sums = places.entry(place).or_default();
            for (sum, weight) in sums.iter_mut().zip(weights) {
                *sum += weight;
            }
        }
    }
    let kinds = [Weight::Allocations, Weight::Bytes, Weight::Peak];
    let shares = places.into_iter().flat_map(|(place, sums)| {
        let share = move |at: usize| match all[at] {
            0 => 0.0,
            all => sums[at] as f64 / all as f64,
        };
        (0..kinds.len()).map(move |at| (share(at), at, place.clone(), sums))
    });
    // Of equal shares the first kind counts: it is the most telling.
    let (share, at, place, sums) = shares.max_by(|a, b| a.0.total_cmp(&b.0).then(b.1.cmp(&a.1)))?;
    Some(Site {
        place,
        of: kinds[at],
        share,
        bytes: sums[1],
        allocations: sums[0],
    })
}

/// The first place of a stack in the user's own code, seen from `root`.
fn place(frames: &[Frame], root: &str) -> Option<String> {
    let own = |frame: &&Frame| {
        let file = frame.file.as_deref().unwrap_or_default();
        !file.is_empty() && !FOREIGN.iter().any(|foreign| file.contains(foreign))
    };
    let frame = frames.iter().find(own).or(frames.first())?;
    Some(match (&frame.file, frame.line) {
        (Some(file), Some(line)) => format!("{}:{line}", inside(file, root)),
        _ => frame.function.clone(),
    })
}

fn inside<'a>(file: &'a str, root: &str) -> &'a str {
    file.strip_prefix(root).unwrap_or(file)
}

/// The folder from which the place of the case is written: a stack ends in it.
fn root<'a>(case: &Case, sites: &'a [record::Site]) -> &'a str {
    let file = case.source.rsplit_once(':').map_or("", |(file, _)| file);
    let files = sites.iter().flat_map(|site| &site.frames);
    let mut roots = files.filter_map(|frame| frame.file.as_deref()?.strip_suffix(file));
    if file.is_empty() {
        return "";
    }
    roots.find(|root| root.ends_with('/')).unwrap_or("")
}
