//! A limit without a value, or one that nobody wants judged.

use perf_grammar::Metric;

use super::numbers::{claim, shown, source};
use crate::model::plan::Limit;

/// Why nothing was counted, and the line that helps: there can be one global
/// allocator in a program, and it may have one.
pub(crate) const NO_ALLOCATOR: &str = "no counting allocator is installed; \
    add `#[global_allocator] static ALLOC: perf_runtime::CountingAllocator = perf_runtime::CountingAllocator::system();` \
    to this target, or switch on the feature `global-allocator` of perf-runtime\n\
    where the program has a `#[global_allocator]` already, wrap that one instead: \
    `static ALLOC: perf_runtime::CountingAllocator<Yours> = perf_runtime::CountingAllocator::new(yours);`\n\
    in a library whose dev-dependency perf-runtime is, that line stands under `#[cfg(test)]` and yours under \
    `#[cfg(not(test))]`; its targets in tests/ are built without `cfg(test)`: for them put yours behind a feature, or into the binary";

/// What lacks, and what to do about it: what a probe says behind the first `; `.
pub(crate) fn what_and_help(why: &str) -> (&str, Option<&str>) {
    match why.split_once("; ") {
        Some((what, help)) => (what, Some(help)),
        None => (why, None),
    }
}

/// `mem was not measured: no counting allocator is installed`, and what to do about it.
pub(crate) fn unmeasured(limit: &Limit, what: &str, help: Option<&str>) -> (String, Vec<String>) {
    let mut details: Vec<String> = help
        .unwrap_or_default()
        .lines()
        .map(str::to_owned)
        .collect();
    details.push(source(limit));
    (
        format!("{} was not measured: {what}", limit.name()),
        details,
    )
}

/// A time that is shorter than what the clock can tell of a single call.
pub(crate) fn out_of_reach(limit: &Limit, reach_ns: f64) -> (String, Vec<String>) {
    let value = perf_grammar::format_duration(limit.value as f64);
    let sentence = format!(
        "{}: a single call shorter than about {} cannot be timed on this machine",
        claim(limit),
        perf_grammar::format_duration(reach_ns)
    );
    let instead = match limit.metric {
        Metric::Quantile(_) | Metric::Min | Metric::Max | Metric::First => {
            format!(
                "choose: `mean = \"{}\"` or a `throughput`, which time many calls at once",
                value.replace(' ', "")
            )
        }
        _ => {
            "choose: a call that does more, such as a loop over many inputs with `items`".to_owned()
        }
    };
    (sentence, vec![instead, source(limit)])
}

/// `p99 9.1 ms, not judged: mode is off`.
pub(crate) fn not_judged(limit: &Limit, measured: Option<f64>) -> String {
    match measured {
        Some(measured) => format!(
            "{} {}, not judged: mode is off",
            limit.name(),
            shown(limit.metric, measured)
        ),
        None => format!(
            "{} was not measured and is not judged: mode is off",
            limit.name()
        ),
    }
}
