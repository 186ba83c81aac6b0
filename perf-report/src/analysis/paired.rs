//! One case of two builds, measured in turns: how its calls are spread over the
//! processes, when there are enough, and what they come to.
//!
//! A pure state machine. Each *process* runs one of the builds; two of them, one
//! of each build, are a pair: their code was put in an order by the same seed. A
//! sweep is one burst of calls of every process: the pairs in a fresh random order,
//! and each pair's two bursts beside each other, whichever first. Of a pair counts
//! how the two bursts of a sweep differ, because what the machine does for longer
//! than two bursts is in both. When to stop is decided without looking which process
//! is of which build, so that it favours neither.

pub(crate) mod finding;

use perf_statistics::{Random, median};

use crate::analysis::distribution::Distribution;
use crate::analysis::statistics::quantile::standard_error_of_median;

/// Which build a process is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Side {
    Before,
    After,
}

/// A burst that is to be made by every process of a sweep.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Burst {
    /// Units to time.
    pub(crate) units: usize,
    /// Calls a unit holds; 1: each call is timed by itself.
    pub(crate) batch: usize,
    /// About how long a call takes, nanoseconds.
    pub(crate) typical_ns: f64,
}

/// The state of one case.
#[derive(Clone, Debug)]
pub(crate) struct PairedTest {
    /// Pairs, one after the other: before, after, before, after.
    processes: Vec<Process>,
    /// Of each pair, one a sweep: the logarithm of after over before.
    differences: Vec<Vec<f64>>,
    burst: Burst,
    sweeps: usize,
    spent_ns: u64,
    most_ns: u64,
    /// What is tolerated, as a logarithm.
    allowed: f64,
    /// How much more exactly the difference of a pair is to be known.
    finer: f64,
}

#[derive(Clone, Debug, Default)]
struct Process {
    /// One a sweep: the median of the burst, nanoseconds.
    medians: Vec<f64>,
    /// The logarithm of every single call, against the middle of its sweep.
    calls: Vec<f32>,
}

/// What the pairs came to: of each, the logarithm of after over before.
pub(crate) type Differences = Vec<f64>;

/// A quantile of the slowest calls that all processes have enough calls for.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Tail {
    /// `p99`.
    pub(crate) key: &'static str,
    pub(crate) differences: Differences,
    /// The quantile itself on both sides, nanoseconds.
    pub(crate) before_ns: f64,
    pub(crate) after_ns: f64,
}

/// A burst lasts about this long: short, because a processor that another one shares
/// its core with is faster and slower by a fifth from one millisecond to the next,
/// and a pair whose bursts fell on either side says nothing.
const BURST_NS: f64 = 5e5;
const LEAST_UNITS: f64 = 1.0;
const MOST_UNITS: f64 = 2_000.0;
/// Below this, calls are timed in batches of so long.
const BATCHED_BELOW_NS: f64 = 1e3;
const BATCH_NS: f64 = 7.5e3;
/// The least and the most sweeps, and after how many more there is a look whether
/// they are enough.
const LEAST_SWEEPS: usize = 24;
const MOST_SWEEPS: usize = 100;
const SWEEPS_A_LOOK: usize = 4;
/// Calls above a quantile that make it a separate figure.
const ABOVE: f64 = 10.0;
const TAILS: [(&str, f64); 3] = [("p99", 0.99), ("p95", 0.95), ("p90", 0.9)];

impl Burst {
    /// The burst for calls that take about so long on either side.
    pub(crate) fn of(typical_ns: f64) -> Burst {
        let typical_ns = typical_ns.max(0.1);
        let batch = if typical_ns < BATCHED_BELOW_NS {
            (BATCH_NS / typical_ns).ceil().clamp(2.0, 50_000.0)
        } else {
            1.0
        };
        let units = (BURST_NS / (typical_ns * batch)).clamp(LEAST_UNITS, MOST_UNITS);
        Burst {
            units: units as usize,
            batch: batch as usize,
            typical_ns,
        }
    }
}

impl PairedTest {
    /// A case that this many pairs play, whose calls take about `typical_ns`, of which
    /// a change by `tolerance` (0.1: 10 %) is of interest, for `most_ns` at most. The
    /// difference of a pair is to be known `finer` times as exactly as it is far from
    /// being as much as is tolerated.
    pub(crate) fn new(
        pairs: usize,
        typical_ns: f64,
        tolerance: f64,
        finer: f64,
        most_ns: u64,
    ) -> PairedTest {
        PairedTest {
            processes: vec![Process::default(); 2 * pairs],
            differences: vec![Vec::new(); pairs],
            burst: Burst::of(typical_ns),
            sweeps: 0,
            spent_ns: 0,
            most_ns,
            allowed: tolerance.ln_1p(),
            finer,
        }
    }

