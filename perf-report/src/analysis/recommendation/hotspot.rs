//! Hot spots: which cases take longest, and which span of a case takes most of it.

use serde::Serialize;

use crate::analysis::run::Case;
use crate::model::record::HeaviestSite;

/// Bottlenecks that are named.
const NAMED: usize = 10;

/// A case that takes long, and where its time and memory go.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Bottleneck {
    pub(crate) case: String,
    /// See [`typical`].
    pub(crate) typical_ns: f64,
    pub(crate) span: Option<SpanShare>,
    pub(crate) site: Option<HeaviestSite>,
}

/// The span that takes most of a call by itself.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct SpanShare {
    pub(crate) name: String,
    pub(crate) share: f64,
    /// In one call.
    pub(crate) self_ns: f64,
}

/// The typical call, nanoseconds: the median, or the mean where single calls are too
/// short to be timed. Of a whole call, where one handles several items.
pub(crate) fn typical(case: &Case) -> Option<f64> {
    let summary = case.summary.as_ref()?;
    Some(summary.p50.or(summary.mean)? * case.items.max(1) as f64)
}

/// The slowest cases, the slowest first.
pub(crate) fn bottlenecks(cases: &[Case]) -> Vec<Bottleneck> {
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
        site: case.heaviest_site.clone(),
    };
    slowest.into_iter().map(bottleneck).collect()
}

/// The span with the most self time.
pub(super) fn span(case: &Case) -> Option<SpanShare> {
    let breakdown = case.breakdown.as_ref()?;
    let heaviest = breakdown.spans.iter().max_by_key(|span| span.self_ns)?;
    (breakdown.calls > 0 && breakdown.calls_ns > 0).then(|| SpanShare {
        name: heaviest.name.clone(),
        share: heaviest.self_ns as f64 / breakdown.calls_ns as f64,
        self_ns: heaviest.self_ns as f64 / breakdown.calls as f64,
    })
}
