//! What can be limited: each metric's key, unit, direction and noise.

use std::fmt;

use crate::direction::Direction;
use crate::list::first;
use crate::text::{cut, owned, trim_end_matches};
use crate::unit::{self, Unit, is_digits};

/// The words of `complexity`, each growing faster than the one before.
pub const COMPLEXITIES: &[&str] = &["1", "log n", "n", "n log n", "n^2", "n^3"];

/// Whether two measurements of unchanged code agree.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Noise {
    /// Counted: the same code counts the same, and is compared exactly.
    Exact,
    /// Timed: it varies, and is judged by a test with a stated error rate.
    Noisy,
}

/// Where the value of a metric comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Source {
    /// The clock: time of calls.
    Time,
    /// The clocks of the processor: time on processors.
    Processor,
    /// The counting allocator: what one call allocates.
    Allocator,
    /// The counting allocator, over many calls.
    Trend,
    /// The system: what it says of the whole process.
    System,
    /// The system: what it counts of the process during one call.
    Usage,
    /// A counter of instructions.
    Instructions,
    /// What calls returned.
    Outcome,
    /// Rounds of two kinds of calls, side by side.
    Pairs,
    /// All cases that one function makes with its arguments, together.
    Family,
    /// Counters and events, counted in separate calls.
    Trace,
    /// The times of spans.
    Spans,
    /// A meter of another crate.
    Meter,
}

/// A quantile in millionths: `p99_9` is 999,000.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Quantile(u32);

/// Why a word that looks like a quantile is none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum QuantileError {
    /// `p0`: every call is above it; `min` is meant.
    Zero,
    /// `p100`: `max` is meant.
    Hundred,
    /// More than two digits before or three behind the underscore.
    TooLong,
}

impl QuantileError {
    /// Why there is no such quantile.
    #[must_use]
    pub fn text(&self) -> &'static str {
        match self {
            QuantileError::Zero => "there is no 0th percentile to hold",
            QuantileError::Hundred => "no number of calls can prove a 100th percentile",
            QuantileError::TooLong => {
                "a quantile is `pNN` or `pNN_N`, such as `p50`, `p99` or `p99_9`"
            }
        }
    }

    /// What to do next; empty where the text says all.
    #[must_use]
    pub fn help(&self) -> &'static str {
        match self {
            QuantileError::Zero => "write `min`",
            QuantileError::Hundred => "write `max` or `p99_9`",
            QuantileError::TooLong => "",
        }
    }
}

impl fmt::Display for QuantileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text())
    }
}

impl Quantile {
    /// The median.
    pub const P50: Quantile = Quantile(500_000);
    /// The 99th percentile.
    pub const P99: Quantile = Quantile(990_000);

    /// Makes a quantile of millionths.
    ///
    /// # Panics
    /// If `millionths` is not inside (0, 1,000,000); at compile time where it
    /// is used in a constant.
    #[must_use]
    pub const fn from_millionths(millionths: u32) -> Quantile {
        assert!(
            millionths > 0 && millionths < 1_000_000,
            "a quantile lies between 0 and 1"
        );
        Quantile(millionths)
    }

    /// The quantile in millionths.
    #[must_use]
    pub const fn millionths(self) -> u32 {
        self.0
    }

    /// The quantile as a share of one, for statistics.
    #[must_use]
    pub fn share(self) -> f64 {
        f64::from(self.0) / 1e6
    }

    /// Reads `p99` or `p99_9`; `None` where the word does not look like a
    /// quantile at all.
    ///
    /// # Errors
    /// If it looks like one and cannot be one.
    pub fn parse(word: &str) -> Option<Result<Quantile, QuantileError>> {
        let digits = word.strip_prefix("p")?;
        let (whole, tenths) = cut(digits, "_").unwrap_or((digits, ""));
        if whole.is_empty() || !is_digits(whole) || !is_digits(tenths) || digits.ends_with("_") {
            return None;
        }
        Some(Quantile::from_digits(whole, tenths))
    }

