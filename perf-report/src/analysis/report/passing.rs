//! What would have passed: the smallest limit that the calls of a case support.

use perf_grammar::{Direction, Metric, Noise, Source, format, format_count};
use perf_statistics::{EProcess, Side, log_e_of};

use crate::analysis::run::{Case, Limit};
use crate::analysis::share::Share;
use crate::model::literal::Written;
use crate::model::record::{Edge, Histogram};
use crate::model::words::percent;

/// What a mean is held to is the mean of times up to this many times its limit.
const TIMES: f64 = 4.0;
/// More slots than this make the bound of a mean hardly smaller.
const MOST_SLOTS: f64 = 2_048.0;
/// More calls than this are never asked for.
const MOST: u64 = 1 << 30;

/// The line of a broken upper limit; `None` where nothing can be said.
pub(super) fn line(case: &Case, limit: &Limit) -> Option<String> {
    let (unit, metric) = (limit.unit?, Metric::from_key(limit.key())?);
    if limit.floor || limit.measured.is_none() {
        return None;
    }
    let limit_of = |value: f64| {
        let written = Written::rounded(unit, Direction::AtMost, value);
        format!("{} = {}", limit.key(), written.quoted())
    };
    if metric.noise() == Noise::Exact {
        let is_counted = matches!(
            metric.source(),
            Source::Allocator | Source::Usage | Source::Instructions
        );
        let takes_a_number = is_counted && metric != Metric::DenyAlloc;
        return limit.measured.filter(|_| takes_a_number).map(|measured| {
            let exactly = Written::exactly(unit, measured.max(0.0).ceil() as u64);
            format!(
                "what would have passed: {} = {}",
                limit.key(),
                exactly.quoted()
            )
        });
    }
    let evidence = limit.evidence.as_ref()?;
    let calls = format_count(evidence.calls as f64);
    let above = above(limit).map_or(String::new(), |above| format!("; {above}"));
    let wrong = case.false_pass?;
    let supported = match metric {
        // The bound of the same sequential test, which the runtime writes down.
        Metric::Quantile(_) | Metric::First if evidence.upper.is_some() => evidence.upper,
        Metric::Quantile(of) => {
            let p0 = 1.0 - of.share();
            supported_quantile(case.histogram.as_ref()?, p0, evidence.slots as f64, wrong)
        }
        Metric::Max => case.summary.as_ref()?.max,
        Metric::Mean => supported_mean(case.histogram.as_ref()?, evidence.slots as f64, wrong),
        _ => return None,
    };
    let chance = match metric {
        Metric::Max => String::new(),
        _ => format!(" with {} chance of being wrong", percent(wrong)),
    };
    let Some(supported) = supported else {
        let Metric::Quantile(quantile) = metric else {
            return None;
        };
        let needed = needed(1.0 - quantile.share(), wrong)?;
        return Some(format!(
            "what would have passed: no limit on {0} is supported by so few calls: they count as {1}, and it takes {2} that hold{above}",
            limit.key(),
            format_count(evidence.slots as f64),
            format_count(needed as f64)
        ));
    };
    Some(format!(
        "what would have passed: {}; these {calls} calls support {} and more{chance}{above}",
        limit_of(supported),
        format(unit, supported)
    ))
}

/// The share of calls above the limit, where each was timed by itself.
fn above(limit: &Limit) -> Option<String> {
    let evidence = limit.evidence.as_ref()?;
    let is_counted = matches!(
        Metric::from_key(limit.key())?,
        Metric::Quantile(_) | Metric::Max
    );
    (is_counted && evidence.above > 0 && evidence.above <= evidence.calls).then(|| {
        let share = Share::of(&[(evidence.above as f64, evidence.calls as f64)]);
        let words = share.map_or(String::new(), Share::words);
        format!("{words} of calls are above {}", limit.limit)
    })
}

/// The values of a histogram, at most so large: the upper edges of its buckets.
fn buckets(histogram: &Histogram) -> Vec<(f64, f64)> {
    let width = 1.0 + 1.0 / 1024.0;
    let bucket = |(edge, count): &(Edge, u64)| (edge.0 * width, *count as f64);
    histogram.buckets.iter().map(bucket).collect()
}

/// The smallest quantile with the share `p0` above it that this many slots support.
fn supported_quantile(histogram: &Histogram, p0: f64, slots: f64, wrong: f64) -> Option<f64> {
    let buckets = buckets(histogram);
    let calls: f64 = buckets.iter().map(|(_, count)| count).sum();
    let mut above = calls;
    let holds = |above: f64| log_e_of(Side::Pass, p0, slots, slots * above / calls) >= -wrong.ln();
    buckets.into_iter().find_map(|(ns, count)| {
        above -= count;
        holds(above.max(0.0)).then_some(ns)
    })
}

