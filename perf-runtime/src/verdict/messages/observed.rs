//! How a value was found that is compared with its limit as it is.

use perf_grammar::{COMPLEXITIES, Metric, Unit};

use super::numbers::{calls, claim, counted, noun, number, percent, shown, source};
use crate::collections::{joined, mapped, replaced};
use crate::judge::complexity::{Fit, Growth};
use crate::model::figure::PerItem;
use crate::model::plan::Limit;
use crate::model::sample::{
    By, Growth as HeapGrowth, Instructions, Memory, Metered, Named, Resident, Rss, SEES_SPANS,
    Scope, Spread, Tier, Traced,
};
use crate::model::unmeasured::{Cause, Unmeasured};
use crate::verdict::reason::Open;

/// How an allocation budget was counted, and how its calls differ.
pub(crate) fn counted_how(metric: Metric, memory: &Memory) -> Vec<String> {
    let of = match memory.scope {
        Scope::Thread => "",
        Scope::Process => ", with the threads it starts",
    };
    let largest = if memory.calls == 1 {
        String::new()
    } else {
        format!(", the largest of {}", calls(memory.calls))
    };
    let how = match memory.by {
        By::Ours => {
            format!("counted{of}{largest}: it does not depend on the speed of the machine")
        }
        By::StatsAlloc if matches!(metric, Metric::AllocBytes) => {
            format!(
                "counted by stats_alloc{of}{largest}: of a reallocation it adds the growth only"
            )
        }
        By::StatsAlloc => format!("counted by stats_alloc{of}{largest}"),
    };
    let mut lines = vec![how];
    lines.extend(calls_differ(metric, memory));
    lines.extend(first_call(metric, memory));
    lines
}

/// How calls differ in what they allocate; `None` where all agree.
fn calls_differ(metric: Metric, memory: &Memory) -> Option<String> {
    let spread = memory.spreads.of(metric)?;
    let largest = memory.largest.of(metric)?;
    Some(differ(
        spread,
        memory.calls,
        verb(metric),
        largest,
        &|value| amount(metric, value),
    ))
}

/// `14 of 100 calls held 100 MB, the others 0 B`.
fn differ(
    spread: Spread,
    all: u64,
    verb: &str,
    largest: f64,
    amount: &dyn Fn(f64) -> String,
) -> String {
    let start = format!(
        "{} of {} {verb} {}",
        perf_grammar::format_count(spread.calls_at_largest as f64),
        calls(all),
        amount(largest)
    );
    let least = amount(spread.least as f64);
    if spread.calls_at_largest + spread.calls_at_least == all {
        format!("{start}, the others {least}")
    } else {
        let median = amount(spread.median as f64);
        format!("{start}; half of them at most {median}, the least {least}")
    }
}

/// What the first call took, where the others did not.
fn first_call(metric: Metric, memory: &Memory) -> Option<String> {
    let first = memory.first?.of(metric)?;
    (Some(first) != memory.largest.of(metric)).then(|| {
        format!(
            "the first call {} {}, and is not judged: it is made before anything is warm",
            verb(metric),
            amount(metric, first)
        )
    })
}

fn verb(metric: Metric) -> &'static str {
    match metric {
        Metric::Mem => "held",
        Metric::Allocs | Metric::DenyAlloc => "made",
        Metric::AllocBytes => "allocated",
        _ => "kept",
    }
}

fn amount(metric: Metric, value: f64) -> String {
    match metric {
        Metric::Allocs | Metric::DenyAlloc => counted(value as u64, "allocation"),
        metric => shown(metric, value),
    }
}

/// How the live heap went.
pub(crate) fn growth_how(growth: &HeapGrowth) -> Vec<String> {
    let all = growth.calls();
    let last_calls = match growth.stretches.last() {
        Some(last) => last.calls,
        None => 0,
    };
    let mut lines = vec![format!(
        "live heap gained in 1,000 calls, by the last {} of {}",
        perf_grammar::format_count(last_calls as f64),
        calls(all)
    )];
    let tail = growth.stretches.len().saturating_sub(4);
    let each: Vec<String> = mapped(&growth.stretches[tail..], |stretch| {
        format!(
            "{} in {}",
            shown(Metric::Growth, stretch.gained_bytes as f64),
            calls(stretch.calls)
        )
    });
    lines.push(format!("it gained {}", joined(&each, ", then ")));
    lines
}

/// What the resident set is, and how it came about.
pub(crate) fn rss_how(rss: &Rss) -> Vec<String> {
    let (most, rest) = match rss.of {
        Resident::Program => (
            format!(
                "the most memory that the program held at a time, the largest of {}",
                counted(rss.calls, "start")
            ),
            format!(
                "its code and libraries included; {}",
                counted(rss.faults, "page fault")
            ),
        ),
        Resident::ProgramAtMost => (
            format!(
                "the program held at most this, in {}",
                counted(rss.calls, "start")
            ),
            format!(
                "less is not told here than what the process held that started it: {}",
                shown(Metric::Rss, rss.before_bytes as f64)
            ),
        ),
        Resident::Test => {
            let of = if rss.reset {
                format!("while it made {}", calls(rss.calls))
            } else {
                format!(
                    "since it started, {} included: this system cannot reset it",
                    calls(rss.calls)
                )
            };
            (
                format!("the most memory that a fresh process of this test held at a time, {of}"),
                format!(
                    "program and libraries included; {} before the first call, {}",
                    shown(Metric::Rss, rss.before_bytes as f64),
                    counted(rss.faults, "page fault")
                ),
            )
        }
    };
    vec![most, rest]
}

