//! Eighteen named distributions of call times, with their true quantiles and
//! means.

use std::sync::LazyLock;

use perf_statistics::Random;

/// A way in which times of calls come, in microseconds.
#[derive(Clone, Copy)]
pub(super) struct Distribution {
    pub(super) name: &'static str,
    /// Which error rates hold at the boundary.
    pub(super) keeps: Keeps,
    kind: Kind,
}

/// Which verdicts keep their stated error rate when the limit is that of a
/// whole run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Keeps {
    /// Both: calls are independent and alike, or are seen not to be.
    Both,
    /// That of FAIL: calls come in bursts, or become slower.
    Fail,
    /// That of PASS: calls become faster. A confirmation comes later, when
    /// they are.
    Pass,
}

#[derive(Clone, Copy)]
enum Kind {
    /// The time at each share of the distribution: its quantile function.
    Same(fn(f64) -> f64),
    /// The same times a factor that changes over the run, which goes from 0 to
    /// 1.
    Moving(fn(f64) -> f64, fn(f64) -> f64),
    /// Lognormal, each logarithm correlated with the one before.
    Correlated { spread: f64, with_last: f64 },
    /// 100 µs, and 300 µs in bursts of this many calls, which are as rare as
    /// the tested share of calls.
    Bursts { calls: u32 },
}

pub(super) const ALL: [Distribution; 18] = [
    same("constant", |_| 100.0),
    same("uniform", |u| 50.0 + 100.0 * u),
    same("exponential", |u| -100.0 * (1.0 - u).ln()),
    same("lognormal, sd 0.1", |u| lognormal(u, 0.1)),
    same("lognormal, sd 0.5", |u| lognormal(u, 0.5)),
    same("lognormal, sd 1", |u| lognormal(u, 1.0)),
    same("bimodal, 30 % twice as slow", |u| {
        if u < 0.7 { 100.0 + u } else { 200.0 + u }
    }),
    same("heavy tail, Pareto 1.5", |u| {
        50.0 * (1.0 - u).powf(-1.0 / 1.5)
    }),
    same("2 % spikes x20", |u| {
        if u < 0.98 {
            100.0 + 10.0 * u
        } else {
            2_000.0 * u
        }
    }),
    same("one outlier in a thousand x50", |u| {
        if u < 0.999 {
            100.0 + 10.0 * u
        } else {
            5_000.0 * u
        }
    }),
    same("quantised clock, 25 µs steps", |u| {
        (lognormal(u, 0.5) / 25.0).round() * 25.0
    }),
    moving("20 % slower by and by", Keeps::Fail, |at| 0.9 + 0.2 * at),
    moving("20 % faster by and by", Keeps::Pass, |at| 1.1 - 0.2 * at),
    moving("30 % slower half way", Keeps::Fail, |at| {
        if at < 0.5 { 1.0 } else { 1.3 }
    }),
    moving("30 % faster half way", Keeps::Pass, |at| {
        if at < 0.5 { 1.3 } else { 1.0 }
    }),
    Distribution {
        name: "autocorrelated, 0.9 with the last",
        keeps: Keeps::Both,
        kind: Kind::Correlated {
            spread: 0.3,
            with_last: 0.9,
        },
    },
    bursts("bursts of 5 calls", 5),
    bursts("bursts of 20 calls", 20),
];

const fn same(name: &'static str, quantile: fn(f64) -> f64) -> Distribution {
    Distribution {
        name,
        keeps: Keeps::Both,
        kind: Kind::Same(quantile),
    }
}

const fn moving(name: &'static str, keeps: Keeps, factor: fn(f64) -> f64) -> Distribution {
    Distribution {
        name,
        keeps,
        kind: Kind::Moving(|u| lognormal(u, 0.1), factor),
    }
}

const fn bursts(name: &'static str, calls: u32) -> Distribution {
    Distribution {
        name,
        keeps: Keeps::Fail,
        kind: Kind::Bursts { calls },
    }
}

/// The share of calls in bursts, where a mean is tested.
const BURST_SHARE: f64 = 0.1;
const STEPS: u32 = 400;

impl Distribution {
    /// Whether no call says anything about the next.
    pub(super) fn is_independent(&self) -> bool {
        matches!(self.kind, Kind::Same(_))
    }