/// The smallest mean that this many slots support: at which the test that gives verdicts
/// says that it holds, of calls that lie as those of the histogram do.
fn supported_mean(histogram: &Histogram, slots: f64, wrong: f64) -> Option<f64> {
    let buckets = buckets(histogram);
    let calls: f64 = buckets.iter().map(|(_, count)| count).sum();
    let sum: f64 = buckets.iter().map(|(ns, count)| ns * count).sum();
    let number = slots.min(MOST_SLOTS).floor();
    if sum <= 0.0 || number < 1.0 {
        return None;
    }
    // One value for each slot, at even ranks.
    let (mut values, mut seen) = (Vec::new(), 0.0);
    for (ns, count) in &buckets {
        seen += count;
        while (values.len() as f64 + 0.5) / number * calls <= seen && (values.len() as f64) < number
        {
            values.push(*ns);
        }
    }
    let holds = |limit: f64| {
        let most = TIMES * limit;
        let mut process = EProcess::new(Side::Pass, 1.0 / TIMES);
        values
            .iter()
            .for_each(|ns| process.add(ns.min(most) / most));
        process.reaches(-wrong.ln())
    };
    let mut low = sum / calls;
    let mut high = std::iter::successors(Some(low), |limit| Some(limit * 2.0))
        .take(20)
        .find(|limit| holds(*limit))?;
    for _ in 0..20 {
        let middle = f64::midpoint(low, high);
        if holds(middle) {
            high = middle
        } else {
            low = middle
        }
    }
    Some(high)
}

/// The fewest calls that prove a share of at most `p0` when none is above.
fn needed(p0: f64, wrong: f64) -> Option<u64> {
    let proves = |n: u64| log_e_of(Side::Pass, p0, n as f64, 0.0) >= -wrong.ln();
    let mut high =
        std::iter::successors(Some(1), |n| (*n < MOST).then_some(n * 2)).find(|n| proves(*n))?;
    let mut low = high / 2;
    while high - low > 1 {
        let middle = low.midpoint(high);
        if proves(middle) {
            high = middle
        } else {
            low = middle
        }
    }
    Some(high)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::fixture;

    fn said(change: impl Fn(&mut Limit)) -> Option<String> {
        let mut case = fixture::profiled_run().cases.remove(0);
        change(&mut case.limits[0]);
        line(&case, &case.limits[0])
    }

    #[test]
    fn the_smallest_limit_is_the_bound_of_the_test() {
        let upper =
            said(|limit| limit.evidence.as_mut().expect("evidence").upper = Some(12_910_000.0));
        assert_eq!(
            upper.as_deref(),
            Some(
                "what would have passed: p99 = \"13ms\"; these 1,200 calls support 12.9 ms and more with 5 % chance of being wrong; 3 % (2 to 4 %) of calls are above 10 ms"
            )
        );
        let few = said(|limit| limit.evidence.as_mut().expect("evidence").slots = 40);
        assert_eq!(
            few.as_deref(),
            Some(
                "what would have passed: no limit on p99 is supported by so few calls: they count as 40, and it takes 339 that hold; 3 % (2 to 4 %) of calls are above 10 ms"
            )
        );
        assert_eq!(said(|limit| limit.floor = true), None);
    }

    #[test]
    fn a_quantile_that_is_supported_has_as_few_calls_above_it_as_the_test_needs() {
        let histogram = even(1_000);
        // Of 3,000 calls, 10 may lie above p99, with an error rate of one in a thousand
        // (the published row): the last of a thousand values, three calls each.
        let found = supported_quantile(&histogram, 0.01, 3_000.0, 1e-3).expect("a limit");
        assert_eq!((found / 1e3).round(), 998.0, "{found}");
        assert_eq!(supported_quantile(&histogram, 0.01, 338.0, 0.05), None);
        let last = supported_quantile(&histogram, 0.01, 339.0, 0.05).expect("a limit");
        assert_eq!((last / 1e3).round(), 1001.0, "{last}");
    }

    /// Calls of 1 µs, 2 µs, ..
    fn even(number: u32) -> Histogram {
        let bucket = |nth: u32| (Edge(f64::from(nth) * 1e3), 1);
        Histogram {
            significant_digits: 3,
            unit: perf_grammar::Unit::Duration,
            buckets: (1..=number).map(bucket).collect(),
        }
    }

    #[test]
    fn what_is_counted_would_have_passed_at_what_it_is() {
        let case = fixture::profiled_run().cases.remove(0);
        assert_eq!(
            line(&case, &case.limits[1]).as_deref(),
            Some("what would have passed: mem = \"2.097152MB\"")
        );
    }

    #[test]
    fn a_mean_that_is_supported_lies_nearer_the_more_calls_there_are() {
        let bound = |slots: f64| supported_mean(&even(1_000), slots, 0.05).expect("a limit");
        // The mean is 500 µs.
        let bounds = [20.0, 100.0, 1_000.0, 10_000.0].map(bound);
        assert!(bounds.is_sorted_by(|few, more| few >= more), "{bounds:?}");
        assert!((0.5e6..0.56e6).contains(&bounds[3]), "{bounds:?}");
        assert_eq!(supported_mean(&even(1_000), 0.0, 0.05), None);
    }
}
