//! How the cost of a function grows with its argument.
//!
//! A class such as `n log n` holds if cost divided by `n log n` does not rise
//! with n. How it rises is the slope of its logarithm over that of n,
//! by least squares: 0 where the class fits, 1 where the cost has a further
//! factor of n. Small arguments are ruled by what a call costs anyway, so the
//! larger half of them decides, and at least three.
//!
//! Counts are compared more strictly than times, which also rise because the
//! larger inputs do not fit the processor's caches. A time that is too short to
//! measure is left out; where too few of those that decide remain, time says nothing.

use perf_grammar::{COMPLEXITIES, Unit};
use perf_statistics::{LEAST_POINTS, LEAST_SPAN, deciding, slope};

use crate::collections::{mapped, order, position};
use crate::model::unmeasured::{Cause, Unmeasured};

/// What is known of one argument.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Point {
    /// The argument.
    pub(crate) n: f64,
    /// The typical time of a call, nanoseconds.
    pub(crate) time_ns: Option<f64>,
    /// The shortest time that can be measured, as calls were timed, nanoseconds.
    pub(crate) shortest_ns: f64,
    /// Allocations of a call.
    pub(crate) allocs: Option<f64>,
    /// Bytes that a call allocates.
    pub(crate) alloc_bytes: Option<f64>,
    /// Instructions of a call.
    pub(crate) instructions: Option<f64>,
}

/// How one kind of cost grows.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Fit {
    /// `time`, `allocations`, ..
    pub(crate) of: &'static str,
    /// What the cost of its points is in.
    pub(crate) unit: Unit,
    /// The exponent of n by which it grows faster than the class.
    pub(crate) excess: f64,
    /// The class that fits best, a place in [`COMPLEXITIES`].
    pub(crate) best: usize,
    /// How far the points are off the best class: the standard deviation of
    /// their logarithms, as a share.
    pub(crate) residual: f64,
    /// The points themselves.
    pub(crate) points: Vec<(f64, f64)>,
    pub(crate) growth: Growth,
}

/// Where a kind of cost stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Growth {
    /// No faster than the class.
    Within,
    /// Too near to tell.
    Near,
    /// Faster than the class.
    Above,
}

impl Growth {
    /// The word of records.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Growth::Within => "within",
            Growth::Near => "near",
            Growth::Above => "above",
        }
    }
}

/// At most this much faster is within a class.
const WITHIN: f64 = 0.15;
/// From this on it is above, by time and by counts.
const TIME_ABOVE: f64 = 0.3;
const COUNT_ABOVE: f64 = 0.2;

/// How each kind of cost that is known of every point grows over `class`.
///
/// # Errors
/// Why nothing can be said.
pub(crate) fn judge(points: &[Point], class: usize) -> Result<Vec<Fit>, Unmeasured> {
    let mut all = mapped(points, |point| point);
    order::insertion(&mut all, |one, other| one.n < other.n);
    let mut sorted: Vec<&Point> = Vec::new();
    for &point in &all {
        if sorted.last().is_none_or(|last| last.n != point.n) {
            sorted.push(point);
        }
    }
    let (Some(first), Some(last)) = (sorted.first(), sorted.last()) else {
        return Err(Cause::no_argument().into());
    };
    if sorted.len() < LEAST_POINTS {
        let (found, least) = (sorted.len().to_string(), LEAST_POINTS.to_string());
        return Err(Cause::few_arguments(&found, &least).into());
    }
    if first.n < 1.0 || last.n / first.n < LEAST_SPAN {
        let [first, last, least] = [first.n, last.n, LEAST_SPAN].map(|n| n.to_string());
        return Err(Cause::narrow_arguments(&first, &last, &least).into());
    }
    type Cost = fn(&Point) -> Option<f64>;
    let kinds: [(&'static str, Unit, f64, Cost); 4] = [
        ("time", Unit::Duration, TIME_ABOVE, |point| point.time_ns),
        ("allocations", Unit::Count, COUNT_ABOVE, |point| {
            point.allocs
        }),
        ("allocated bytes", Unit::Bytes, COUNT_ABOVE, |point| {
            point.alloc_bytes
        }),
        ("instructions", Unit::Count, COUNT_ABOVE, |point| {
            point.instructions
        }),
    ];
    let (mut fits, mut too_short) = (Vec::new(), false);
    for (of, unit, above, cost) in &kinds {
        let (mut known, mut measured) = (Vec::new(), Vec::new());
        for point in &sorted {
            if let Some(cost) = cost(point) {
                known.push((point.n, cost));
                if *unit != Unit::Duration || cost >= point.shortest_ns {
                    measured.push((point.n, cost));
                }
            }
        }
        if known.len() != sorted.len() {
            continue;
        }
        match decisive(&known, &measured) {
            Some(decisive) => {
                if let Some(fit) = fit((of, *unit), &known, &measured, decisive, class, *above) {
                    fits.push(fit);
                }
            }
            None => too_short = true,
        }
    }
    if fits.is_empty() {
        let cause = match too_short {
            true => Cause::short_calls(),
            false => Cause::no_cost(),
        };
        return Err(cause.into());
    }
    Ok(fits)
}

/// Those of the measured points that decide: of the larger half of all, which is at least
/// three. `None` where times that are too short leave fewer than two of them, or a span in
/// which growth does not show.
fn decisive<'p>(all: &[(f64, f64)], measured: &'p [(f64, f64)]) -> Option<&'p [(f64, f64)]> {
    let (from, _) = all[all.len() - deciding(all.len())];
    let decisive = &measured[position(measured, |(n, _)| *n >= from)?..];
    let (first, last) = (decisive.first()?.0, decisive.last()?.0);
    let shows = decisive.len() >= 2 && last / first >= LEAST_SPAN;
    (shows || measured.len() == all.len()).then_some(decisive)
}

