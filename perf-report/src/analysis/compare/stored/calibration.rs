//! How often the rule is wrong, simulated: seeded, with the rates that
//! METHODOLOGY.md states.

use perf_statistics::Random;

use super::*;
use crate::analysis::statistics::quantile::lower_median;

const RUNS: usize = 7;
const AGAIN: usize = 3;
const TRIALS: usize = 20_000;

/// How runs of unchanged code differ.
#[derive(Clone, Copy, Debug)]
enum Noise {
    /// Lognormal, each run by itself.
    Plain(f64),
    /// 1 %, and one run in ten is 10 to 50 % slower: heavy tails.
    Outliers,
    /// 1 %, and phases of the machine that make runs 15 % slower: one run in
    /// twenty begins one, and it lasts 1.4 runs on average.
    ShortPhases,
    /// The same, but a phase lasts ten runs: longer than a whole check.
    LongPhases,
}

/// A machine, run after run.
struct Machine {
    noise: Noise,
    random: Random,
    slow: bool,
}

/// What became of a comparison.
#[derive(Debug, Default)]
struct Rates {
    once: usize,
    twice: usize,
    unseen: usize,
}

impl Machine {
    fn new(noise: Noise, seed: u64) -> Machine {
        Machine {
            noise,
            random: Random::new(seed),
            slow: false,
        }
    }

    /// Normal, by Box and Muller.
    fn normal(&mut self) -> f64 {
        let radius = (-2.0 * (1.0 - self.random.unit()).ln()).sqrt();
        radius * (2.0 * std::f64::consts::PI * self.random.unit()).cos()
    }

    fn phase(&mut self, leaves: f64) -> f64 {
        let turns = if self.slow { leaves } else { 0.05 };
        if self.random.unit() < turns {
            self.slow = !self.slow;
        }
        if self.slow { 1.15f64.ln() } else { 0.0 }
    }

    /// The logarithm of one run's time.
    fn run(&mut self) -> f64 {
        match self.noise {
            Noise::Plain(deviation) => deviation * self.normal(),
            Noise::Outliers => {
                let odd = self.random.unit() < 0.1;
                let outlier = if odd {
                    (1.1 + 0.4 * self.random.unit()).ln()
                } else {
                    0.0
                };
                outlier + 0.01 * self.normal()
            }
            Noise::ShortPhases => self.phase(0.7) + 0.01 * self.normal(),
            Noise::LongPhases => self.phase(0.1) + 0.01 * self.normal(),
        }
    }

    fn runs(&mut self, number: usize, change: f64) -> Vec<f64> {
        (0..number).map(|_| self.run() + change.ln()).collect()
    }
}

/// Saves a baseline and checks code that takes `change` times as long, again
/// and again, as `baseline check` does.
fn simulate(noise: Noise, tolerated: f64, alpha: f64, change: f64) -> Rates {
    let mut machine = Machine::new(noise, 41);
    let mut rates = Rates::default();
    for _ in 0..TRIALS {
        let reference = Reference::of(&machine.runs(RUNS, 1.0), alpha).expect("enough runs");
        // A day passes: whatever phase there was is over.
        machine.slow = machine.random.unit() < 0.05;
        let first = machine.runs(1, change);
        match reference.judge(first[0], tolerated.ln_1p()) {
            Lies::Above => {
                rates.once += 1;
                let again = median(&machine.runs(AGAIN, change));
                let both = lower_median(&[first[0], again]);
                let twice = reference.judge(both, tolerated.ln_1p()) == Lies::Above;
                rates.twice += usize::from(twice);
            }
            Lies::Unseen => rates.unseen += 1,
            Lies::Within | Lies::Below => {}
        }
    }
    rates
}

