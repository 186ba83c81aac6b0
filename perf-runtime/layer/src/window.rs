//! The last spans of one name, and whether they are within their budgets.

use perf_grammar::Statistic;

/// The fewest and the most spans a window holds.
const LEAST: usize = 1_000;
const MOST: usize = 100_000;
/// The fewest spans of which a mean is reported.
const LEAST_OF_A_MEAN: usize = 100;
/// Spans of a window that lie above the quantile it is for.
const ABOVE: u64 = 10;
const MILLION: u64 = 1_000_000;

/// The last spans of one name.
#[derive(Debug)]
pub(crate) struct Window {
    /// The times, oldest first from `next` on once it is full.
    times: Vec<u64>,
    next: usize,
    holds: usize,
    sum: u128,
    limits: Vec<Limit>,
    every_ns: u64,
}

/// A limit and what came of it so far.
#[derive(Debug)]
struct Limit {
    statistic: Statistic,
    limit_ns: u64,
    /// Spans of the window above it.
    above: usize,
    /// Until then it is not reported again.
    quiet_until_ns: u64,
    /// Breaches that were not reported.
    suppressed: u64,
}

/// A budget that does not hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Breach {
    pub(crate) statistic: Statistic,
    pub(crate) limit_ns: u64,
    pub(crate) measured_ns: u64,
    /// Spans that this was found by.
    pub(crate) spans: usize,
    /// Spans that found it broken, and were not reported, since the last report.
    pub(crate) suppressed: u64,
}

impl Window {
    pub(crate) fn new(limits: &[(Statistic, u64)], every_ns: u64) -> Window {
        let needed = |(statistic, _): &(Statistic, u64)| match statistic {
            Statistic::Quantile(quantile) => {
                (ABOVE * MILLION).div_ceil(left_above(quantile.millionths()))
            }
            Statistic::Mean | Statistic::Max => 0,
        };
        let needed = limits.iter().map(needed).max().unwrap_or(0);
        let limits = limits.iter().map(|(statistic, limit_ns)| Limit {
            statistic: *statistic,
            limit_ns: *limit_ns,
            above: 0,
            quiet_until_ns: 0,
            suppressed: 0,
        });
        Window {
            times: Vec::new(),
            next: 0,
            holds: usize::try_from(needed).unwrap_or(MOST).clamp(LEAST, MOST),
            sum: 0,
            limits: limits.collect(),
            every_ns,
        }
    }

    /// A span has ended: which budgets are to be reported now.
    pub(crate) fn add(&mut self, ns: u64, now_ns: u64) -> Vec<Breach> {
        let gone = if self.times.len() < self.holds {
            self.times.push(ns);
            None
        } else {
            Some(std::mem::replace(&mut self.times[self.next], ns))
        };
        self.next = (self.next + 1) % self.holds;
        self.sum = self.sum + u128::from(ns) - u128::from(gone.unwrap_or(0));
        // Nothing is allocated unless something is wrong.
        let mut breaches = Vec::new();
        for limit in &mut self.limits {
            limit.above += usize::from(ns > limit.limit_ns);
            limit.above -= usize::from(gone.is_some_and(|gone| gone > limit.limit_ns));
            let Some(measured_ns) = limit.broken_by(ns, &self.times, self.sum, now_ns) else {
                continue;
            };
            breaches.push(Breach {
                statistic: limit.statistic,
                limit_ns: limit.limit_ns,
                measured_ns,
                spans: match limit.statistic {
                    Statistic::Max => 1,
                    Statistic::Quantile(_) | Statistic::Mean => self.times.len(),
                },
                suppressed: std::mem::take(&mut limit.suppressed),
            });
            limit.quiet_until_ns = now_ns.saturating_add(self.every_ns);
        }
        breaches
    }
}

