//! What a user is promised, on whole suites in virtual time.

use std::collections::BTreeMap;

use perf_grammar::{Metric, Quantile};

use super::calibration::runs;
use super::distributions::normal;
use super::machine::{MS, P99, Run, Script, US, calm, case, run, run_one, suite_spec};
use super::*;
use crate::judge::Undecided;
use perf_statistics::Random;

/// Most calls take 10 µs, the share `slow` takes 2 ms.
fn mostly_fast(seed: u64, slow: f64) -> impl FnMut(u64, u64) -> machine::Scripted {
    let mut random = Random::new(seed);
    move |_, _| {
        calm(if random.unit() < slow {
            2.0 * MS
        } else {
            10.0 * US
        })
    }
}

/// How often each decision on the first limit comes out of runs with different
/// seeds.
fn decisions(runs: u64, mut one: impl FnMut(u64) -> Run) -> BTreeMap<String, u64> {
    let mut seen = BTreeMap::new();
    for seed in 0..runs {
        *seen
            .entry(format!("{:?}", one(seed).decision()))
            .or_default() += 1;
    }
    seen
}

#[test]
fn two_percent_of_slow_calls_break_a_p99_every_time() {
    for limits in [1, 50] {
        let seen = decisions(runs(1_000).max(200), |seed| {
            let spec = SuiteSpec {
                time_limits_in_run: limits,
                seed,
                ..suite_spec()
            };
            run_one(spec, case(&[(P99, 1.0 * MS)]), mostly_fast(seed, 0.02))
        });
        println!("| 2 % at 2 ms, p99 = 1 ms, {limits} limits | {seen:?} |");
        assert_eq!(
            seen.keys().collect::<Vec<_>>(),
            ["Broken"],
            "{limits} limits: {seen:?}"
        );
    }
}

#[test]
fn one_slow_call_in_a_thousand_does_not_break_a_p99() {
    let seen = decisions(runs(2_000).max(400), |seed| {
        run_one(
            SuiteSpec {
                seed,
                ..suite_spec()
            },
            case(&[(P99, 1.0 * MS)]),
            mostly_fast(seed, 0.001),
        )
    });
    println!("| 0.1 % at 2 ms, p99 = 1 ms | {seen:?} |");
    assert_eq!(seen.keys().collect::<Vec<_>>(), ["Holds"], "{seen:?}");
}

#[test]
fn the_mean_hides_what_the_quantile_shows() {
    // The mean of 2 % at 2 ms and the rest at 10 µs is 50 µs.
    let limits = [
        (Metric::Mean, 100.0 * US),
        (P99, 1.0 * MS),
        (Metric::Max, 3.0 * MS),
    ];
    let run = run_one(suite_spec(), case(&limits), mostly_fast(5, 0.02));
    let decisions: Vec<Decision> = run
        .outcome()
        .judgements
        .iter()
        .map(|judgement| judgement.decision)
        .collect();
    assert_eq!(
        decisions,
        [Decision::Holds, Decision::Broken, Decision::Holds]
    );
}

#[test]
fn a_suite_of_fifty_sound_and_broken_cases_is_told_apart() {
    let ways: [(f64, bool); 5] = [
        (0.0, true),
        (0.001, true),
        (0.02, false),
        (0.05, false),
        (1.0, false),
    ];
    for seed in 0..6 {
        let specs = (0..50).map(|_| case(&[(P99, 1.0 * MS)])).collect();
        let scripts = (0..50_u64)
            .map(|at| Box::new(mostly_fast(seed * 50 + at, ways[at as usize % 5].0)) as Script<'_>);
        let spec = SuiteSpec {
            time_limits_in_run: 50,
            seed,
            ..suite_spec()
        };
        let run = run(spec, specs, scripts.collect());
        for at in 0..50 {
            let expected = if ways[at % 5].1 {
                Decision::Holds
            } else {
                Decision::Broken
            };
            assert_eq!(
                run.suite.outcome(at).judgements[0].decision,
                expected,
                "case {at} of suite {seed}"
            );
        }
    }
}

#[test]
fn every_metric_is_decided_on_both_sides_of_its_limit() {
    let lognormal = |seed: u64| {
        let mut random = Random::new(seed);
        move |_: u64, _: u64| calm(100.0 * US * (0.3 * normal(random.unit())).exp())
    };
    let p90 = Metric::Quantile(Quantile::from_millionths(900_000));
    // The median is 100, the mean 104.6, the 90th percentile 146.9, the 99th
    // 200.9 µs.
    let rows = [
        (Metric::Quantile(Quantile::P50), 80.0, 125.0),
        (p90, 110.0, 200.0),
        (P99, 150.0, 300.0),
        (Metric::Mean, 85.0, 130.0),
        (Metric::Throughput, 85.0, 130.0),
        (Metric::Min, 20.0, 100.0),
        (Metric::Max, 150.0, 900.0),
    ];
    for seed in 0..40 {
        for (metric, broken, sound) in rows {
            for (limit, expected) in [(broken, Decision::Broken), (sound, Decision::Holds)] {
                let spec = SuiteSpec {
                    seed,
                    time_limits_in_run: 20,
                    ..suite_spec()
                };
                let run = run_one(spec, case(&[(metric, limit * US)]), lognormal(seed));
                assert_eq!(
                    run.decision(),
                    expected,
                    "{metric} at {limit}, seed {seed}: {:?}",
                    run.outcome().judgements[0]
                );
            }
        }
    }
}

#[test]
fn a_phase_that_passes_breaks_nothing() {
    // The machine is three times slower for the first half second: every limit
    // is found broken in it, and none when looked at again.
    for seed in 0..50 {
        let mut random = Random::new(seed);
        let run = run_one(
            SuiteSpec {
                seed,
                ..suite_spec()
            },
            case(&[(P99, 150.0 * US)]),
            |_, now| {
                calm((90.0 + 20.0 * random.unit()) * US * if now < 500_000_000 { 3.0 } else { 1.0 })
            },
        );
        assert_eq!(
            run.decision(),
            Decision::Undecided(Undecided::NotReproduced),
            "{seed}"
        );
    }
}