    /// What every process of the next sweep does.
    pub(crate) fn burst(&self) -> Burst {
        self.burst
    }

    /// The order of the next sweep.
    pub(crate) fn order(&self, random: &mut Random) -> Vec<usize> {
        let mut pairs: Vec<usize> = (0..self.processes.len() / 2).collect();
        random.shuffle(&mut pairs);
        pairs
            .into_iter()
            .flat_map(|pair| {
                let first = random.below(2);
                [2 * pair + first, 2 * pair + 1 - first]
            })
            .collect()
    }

    /// Takes a sweep: the times of each process's units, nanoseconds a call, and how
    /// long all of it took. A sweep in which a process said nothing is passed over.
    pub(crate) fn accept(&mut self, sweep: &[Vec<f64>], took_ns: u64) {
        self.spent_ns += took_ns;
        self.sweeps += 1;
        let medians: Vec<f64> = sweep.iter().filter_map(|times| median(times)).collect();
        if medians.len() != self.processes.len() || medians.iter().any(|ns| *ns <= 0.0) {
            return;
        }
        let logs: Vec<f64> = medians.iter().map(|ns| ns.ln()).collect();
        for (differences, pair) in self.differences.iter_mut().zip(logs.chunks_exact(2)) {
            differences.push(pair[1] - pair[0]);
        }
        // Half way between the two builds: the median of all would be now of the one
        // and now of the other where they differ.
        let side = |first: usize| {
            let logs: Vec<f64> = logs.iter().skip(first).step_by(2).copied().collect();
            median(&logs).unwrap_or_default()
        };
        let middle = (side(0) + side(1)) / 2.0;
        for ((process, times), ns) in self.processes.iter_mut().zip(sweep).zip(medians) {
            process.medians.push(ns);
            if self.burst.batch == 1 {
                let calls = times.iter().filter(|ns| **ns > 0.0);
                process
                    .calls
                    .extend(calls.map(|ns| (ns.ln() - middle) as f32));
            }
        }
    }

    /// Whether there are enough sweeps, or no time is left for another.
    pub(crate) fn is_over(&self) -> bool {
        if self.sweeps >= MOST_SWEEPS || self.spent_ns >= self.most_ns {
            return true;
        }
        // Another sweep takes as long as those before.
        let next_ns = self.spent_ns / self.sweeps.max(1) as u64;
        if self.sweeps >= 1 && self.spent_ns + next_ns > self.most_ns {
            return true;
        }
        self.sweeps >= LEAST_SWEEPS
            && self.sweeps.is_multiple_of(SWEEPS_A_LOOK)
            && self.noise() * self.finer <= self.distance()
    }

    /// How far the pairs are from being as much slower, or faster, as is tolerated:
    /// what has to be told apart. As far as none at all at least, because whatever is
    /// closer may be at the boundary itself, where no number of sweeps is enough.
    fn distance(&self) -> f64 {
        let middle = median(&self.typical()).unwrap_or_default();
        (middle.abs() - self.allowed).max(self.allowed)
    }

    /// Sweeps so far.
    pub(crate) fn sweeps(&self) -> usize {
        self.sweeps
    }

    /// How exactly the difference of a pair is known: the standard error of its
    /// median, as a logarithm, typical of all pairs. It is the same whichever of the
    /// two is which.
    pub(crate) fn noise(&self) -> f64 {
        let errors: Vec<f64> = self
            .differences
            .iter()
            .map(|differences| standard_error_of_median(differences))
            .collect();
        median(&errors).unwrap_or(f64::INFINITY)
    }

    /// The typical times of every pair.
    pub(crate) fn typical(&self) -> Differences {
        let pairs = self.differences.iter();
        pairs.filter_map(|pair| median(pair)).collect()
    }

    /// How many pairs play.
    pub(crate) fn pairs(&self) -> usize {
        self.processes.len() / 2
    }

    /// The typical time of a side, nanoseconds.
    pub(crate) fn typical_ns(&self, side: Side) -> Option<f64> {
        let medians: Vec<f64> = self
            .of(side)
            .filter_map(|process| median(&process.medians))
            .collect();
        median(&medians)
    }