/// How the cost of the `measured` points grows, of which some are `decisive`. `None` where
/// there is no cost to speak of: nothing grows from nothing.
fn fit(
    (of, unit): (&'static str, Unit),
    all: &[(f64, f64)],
    measured: &[(f64, f64)],
    decisive: &[(f64, f64)],
    class: usize,
    above: f64,
) -> Option<Fit> {
    for (_, cost) in measured {
        if *cost <= 0.0 {
            return None;
        }
    }
    let excess = slope_over(class, decisive);
    let (mut best, mut off) = (class, f64::INFINITY);
    for class in 0..COMPLEXITIES.len() {
        let of_class = residual(measured, class);
        if of_class.total_cmp(&off).is_lt() {
            (best, off) = (class, of_class);
        }
    }
    let growth = match excess {
        e if e <= WITHIN => Growth::Within,
        e if e < above => Growth::Near,
        _ => Growth::Above,
    };
    Some(Fit {
        of,
        unit,
        excess,
        best,
        residual: off,
        points: all.to_vec(),
        growth,
    })
}

/// The logarithm of what a class says of n.
fn log_of(class: usize, n: f64) -> f64 {
    // From 2 on, so that the logarithm of 1 is no problem.
    let log = n.max(2.0).ln();
    match COMPLEXITIES.get(class).copied().unwrap_or("1") {
        "log n" => log.ln(),
        "n" => n.ln(),
        "n log n" => n.ln() + log.ln(),
        "n^2" => 2.0 * n.ln(),
        "n^3" => 3.0 * n.ln(),
        _ => 0.0,
    }
}

/// The slope of log(cost / class) over log n.
fn slope_over(class: usize, points: &[(f64, f64)]) -> f64 {
    slope(&mapped(points, |(n, cost)| {
        (n.ln(), cost.ln() - log_of(class, *n))
    }))
}

/// The standard deviation of log(cost / class).
fn residual(points: &[(f64, f64)], class: usize) -> f64 {
    let off = mapped(points, |(n, cost)| cost.ln() - log_of(class, *n));
    let middle = mean(&off);
    mean(&mapped(&off, |y| (y - middle).powi(2))).sqrt()
}

fn mean(values: &[f64]) -> f64 {
    let mut sum = 0.0;
    for value in values {
        sum += value;
    }
    sum / values.len() as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn class(word: &str) -> usize {
        let place = COMPLEXITIES.iter().position(|known| *known == word);
        place.expect("a class")
    }

    fn points(sizes: &[f64], time: impl Fn(f64) -> f64) -> Vec<Point> {
        let point = |n: &f64| Point {
            n: *n,
            time_ns: Some(time(*n)),
            shortest_ns: 0.0,
            allocs: None,
            alloc_bytes: None,
            instructions: None,
        };
        sizes.iter().map(point).collect()
    }

    const SIZES: [f64; 5] = [100.0, 400.0, 1_600.0, 6_400.0, 25_600.0];

    #[track_caller]
    fn check(declared: &str, time: impl Fn(f64) -> f64, growth: Growth, best: &str) {
        let fits = judge(&points(&SIZES, time), class(declared)).unwrap();
        assert_eq!(
            (fits[0].growth, COMPLEXITIES[fits[0].best]),
            (growth, best),
            "{fits:?}"
        );
    }

    #[test]
    fn each_class_is_told_from_the_next_but_one() {
        let log_linear = |n: f64| 30.0 * n * n.ln();
        check("1", |_| 500.0, Growth::Within, "1");
        check("log n", |n| 40.0 * n.ln(), Growth::Within, "log n");
        check("n", |n| 500.0 + 3.0 * n, Growth::Within, "n");
        check("n log n", log_linear, Growth::Within, "n log n");
        check("n^2", |n| n * n, Growth::Within, "n^2");
        check("n", |n| 3.0 * n + n * n, Growth::Above, "n^2");
        check("n log n", |n| n * n, Growth::Above, "n^2");
        check("1", |n| n.sqrt(), Growth::Above, "log n");
        check("n^2", |n| n * n * n, Growth::Above, "n^3");
        // Slower than declared is within.
        check("n^2", |n| 3.0 * n, Growth::Within, "n");
    }

    #[test]
    fn noise_of_a_tenth_and_slower_memory_raise_no_alarm() {
        let noisy = |n: f64| {
            3.0 * n
                * if (n.log2() as u64).is_multiple_of(2) {
                    1.1
                } else {
                    0.9
                }
        };
        check("n", noisy, Growth::Within, "n");
        let caches = |n: f64| n * if n > 5_000.0 { 1.4 } else { 1.0 };
        let fits = judge(&points(&SIZES, caches), class("n")).unwrap();
        assert!(fits[0].growth < Growth::Above, "{fits:?}");
    }

    #[test]
    fn a_quadratic_part_that_is_small_at_first_is_seen_at_the_large_end() {
        check("n", |n| 2_000.0 * n + n * n, Growth::Above, "n log n");
    }

    #[test]
    fn counts_that_are_known_are_judged_beside_time() {
        let mut points = points(&SIZES, |n| 3.0 * n);
        for point in &mut points {
            point.allocs = Some(point.n.powf(1.5));
            point.alloc_bytes = Some(0.0);
            point.instructions = Some(40.0 + 12.0 * point.n * point.n);
        }
        let fits = judge(&points, class("n")).unwrap();
        let growth: Vec<(&str, Growth)> = fits.iter().map(|fit| (fit.of, fit.growth)).collect();
        assert_eq!(
            growth,
            [
                ("time", Growth::Within),
                ("allocations", Growth::Above),
                ("instructions", Growth::Above)
            ],
            "nothing grows from no bytes"
        );
    }

    #[test]
    fn times_that_are_too_short_to_tell_decide_nothing() {
        let judged_at = |sizes: [f64; 3], times: [f64; 3], class_of: &str| {
            let mut points = points(&sizes, |_| 0.0);
            for (point, time_ns) in points.iter_mut().zip(times) {
                point.time_ns = Some(time_ns);
                point.shortest_ns = 100.0;
            }
            judge(&points, class(class_of))
        };
        let judged = |times, class| judged_at([1.0, 10.0, 100.0], times, class);
        let growth = |times, class| judged(times, class).unwrap()[0].growth;
        assert_eq!(growth([0.01, 200.0, 2_000.0], "n"), Growth::Within);
        assert_eq!(growth([0.01, 600.0, 60_000.0], "n"), Growth::Above);
        assert_eq!(growth([1.0, 100.0, 10_000.0], "n"), Growth::Above);
        assert_eq!(growth([600.0, 600.0, 600.0], "1"), Growth::Within);
        for times in [[0.01, 0.5, 69.5], [0.01, 60.0, 600.0], [0.0, 0.0, 0.0]] {
            let error = judged(times, "n").unwrap_err().line();
            assert!(error.contains("too short to tell"), "{error}");
        }
        let narrow = judged_at([1.0, 10.0, 20.0], [0.01, 200.0, 400.0], "n");
        assert!(narrow.unwrap_err().line().contains("too short to tell"));
    }

    #[test]
    fn too_few_or_too_near_arguments_say_nothing() {
        let refuses = |sizes: &[f64], part: &str| {
            let error = judge(&points(sizes, |n| n), 2).unwrap_err().line();
            assert!(error.contains(part), "{error}");
        };
        refuses(&[10.0, 100.0], "needs at least 3");
        refuses(&[10.0, 10.0, 100.0], "needs at least 3");
        refuses(&[10.0, 20.0, 30.0], "spread `args` wider");
        refuses(&[0.0, 20.0, 30.0], "from 1 on");
        refuses(&[], "no argument");
    }
}