/// False alarms and answers that are refused, at most this many per cent of
/// comparisons; four standard deviations of the simulation on top.
#[track_caller]
fn check(noise: Noise, tolerated: f64, alpha: f64, once: f64, twice: f64, unseen: f64) {
    let rates = simulate(noise, tolerated, alpha, 1.0);
    println!("{noise:?} {tolerated} {alpha}: {rates:?} of {TRIALS}");
    for (found, stated) in [
        (rates.once, once),
        (rates.twice, twice),
        (rates.unseen, unseen),
    ] {
        let share = stated / 100.0;
        let sigma = (share * (1.0 - share) / TRIALS as f64).sqrt();
        let found = found as f64 / TRIALS as f64;
        assert!(
            found <= share + 4.0 * sigma,
            "{found} for {stated} %: {rates:?}"
        );
    }
}

#[test]
fn an_unchanged_function_is_hardly_ever_called_slower() {
    check(Noise::Plain(0.005), 0.1, ALPHA, 0.001, 0.001, 0.01);
    check(Noise::Plain(0.01), 0.1, ALPHA, 0.001, 0.001, 0.01);
    check(Noise::Plain(0.02), 0.1, ALPHA, 0.01, 0.001, 6.0);
    check(Noise::Plain(0.05), 0.1, ALPHA, 0.8, 0.02, 92.5);
    check(Noise::Outliers, 0.1, ALPHA, 6.5, 0.2, 51.0);
    check(Noise::ShortPhases, 0.1, ALPHA, 5.0, 0.5, 40.0);
}

#[test]
fn where_noise_alone_stands_in_between_it_is_the_same() {
    check(Noise::Plain(0.05), 0.0, ALPHA_OF_NOISE, 0.1, 0.005, 100.0);
    check(Noise::Plain(0.2), 0.25, ALPHA_OF_NOISE, 0.1, 0.005, 100.0);
}

/// A negative control: this is what no rule over a stored baseline can know.
#[test]
fn a_phase_that_outlasts_the_check_looks_like_a_change() {
    let rates = simulate(Noise::LongPhases, 0.1, ALPHA, 1.0);
    println!("{rates:?} of {TRIALS}");
    assert!(rates.twice > TRIALS / 100, "{rates:?}");
}

/// How often a change is found, at least.
#[track_caller]
fn finds(deviation: f64, tolerated: f64, change: f64, stated: f64) {
    let rates = simulate(Noise::Plain(deviation), tolerated, ALPHA, change);
    println!("{deviation} {tolerated} {change}: {rates:?} of {TRIALS}");
    let share = stated / 100.0;
    let sigma = (share * (1.0 - share) / TRIALS as f64).sqrt();
    let found = rates.twice as f64 / TRIALS as f64;
    assert!(found >= share - 4.0 * sigma, "{found}: {rates:?}");
}

#[test]
fn a_change_above_the_tolerance_is_found() {
    for (deviation, shares) in [
        (0.005, [99.9, 28.0, 99.9, 99.9]),
        (0.01, [99.9, 28.0, 99.9, 99.9]),
        (0.02, [60.0, 27.0, 97.0, 99.9]),
        (0.05, [5.0, 5.0, 20.0, 45.0]),
    ] {
        finds(deviation, 0.05, 1.1, shares[0]);
        finds(deviation, 0.1, 1.1, shares[1]);
        finds(deviation, 0.1, 1.15, shares[2]);
        finds(deviation, 0.1, 1.2, shares[3]);
    }
}

#[test]
fn halves_of_a_settled_machine_hardly_ever_disagree() {
    for deviation in [0.005, 0.02, 0.05] {
        let mut machine = Machine::new(Noise::Plain(deviation), 43);
        let refused = (0..TRIALS)
            .filter(|_| unsettled(&machine.runs(RUNS, 1.0), 0.1f64.ln_1p()).is_some())
            .count();
        println!("{deviation}: {refused} of {TRIALS}");
        // The median is a little wider than the mean, and both sides count.
        assert!(refused as f64 <= 0.005 * TRIALS as f64, "{refused}");
    }
}
