//! Numbers as sentences show them.

use perf_grammar::{Direction, Metric, Source};

use super::Timed;
use crate::collections::{cut_last, joined, mapped, owned, trim_end_matches};
use crate::judge::{Claim, Observations};
use crate::model::figure::{PerCall, PerItem};
use crate::model::plan::Limit;

impl Timed<'_> {
    /// A figure of the calls, in the unit of the limit.
    pub(super) fn per_item(&self, figure: PerCall) -> PerItem {
        figure.per_item(self.limit.metric, self.plan.items)
    }

    /// The same as text.
    pub(super) fn shown(&self, figure: PerCall) -> String {
        shown(self.limit.metric, self.per_item(figure).0)
    }
}

/// A value in the unit of the metric.
pub(super) fn shown(metric: Metric, value: f64) -> String {
    if value.is_infinite() {
        return owned("too fast to time");
    }
    metric.measured(value)
}

/// The limit's own number.
pub(super) fn number(limit: &Limit) -> String {
    limit.metric.shown(limit.bound().0)
}

/// `p99 <= 10 ms`, or `throughput >= 1,000/s`.
pub(super) fn claim(limit: &Limit) -> String {
    let sign = match limit.metric.direction() {
        Direction::AtMost => "<=",
        Direction::AtLeast => ">=",
    };
    format!("{} {sign} {}", limit.name(), number(limit))
}

/// `budget`, or `floor` where the value must be above it.
pub(super) fn noun(limit: &Limit) -> &'static str {
    match limit.metric.direction() {
        Direction::AtMost => "budget",
        Direction::AtLeast => "floor",
    }
}

/// A share in percent: whole from 1 % on, and never a 0 that is not one.
pub(super) fn percent(share: f64) -> String {
    match share * 100.0 {
        p if p >= 0.995 || p <= 0.0 => format!("{} %", perf_grammar::format_count(p.round())),
        p if p >= 0.01 => format!("{} %", trim_end_matches(&format!("{p:.2}"), '0')),
        _ => owned("less than 0.01 %"),
    }
}

/// From here on a difference is reported as a factor: of hundreds of percent, few see how
/// many times that is.
pub(super) const A_FACTOR: f64 = 3.0;

/// A factor: `3.2`, `42`, `4,072`.
pub(super) fn times(ratio: f64) -> String {
    if ratio < 9.95 {
        let tenths = format!("{ratio:.1}");
        owned(tenths.strip_suffix(".0").unwrap_or(&tenths))
    } else {
        perf_grammar::format_count(ratio.round())
    }
}

/// `1,200 calls`, `1 call`.
pub(super) fn calls(count: u64) -> String {
    counted(count, "call")
}

/// What a metric is judged by: `14 pairs of rounds`, `5 first calls`.
pub(super) fn observations(metric: Metric, count: u64) -> String {
    match Claim::of(metric).1 {
        pairs if pairs.are_pairs() && count == 1 => owned("1 pair of rounds"),
        pairs if pairs.are_pairs() => {
            let number = perf_grammar::format_count(count as f64);
            format!("{number} pairs of rounds")
        }
        Observations::FirstCalls => counted(count, "first call"),
        Observations::Spans => counted(count, "span"),
        _ => calls(count),
    }
}

/// A count and its noun, in the plural where it is one.
pub(super) fn counted(count: u64, noun: &str) -> String {
    let number = perf_grammar::format_count(count as f64);
    if count == 1 {
        format!("{number} {noun}")
    } else {
        format!("{number} {noun}s")
    }
}

/// `1 in 1000 chance of being wrong`.
pub(super) fn chance(error: f64) -> String {
    format!("1 in {:.0} chance of being wrong", 1.0 / error)
}

/// Where a number stands; the column is left out, as people read it.
pub(super) fn place(place: Option<&str>) -> String {
    let Some(place) = place else {
        return owned("what is built in");
    };
    match cut_last(place, ':') {
        Some((line, _)) if line.as_bytes().contains(&b':') => owned(line),
        _ => owned(place),
    }
}

/// `budget at src/parser.rs:42`, and what the profile's slack made of it.
pub(super) fn source(limit: &Limit) -> String {
    let at = place(limit.source.place.as_deref());
    if limit.value == limit.declared {
        format!("{} at {at}", noun(limit))
    } else {
        format!(
            "{} of {} at {at}, with the profile's slack",
            noun(limit),
            shown(limit.metric, limit.declared as f64)
        )
    }
}

/// `all quantiles: min 8.1 ms  p50 9 ms ..`; batches are called batches, and
/// beside a first call all others are later ones.
pub(super) fn quantiles(timed: &Timed<'_>) -> Option<String> {
    let (Some(summary), Source::Time) = (timed.summary, timed.limit.metric.source()) else {
        return None;
    };
    let items = timed.plan.items;
    let each = |name: &str, time: PerCall| {
        let time = perf_grammar::format_time(time.time_per_item(items).0);
        format!("{name} {time}")
    };
    let mut words = vec![each("min", summary.min)];
    for (quantile, ns) in &summary.quantiles {
        if matches!(quantile.millionths(), 500_000 | 950_000 | 990_000) {
            words.push(each(&format!("{quantile}"), *ns));
        }
    }
    words.push(each("max", summary.max));
    let of = if items > 1 { ", for one item" } else { "" };
    Some(match summary.batch {
        0 | 1 if Claim::of(timed.limit.metric).1 == Observations::FirstCalls => {
            format!("later calls here{of}: {}", joined(&words, "  "))
        }
        0 | 1 => format!("all quantiles{of}: {}", joined(&words, "  ")),
        batch => format!(
            "means of batches of {}{of}: {}",
            calls(batch),
            joined(&words, "  ")
        ),
    })
}

/// `all spans: min 1.2 ms  p50 2 ms ..`, where what was observed is something
/// else than the calls of the case.
pub(super) fn spread(timed: &Timed<'_>) -> Option<String> {
    let each = |(name, figure): &(&str, PerCall)| format!("{name} {}", timed.shown(*figure));
    let words: Vec<String> = mapped(&timed.evidence.spread, each);
    let of = match Claim::of(timed.limit.metric).1 {
        Observations::FirstCalls => "first calls",
        _ => "all spans",
    };
    (!words.is_empty()).then(|| format!("{of}: {}", joined(&words, "  ")))
}
