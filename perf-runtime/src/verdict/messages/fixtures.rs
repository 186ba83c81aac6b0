//! The values that tests of sentences and verdicts start from.

use std::rc::Rc;

use perf_grammar::{Metric, Mode};

use super::Timed;
use crate::judge::evidence::Evidence;
use crate::judge::summary::{QUANTILES, Summary, Wall};
use crate::model::case::Clock;
use crate::model::figure::PerCall;
use crate::model::plan::{Layer, Limit, Plan, Regression, Source, Tolerated};

pub(crate) fn metric(key: &str) -> Metric {
    Metric::from_key(key).expect("a metric")
}

/// `key` limited to `value` in base units at src/parser.rs:42:15.
pub(crate) fn limit(key: &str, value: u64) -> Limit {
    Limit {
        metric: metric(key),
        of: None,
        value,
        declared: value,
        mode: Mode::Hard,
        source: Source {
            layer: Layer::Attribute,
            place: Some("src/parser.rs:42:15".to_owned()),
        },
        mode_source: built_in(),
        undecided: perf_grammar::WhenUndecided::default(),
        waiver: None,
        expired: None,
    }
}

pub(crate) fn plan() -> Plan {
    Plan {
        warmup: None,
        samples: None,
        max_time_ns: 3_000_000_000,
        counting_ns: 3_000_000_000,
        items: 1,
        threads: 1,
        rate: None,
        clock: Clock::Clean,
        false_fail: 0.001,
        false_pass: 0.05,
        near: 0.9,
        regression: regression(),
        profile: None,
    }
}

/// The tolerances that are built in.
pub(crate) fn regression() -> Rc<Regression> {
    let tolerated = |millionths| Tolerated {
        millionths,
        source: built_in(),
    };
    Rc::new(Regression {
        typical: tolerated(100_000),
        tail: tolerated(250_000),
        mode: Mode::Hard,
        mode_source: built_in(),
        waiver: None,
        expired: None,
    })
}

fn built_in() -> Source {
    Source {
        layer: Layer::BuiltIn,
        place: None,
    }
}

/// 1,200 calls in 24 rounds, with this value.
pub(crate) fn evidence(measured: f64) -> Evidence {
    Evidence {
        measured: Some(PerCall(measured)),
        calls: 1_200,
        rounds: 24,
        slots: 1_200,
        ..Evidence::none()
    }
}

/// Calls of 8.1 to 31 ms, p99 at 12.4 ms.
pub(crate) fn summary() -> Summary {
    let mut quantiles = QUANTILES.map(|quantile| (quantile, PerCall(9.0e6)));
    for (quantile, ns) in &mut quantiles {
        match quantile.millionths() {
            950_000 => ns.0 = 11.2e6,
            990_000 => ns.0 = 12.4e6,
            _ => {}
        }
    }
    Summary {
        calls: 1_200,
        batch: 1,
        min: PerCall(8.1e6),
        mean: PerCall(9.3e6),
        stddev: PerCall(1.2e6),
        max: PerCall(31e6),
        quantiles,
        outliers: 14,
        wall: Wall {
            mean: PerCall(9.5e6),
            p50: PerCall(9e6),
            p99: PerCall(13e6),
            max: PerCall(40e6),
        },
    }
}

pub(crate) fn timed<'a>(
    limit: &'a Limit,
    plan: &'a Plan,
    evidence: &'a Evidence,
    summary: &'a Summary,
) -> Timed<'a> {
    Timed {
        limit,
        plan,
        evidence,
        summary: Some(summary),
        waiting: 0.42,
        dropped: 3,
    }
}

#[track_caller]
pub(crate) fn lines(found: &[String], expected: &[&str]) {
    assert_eq!(found, expected, "\n{}\n", found.join("\n"));
}