    fn from_digits(whole: &str, tenths: &str) -> Result<Quantile, QuantileError> {
        if whole == "100" {
            return Err(QuantileError::Hundred);
        }
        if whole.len() > 2 || tenths.len() > 3 {
            return Err(QuantileError::TooLong);
        }
        let digit = |b: u8| u32::from(b - b'0');
        let mut percent = 0;
        for b in whole.as_bytes() {
            percent = percent * 10 + digit(*b);
        }
        let (mut millionths, mut place) = (percent * 10_000, 1_000);
        for b in tenths.as_bytes() {
            millionths += digit(*b) * place;
            place /= 10;
        }
        if millionths == 0 {
            Err(QuantileError::Zero)
        } else {
            Ok(Quantile(millionths))
        }
    }
}

impl fmt::Display for Quantile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "p{}", self.0 / 10_000)?;
        let rest = self.0 % 10_000;
        if rest != 0 {
            let digits = format!("{rest:04}");
            write!(f, "_{}", trim_end_matches(&digits, '0'))?;
        }
        Ok(())
    }
}

/// What a limit holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Metric {
    /// The fastest call, nanoseconds.
    Min,
    /// The mean time of one call, nanoseconds.
    Mean,
    /// The slowest call, nanoseconds.
    Max,
    /// The first call of the case in a fresh process, nanoseconds.
    First,
    /// A quantile of the time of single calls, nanoseconds.
    Quantile(Quantile),
    /// Calls (or items) in 1000 seconds: a floor.
    Throughput,
    /// Peak live heap of one call above the level at entry, bytes.
    Mem,
    /// Allocations and reallocations of one call.
    Allocs,
    /// Bytes allocated in all by one call.
    AllocBytes,
    /// Live heap at exit minus live heap at entry of one call, bytes.
    Retained,
    /// Live heap gained in 1000 calls, bytes.
    Growth,
    /// Peak resident set of the process during the case, bytes.
    Rss,
    /// Page faults of one call, all its threads.
    PageFaults,
    /// Page faults of one call, all its threads, for which the system reads a disk.
    DiskFaults,
    /// How often one call, all its threads, gave its processor up to wait.
    Switches,
    /// Instructions retired by one call.
    Instructions,
    /// Processor time of one call, all its threads, nanoseconds.
    Cpu,
    /// Processor time over wall time of the calls, millionths of one processor.
    CpuShare,
    /// Allocations and reallocations of one call, where none is allowed.
    DenyAlloc,
    /// The share of calls that return an error, millionths.
    Errors,
    /// Time over that of another case, thousandths; of which, is named.
    Ratio,
    /// Median time at this many users over that of one user, thousandths.
    Degradation,
    /// How time and counts grow over the arguments: a place in
    /// [`COMPLEXITIES`](crate::COMPLEXITIES).
    Complexity,
    /// How often a counter that is named was raised in one call.
    Counter,
    /// Events of a target that is named, in one call.
    Events,
    /// A statistic of the time of spans that are named, nanoseconds.
    Span(Statistic),
    /// What a meter that is named says of one call; which side of the limit is
    /// sound, the meter says too, and the two must agree.
    Meter(Direction),
}

/// What a limit on spans holds of their times.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Statistic {
    /// A quantile.
    Quantile(Quantile),
    /// The mean.
    Mean,
    /// The slowest.
    Max,
}

impl Metric {
    /// Every metric whose key is a fixed word and needs no name beside it.
    pub const NAMED: [Metric; 22] = [
        Metric::Min,
        Metric::Mean,
        Metric::Max,
        Metric::First,
        Metric::Throughput,
        Metric::Mem,
        Metric::Allocs,
        Metric::AllocBytes,
        Metric::Retained,
        Metric::Growth,
        Metric::Rss,
        Metric::PageFaults,
        Metric::DiskFaults,
        Metric::Switches,
        Metric::Instructions,
        Metric::Cpu,
        Metric::CpuShare,
        Metric::DenyAlloc,
        Metric::Errors,
        Metric::Ratio,
        Metric::Degradation,
        Metric::Complexity,
    ];

