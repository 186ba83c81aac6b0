//! Golden sentences of limits that hold or are broken.

use perf_grammar::Date;

use super::fixtures::{evidence, limit, lines, plan, summary, timed};
use super::*;
use crate::judge::summary::Wall;
use crate::model::case::Clock;
use crate::model::figure::{PerCall, PerItem};
use crate::model::plan::{Layer, Source, Waiver};
use crate::model::sample::{By, CallMemory, Memory, Scope};

#[track_caller]
fn holding(key: &str, value: u64, measured: f64, expected: &str) {
    assert_eq!(holds(&limit(key, value), PerItem(measured), 0.9), expected);
}

#[test]
fn a_limit_that_holds_says_how_much_of_it_is_used() {
    holding(
        "p99",
        10_000_000,
        6.2e6,
        "p99 6.2 ms is within its budget of 10 ms (62 % of it used)",
    );
    holding(
        "p99",
        10_000_000,
        9.6e6,
        "p99 9.6 ms is within its budget of 10 ms, but near it: 96 % of it used",
    );
    holding(
        "mem",
        50_000_000,
        2_097_152.0,
        "mem 2,097,152 B (2.1 MB) is within its budget of 50 MB (4 % of it used)",
    );
    holding(
        "p50",
        10_000_000,
        20_000.0,
        "p50 20 µs is within its budget of 10 ms (0.2 % of it used)",
    );
    holding(
        "p50",
        10_000_000,
        0.5,
        "p50 0.5 ns is within its budget of 10 ms (less than 0.01 % of it used)",
    );
    holding(
        "allocs",
        20,
        20.0,
        "allocs 20 is within its budget of 20 (all of it used)",
    );
    holding("allocs", 0, 0.0, "allocs 0 is within its budget of 0");
    holding(
        "retained",
        0,
        -64.0,
        "retained -64 B is within its budget of 0 B",
    );
    holding(
        "throughput",
        1_000_000,
        1.2e6,
        "throughput 1,200/s is above its floor of 1,000/s by 20 %",
    );
    holding(
        "throughput",
        1_000_000,
        1.05e6,
        "throughput 1,050/s is above its floor of 1,000/s by only 5 %",
    );
    holding(
        "throughput",
        1_000_000,
        41.72e6,
        "throughput 41,720/s is 42 times its floor of 1,000/s",
    );
    holding(
        "throughput",
        1_000_000,
        f64::INFINITY,
        "throughput is above its floor of 1,000/s: too fast to time",
    );
}

#[track_caller]
fn breaking(key: &str, value: u64, measured: f64, expected: &str) {
    assert_eq!(broken(&limit(key, value), PerItem(measured)), expected);
}

#[test]
fn a_broken_limit_says_by_how_much() {
    breaking(
        "p99",
        10_000_000,
        12.4e6,
        "p99 12.4 ms is over its budget of 10 ms by 24 %",
    );
    breaking(
        "p99",
        10_000_000,
        10.04e6,
        "p99 10 ms is over its budget of 10 ms by 0.4 %",
    );
    breaking(
        "p99",
        10_000_000,
        31e6,
        "p99 31 ms is 3.1 times its budget of 10 ms",
    );
    breaking(
        "p99",
        10_000_000,
        12_345e6,
        "p99 12.3 s is 1,235 times its budget of 10 ms",
    );
    breaking("p99", 10_000_000, 9.99e6, "p99 is over its budget of 10 ms");
    breaking(
        "allocs",
        20,
        21.0,
        "allocs 21 is over its budget of 20 by 1",
    );
    breaking("allocs", 0, 3.0, "allocs 3 is over its budget of 0 by 3");
    breaking(
        "retained",
        0,
        640.0,
        "retained 640 B is over its budget of 0 B",
    );
    breaking(
        "throughput",
        1_000_000,
        0.9e6,
        "throughput 900/s is under its floor of 1,000/s by 10 %",
    );
    breaking(
        "throughput",
        1_000_000,
        12_500.0,
        "throughput 12.5/s is under its floor of 1,000/s by a factor of 80",
    );
    breaking(
        "throughput",
        1_000_000,
        0.0,
        "throughput 0/s is under its floor of 1,000/s",
    );
}

#[test]
fn what_is_compared_exactly_is_told_exactly() {
    breaking(
        "mem",
        34_815,
        34_846.0,
        "mem 34,846 B (34.8 KB) is over its budget of 34,815 B (34.8 KB) by 0.09 %",
    );
    for key in ["mem", "alloc_bytes", "retained", "growth", "rss"] {
        holding(
            key,
            34_846,
            34_846.0,
            &format!(
                "{key} 34,846 B (34.8 KB) is within its budget of 34,846 B (34.8 KB) (all of it used)"
            ),
        );
    }
}

