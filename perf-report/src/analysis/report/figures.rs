//! The figures of a case as numbers, for programs: what is limited first, then
//! what was measured besides.

use perf_grammar::{Metric, Source, Unit};

use crate::analysis::run::{Case, Limit};
use crate::model::record::Evidence;

/// One number that was measured of a case, or was to be.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Figure<'a> {
    /// Its key: `p99`, `mem`, `events`.
    pub(crate) key: &'a str,
    /// The span, the counter, the target or the other case it is of.
    pub(crate) of: Option<&'a str>,
    /// What it counts; `None` where that is not known, as of a limit that was never
    /// measured.
    pub(crate) kind: Option<Kind>,
    pub(crate) value: Option<f64>,
    /// Where the value lies, as far as it was tested: either side may be open.
    pub(crate) lower: Option<f64>,
    pub(crate) upper: Option<f64>,
    /// The calls it rests on.
    pub(crate) calls: Option<u64>,
    /// What it is held to, in the same unit as the value.
    pub(crate) bound: Option<f64>,
    pub(crate) limit: Option<&'a Limit>,
}

/// What a number counts, in the unit that other programs expect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Nanoseconds,
    Bytes,
    Count,
    PerSecond,
    /// A share or a factor: 0.8, 2.
    Ratio,
}

impl Kind {
    /// The word for it: `ns`, `bytes`, `count`, `per_second`, `ratio`.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Kind::Nanoseconds => "ns",
            Kind::Bytes => "bytes",
            Kind::Count => "count",
            Kind::PerSecond => "per_second",
            Kind::Ratio => "ratio",
        }
    }

    /// The kind of a unit, and what its base values are divided by.
    fn of(unit: Unit) -> (Kind, f64) {
        match unit {
            Unit::Duration => (Kind::Nanoseconds, 1.0),
            Unit::Bytes => (Kind::Bytes, 1.0),
            Unit::Count => (Kind::Count, 1.0),
            Unit::Rate => (Kind::PerSecond, 1e3),
            Unit::Share => (Kind::Ratio, 1e6),
            Unit::Factor => (Kind::Ratio, 1e3),
        }
    }
}

impl Figure<'_> {
    /// What it is called: `p99`, `events sqlx::query`.
    pub(crate) fn name(&self) -> String {
        match self.of {
            Some(of) => format!("{} {of}", self.key),
            None => self.key.to_owned(),
        }
    }

    /// Whether more of it is better.
    pub(crate) fn is_floor(&self) -> bool {
        match self.limit {
            Some(limit) => limit.floor,
            None => self.key == "throughput",
        }
    }
}

/// Everything that is known of a case as a number. A growth's class is a word, and
/// has no number here.
pub(crate) fn figures(case: &Case) -> Vec<Figure<'_>> {
    let mut figures: Vec<Figure<'_>> = case.limits.iter().map(|one| limited(case, one)).collect();
    for key in MEASURED.split(' ') {
        let is_there = |figure: &Figure<'_>| figure.key == key && figure.of.is_none();
        if let Some(value) = value(case, key).filter(|_| !figures.iter().any(is_there)) {
            let metric = Metric::from_key(key);
            figures.push(Figure {
                key,
                // What is no metric, such as `stddev`, is a time.
                kind: Some(Kind::of(metric.map_or(Unit::Duration, Metric::unit)).0),
                value: Some(value),
                calls: calls(case, key),
                ..Figure::default()
            });
        }
    }
    figures
}

/// The figures for programs that follow a few of each case: what is limited, and
/// the typical time where it is not.
pub(crate) fn tracked(case: &Case) -> Vec<Figure<'_>> {
    let typical = match case.summary.as_ref().and_then(|summary| summary.p50) {
        Some(_) => "p50",
        None => "mean",
    };
    let mut figures = figures(case);
    figures.retain(|one| one.value.is_some() && (one.limit.is_some() || one.key == typical));
    figures
}

fn limited<'a>(case: &'a Case, limit: &'a Limit) -> Figure<'a> {
    let (key, of) = (limit.key(), limit.of());
    let is_class = Metric::from_key(key) == Some(Metric::Complexity);
    let kind = limit.unit.filter(|_| !is_class).map(Kind::of);
    let plain = |value: Option<f64>| Some(value? / kind?.1);
    let evidence = limit.evidence.as_ref();
    let bounds = evidence.map(|evidence: &Evidence| (evidence.lower, evidence.upper));
    let (lower, upper) = bounds.unwrap_or_default();
    Figure {
        key,
        of,
        kind: kind.map(|(kind, _)| kind),
        value: plain(limit.measured),
        lower: plain(lower),
        upper: plain(upper),
        calls: match evidence {
            Some(evidence) => Some(evidence.calls),
            None => calls(case, key).filter(|_| limit.measured.is_some()),
        },
        bound: plain(limit.bound),
        limit: Some(limit),
    }
}

