//! Error rates, coverage and cost of the judgement of each metric, on named
//! distributions with the limit exactly at its boundary.
//!
//! Bounds are the nominal rate plus four standard deviations of the simulation.
//! What depends on the calls before it is bounded by what was measured, and
//! stands in METHODOLOGY.

use perf_grammar::{Metric, Quantile};

use super::distributions::{ALL, Distribution, Keeps, Source};
use super::machine::P99;
use crate::judge::summary::Sample;
use crate::judge::{Errors, Judge, Permits, Standing};
use crate::model::figure::PerCall;
use crate::model::sample::{Call, Disturbed};
use perf_statistics::Random;
use perf_statistics::Side;

const P90: Metric = Metric::Quantile(Quantile::from_millionths(900_000));
const RATES: [f64; 3] = [0.05, 0.01, 0.001];
const ALLOWED: Permits = Permits { fail: true };
/// No evidence reaches it.
const NEVER: f64 = 1e-300;
const ROUND: usize = 50;

fn fill(round: &mut [Call], source: &mut Source) {
    for call in round {
        let ns = source.next() * 1e3;
        *call = Call {
            judged_ns: ns,
            wall_ns: ns,
            disturbed: Disturbed::No,
            failed: false,
        };
    }
}

const NO_CALL: Call = Call {
    judged_ns: 0.0,
    wall_ns: 0.0,
    disturbed: Disturbed::No,
    failed: false,
};

/// As many runs as are asked for: `PERF_SIMULATIONS` is percent of these. With
/// fewer, the bounds are wider by as much as chance is.
pub(super) fn runs(all: u64) -> u64 {
    let percent = std::env::var("PERF_SIMULATIONS").map_or(100, |text| {
        text.parse().expect("PERF_SIMULATIONS is a number")
    });
    (all * percent / 100).max(1)
}

/// Whether rounds from the source lead to a verdict of this side before the
/// horizon.
fn reaches(
    mut source: Source,
    metric: Metric,
    limit_us: f64,
    side: Side,
    rate: f64,
    horizon: u64,
) -> bool {
    let errors = match side {
        Side::Fail => Errors {
            fail: rate,
            limits: 1,
            pass: NEVER,
        },
        Side::Pass => Errors {
            fail: NEVER,
            limits: 1,
            pass: rate,
        },
    };
    let mut judge = Judge::new(metric, PerCall(limit_us * 1e3), errors, ROUND);
    let mut round = [NO_CALL; ROUND];
    for _ in 0..horizon.div_ceil(ROUND as u64) {
        fill(&mut round, &mut source);
        judge.accept(&round, 1, ALLOWED);
        if judge.standing() != Standing::Open {
            return true;
        }
    }
    false
}

/// The share of runs that end in a wrong verdict, at each of [`RATES`].
///
/// A run that does not reach the evidence for one error rate does not reach
/// that for a smaller one, so only the others are run again.
fn wrong(
    distribution: Distribution,
    metric: Metric,
    side: Side,
    runs: u64,
    horizon: u64,
) -> [f64; 3] {
    let (p0, limit) = boundary(distribution, metric, side);
    let mut wrong = [0_u64; 3];
    for run in 0..runs {
        let seed = distribution.seed(run * 2 + u64::from(side == Side::Pass));
        for (count, rate) in wrong.iter_mut().zip(RATES) {
            if !reaches(
                distribution.source(seed, horizon, p0),
                metric,
                limit,
                side,
                rate,
                horizon,
            ) {
                break;
            }
            *count += 1;
        }
    }
    wrong.map(|count| count as f64 / runs as f64)
}

/// The greatest limit that is broken or the least that is sound.
fn boundary(distribution: Distribution, metric: Metric, side: Side) -> (Option<f64>, f64) {
    match (metric, side) {
        (Metric::Quantile(quantile), _) => {
            let p0 = 1.0 - quantile.share();
            let limit = distribution.quantile(p0);
            // Where many calls take exactly that long, below is broken.
            (
                Some(p0),
                if side == Side::Fail {
                    limit
                } else {
                    limit * (1.0 - 1e-9)
                },
            )
        }
        (_, Side::Fail) => (None, distribution.mean_up_to(f64::INFINITY)),
        (_, Side::Pass) => (None, distribution.capped_mean()),
    }
}