    /// A seed for one run that no other distribution's runs have.
    pub(super) fn seed(&self, run: u64) -> u64 {
        let name = self.name.bytes().fold(1, |hash: u64, byte| {
            hash.wrapping_mul(31).wrapping_add(u64::from(byte))
        });
        // Names that differ in one letter must not have neighbouring seeds.
        name.wrapping_mul(0xd134_2543_de82_ef95).wrapping_add(run)
    }

    /// The time that exactly the share `p0` of all calls of a run is above.
    pub(super) fn quantile(&self, p0: f64) -> f64 {
        match self.kind {
            Kind::Same(quantile) => quantile(1.0 - p0),
            Kind::Correlated { spread, .. } => lognormal(1.0 - p0, spread),
            Kind::Bursts { .. } => 200.0,
            Kind::Moving(quantile, factor) => {
                let share_above =
                    |limit: f64| over_run(|at| 1.0 - share_below(quantile, limit / factor(at)));
                bisect(1.0, 1e4, |limit| share_above(limit) > p0)
            }
        }
    }

    /// The mean of min(t, `reach`).
    pub(super) fn mean_up_to(&self, reach: f64) -> f64 {
        mean_up_to(&self.times(), reach)
    }

    /// The limit at which the mean of min(t, 4 limits) is the limit: the
    /// boundary of what a PASS of a mean claims.
    pub(super) fn capped_mean(&self) -> f64 {
        let times = self.times();
        bisect(1.0, 1e4, |limit| mean_up_to(&times, 4.0 * limit) > limit)
    }

    /// The times in the middle of equal shares of the distribution, at moments of a run.
    fn times(&self) -> Vec<Vec<f64>> {
        let once = |quantile: &dyn Fn(f64) -> f64| vec![shares(200_000).map(quantile).collect()];
        match self.kind {
            Kind::Same(quantile) => once(&quantile),
            Kind::Correlated { spread, .. } => once(&|u| lognormal(u, spread)),
            Kind::Bursts { .. } => {
                let time = |u| if u < 1.0 - BURST_SHARE { 100.0 } else { 300.0 };
                vec![shares(10).map(time).collect()]
            }
            Kind::Moving(quantile, factor) => {
                let usual: Vec<f64> = shares(2_000).map(quantile).collect();
                let at = |at| usual.iter().map(|time| time * factor(at)).collect();
                shares(STEPS).map(at).collect()
            }
        }
    }

    /// Calls of a run of about `horizon` calls; the share `p0` is in bursts
    /// where there are any (`None`: that of the mean).
    pub(super) fn source(&self, seed: u64, horizon: u64, p0: Option<f64>) -> Source {
        let mut random = Random::new(seed);
        let state = normal(random.unit());
        let share = p0.unwrap_or(BURST_SHARE);
        Source {
            kind: self.kind,
            random,
            at: 0,
            horizon,
            share,
            state,
            burst: 0,
        }
    }
}

/// The calls of one run.
pub(super) struct Source {
    kind: Kind,
    random: Random,
    at: u64,
    horizon: u64,
    share: f64,
    state: f64,
    burst: u32,
}

impl Source {
    /// The time of the next call.
    pub(super) fn next(&mut self) -> f64 {
        let at = self.at as f64 / self.horizon as f64;
        self.at += 1;
        match self.kind {
            Kind::Same(quantile) => quantile(self.random.unit()),
            Kind::Moving(quantile, factor) => quantile(self.random.unit()) * factor(at.min(1.0)),
            Kind::Correlated { spread, with_last } => {
                let fresh = normal(self.random.unit());
                self.state = with_last * self.state + (1.0 - with_last * with_last).sqrt() * fresh;
                100.0 * (spread * self.state).exp()
            }
            Kind::Bursts { calls } => {
                // A gap of geometric length after each burst makes the share.
                let starts = self.share / (f64::from(calls) * (1.0 - self.share) + self.share);
                if self.burst == 0 && self.random.unit() < starts {
                    self.burst = calls;
                }
                if self.burst == 0 {
                    return 100.0;
                }
                self.burst -= 1;
                300.0
            }
        }
    }
}

