//! For github-action-benchmark: JSON of its tool `customSmallerIsBetter`.

use serde::Serialize;

use crate::analysis::report::{Figure, Report, tracked};
use crate::analysis::run::Case;

#[derive(Serialize)]
struct Benchmark {
    name: String,
    unit: &'static str,
    value: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    range: Option<String>,
    extra: String,
}

/// Renders what was measured of each limit, and the typical time of each case. Floors
/// are left out: of them less is worse, and the tool takes less for better.
pub(crate) fn render(report: &Report) -> String {
    let cases = report.cases.iter();
    let all = cases.flat_map(|case| tracked(case).into_iter().map(move |one| (case, one)));
    let benchmarks = all
        .filter(|(_, figure)| !figure.is_floor())
        .filter_map(|(case, figure)| benchmark(case, &figure));
    super::to_json(&benchmarks.collect::<Vec<_>>())
}

fn benchmark(case: &Case, figure: &Figure<'_>) -> Option<Benchmark> {
    Some(Benchmark {
        name: format!("{} - {}", case.id, figure.name()),
        unit: figure.kind?.word(),
        value: figure.value?,
        range: match (figure.lower, figure.upper) {
            (None, None) => None,
            (Some(lower), None) => Some(format!(">= {lower}")),
            (None, Some(upper)) => Some(format!("<= {upper}")),
            (Some(lower), Some(upper)) => Some(format!("{lower} .. {upper}")),
        },
        extra: extra(figure),
    })
}

/// The lines of a tooltip.
fn extra(figure: &Figure<'_>) -> String {
    let mut lines = Vec::new();
    lines.extend(figure.calls.map(|calls| format!("calls: {calls}")));
    if let Some(limit) = figure.limit {
        lines.push(format!("limit: {}", limit.limit));
        lines.extend(
            limit
                .share
                .map(|share| format!("used: {}", crate::model::words::percent(share))),
        );
        lines.push(format!("verdict: {}", limit.verdict.word()));
    }
    lines.join("\n")
}
