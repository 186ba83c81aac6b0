//! From what was found to the number that a person would write.

use perf_grammar::{Direction, Metric, Source, Unit};

use super::Policy;
use super::aggregate::Found;
use super::headroom::varies;
use crate::model::literal::Written;

/// The shortest limit on single calls that is proposed, nanoseconds a call: the
/// clock does not resolve shorter ones, and on some machines not even these.
const REACH_NS: f64 = 1_000.0;
/// The peak of several threads depends on how they meet.
pub(super) const PARALLEL: f64 = 1.2;
/// A limit of something that varies stays as it is while it is so close to what
/// would be proposed: the next run would propose another one.
const STAYS: std::ops::RangeInclusive<f64> = 0.9..=1.25;

/// A number, and whether it is the clock that made it so large.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Needed {
    pub(super) value: Written,
    pub(super) clock: bool,
}

/// The number that holds with room.
///
/// # Errors
/// If no limit can say it.
pub(super) fn needed(metric: Metric, found: &Found, policy: &Policy) -> Result<Needed, String> {
    let with_room = (policy.headroom.around(metric, found.worst) + spread(metric, found))
        * if is_of_threads(metric, found) {
            PARALLEL
        } else {
            1.0
        };
    let least = REACH_NS / found.items as f64;
    let clock = is_of_single_calls(metric) && with_room < least;
    let amount = if clock { least } else { with_room };
    let (unit, direction) = (metric.unit(), metric.direction());
    let value = match (unit, direction) {
        (Unit::Count, _) if metric == Metric::Instructions => {
            Written::rounded(unit, direction, amount)
        }
        (Unit::Count, Direction::AtMost) => Written::exactly(unit, amount.max(0.0).ceil() as u64),
        (Unit::Count, Direction::AtLeast) => Written::exactly(unit, amount.max(0.0).floor() as u64),
        _ => Written::rounded(unit, direction, amount),
    };
    let never_zero = matches!(
        unit,
        Unit::Duration | Unit::Rate | Unit::Share | Unit::Factor
    );
    if value.value == 0 && never_zero {
        return Err("nothing was measured that a limit could be above".to_owned());
    }
    if metric == Metric::Errors && value.value >= 1_000_000 {
        return Err("with this room every call might fail".to_owned());
    }
    Ok(Needed { value, clock })
}

/// The tightest number that can be hoped for: room above the values alone. The
/// next run is measured under it, and its calls prove it or give an upper end.
pub(super) fn hoped(metric: Metric, found: &Found, policy: &Policy) -> Result<Needed, String> {
    let worst = match metric.direction() {
        Direction::AtMost => found.range.1,
        Direction::AtLeast => found.range.0,
    };
    let found = Found {
        worst,
        ..found.clone()
    };
    needed(metric, &found, policy)
}

/// How much a count varied between runs, so that it may do so again.
pub(super) fn spread(metric: Metric, found: &Found) -> f64 {
    if varies(metric) {
        return 0.0;
    }
    let spread = found.range.1 - found.range.0;
    match metric.direction() {
        Direction::AtMost => spread,
        Direction::AtLeast => -spread,
    }
}

/// Whether it is a peak that several threads made together.
pub(super) fn is_of_threads(metric: Metric, found: &Found) -> bool {
    metric == Metric::Mem && found.parallel
}

/// Whether a limit that is in force is as good as the one that would be
/// proposed.
pub(super) fn is_as_good(metric: Metric, now: u64, value: &Written) -> bool {
    if !varies(metric) {
        return now == value.value;
    }
    let ratio = match metric.direction() {
        Direction::AtMost => now as f64 / value.value as f64,
        Direction::AtLeast => value.value as f64 / now as f64,
    };
    STAYS.contains(&ratio)
}

/// Whether a limit allows more than another.
pub(super) fn is_looser(metric: Metric, one: u64, other: u64) -> bool {
    match metric.direction() {
        Direction::AtMost => one > other,
        Direction::AtLeast => one < other,
    }
}

/// Whether a limit is enough tighter than the one in force to be worth a
/// change.
pub(super) fn is_tighter(metric: Metric, now: u64, value: &Written) -> bool {
    if !varies(metric) {
        return is_looser(metric, now, value.value);
    }
    let (now, value) = (now as f64, value.value as f64);
    match metric.direction() {
        Direction::AtMost => value < now * STAYS.start(),
        Direction::AtLeast => now < value * STAYS.start(),
    }
}