/// 100 calls: as many as `heavy` says hold 100 MB, `middling` of them 4 KB, the
/// others nothing.
fn counted_calls(heavy: usize, middling: usize, first: Option<u64>) -> Memory {
    let call = |peak: u64| CallMemory {
        peak_bytes: Some(peak),
        allocs: peak.min(3),
        ..CallMemory::default()
    };
    let peaks = (0..100).map(|at| match at {
        at if at < heavy => 100_000_000,
        at if at < heavy + middling => 4_096,
        _ => 0,
    });
    let calls: Vec<CallMemory> = peaks.map(call).collect();
    Memory::of(&calls, first.map(call), Scope::Thread, By::Ours).unwrap()
}

#[test]
fn counts_say_of_how_many_calls_they_are_and_how_those_differ() {
    let how = "counted, the largest of 100 calls: it does not depend on the speed of the machine";
    let told = |metric: &str, memory: &Memory| counted_how(limit(metric, 0).metric, memory);
    lines(&told("mem", &counted_calls(100, 0, None)), &[how]);
    lines(
        &told("mem", &counted_calls(14, 0, None)),
        &[how, "14 of 100 calls held 100 MB, the others 0 B"],
    );
    lines(
        &told("allocs", &counted_calls(14, 0, None)),
        &[
            how,
            "14 of 100 calls made 3 allocations, the others 0 allocations",
        ],
    );
    lines(
        &told("mem", &counted_calls(2, 90, None)),
        &[
            how,
            "2 of 100 calls held 100 MB; half of them at most 4,096 B (4.1 KB), the least 0 B",
        ],
    );
    lines(
        &told("mem", &counted_calls(0, 0, Some(56_123))),
        &[
            how,
            "the first call held 56,123 B (56.1 KB), and is not judged: it is made before anything is warm",
        ],
    );
    lines(
        &told("alloc_bytes", &counted_calls(0, 0, Some(56_123))),
        &[how],
    );
}

#[test]
fn a_breach_says_how_sure_it_is() {
    let (plan, summary) = (plan(), summary());
    let quantiles = "all quantiles: min 8.1 ms  p50 9 ms  p95 11.2 ms  p99 12.4 ms  max 31 ms";
    let p99 = limit("p99", 10_000_000);
    let found = Evidence {
        lower: Some(PerCall(11.9e6)),
        ..evidence(12.4e6)
    };
    lines(
        &how_broken(&timed(&p99, &plan, &found, &summary)),
        &[
            "at least 11.9 ms (1 in 1000 chance of being wrong), from 1,200 calls; budget at src/parser.rs:42",
            quantiles,
        ],
    );
    let max = limit("max", 20_000_000);
    let found = Evidence {
        above: 2,
        ..evidence(31e6)
    };
    lines(
        &how_broken(&timed(&max, &plan, &found, &summary)),
        &[
            "2 of 1,200 calls were above it, in more than one round; a single call says nothing about how often; budget at src/parser.rs:42",
            quantiles,
        ],
    );
    let mut mean = limit("mean", 12_000_000);
    mean.declared = 8_000_000;
    let found = Evidence {
        above: 2,
        ..evidence(13e6)
    };
    lines(
        &how_broken(&timed(&mean, &plan, &found, &summary)),
        &[
            "from 1,200 calls in 24 rounds (1 in 1000 chance of being wrong); budget of 8 ms at src/parser.rs:42, with the profile's slack",
            quantiles,
            "2 calls took more than four times the limit and count as four times; `p99` would judge them",
        ],
    );
    let first = limit("first", 10_000_000);
    lines(
        &how_broken(&timed(&first, &plan, &first_calls(12, 14e6), &summary)),
        &[
            "at least 13 ms (1 in 1000 chance of being wrong), the median of 12 first calls, each in a separate process; budget at src/parser.rs:42",
            "first calls: min 13 ms  p50 14 ms  max 19 ms",
            &quantiles.replace("all quantiles", "later calls here"),
        ],
    );
}

#[test]
fn times_are_told_for_one_item_and_batches_as_batches() {
    let plan = Plan {
        items: 1_000,
        ..plan()
    };
    let summary = Summary {
        batch: 50,
        ..summary()
    };
    let mean = limit("mean", 9_000);
    lines(
        &how_broken(&timed(&mean, &plan, &evidence(9.3e6), &summary)),
        &[
            "from 1,200 calls in 24 rounds (1 in 1000 chance of being wrong); budget at src/parser.rs:42",
            "means of batches of 50 calls, for one item: min 8.1 µs  p50 9 µs  p95 11.2 µs  p99 12.4 µs  max 31 µs",
        ],
    );
}