    /// What the system counts of single calls.
    pub const USED: [Metric; 3] = [Metric::PageFaults, Metric::DiskFaults, Metric::Switches];

    /// The word it is written with: `mean`, `alloc_bytes`, `p99_9`.
    #[must_use]
    pub fn key(self) -> String {
        match self.facts().0 {
            Some(name) => owned(name),
            None => match self {
                Metric::Quantile(quantile) => quantile.to_string(),
                Metric::Span(Statistic::Quantile(quantile)) => format!("span_{quantile}"),
                _ => unreachable!("only a quantile has no fixed name"),
            },
        }
    }

    /// What is known of it, once for everything that asks: its key, what its numbers
    /// count, and where they come from. Of quantiles the key is made of their number.
    pub(crate) const fn facts(self) -> (Option<&'static str>, Unit, Source) {
        let (key, unit, source) = match self {
            Metric::Min => ("min", Unit::Duration, Source::Time),
            Metric::Mean => ("mean", Unit::Duration, Source::Time),
            Metric::Max => ("max", Unit::Duration, Source::Time),
            Metric::First => ("first", Unit::Duration, Source::Time),
            Metric::Quantile(_) => return (None, Unit::Duration, Source::Time),
            Metric::Throughput => ("throughput", Unit::Rate, Source::Time),
            Metric::Mem => ("mem", Unit::Bytes, Source::Allocator),
            Metric::Allocs => ("allocs", Unit::Count, Source::Allocator),
            Metric::AllocBytes => ("alloc_bytes", Unit::Bytes, Source::Allocator),
            Metric::Retained => ("retained", Unit::Bytes, Source::Allocator),
            Metric::DenyAlloc => ("deny_alloc", Unit::Count, Source::Allocator),
            Metric::Growth => ("growth", Unit::Bytes, Source::Trend),
            Metric::Rss => ("rss", Unit::Bytes, Source::System),
            Metric::PageFaults => ("page_faults", Unit::Count, Source::Usage),
            Metric::DiskFaults => ("disk_faults", Unit::Count, Source::Usage),
            Metric::Switches => ("switches", Unit::Count, Source::Usage),
            Metric::Instructions => ("instructions", Unit::Count, Source::Instructions),
            Metric::Cpu => ("cpu", Unit::Duration, Source::Processor),
            Metric::CpuShare => ("cpu_share", Unit::Share, Source::Processor),
            Metric::Errors => ("errors", Unit::Share, Source::Outcome),
            Metric::Ratio => ("ratio", Unit::Factor, Source::Pairs),
            Metric::Degradation => ("degradation", Unit::Factor, Source::Pairs),
            Metric::Complexity => ("complexity", Unit::Count, Source::Family),
            Metric::Counter => ("count", Unit::Count, Source::Trace),
            Metric::Events => ("events", Unit::Count, Source::Trace),
            Metric::Span(Statistic::Mean) => ("span_mean", Unit::Duration, Source::Spans),
            Metric::Span(Statistic::Max) => ("span_max", Unit::Duration, Source::Spans),
            Metric::Span(Statistic::Quantile(_)) => return (None, Unit::Duration, Source::Spans),
            Metric::Meter(Direction::AtMost) => ("meter", Unit::Count, Source::Meter),
            Metric::Meter(Direction::AtLeast) => ("meter_min", Unit::Count, Source::Meter),
        };
        (Some(key), unit, source)
    }

    /// The metric of a key; `None` where the word names none.
    #[must_use]
    pub fn from_key(word: &str) -> Option<Metric> {
        if let Some(Ok(quantile)) = Quantile::parse(word) {
            return Some(Metric::Quantile(quantile));
        }
        if let Some(Ok(quantile)) = word.strip_prefix("span_").and_then(Quantile::parse) {
            return Some(Metric::Span(Statistic::Quantile(quantile)));
        }
        let of_names = [
            Metric::Counter,
            Metric::Events,
            Metric::Span(Statistic::Mean),
            Metric::Span(Statistic::Max),
            Metric::Meter(Direction::AtMost),
            Metric::Meter(Direction::AtLeast),
        ];
        let has_key = |metric: &Metric| metric.facts().0 == Some(word);
        match first(&Metric::NAMED, has_key) {
            Some(metric) => Some(*metric),
            None => first(&of_names, has_key).copied(),
        }
    }