    /// The times of the calls of a side; `None` where calls were timed in batches. Each
    /// is taken against the middle of its sweep, as everything that is compared.
    pub(crate) fn distribution(&self, side: Side) -> Option<Distribution> {
        let middle = self.typical_ns(Side::Before)? * self.typical_ns(Side::After)?;
        let calls = self.of(side).flat_map(|process| &process.calls);
        let times = calls.map(|log| (f64::from(*log).exp() * middle.sqrt(), 1));
        Distribution::of_buckets(times.collect())
    }

    /// The farthest quantile that every process has enough calls for; `None` where
    /// none has, or calls were timed in batches.
    pub(crate) fn tail(&self) -> Option<Tail> {
        let least = self
            .processes
            .iter()
            .map(|process| process.calls.len())
            .min()?;
        let enough = |(_, quantile): &&(&str, f64)| least as f64 * (1.0 - quantile) >= ABOVE;
        let &(key, at) = TAILS.iter().find(enough)?;
        let above = |process: &Process| {
            let mut calls = process.calls.clone();
            calls.sort_by(f32::total_cmp);
            let place = (at * calls.len() as f64).ceil() as usize;
            Some(f64::from(*calls.get(place.saturating_sub(1))?))
        };
        // What is known are times against the median of all processes.
        let all: Vec<f64> = self
            .processes
            .iter()
            .filter_map(|process| median(&process.medians))
            .collect();
        let scale = median(&all)?;
        let of = |side| {
            let values: Vec<f64> = self.of(side).filter_map(above).collect();
            median(&values).map(|log| scale * log.exp())
        };
        Some(Tail {
            key,
            before_ns: of(Side::Before)?,
            after_ns: of(Side::After)?,
            differences: self.each(above),
        })
    }

    fn of(&self, side: Side) -> impl Iterator<Item = &Process> {
        self.processes.iter().skip(side as usize).step_by(2)
    }