/// This many first calls of 13 to 19 ms.
fn first_calls(calls: u64, measured: f64) -> Evidence {
    Evidence {
        calls,
        rounds: calls,
        slots: calls,
        lower: Some(PerCall(13e6)),
        upper: Some(PerCall(19e6)),
        spread: vec![
            ("min", PerCall(13e6)),
            ("p50", PerCall(measured)),
            ("max", PerCall(19e6)),
        ],
        ..evidence(measured)
    }
}

#[test]
fn a_pass_says_what_it_claims_and_what_it_does_not() {
    let (plan, summary) = (plan(), summary());
    let row = |key: &str, value, found: &Evidence, expected: &[&str]| {
        lines(
            &how_it_holds(&timed(&limit(key, value), &plan, found, &summary)),
            expected,
        );
    };
    let known = Evidence {
        upper: Some(PerCall(12.9e6)),
        ..evidence(12.4e6)
    };
    row(
        "p99",
        15_000_000,
        &known,
        &["at most 12.9 ms (1 in 20 chance of being wrong), from 1,200 calls"],
    );
    row(
        "mean",
        15_000_000,
        &evidence(9.3e6),
        &["from 1,200 calls in 24 rounds (1 in 20 chance of being wrong)"],
    );
    row(
        "min",
        15_000_000,
        &evidence(8.1e6),
        &["the fastest of 1,200 calls; it says nothing about the others"],
    );
    row(
        "max",
        50_000_000,
        &evidence(31e6),
        &[
            "none of 1,200 calls was above it; at most 0.57 % of all calls are (1 in 1000 chance of being wrong)",
        ],
    );
    row(
        "first",
        50_000_000,
        &first_calls(5, 14e6),
        &[
            "at most 19 ms (1 in 20 chance of being wrong), the median of 5 first calls, each in a separate process",
            "first calls: min 13 ms  p50 14 ms  max 19 ms",
        ],
    );
}

#[test]
fn a_pass_on_a_busy_machine_says_what_the_wall_clock_saw() {
    let plan = plan();
    let summary = Summary {
        wall: Wall {
            mean: PerCall(2e5),
            p50: PerCall(1e5),
            p99: PerCall(2.9e6),
            max: PerCall(9e6),
        },
        ..summary()
    };
    let p99 = limit("p99", 200_000);
    let found = Evidence {
        upper: Some(PerCall(118_000.0)),
        ..evidence(112_000.0)
    };
    lines(
        &how_it_holds(&timed(&p99, &plan, &found, &summary)),
        &[
            "at most 118 µs (1 in 20 chance of being wrong), from 1,200 calls",
            "on-CPU p99 112 µs; wall p99 2.9 ms: the machine was busy, 42 % of the time waiting for a processor",
        ],
    );
    let wall = Plan {
        clock: Clock::Wall,
        ..plan
    };
    assert_eq!(
        how_it_holds(&timed(&p99, &wall, &found, &summary)).len(),
        1,
        "the wall clock itself decided"
    );
}

#[test]
fn who_decided_about_a_breach_is_named() {
    let soft = |key: &str, layer, place: Option<&str>| {
        let mode_source = Source {
            layer,
            place: place.map(str::to_owned),
        };
        warns(&Limit {
            mode_source,
            ..limit(key, 10_000_000)
        })
    };
    assert_eq!(
        soft("p99", Layer::Budget, Some("perf-budgets.toml:16:8")),
        "only a warning: mode is soft at perf-budgets.toml:16"
    );
    assert_eq!(
        soft("p99", Layer::Environment, None),
        "only a warning: mode is soft by the environment"
    );
    assert!(soft("rss", Layer::Defaults, Some("perf-budgets.toml:2:1")).contains("is advisory"));
    assert!(soft("rss", Layer::Budget, Some("perf-budgets.toml:9:1")).contains("mode is soft"));
    let waiver = Waiver {
        reason: "#123 new validation".to_owned(),
        owner: None,
        until: Date {
            year: 2026,
            month: 12,
            day: 31,
        },
        place: "perf-budgets.toml:24:1".to_owned(),
    };
    assert_eq!(
        waived(&waiver),
        "waived through 2026-12-31: #123 new validation (perf-budgets.toml:24)"
    );
    let owned = Waiver {
        owner: Some("the parser team".to_owned()),
        ..waiver
    };
    assert_eq!(
        waived(&owned),
        "waived through 2026-12-31: #123 new validation; owner: the parser team (perf-budgets.toml:24)"
    );
    let again_broken = again(&limit("p99", 10_000_000), 1, &evidence(12.3e6), true);
    assert_eq!(
        again_broken,
        "measured again from scratch: p99 12.3 ms from 1,200 calls, broken again"
    );
}