/// Whether a share of runs is the nominal one, or above it by what chance does.
pub(super) fn within(found: f64, nominal: f64, runs: u64) -> bool {
    found <= nominal + 4.0 * (nominal * (1.0 - nominal) / runs as f64).sqrt()
}

/// Each distribution keeps the rates it is said to keep, and the test must see
/// the others broken: else it sees nothing, or METHODOLOGY is out of date.
fn check_rates(metric: Metric, runs: u64, horizon: u64) {
    for distribution in ALL {
        let (name, keeps) = (distribution.name, distribution.keeps);
        let fail = wrong(distribution, metric, Side::Fail, runs, horizon);
        let pass = wrong(distribution, metric, Side::Pass, runs, horizon);
        println!(
            "| {name} | {metric} | {} | {} |",
            percents(fail),
            percents(pass)
        );
        let kept = |found: [f64; 3]| [0, 1, 2].map(|at| within(found[at], RATES[at], runs));
        let side = |keeps: bool, kept: [bool; 3]| (kept == [true; 3]) == keeps;
        let as_said =
            side(keeps != Keeps::Pass, kept(fail)) && side(keeps != Keeps::Fail, kept(pass));
        assert!(
            as_said,
            "{name}, {metric}: FAIL {fail:?}, PASS {pass:?} at {RATES:?}"
        );
    }
}

fn percents(rates: [f64; 3]) -> String {
    rates.map(|rate| format!("{:.2}", rate * 100.0)).join(" / ")
}

#[test]
fn a_p90_at_its_boundary_is_misjudged_at_most_as_often_as_stated() {
    check_rates(P90, runs(5_000), 1_440);
}

#[test]
fn a_p99_at_its_boundary_is_misjudged_at_most_as_often_as_stated() {
    check_rates(P99, runs(3_000), 2_500);
}

#[test]
fn a_mean_at_its_boundary_is_misjudged_at_most_as_often_as_stated() {
    check_rates(Metric::Mean, runs(2_500), 800);
}

#[test]
#[ignore = "takes minutes: the same with enough runs for tight bounds, whose figures stand in METHODOLOGY"]
fn the_error_rates_in_full() {
    check_rates(P90, 20_000, 1_440);
    check_rates(P99, 20_000, 3_000);
    check_rates(Metric::Mean, 20_000, 1_500);
}

/// The share of runs in which an interval, looked at ten times on the way,
/// ever lay wholly below or wholly above the true quantile.
fn missed(distribution: Distribution, metric: Metric, slot: usize, runs: u64) -> (f64, f64) {
    let Metric::Quantile(quantile) = metric else {
        unreachable!("intervals are of quantiles")
    };
    let p0 = 1.0 - quantile.share();
    let truth = distribution.quantile(p0) * 1e3;
    let errors = Errors {
        fail: 0.01,
        limits: 1,
        pass: 0.01,
    };
    let (mut below, mut above) = (0_u64, 0_u64);
    for run in 0..runs {
        let mut source = distribution.source(
            distribution.seed(run + (1 << 40)),
            1_500 * slot as u64,
            Some(p0),
        );
        // The limit is out of the way: nothing is decided, nothing is clamped.
        let mut judge = Judge::new(
            metric,
            PerCall(truth),
            Errors {
                fail: NEVER,
                limits: 1,
                pass: NEVER,
            },
            ROUND,
        );
        let mut sample = Sample::new(1);
        let mut round = vec![NO_CALL; ROUND * slot];
        let (mut missed_below, mut missed_above) = (false, false);
        for at in 0..30 {
            fill(&mut round, &mut source);
            round
                .iter()
                .for_each(|call| sample.record(call.judged_ns, call.wall_ns));
            judge.accept(&round, slot, ALLOWED);
            if at % 3 == 2 {
                let (lower, upper) = judge.interval_at(p0, &sample, errors);
                missed_below |= upper.is_some_and(|ns| ns < truth * (1.0 - 1e-9));
                missed_above |= lower.is_some_and(|ns| ns > truth * (1.0 + 1e-9));
            }
        }
        below += u64::from(missed_below);
        above += u64::from(missed_above);
    }
    (below as f64 / runs as f64, above as f64 / runs as f64)
}