impl Limit {
    /// What is measured, if that is over the limit and to be reported.
    fn broken_by(&mut self, ns: u64, times: &[u64], sum: u128, now_ns: u64) -> Option<u64> {
        let spans = times.len() as u64;
        let broken = match self.statistic {
            Statistic::Max => ns > self.limit_ns,
            Statistic::Mean => {
                times.len() >= LEAST_OF_A_MEAN
                    && sum > u128::from(self.limit_ns) * u128::from(spans)
            }
            Statistic::Quantile(quantile) => {
                // A quantile only comes to lie above with a span that does.
                let millionths = quantile.millionths();
                let enough = spans >= MILLION.div_ceil(left_above(millionths));
                let rank = rank(millionths, spans);
                ns > self.limit_ns && enough && self.above as u64 > spans - rank
            }
        };
        if !broken {
            return None;
        }
        if now_ns < self.quiet_until_ns {
            self.suppressed += 1;
            return None;
        }
        Some(match self.statistic {
            Statistic::Max => ns,
            Statistic::Mean => u64::try_from(sum / u128::from(spans.max(1))).unwrap_or(u64::MAX),
            Statistic::Quantile(quantile) => {
                let mut sorted = times.to_vec();
                sorted.sort_unstable();
                let place = rank(quantile.millionths(), spans).saturating_sub(1);
                sorted.get(place as usize).copied().unwrap_or(ns)
            }
        })
    }
}

/// The place of a quantile among this many, counted from 1.
fn rank(millionths: u32, spans: u64) -> u64 {
    (spans * u64::from(millionths)).div_ceil(MILLION)
}

fn left_above(millionths: u32) -> u64 {
    MILLION.saturating_sub(millionths.into()).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use perf_grammar::Quantile;

    fn p99() -> Statistic {
        Statistic::Quantile(Quantile::from_millionths(990_000))
    }

    #[test]
    fn a_quantile_is_told_of_enough_spans_only_and_when_too_many_are_above() {
        let mut window = Window::new(&[(p99(), 100)], 0);
        // Of 99 spans the slowest in a hundred is unknown.
        for _ in 0..98 {
            assert_eq!(window.add(200, 0), []);
        }
        let mut window = Window::new(&[(p99(), 100)], 0);
        for _ in 0..500 {
            assert_eq!(window.add(50, 0), []);
        }
        for _ in 0..5 {
            assert_eq!(window.add(200, 0), []);
        }
        let breach = window.add(300, 0);
        assert_eq!(breach.len(), 1);
        assert_eq!((breach[0].measured_ns, breach[0].spans), (200, 506));
        // Once they have left the window it is well again.
        for _ in 0..1_000 {
            assert_eq!(window.add(50, 0), []);
        }
        for _ in 0..10 {
            assert_eq!(window.add(200, 0), []);
        }
        assert_eq!(window.add(200, 0).len(), 1);
    }

    #[test]
    fn a_report_is_followed_by_silence_that_counts() {
        let mut window = Window::new(&[(Statistic::Max, 100)], 1_000);
        assert_eq!(window.add(100, 0), []);
        let first = window.add(101, 5);
        assert_eq!((first[0].measured_ns, first[0].suppressed), (101, 0));
        assert_eq!(window.add(150, 6), []);
        assert_eq!(window.add(90, 7), []);
        assert_eq!(window.add(150, 1_004), []);
        let next = window.add(102, 1_005);
        assert_eq!((next[0].measured_ns, next[0].suppressed), (102, 2));
        assert_eq!(window.add(103, 1_006), []);
    }

    #[test]
    fn a_mean_is_that_of_the_window() {
        let mut window = Window::new(&[(Statistic::Mean, 100)], 0);
        for _ in 0..1_000 {
            assert_eq!(window.add(100, 0), []);
        }
        let breach = window.add(1_100, 0);
        assert_eq!((breach[0].measured_ns, breach[0].spans), (101, 1_000));
        for _ in 0..999 {
            window.add(90, 0);
        }
        assert_eq!(window.add(90, 0), []);
    }

    #[test]
    fn a_rare_quantile_has_a_longer_window() {
        let quantile = |millionths| Statistic::Quantile(Quantile::from_millionths(millionths));
        for (millionths, holds) in [
            (500_000, 1_000),
            (990_000, 1_000),
            (999_000, 10_000),
            (999_999, 100_000),
        ] {
            assert_eq!(Window::new(&[(quantile(millionths), 1)], 0).holds, holds);
        }
    }
}
