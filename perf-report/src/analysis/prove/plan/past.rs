//! What is past a limit: the mutation that breaks it, and how many calls prove that.

use perf_grammar::{Effect, Metric, Quantile, Statistic};
use perf_statistics::{MEAN_REACH, Side, log_e_of};

use super::{Mutation, Unproved, not_applicable};
use crate::analysis::run::Case;

/// A time limit is exceeded by half, a mean by its double: with less it takes more calls.
const PAST: f64 = 1.5;
const PAST_A_MEAN: f64 = 2.0;
/// More memory is asked of no machine.
const MOST_BYTES: f64 = 4e9;
const MOST_TOUCHED: f64 = 1e9;
/// A page, and memory of which every page is fresh in each call: the C library of Linux
/// keeps what it frees of smaller pieces.
const PAGE: f64 = 4_096.0;
const FRESH: f64 = 64e6;
/// Mutations of more than this are no realistic work, and take long under callgrind.
const MOST_WORK: f64 = 1e9;
/// A wait that no processor spends on a loop.
const WAIT_NS: f64 = 1e6;

/// What is past a limit, and how many calls prove it broken.
pub(super) fn past(
    case: &Case,
    metric: Metric,
    bound: f64,
    measured: f64,
    (threshold, other_ns): (f64, Option<f64>),
) -> Result<(Mutation, f64), Unproved> {
    let items = case.items.max(1) as f64;
    let summary = case.summary.as_ref();
    let of_summary = |value: Option<f64>| value.unwrap_or(0.0) * items;
    let least_ns = of_summary(summary.and_then(|summary| summary.min));
    let typical_ns = of_summary(summary.and_then(|summary| summary.p50.or(summary.mean)));
    let mean_ns = of_summary(summary.and_then(|summary| summary.mean.or(summary.p50)));
    let users = case
        .load
        .as_ref()
        .map_or(1.0, |load| load.threads.max(1) as f64);
    let mutation = |kind, amount: f64| Mutation::new(kind, amount.ceil().max(1.0) as u64);
    // At least a fourth of the limit: the calls themselves vary.
    let slow = |limit_ns: f64, past: f64| {
        mutation(
            Effect::Spin,
            (past * limit_ns - least_ns).max(limit_ns / 4.0),
        )
    };
    let all = |p0: f64, y: f64| observations(p0, y, threshold);
    let mean_share = 1.0 / MEAN_REACH;
    let of_mean = all(mean_share, PAST_A_MEAN * mean_share);
    let no_program = || match case.program {
        Some(_) => Err(not_applicable(
            "it is of the program that the case starts, which a mutation of the call does not reach",
        )),
        None => Ok(()),
    };
    let quantile = |quantile: Quantile| all(1.0 - quantile.share(), 1.0);
    Ok(match metric {
        Metric::Quantile(of) => (slow(bound * items, PAST), quantile(of)),
        Metric::Max => (slow(bound * items, PAST), 2.0),
        Metric::Min => (slow(bound * items, PAST), all(0.5, 1.0)),
        Metric::First => (slow(bound * items, PAST), all(0.5, 1.0)),
        Metric::Mean => (slow(bound * items, PAST_A_MEAN), of_mean),
        Metric::Throughput => {
            let pace_ns = items * 1e12 / bound.max(1.0) * users;
            (slow(pace_ns, PAST_A_MEAN), of_mean)
        }
        Metric::Cpu => {
            no_program()?;
            (slow(bound * items, PAST_A_MEAN), of_mean)
        }
        Metric::CpuShare => {
            no_program()?;
            let share = bound / 1e6;
            if share > 0.95 * users {
                return Err(not_applicable(
                    "one thread uses at most 100 % of a processor, and a mutation has one",
                ));
            }
            // Between the limit and all of them.
            let wanted = f64::midpoint(share, users) / users;
            let used = measured / 1e6 / users * mean_ns;
            let more = (wanted * mean_ns - used) / (1.0 - wanted);
            (mutation(Effect::Spin, more.max(mean_ns)), of_mean)
        }
        Metric::Mem => {
            let below = case
                .memory
                .as_ref()
                .map_or(0, |memory| memory.retained_bytes);
            let bytes = bound + 1.0 + (below as f64).abs();
            (mutation(Effect::Spike, within(bytes, MOST_BYTES)?), 0.0)
        }
        Metric::AllocBytes => {
            let bytes = bound - measured + 1.0;
            (mutation(Effect::Spike, within(bytes, MOST_BYTES)?), 0.0)
        }
        Metric::Allocs => (mutation(Effect::Alloc, bound - measured + 1.0), 0.0),
        Metric::DenyAlloc => (mutation(Effect::Alloc, 1.0), 0.0),
        Metric::Retained => {
            let bytes = bound - measured + 1.0;
            (mutation(Effect::Leak, within(bytes, MOST_BYTES)?), 0.0)
        }
        Metric::Growth => {
            let bytes = PAST_A_MEAN * bound / 1_000.0 + 1.0;
            (mutation(Effect::Leak, within(bytes, MOST_BYTES)?), 0.0)
        }
        Metric::Rss => {
            no_program()?;
            let bytes = within(bound + 1.0, MOST_TOUCHED)?;
            (mutation(Effect::Touch, bytes), 0.0)
        }
        Metric::PageFaults => {
            no_program()?;
            let bytes = within((bound + 1.0) * PAGE, MOST_TOUCHED)?;
            (mutation(Effect::Touch, bytes.max(FRESH)), 0.0)
        }
        Metric::DiskFaults => {
            return Err(not_applicable("a mutation reads no file"));
        }
        Metric::Switches if bound - measured >= 1.0 => {
            return Err(not_applicable(
                "a mutation waits once in a call, and the limit allows that",
            ));
        }
        Metric::Switches => (mutation(Effect::Wait, WAIT_NS), 0.0),
        Metric::Instructions => {
            let more = bound - measured + 1.0 + bound / 50.0;
            (mutation(Effect::Work, within(more, MOST_WORK)?), 0.0)
        }
        Metric::Errors => {
            let p0 = (bound / 1e6).clamp(1e-6, 1.0 - 1e-6);
            (Mutation::new(Effect::Fail, 0), all(p0, 1.0))
        }
        Metric::Ratio | Metric::Degradation => {
            let kind = match metric {
                Metric::Ratio => Effect::Spin,
                _ => Effect::SpinTogether,
            };
            let factor = PAST * bound / measured.max(1.0) - 1.0;
            // Of a case that is judged by nothing else, the other case knows the time.
            let own_ns = match metric {
                Metric::Ratio => other_ns.map(|ns| ns * measured / 1e3),
                _ => None,
            };
            let more = own_ns.unwrap_or(typical_ns).max(1.0) * factor.max(0.5);
            (mutation(kind, more), 8.0 * users * all(0.5, 1.0))
        }
        Metric::Complexity => (mutation(Effect::Spin, 20.0 * typical_ns.max(1_000.0)), 20.0),
        Metric::Counter => (mutation(Effect::Count, bound - measured + 1.0), 0.0),
        Metric::Events => (mutation(Effect::Emit, bound - measured + 1.0), 0.0),
        Metric::Span(statistic) => {
            let (past, y, p0) = match statistic {
                Statistic::Quantile(of) => (PAST, 0.75, 1.0 - of.share()),
                Statistic::Max => (PAST, 1.0, 0.1),
                // Three of four, as long as a call has its own.
                Statistic::Mean => (2.0 * PAST_A_MEAN, 0.75, mean_share),
            };
            (mutation(Effect::Span, bound * past), 3.0 * all(p0, y))
        }
        Metric::Meter(_) => {
            return Err(not_applicable(
                "what it counts belongs to another crate, which a mutation cannot raise",
            ));
        }
    })
}

fn within(amount: f64, most: f64) -> Result<f64, Unproved> {
    if amount <= most {
        return Ok(amount);
    }
    let unit = perf_grammar::Unit::Bytes;
    Err(not_applicable(format!(
        "a mutation past it would need {}",
        perf_grammar::format(unit, amount)
    )))
}

/// How many observations of this mean prove a share above `p0`.
fn observations(p0: f64, y: f64, threshold: f64) -> f64 {
    let proves = |n: &i32| {
        let n = f64::from(*n);
        log_e_of(Side::Fail, p0, n, n * y) >= threshold
    };
    (2..2_000).find(proves).map_or(2_000.0, f64::from)
}