#[test]
fn an_interval_misses_the_true_quantile_at_most_as_often_as_stated() {
    let runs = runs(400).max(50);
    for distribution in ALL.into_iter().filter(Distribution::is_independent) {
        for (metric, slot) in [(P90, 1), (P99, 1), (P90, 5)] {
            let (below, above) = missed(distribution, metric, slot, runs);
            println!(
                "| {} | {metric}, slots of {slot} | {:.2} | {:.2} |",
                distribution.name,
                below * 100.0,
                above * 100.0
            );
            assert!(
                within(below, 0.01, runs) && within(above, 0.01, runs),
                "{}: {below} {above}",
                distribution.name
            );
        }
    }
}

/// Calls until the right verdict, on average, when the share `p` is above.
fn expected_calls(p0: f64, p: f64, errors: Errors, runs: u64) -> f64 {
    let quantile = Quantile::from_millionths(1_000_000 - (p0 * 1e6) as u32);
    let mut calls = 0;
    for seed in 0..runs {
        let mut random = Random::new(seed);
        let mut judge = Judge::new(Metric::Quantile(quantile), PerCall(200.0), errors, ROUND);
        let mut round = [NO_CALL; ROUND];
        while judge.standing() == Standing::Open {
            for call in &mut round {
                call.judged_ns = if random.unit() < p { 300.0 } else { 100.0 };
            }
            judge.accept(&round, 1, ALLOWED);
            calls += ROUND as u64;
        }
    }
    calls as f64 / runs as f64
}

#[test]
fn a_verdict_costs_a_small_multiple_of_the_fewest_calls_that_could_give_it() {
    let errors = Errors {
        fail: 1e-3,
        limits: 1,
        pass: 0.05,
    };
    // The most each may cost, as a multiple of Wald's bound; where a round or
    // two is all it takes, the bound says nothing and calls are given.
    let rows = [
        (0.0, 1.3, 0),
        (0.001, 2.0, 0),
        (0.003, 2.2, 0),
        (0.02, 2.0, 0),
        (0.05, 2.6, 0),
        (0.2, 0.0, 200),
        (1.0, 0.0, 100),
    ];
    for (p, multiple, calls) in rows {
        let found = expected_calls(0.01, p, errors, 400);
        let rate: f64 = if p < 0.01 { errors.pass } else { errors.fail };
        // Wald (1945): no test with this error rate needs fewer on average.
        let entropy = |p: f64, q: f64| if p == 0.0 { 0.0 } else { p * (p / q).ln() };
        let fewest = -rate.ln() / (entropy(p, 0.01) + entropy(1.0 - p, 0.99));
        println!(
            "| p99, {:.1} % above | {found:.0} | {fewest:.0} | {:.2} |",
            p * 100.0,
            found / fewest
        );
        assert!(
            found <= (fewest * multiple).max(f64::from(calls)),
            "p {p}: {found} of {fewest}"
        );
    }
}

/// The share of runs in which any of 200 limits, each at its boundary, is
/// broken.
fn any_broken(errors: Errors, runs: u64) -> f64 {
    let broken = |run: &u64| {
        (0..200).any(|limit| {
            let mut random = Random::new(run * 200 + limit);
            let mut judge = Judge::new(P90, PerCall(200.0), errors, ROUND);
            let mut round = [NO_CALL; ROUND];
            (0..28).any(|_| {
                for call in &mut round {
                    call.judged_ns = if random.unit() < 0.1 { 300.0 } else { 100.0 };
                }
                judge.accept(&round, 1, ALLOWED);
                judge.standing() == Standing::Broken
            })
        })
    };
    (0..runs).filter(broken).count() as f64 / runs as f64
}

#[test]
fn of_two_hundred_limits_at_their_boundary_hardly_a_run_breaks_one() {
    let errors = Errors {
        fail: 1e-3,
        limits: 200,
        pass: NEVER,
    };
    let runs = runs(500).max(25);
    let divided = any_broken(errors, runs);
    // Five percent a limit, not a run, must show.
    let undivided = any_broken(
        Errors {
            fail: 0.05,
            limits: 1,
            ..errors
        },
        runs.min(100),
    );
    println!("| 200 limits at their boundary | {divided:.4} | {undivided:.4} |");
    assert!(within(divided, 1e-3, runs), "{divided}");
    assert!(undivided > 0.1, "{undivided}");
}