/// What the system counted of the calls of a process.
///
/// # Errors
/// Why it did not.
pub(crate) fn used(metric: Metric, rss: &Rss) -> Result<Metered, Unmeasured> {
    if rss.of != Resident::Test {
        return Err(Cause::usage_of_program().into());
    }
    let unit = replaced(&metric.key(), "_", " ");
    let counted = rss.usage.of(metric);
    let (smallest, largest) = counted.ok_or_else(|| Cause::no_usage(&unit))?;
    Ok(Metered {
        smallest,
        largest,
        calls: rss.usage.calls,
        exact: false,
        unit,
    })
}

/// Who counted instructions.
pub(crate) fn instructions_how(instructions: &Instructions) -> String {
    let who = match instructions.tier {
        Tier::Hardware => "the processor's own counter, outside the kernel",
        Tier::Callgrind => "callgrind",
    };
    format!(
        "counted by {who}, the least of {}; compare it only with counts of the same kind",
        calls(instructions.calls)
    )
}

/// How each kind of cost grew, with what it was fitted to.
pub(crate) fn complexity_how(fits: &[Fit]) -> Vec<String> {
    mapped(fits, |fit| {
        let points: Vec<String> = mapped(&fit.points, |(n, cost)| {
            let n = perf_grammar::format_count(*n);
            let cost = match fit.unit {
                Unit::Duration => perf_grammar::format_time(*cost),
                unit => perf_grammar::format(unit, *cost),
            };
            format!("{cost} at {n}")
        });
        let beyond = match fit.growth {
            Growth::Within => String::new(),
            Growth::Near | Growth::Above => {
                format!(", faster than declared by n^{:.2}", fit.excess)
            }
        };
        format!(
            "{}: {} fits best, off by {}{beyond}: {}",
            fit.of,
            COMPLEXITIES
                .get(fit.best)
                .copied()
                .unwrap_or("another class"),
            percent(fit.residual),
            joined(&points, ", ")
        )
    })
}

/// What a meter said, or the system counted.
pub(crate) fn metered_how(metered: &Metered) -> String {
    let Metered {
        smallest,
        largest,
        calls: made,
        unit,
        ..
    } = metered;
    let made = calls(*made);
    if smallest == largest {
        format!("{largest} {unit} in each of {made}")
    } else {
        format!("between {smallest} and {largest} {unit} in {made}")
    }
}

/// How counters and events were counted, and what the events said.
pub(crate) fn traced_how(metric: Metric, of: &str, traced: &Traced) -> Vec<String> {
    let what = match metric {
        Metric::Events => "events of this target and those below it",
        _ => "what the counter was raised by",
    };
    let mut lines = vec![format!(
        "{what}, in all threads, the largest of {}: it does not depend on the speed of the machine",
        calls(traced.calls)
    )];
    let named = match metric {
        Metric::Events => Named::Events,
        _ => Named::Counter,
    };
    for (kind, name, spread) in &traced.spreads {
        if (*kind, name.as_str()) == (named, of)
            && let Some(largest) = traced.count(metric, of)
        {
            let (all, count) = (traced.calls, &perf_grammar::format_count);
            lines.push(differ(*spread, all, "came to", largest as f64, count));
        }
    }
    lines
}

/// What the events of a target say most often.
pub(crate) fn repeated(metric: Metric, of: &str, traced: &Traced) -> Vec<String> {
    let mut said = Vec::new();
    for one in &traced.repeated {
        if SEES_SPANS && matches!(metric, Metric::Events) && one.target == of {
            let count = perf_grammar::format_count(one.count as f64);
            said.push(format!("{count} of them say: {}", one.text));
        }
    }
    said
}

/// Why a name that was never seen is no zero, and what to do.
pub(crate) fn never_seen(metric: Metric, of: &str, traced: &Traced) -> Unmeasured {
    let all = calls(traced.calls);
    let cause = match metric {
        Metric::Events => Cause::no_event(of, &all),
        _ => Cause::no_counter(of, &all),
    };
    cause.into()
}

/// `growth 14 MB is over its budget of 10 MB, but ..`.
pub(crate) fn observed_open(limit: &Limit, value: PerItem, why: Open) -> String {
    if value <= limit.bound() {
        return format!("{}: {why}", claim(limit));
    }
    format!(
        "{} {} is over its {} of {}, but {why}",
        limit.name(),
        shown(limit.metric, value.0),
        noun(limit),
        number(limit)
    )
}

/// How it was found, and where its limit stands.
pub(crate) fn observed_at(limit: &Limit, mut details: Vec<String>) -> Vec<String> {
    let source = source(limit);
    match details.first_mut() {
        Some(first) => *first = format!("{first}; {source}"),
        None => details.push(source),
    }
    details
}
