//! The only module that reads clocks: wall time, the day, and what reading the clock costs.

#![allow(clippy::disallowed_methods, reason = "reads the clocks")]

use std::sync::LazyLock;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use perf_grammar::Date;

use crate::model::subject::{Calls, Subject};

/// Where a stretch of wall time began.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stopwatch(Instant);

impl Stopwatch {
    pub(crate) fn start() -> Stopwatch {
        Stopwatch(Instant::now())
    }

    pub(crate) fn elapsed(self) -> Duration {
        self.0.elapsed()
    }

    /// Nanoseconds since the start; more than 584 years read as 584.
    pub(crate) fn elapsed_ns(self) -> u64 {
        u64::try_from(self.elapsed().as_nanos()).unwrap_or(u64::MAX)
    }
}

/// Nanoseconds since this process first asked.
#[inline(never)]
pub(crate) fn now_ns() -> u64 {
    static START: LazyLock<Stopwatch> = LazyLock::new(Stopwatch::start);
    START.elapsed_ns()
}

/// Sleeps until a moment of [`now_ns`].
pub(crate) fn sleep_until(moment_ns: u64) {
    std::thread::sleep(Duration::from_nanos(moment_ns.saturating_sub(now_ns())));
}

/// Seconds since 1970, UTC; 0 on a machine that believes it is earlier.
pub(crate) fn unix_seconds() -> u64 {
    match SystemTime::now().duration_since(UNIX_EPOCH) {
        Ok(since) => since.as_secs(),
        Err(_) => 0,
    }
}

/// The day it is in UTC.
pub(crate) fn today() -> Date {
    Date::of_unix(unix_seconds())
}

/// The wall time of one prepared call, the clock's own cost still in it.
///
/// PERF: every timed call of the crate goes through here or through
/// [`time_batch`], and so does the empty one whose time is subtracted: what
/// surrounds the call is the same machine code.
#[inline(never)]
pub(crate) fn time_call(subject: &mut dyn Subject) -> u64 {
    let start = Stopwatch::start();
    subject.call();
    start.elapsed_ns()
}

/// The wall time of all prepared calls in one go, the clock's own cost still
/// in it.
#[inline(never)]
pub(crate) fn time_batch(subject: &mut dyn Subject) -> u64 {
    let start = Stopwatch::start();
    subject.call_all();
    start.elapsed_ns()
}

/// What a call that does nothing reads, nanoseconds: the cost of the clock and
/// of the call itself. Measured once a process.
pub(crate) fn overhead_ns() -> f64 {
    static OVERHEAD: LazyLock<f64> = LazyLock::new(overhead_now_ns);
    *OVERHEAD
}

/// The same, measured at this moment.
pub(crate) fn overhead_now_ns() -> f64 {
    least_typical(&mut |subject| time_call(subject) as f64)
}

/// Measures an empty subject in eight blocks, and takes the least of their
/// typical values.
///
/// A block's typical value is the mean of its middle half: as robust as the
/// median, and finer than the steps of the clock. The least of the blocks is
/// the least disturbed one; to subtract too little makes a call look slower
/// than it was and never faster, which is the side to err on.
pub(crate) fn least_typical(measure: &mut dyn FnMut(&mut dyn Subject) -> f64) -> f64 {
    const BLOCKS: usize = 8;
    const CALLS: usize = 400;
    let mut empty = Calls::new(|| (), |()| (), |(): &()| None);
    let mut block = || {
        let mut times = Vec::with_capacity(CALLS);
        for _ in 0..CALLS {
            empty.prepare(1);
            times.push(measure(&mut empty));
            empty.finish();
        }
        perf_statistics::sort(&mut times);
        let mut sum = 0.0;
        for time in &times[CALLS / 4..CALLS * 3 / 4] {
            sum += time;
        }
        sum / (CALLS / 2) as f64
    };
    block(); // Warms caches and the branch predictor.
    let mut least = f64::INFINITY;
    for _ in 0..BLOCKS {
        least = least.min(block());
    }
    least
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reading_the_clock_costs_something_and_not_much() {
        let ns = overhead_ns();
        assert!((0.0..10_000.0).contains(&ns), "{ns} ns");
        assert_eq!(ns.to_bits(), overhead_ns().to_bits(), "measured once");
    }

    #[test]
    fn the_typical_value_ignores_disturbed_calls() {
        let mut n = 0;
        let typical = least_typical(&mut |_| {
            n += 1;
            if n % 10 == 0 {
                1e9
            } else {
                20.0 + f64::from(n % 2)
            }
        });
        assert!((20.0..=21.0).contains(&typical), "{typical}");
    }

    #[test]
    fn a_batch_and_a_single_call_reach_the_subject() {
        let mut calls = 0;
        let mut subject = Calls::new(|| (), |()| calls += 1, |(): &()| None);
        subject.prepare(1);
        time_call(&mut subject);
        subject.finish();
        subject.prepare(5);
        time_batch(&mut subject);
        subject.finish();
        drop(subject);
        assert_eq!(calls, 6);
    }

    #[test]
    fn today_is_after_this_was_written() {
        assert!(
            today()
                > Date {
                    year: 2025,
                    month: 1,
                    day: 1
                }
        );
    }
}
