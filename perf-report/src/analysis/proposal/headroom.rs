//! How much room a budget leaves above what was measured, metric by metric.

use perf_grammar::{Direction, Metric, Noise, Quantile, Source, Statistic};

/// Tails and times: neighbours on a machine take cache and memory bandwidth,
/// and at its p99 the same code uses 10 to 30 % more processor time beside
/// them. No clock removes that.
const TIMES: f64 = 1.5;
/// The typical call varies less: 0.7 to 2 % between runs, some percent with the
/// layout of the code, up to 30 % with the neighbours.
const TYPICAL: f64 = 1.3;
/// Instructions are counted, but a few of them depend on addresses and on what
/// the system does.
const INSTRUCTIONS: f64 = 1.02;
/// A count is the same everywhere.
const COUNTS: f64 = 1.0;

/// What was asked for; `None` where the figures above hold.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Headroom(pub(crate) Option<f64>);

impl Headroom {
    /// The factor for a metric.
    pub(crate) fn of(self, metric: Metric) -> f64 {
        let times = self.0.unwrap_or(TIMES);
        let typical = self.0.unwrap_or(TYPICAL);
        match metric {
            Metric::Quantile(quantile) | Metric::Span(Statistic::Quantile(quantile)) => {
                if quantile <= Quantile::P50 {
                    typical
                } else {
                    times
                }
            }
            Metric::Min | Metric::Ratio | Metric::CpuShare | Metric::Rss => typical,
            Metric::Instructions => INSTRUCTIONS,
            Metric::Growth => times,
            _ => match metric.noise() {
                Noise::Noisy => times,
                Noise::Exact => COUNTS,
            },
        }
    }

    /// The value with its room: more of a limit, less of a floor.
    pub(crate) fn around(self, metric: Metric, value: f64) -> f64 {
        match metric.direction() {
            Direction::AtMost => value * self.of(metric),
            Direction::AtLeast => value / self.of(metric),
        }
    }

    /// All of it in words.
    pub(crate) fn words(self) -> String {
        let of = match self.0 {
            Some(factor) => format!("{factor} times what was measured for times"),
            None => format!(
                "{TIMES} times what was measured for tails and times, {TYPICAL} for medians"
            ),
        };
        format!("{of}; counts as they are, sizes rounded up")
    }
}

/// Whether two runs of the same code may find different values.
pub(crate) fn varies(metric: Metric) -> bool {
    match metric.source() {
        Source::Time
        | Source::Processor
        | Source::Outcome
        | Source::Pairs
        | Source::Spans
        | Source::Trend
        | Source::System
        | Source::Usage
        | Source::Instructions => true,
        Source::Allocator | Source::Family | Source::Trace | Source::Meter => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(key: &str, value: f64, expected: f64) {
        let metric = Metric::from_key(key).expect(key);
        let found = Headroom::default().around(metric, value);
        assert!((found - expected).abs() < 1e-9, "{key}: {found}");
    }

    #[test]
    fn each_metric_gets_the_room_it_needs() {
        check("p99", 8.0, 12.0);
        check("p75", 8.0, 12.0);
        check("max", 8.0, 12.0);
        check("p50", 10.0, 13.0);
        check("p25", 10.0, 13.0);
        check("span_p50", 10.0, 13.0);
        check("throughput", 1_500.0, 1_000.0);
        check("meter_min", 7.0, 7.0);
        check("allocs", 412.0, 412.0);
        check("instructions", 100.0, 102.0);
    }

    #[test]
    fn who_asks_for_headroom_gets_it_for_times_and_for_no_count() {
        let asked = Headroom(Some(2.0));
        for (key, expected) in [("p99", 20.0), ("p50", 20.0), ("mem", 10.0)] {
            let metric = Metric::from_key(key).expect(key);
            assert_eq!(asked.around(metric, 10.0), expected, "{key}");
        }
        assert!(asked.words().starts_with("2 times"));
        assert!(Headroom::default().words().contains("1.3 for medians"));
    }
}