/// What is measured of cases, whether or not it is limited.
const MEASURED: &str = "\
    min p25 p50 p75 p90 p95 p99 p99_9 max mean stddev first throughput \
    mem allocs alloc_bytes retained growth rss instructions";

/// What was measured of a case, by its key; `calls` are those that were timed.
pub(crate) fn value(case: &Case, key: &str) -> Option<f64> {
    let (times, memory) = (case.summary.as_ref(), case.memory.as_ref());
    let count = |count: u64| count as f64;
    match key {
        "calls" => Some(count(times?.calls)),
        "min" => times?.min,
        "p25" => times?.p25,
        "p50" => times?.p50,
        "p75" => times?.p75,
        "p90" => times?.p90,
        "p95" => times?.p95,
        "p99" => times?.p99,
        "p99_9" => times?.p999,
        "max" => times?.max,
        "mean" => times?.mean,
        "stddev" => times?.stddev,
        "first" => times?.first,
        "throughput" => times?.items_per_s,
        "mem" => memory?.peak_bytes.map(count),
        "allocs" => Some(count(memory?.allocs)),
        "alloc_bytes" => Some(count(memory?.alloc_bytes)),
        "retained" => Some(memory?.retained_bytes as f64),
        "growth" => case.growth.as_ref()?.bytes_per_1000_calls,
        "rss" => Some(count(case.rss.as_ref()?.peak_bytes)),
        "instructions" => Some(count(case.instructions.as_ref()?.count)),
        _ => None,
    }
}

/// The calls that a figure rests on which no test judges.
fn calls(case: &Case, key: &str) -> Option<u64> {
    let metric = Metric::from_key(key);
    match metric.map_or(Source::Time, Metric::source) {
        _ if metric == Some(Metric::First) => None,
        Source::Allocator => Some(case.memory.as_ref()?.calls),
        Source::Trend => Some(case.growth.as_ref()?.calls),
        Source::System => Some(case.rss.as_ref()?.calls),
        Source::Instructions => Some(case.instructions.as_ref()?.calls),
        Source::Trace => Some(case.trace.as_ref()?.calls),
        Source::Usage | Source::Outcome | Source::Pairs | Source::Family => None,
        // A figure without a limit, such as `stddev`, is of the timed calls too.
        Source::Time | Source::Processor | Source::Spans | Source::Meter => {
            Some(case.summary.as_ref()?.calls)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::fixture;

    #[test]
    fn what_is_limited_comes_first_and_once_with_where_it_lies() {
        let run = fixture::run();
        let case = run
            .cases
            .iter()
            .find(|case| case.id == "parser::parses_the_config");
        let figures = figures(case.expect("it is there"));
        let keys: Vec<&str> = figures.iter().map(|figure| figure.key).collect();
        assert_eq!(keys[..4], ["p99", "mem", "min", "p25"]);
        assert_eq!(keys.iter().filter(|key| **key == "p99").count(), 1);
        let p99 = &figures[0];
        assert_eq!((p99.value, p99.bound), (Some(12.4e6), Some(10e6)));
        assert_eq!(
            (p99.lower, p99.upper, p99.calls),
            (Some(11.9e6), None, Some(1200))
        );
        assert_eq!(figures[1].calls, Some(100));
    }

    #[test]
    fn values_are_in_the_units_that_others_expect() {
        let mut run = fixture::quiet_run();
        let case = &mut run.cases[0];
        case.limits[0].metric = "events sqlx::query".to_owned();
        case.limits[1].metric = "throughput".to_owned();
        case.limits[1].unit = Some(Unit::Rate);
        case.limits[1].measured = Some(107_500.0);
        let figures = tracked(case);
        let shown: Vec<_> = figures
            .iter()
            .map(|one| (one.name(), one.kind, one.value))
            .collect();
        assert_eq!(shown[0].0, "events sqlx::query");
        assert_eq!(
            shown[1],
            ("throughput".to_owned(), Some(Kind::PerSecond), Some(107.5))
        );
        assert_eq!(shown[2].0, "p50");
        assert_eq!(shown.len(), 3);
    }

    #[test]
    fn a_class_of_growth_is_no_number() {
        let run = fixture::quiet_run();
        let grows = run.cases.iter().find(|case| case.id.contains("sorts"));
        let figures = figures(grows.expect("it is there"));
        assert_eq!(
            (figures[0].key, figures[0].value, figures[0].kind),
            ("complexity", None, None)
        );
    }
}
