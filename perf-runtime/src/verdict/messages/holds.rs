//! A limit that holds.

use perf_grammar::{Direction, Metric, Noise, Quantile};

use super::Timed;
use super::numbers::{A_FACTOR, chance, noun, number, observations, percent, shown, spread, times};
use crate::collections::owned;
use crate::judge::{Claim, Observations};
use crate::model::case::Clock;
use crate::model::figure::{PerCall, PerItem};
use crate::model::plan::Limit;

/// `p99 9.1 ms is within its budget of 10 ms (91 % of it used)`.
///
/// `near` is the share of a noisy limit above which the sentence says that it
/// is close: what is counted is exact, and may use all of its budget.
pub(crate) fn holds(limit: &Limit, PerItem(measured): PerItem, near: f64) -> String {
    let (metric, PerItem(of)) = (limit.metric, limit.bound());
    if matches!(metric, Metric::DenyAlloc) {
        return owned("no counted call allocated, as `deny_alloc` asks");
    }
    let value = shown(metric, measured);
    if matches!(metric, Metric::Complexity) {
        return format!("it grows no faster than its budget of {}", number(limit));
    }
    let name = limit.name();
    let start = format!("{name} {value} is");
    let budget = format!("its {} of {}", noun(limit), number(limit));
    if metric.direction() == Direction::AtLeast {
        let only = if measured * near < of { "only " } else { "" };
        return match measured / of {
            ratio if !ratio.is_finite() => format!("{name} is above {budget}: {value}"),
            ratio if ratio >= A_FACTOR => format!("{start} {} times {budget}", times(ratio)),
            ratio => format!("{start} above {budget} by {only}{}", percent(ratio - 1.0)),
        };
    }
    let used = match measured / of {
        share if !share.is_finite() || share < 0.0 => String::new(),
        share if share > near && metric.noise() == Noise::Noisy => {
            format!(", but near it: {} of it used", percent(share))
        }
        share if share >= 1.0 => owned(" (all of it used)"),
        share => format!(" ({} of it used)", percent(share)),
    };
    format!("{start} within {budget}{used}")
}

/// How sure it is that it holds, and what each metric cannot claim.
pub(crate) fn how_it_holds(timed: &Timed<'_>) -> Vec<String> {
    let evidence = timed.evidence;
    let made = observations(timed.limit.metric, evidence.calls);
    let mut lines = vec![match Claim::of(timed.limit.metric) {
        (Claim::Maximum, Observations::Calls) => format!(
            "none of {made} was above it; at most {} of all calls are (1 in 1000 chance of being wrong)",
            percent(1.0 - (0.001f64.ln() / evidence.calls.max(1) as f64).exp())
        ),
        (Claim::Minimum, _) => format!("the fastest of {made}; it says nothing about the others"),
        (_, Observations::FirstCalls) => format!(
            "at most {} ({}), the median of {made}, each in a separate process",
            timed.shown(evidence.upper.unwrap_or(PerCall(0.0))),
            chance(timed.plan.false_pass)
        ),
        (Claim::Median, _) => {
            format!("the median of {made} ({})", chance(timed.plan.false_pass))
        }
        _ => {
            let wrong = chance(timed.plan.false_pass);
            match evidence.upper {
                Some(most) => format!("at most {} ({wrong}), from {made}", timed.shown(most)),
                None => format!("from {made} in {} rounds ({wrong})", evidence.rounds),
            }
        }
    }];
    lines.extend(spread(timed));
    lines.extend(beyond_reach(timed));
    lines.extend(busy(timed));
    lines
}

/// A mean is judged on times up to four times its limit.
pub(super) fn beyond_reach(timed: &Timed<'_>) -> Option<String> {
    let mean = Claim::of(timed.limit.metric) == (Claim::Mean, Observations::Calls);
    (mean && timed.evidence.above > 0).then(|| {
        let units = if timed.evidence.batch > 1 { "batches" } else { "calls" };
        format!("{} {units} took more than four times the limit and count as four times; `p99` would judge them", timed.evidence.above)
    })
}

/// Said where the wall clock would have decided otherwise.
fn busy(timed: &Timed<'_>) -> Option<String> {
    let (summary, metric) = (timed.summary?, timed.limit.metric);
    let wall = match Claim::of(metric) {
        (Claim::Quantile(Quantile::P50), Observations::Calls) => summary.wall.p50,
        (Claim::Quantile(Quantile::P99), Observations::Calls) => summary.wall.p99,
        (Claim::Mean, Observations::Calls) => summary.wall.mean,
        (Claim::Maximum, Observations::Calls) => summary.wall.max,
        _ => return None,
    };
    let otherwise = match metric.direction() {
        Direction::AtMost => timed.per_item(wall) > timed.limit.bound(),
        Direction::AtLeast => timed.per_item(wall) < timed.limit.bound(),
    };
    if !otherwise || timed.plan.clock == Clock::Wall {
        return None;
    }
    let (judged, wall) = (timed.shown(timed.evidence.measured?), timed.shown(wall));
    Some(match timed.plan.clock {
        Clock::Cpu => format!(
            "on-CPU {metric} {judged}; wall {metric} {wall}: clock = \"cpu\" leaves out what a call waits for"
        ),
        Clock::Clean | Clock::Wall => format!(
            "on-CPU {metric} {judged}; wall {metric} {wall}: the machine was busy, {} of the time waiting for a processor",
            percent(timed.waiting)
        ),
    })
}