    /// What its numbers count.
    #[must_use]
    pub fn unit(self) -> Unit {
        self.facts().1
    }

    /// A value or a limit, as people read it: `10 ms`, or the class of a growth. What
    /// is compared as it is is shown as it is: `34,846 B (34.8 KB)`.
    #[must_use]
    pub fn shown(self, value: f64) -> String {
        if self == Metric::Complexity {
            let class = COMPLEXITIES.get(value as usize);
            class.copied().unwrap_or("more than n^3").to_owned()
        } else {
            unit::format_exact(self.unit(), value)
        }
    }

    /// A measured value, as people read it: the time of a call as [`unit::format_time`]
    /// prints it, all else as [`Metric::shown`] does.
    #[must_use]
    pub fn measured(self, value: f64) -> String {
        match (self.source(), self.unit()) {
            (Source::Time, Unit::Duration) => unit::format_time(value),
            _ => self.shown(value),
        }
    }

    /// Which side of a limit is sound.
    #[must_use]
    pub fn direction(self) -> Direction {
        match self {
            Metric::Throughput => Direction::AtLeast,
            Metric::Meter(direction) => direction,
            _ => Direction::AtMost,
        }
    }

    /// Whether it is compared exactly or judged by a test.
    #[must_use]
    pub fn noise(self) -> Noise {
        match self.source() {
            Source::Time | Source::Processor | Source::Outcome | Source::Pairs | Source::Spans => {
                Noise::Noisy
            }
            Source::Allocator
            | Source::Trend
            | Source::System
            | Source::Usage
            | Source::Instructions
            | Source::Family
            | Source::Trace
            | Source::Meter => Noise::Exact,
        }
    }

    /// Where its value comes from.
    #[must_use]
    pub fn source(self) -> Source {
        self.facts().2
    }

    /// Whether its value is that of one item where a call handles several.
    #[must_use]
    pub fn is_per_item(self) -> bool {
        self.source() == Source::Time || self == Metric::Cpu
    }
}

impl fmt::Display for Metric {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.key())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_class_of_growth_is_shown_by_its_name() {
        assert_eq!(Metric::Complexity.shown(3.0), "n log n");
        assert_eq!(Metric::Complexity.shown(6.0), "more than n^3");
        assert_eq!(Metric::Max.shown(5e6), "5 ms");
    }

    #[test]
    fn every_key_names_its_metric_again() {
        for metric in Metric::NAMED {
            assert_eq!(Metric::from_key(&metric.key()), Some(metric));
        }
        for word in [
            "p1",
            "p50",
            "p99",
            "p99_9",
            "p99_99",
            "p0_1",
            "p5",
            "span_p99",
            "span_max",
            "events",
            "count",
            "meter",
            "meter_min",
        ] {
            assert_eq!(
                Metric::from_key(word).map(Metric::key).as_deref(),
                Some(word)
            );
        }
    }

    #[test]
    fn what_is_no_quantile_says_why() {
        assert_eq!(Quantile::parse("p0"), Some(Err(QuantileError::Zero)));
        assert_eq!(Quantile::parse("p100"), Some(Err(QuantileError::Hundred)));
        assert_eq!(Quantile::parse("p999"), Some(Err(QuantileError::TooLong)));
        assert_eq!(
            Quantile::parse("p99_9999"),
            Some(Err(QuantileError::TooLong))
        );
        for word in ["p", "p_9", "p99_", "path", "99", "p-1"] {
            assert_eq!(Quantile::parse(word), None, "{word}");
        }
    }
}
