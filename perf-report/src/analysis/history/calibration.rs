//! How often the rules are wrong, simulated: five kinds of noise, seeded.
//!
//! METHODOLOGY reports what `PERF_REPORT_RATES=1 cargo test --release -p perf-report
//! calibration -- --nocapture` prints, from more histories than are made here.

use super::drift::drift;
use super::noise::{Noise, Random};
use super::shift::{LEAST_BEFORE, RUNS as RUNS_THAT_AGREE, rise};
use crate::analysis::statistics::e_divisive::{self, Settings};

/// Runs of a history before anything is looked at.
const BEFORE: usize = 24;
/// Runs that are looked at as they come.
const RUNS: usize = 100;

/// Histories of each kind: few in a test, many for the table.
fn histories() -> usize {
    if asked() { 20_000 } else { 300 }
}

fn asked() -> bool {
    std::env::var_os("PERF_REPORT_RATES").is_some()
}

fn shown(what: &str, rates: &[(Noise, f64)]) {
    if asked() {
        println!("{what}: {rates:.3?}");
    }
}

/// The mean over histories of each kind of noise.
fn rates(seed: u64, of: impl Fn(Noise, &mut Random) -> f64) -> Vec<(Noise, f64)> {
    let rate = |noise: Noise| {
        let mut random = Random::seeded(seed ^ (noise as u64) << 32);
        let sum: f64 = (0..histories()).map(|_| of(noise, &mut random)).sum();
        (noise, sum / histories() as f64)
    };
    Noise::ALL.into_iter().map(rate).collect()
}

/// A rate and four standard deviations of its simulation, where each history
/// counts once.
fn at_most(rate: f64) -> f64 {
    rate + 4.0 * (rate.max(0.001) / histories() as f64).sqrt()
}

#[track_caller]
fn all_at_most(what: &str, rates: &[(Noise, f64)], bounds: [f64; 5]) {
    shown(what, rates);
    for ((noise, rate), bound) in rates.iter().zip(bounds) {
        assert!(
            *rate <= at_most(bound),
            "{what}, {noise:?}: {rate} is above {bound}"
        );
    }
}

#[track_caller]
fn all_at_least(what: &str, rates: &[(Noise, f64)], bounds: [f64; 5]) {
    shown(what, rates);
    for ((noise, rate), bound) in rates.iter().zip(bounds) {
        let below = bound - 4.0 * (bound * (1.0 - bound) / histories() as f64).sqrt();
        assert!(*rate >= below, "{what}, {noise:?}: {rate} is below {bound}");
    }
}

/// Alarms in a hundred runs of unchanged code; those of runs in a row are one.
fn alarms(values: &[f64]) -> f64 {
    let raised = |run: usize| rise(&values[..run]).is_some();
    (BEFORE + 1..=values.len())
        .filter(|run| raised(*run) && !raised(*run - 1))
        .count() as f64
}

#[test]
fn the_four_run_rule_rarely_cries_wolf() {
    let false_alarms = rates(1, |noise, random| {
        alarms(&noise.factors(BEFORE + RUNS, random))
    });
    let bounds = [0.04, 0.1, 0.55, 0.15, 0.5];
    all_at_most(
        "four-run rule, false alarms in 100 runs",
        &false_alarms,
        bounds,
    );
}

/// A young history has fewer runs to compare with: one look, at its first chance.
#[test]
fn the_four_run_rule_is_patient_with_a_young_history() {
    let raised = rates(8, |noise, random| {
        let values = noise.factors(LEAST_BEFORE + RUNS_THAT_AGREE, random);
        f64::from(u8::from(rise(&values).is_some()))
    });
    let bounds = [0.002, 0.004, 0.016, 0.006, 0.052];
    all_at_most("four-run rule, raised at the 14th run", &raised, bounds);
}

#[test]
fn the_four_run_rule_finds_a_tenth_within_twenty_runs() {
    let found = rates(2, |noise, random| {
        let mut values = noise.factors(60 + 20, random);
        values[60..].iter_mut().for_each(|value| *value *= 1.1);
        let found = (61..=80).any(|run| rise(&values[..run]).is_some());
        f64::from(u8::from(found))
    });
    let bounds = [0.99, 0.95, 0.99, 0.98, 0.98];
    all_at_least("four-run rule, +10 % found within 20 runs", &found, bounds);
}

#[test]
fn change_points_of_unchanged_code_are_few() {
    let found = rates(3, |noise, random| {
        e_divisive::changes(&noise.factors(100, random), Settings::USUAL).len() as f64
    });
    let bounds = [0.1, 0.4, 1.6, 0.1, 2.6];
    all_at_most("change points in 100 runs", &found, bounds);
    let step = rates(4, |noise, random| {
        let mut values = noise.factors(100, random);
        values[60..].iter_mut().for_each(|value| *value *= 1.1);
        let changes = e_divisive::changes(&values, Settings::USUAL);
        let found = changes.iter().any(|change| change.at.abs_diff(60) <= 2);
        f64::from(u8::from(found))
    });
    let bounds = [0.99, 0.45, 0.95, 0.99, 0.97];
    all_at_least("change point within two runs of +10 %", &step, bounds);
}

#[test]
fn drift_is_seldom_seen_where_there_is_none_and_often_where_there_is() {
    let none = rates(5, |noise, random| {
        f64::from(u8::from(drift(&noise.factors(100, random)).is_some()))
    });
    let bounds = [0.005, 0.005, 0.005, 0.005, 0.015];
    all_at_most(
        "drift where there is none, a look at 100 runs",
        &none,
        bounds,
    );
    let step = rates(6, |noise, random| {
        let mut values = noise.factors(100, random);
        values[60..].iter_mut().for_each(|value| *value *= 1.1);
        f64::from(u8::from(drift(&values).is_some()))
    });
    let bounds = [0.005, 0.01, 0.03, 0.06, 0.065];
    all_at_most("drift where there is a step of +10 %", &step, bounds);
    let slow = rates(7, |noise, random| {
        let factors = noise.factors(100, random);
        let values: Vec<f64> = factors
            .iter()
            .enumerate()
            .map(|(run, factor)| factor * (1.0 + 0.001 * run as f64))
            .collect();
        f64::from(u8::from(
            drift(&values).is_some_and(|drift| drift.after > drift.before),
        ))
    });
    let bounds = [0.92, 0.88, 0.73, 0.6, 0.6];
    all_at_least("drift of +10 % over 100 runs found", &slow, bounds);
}