fn lognormal(u: f64, spread: f64) -> f64 {
    100.0 * (spread * normal(u)).exp()
}

/// The quantile function of the standard normal distribution, from its density
/// added up in small steps: exact enough to be called so, and exactly the one
/// that the calls are drawn from.
pub(super) fn normal(u: f64) -> f64 {
    const STEP: f64 = 0.001;
    const REACH: f64 = 6.0;
    const GUIDES: usize = 4_096;
    /// The shares below each step, and for each share the first step to look at.
    static TABLE: LazyLock<(Vec<f64>, Vec<usize>)> = LazyLock::new(|| {
        let density = |x: f64| (-x * x / 2.0).exp() / std::f64::consts::TAU.sqrt();
        let mut sum = 0.0;
        let below: Vec<f64> = (0..=(2.0 * REACH / STEP) as u32)
            .map(|step| {
                sum += density(-REACH + (f64::from(step) - 0.5) * STEP) * STEP;
                sum
            })
            .collect();
        let first =
            |guide: usize| below.partition_point(|&share| share < guide as f64 / GUIDES as f64);
        let guides = (0..=GUIDES).map(first).collect();
        (below, guides)
    });
    let (below, guides) = &*TABLE;
    let guide = (u * GUIDES as f64) as usize;
    let (from, to) = (guides[guide.min(GUIDES)], guides[(guide + 1).min(GUIDES)]);
    let mut after = from;
    while after < to && below[after] < u {
        after += 1;
    }
    let after = after.clamp(1, below.len() - 1);
    let (low, high) = (below[after - 1], below[after]);
    let part = ((u - low) / (high - low)).clamp(0.0, 1.0);
    -REACH + (after as f64 - 1.0 + part) * STEP
}

/// The middles of this many equal shares of 1.
fn shares(steps: u32) -> impl ExactSizeIterator<Item = f64> {
    (0..steps).map(move |step| (f64::from(step) + 0.5) / f64::from(steps))
}

fn mean(values: impl ExactSizeIterator<Item = f64>) -> f64 {
    let count = values.len() as f64;
    values.sum::<f64>() / count
}

/// The mean of min(t, `reach`) of [times](Distribution::times).
fn mean_up_to(times: &[Vec<f64>], reach: f64) -> f64 {
    let at = |times: &Vec<f64>| mean(times.iter().map(|time| time.min(reach)));
    mean(times.iter().map(at))
}

fn over_run(f: impl Fn(f64) -> f64) -> f64 {
    mean(shares(STEPS).map(f))
}

fn share_below(quantile: fn(f64) -> f64, time: f64) -> f64 {
    bisect(0.0, 1.0, |u| quantile(u) < time)
}

/// Where a condition that holds at first stops holding.
fn bisect(mut low: f64, mut high: f64, holds: impl Fn(f64) -> bool) -> f64 {
    for _ in 0..40 {
        let middle = f64::midpoint(low, high);
        if holds(middle) {
            low = middle
        } else {
            high = middle
        }
    }
    f64::midpoint(low, high)
}

#[test]
fn the_calls_have_the_quantiles_and_means_they_are_said_to_have() {
    assert!((normal(0.99) - 2.326_348).abs() < 1e-4 && normal(0.5).abs() < 1e-3);
    let (calls, runs) = (2_000, 500);
    for distribution in ALL {
        let (limit, mean) = (distribution.quantile(0.1), distribution.mean_up_to(1e4));
        let (mut above, mut sum) = (0_u32, 0.0);
        for seed in 0..runs {
            let mut source = distribution.source(seed, calls, Some(0.1));
            for _ in 0..calls {
                let time = source.next();
                above += u32::from(time > limit);
                sum += time.min(1e4);
            }
        }
        let all = (calls * runs) as f64;
        let (above, measured) = (f64::from(above) / all, sum / all);
        // A million calls; those of bursts are worth a twentieth.
        let atom = ["constant", "quantised clock, 25 µs steps"].contains(&distribution.name);
        assert!(
            (above - 0.1).abs() < 0.006 || (atom && above < 0.1),
            "{}: {above}",
            distribution.name
        );
        assert!(
            (measured / mean - 1.0).abs() < 0.02,
            "{}: {measured} {mean}",
            distribution.name
        );
    }
}