/// Whether it is a time of calls that are timed one by one.
fn is_of_single_calls(metric: Metric) -> bool {
    metric.source() == Source::Time && !matches!(metric, Metric::Mean | Metric::Throughput)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(worst: f64, range: (f64, f64), items: u64) -> Found {
        Found {
            worst,
            proved_only: false,
            parallel: false,
            range,
            runs: 3,
            bounded: 3,
            calls: Some(400),
            left_out: Vec::new(),
            tier: None,
            items,
        }
    }

    #[track_caller]
    fn check(key: &str, worst: f64, range: (f64, f64), expected: &str) {
        let metric = Metric::from_key(key).expect(key);
        let needed = needed(metric, &found(worst, range, 1), &Policy::default());
        assert_eq!(
            needed.map(|needed| needed.value.text),
            Ok(expected.to_owned())
        );
    }

    #[test]
    fn a_number_has_room_and_two_digits() {
        check("p99", 8.1e6, (7.9e6, 8.0e6), "13ms");
        check("p50", 8.0e6, (7.9e6, 8.0e6), "11ms");
        check("mean", 43.0, (41.0, 43.0), "65ns");
        check(
            "throughput",
            1_900_000.0,
            (1_900_000.0, 2_000_000.0),
            "1200/s",
        );
        check("mem", 2_097_152.0, (2_097_152.0, 2_097_152.0), "2.1MB");
        check("allocs", 412.0, (412.0, 412.0), "412");
        check("allocs", 0.0, (0.0, 0.0), "0");
        check("retained", -80.0, (-80.0, -80.0), "0B");
        check(
            "instructions",
            28_412_733.0,
            (28_412_700.0, 28_412_733.0),
            "29_000_000",
        );
        check("errors", 20_000.0, (10_000.0, 20_000.0), "3%");
        check("ratio", 430.0, (410.0, 430.0), "0.56x");
    }

    #[test]
    fn a_count_that_varied_may_vary_as_much_again() {
        check("allocs", 412.0, (410.0, 412.0), "414");
        check("mem", 2_000_000.0, (1_900_000.0, 2_000_000.0), "2.1MB");
        check("meter_min", 7.0, (7.0, 9.0), "5");
    }

    #[test]
    fn a_peak_of_several_threads_has_room() {
        let threads = Found {
            parallel: true,
            ..found(1_000_000.0, (1_000_000.0, 1_000_000.0), 1)
        };
        let of = |metric: Metric| needed(metric, &threads, &Policy::default());
        let text = |metric: Metric| of(metric).map(|needed| needed.value.text);
        assert_eq!(text(Metric::Mem).as_deref(), Ok("1.2MB"));
        assert_eq!(text(Metric::AllocBytes).as_deref(), Ok("1MB"));
    }

    #[test]
    fn what_the_clock_cannot_reach_is_not_proposed() {
        check("p99", 50.0, (40.0, 45.0), "1us");
        check("max", 900.0, (900.0, 900.0), "1.4us");
        let p99 = Metric::from_key("p99").expect("p99");
        let per_item = needed(p99, &found(1.0, (1.0, 1.0), 100), &Policy::default());
        assert_eq!(
            per_item.map(|needed| (needed.value.text, needed.clock)),
            Ok(("10ns".to_owned(), true))
        );
    }

    #[test]
    fn what_no_limit_can_say_is_refused() {
        let errors = Metric::Errors;
        let of = |worst: f64| needed(errors, &found(worst, (worst, worst), 1), &Policy::default());
        assert!(of(0.0).is_err() && of(900_000.0).is_err());
    }

    fn number(metric: Metric, value: f64) -> Written {
        match metric.unit() {
            Unit::Count => Written::exactly(Unit::Count, value as u64),
            unit => Written::rounded(unit, metric.direction(), value),
        }
    }

    #[test]
    fn a_limit_that_is_close_enough_stays() {
        #[track_caller]
        fn stays(key: &str, now: &str, value: f64, expected: bool) {
            let metric = Metric::from_key(key).expect(key);
            let now = perf_grammar::parse(metric.unit(), now).expect(now);
            let value = number(metric, value);
            assert_eq!(is_as_good(metric, now, &value), expected, "{key} {now}");
        }
        stays("p99", "12ms", 13e6, true);
        stays("p99", "16ms", 13e6, true);
        stays("p99", "17ms", 13e6, false);
        stays("p99", "11ms", 13e6, false);
        stays("throughput", "1000/s", 1_100_000.0, true);
        stays("throughput", "1000/s", 1_300_000.0, false);
        stays("allocs", "413", 412.0, false);
        stays("mem", "2.1MB", 2_097_152.0, true);
    }

    #[test]
    fn only_a_real_difference_is_tighter() {
        #[track_caller]
        fn tighter(key: &str, now: &str, value: f64, expected: bool) {
            let metric = Metric::from_key(key).expect(key);
            let now = perf_grammar::parse(metric.unit(), now).expect(now);
            let value = number(metric, value);
            assert_eq!(is_tighter(metric, now, &value), expected, "{key} {now}");
        }
        tighter("p99", "13ms", 12e6, false);
        tighter("p99", "14ms", 12e6, true);
        tighter("p99", "10ms", 12e6, false);
        tighter("allocs", "413", 412.0, true);
        tighter("allocs", "412", 412.0, false);
        tighter("throughput", "1000/s", 1_050_000.0, false);
        tighter("throughput", "1000/s", 1_200_000.0, true);
        tighter("throughput", "1000/s", 900_000.0, false);
    }
}