    fn each(&self, value: impl Fn(&Process) -> Option<f64>) -> Differences {
        let pairs = self.processes.chunks_exact(2);
        pairs
            .filter_map(|pair| Some(value(&pair[1])? - value(&pair[0])?))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(typical_ns: f64, units: usize, batch: usize) {
        let burst = Burst::of(typical_ns);
        assert_eq!((burst.units, burst.batch), (units, batch), "{typical_ns}");
    }

    #[test]
    fn a_burst_lasts_about_half_a_millisecond() {
        check(75.0, 66, 100);
        check(10e3, 50, 1);
        check(200e3, 2, 1);
        check(1.5e6, 1, 1);
        check(20e6, 1, 1);
        check(0.3, 66, 25_000);
    }

    /// Sweeps until the test is over: each process's calls take `times[process]`
    /// times what the sweep takes, with some noise.
    fn played(times: &[f64], noise: f64, drift: bool) -> PairedTest {
        let mut test = PairedTest::new(times.len() / 2, 10e3, 0.1, 6.0, u64::MAX);
        let mut random = Random::new(3);
        while !test.is_over() {
            let machine = if drift { 1.0 + random.unit() } else { 1.0 };
            let sweep: Vec<Vec<f64>> = times
                .iter()
                .map(|factor| {
                    (0..50)
                        .map(|_| 10e3 * factor * machine * (1.0 + noise * random.unit()))
                        .collect()
                })
                .collect();
            test.accept(&sweep, 1_000_000);
        }
        test
    }

    #[test]
    fn what_the_machine_does_to_a_whole_sweep_is_taken_off() {
        let test = played(&[1.0, 1.2, 1.0, 1.2], 0.01, true);
        for difference in test.typical() {
            assert!((difference - 1.2_f64.ln()).abs() < 0.005);
        }
        assert_eq!(test.sweeps(), LEAST_SWEEPS);
        let most = |side| test.distribution(side).expect("there are calls").max;
        let ratio = most(Side::After) / most(Side::Before);
        assert!((ratio - 1.2).abs() < 0.02, "{ratio}");
    }

    #[test]
    fn bursts_that_the_machine_slows_down_do_not_hide_the_difference() {
        // The core is shared: each burst by itself is a fifth slower with a chance of
        // one in three, and after takes 5 % more.
        let mut test = PairedTest::new(6, 10e3, 0.03, 6.0, u64::MAX);
        let mut random = Random::new(9);
        while !test.is_over() {
            let sweep: Vec<Vec<f64>> = (0..12)
                .map(|process| {
                    let build = if process % 2 == 1 { 1.05 } else { 1.0 };
                    let machine = if random.unit() < 0.33 { 1.2 } else { 1.0 };
                    vec![10e3 * build * machine * (1.0 + 0.01 * random.unit())]
                })
                .collect();
            test.accept(&sweep, 1);
        }
        for difference in test.typical() {
            assert!((difference - 1.05_f64.ln()).abs() < 0.004, "{difference}");
        }
    }

    #[test]
    fn a_noisy_case_gets_more_sweeps_than_a_quiet_one() {
        let noisy = |noise| {
            let mut test = PairedTest::new(2, 10e3, 0.02, 6.0, u64::MAX);
            let mut random = Random::new(5);
            while !test.is_over() {
                let burst = |random: &mut Random| vec![10e3 * (1.0 + noise * random.unit())];
                let sweep: Vec<Vec<f64>> = (0..4).map(|_| burst(&mut random)).collect();
                test.accept(&sweep, 1);
            }
            test.sweeps()
        };
        assert_eq!(noisy(0.0), LEAST_SWEEPS);
        assert!(noisy(0.1) > 2 * LEAST_SWEEPS);
        assert_eq!(noisy(2.0), MOST_SWEEPS);
    }

    #[test]
    fn what_is_far_from_the_tolerance_need_not_be_known_exactly() {
        let sweeps = |slower: f64| {
            let mut test = PairedTest::new(2, 10e3, 0.03, 6.0, u64::MAX);
            let mut random = Random::new(5);
            while !test.is_over() {
                let sweep: Vec<Vec<f64>> = (0..4)
                    .map(|process| {
                        let build = if process % 2 == 1 { slower } else { 1.0 };
                        vec![10e3 * build * (1.0 + 0.1 * random.unit())]
                    })
                    .collect();
                test.accept(&sweep, 1);
            }
            test.sweeps()
        };
        assert_eq!(sweeps(1.3), LEAST_SWEEPS);
        assert_eq!(sweeps(1.0 / 1.3), LEAST_SWEEPS);
        assert!(sweeps(1.0) > 2 * LEAST_SWEEPS);
        assert!(sweeps(1.03) > 2 * LEAST_SWEEPS);
    }

    #[test]
    fn no_sweep_begins_that_would_end_too_late() {
        let mut test = PairedTest::new(2, 1e6, 0.1, 6.0, 10_000);
        for sweeps in 0..3 {
            assert!(!test.is_over(), "{sweeps}");
            test.accept(&vec![vec![1e6]; 4], 3_000);
        }
        assert!(test.is_over());
    }

    #[test]
    fn the_tail_is_as_far_out_as_there_are_calls() {
        let test = played(&[1.0, 1.0, 1.0, 1.0], 0.5, false);
        let calls = test.sweeps() * 50;
        let expected = match calls {
            1_000.. => "p99",
            200.. => "p95",
            _ => "p90",
        };
        let tail = test.tail().expect("a tail");
        assert_eq!(tail.key, expected);
        assert!((tail.before_ns / 14.8e3 - 1.0).abs() < 0.05, "{tail:?}");
        let few = PairedTest::new(2, 10e3, 0.1, 6.0, 1);
        assert_eq!(few.tail(), None);
    }

    #[test]
    fn the_bursts_of_a_pair_are_made_beside_each_other() {
        let test = PairedTest::new(6, 10e3, 0.1, 6.0, 1);
        let mut random = Random::new(2);
        let mut first_before = 0;
        for _ in 0..100 {
            for pair in test.order(&mut random).chunks_exact(2) {
                assert_eq!(pair[0] / 2, pair[1] / 2);
                first_before += pair[0] % 2;
            }
        }
        // Four standard deviations of a binomial(600, 1/2) are 49.
        assert!((251..=349).contains(&first_before), "{first_before}");
    }

    #[test]
    fn a_sweep_with_a_silent_player_is_passed_over() {
        let mut test = PairedTest::new(2, 10e3, 0.1, 6.0, u64::MAX);
        test.accept(&[vec![1.0], vec![], vec![1.0], vec![1.0]], 1);
        assert_eq!(test.typical(), [] as [f64; 0]);
        assert_eq!(test.noise(), f64::INFINITY);
    }
}
