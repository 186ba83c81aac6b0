//! A limit without a value, or one that is not to be judged.

use perf_grammar::Metric;

use super::numbers::{claim, shown, source};
use crate::collections::{lines, mapped, owned, replaced};
use crate::model::figure::PerItem;
use crate::model::plan::Limit;
use crate::model::unmeasured::Unmeasured;

/// `mem was not measured: no counting allocator is installed`, and what to do about it.
pub(crate) fn unmeasured(limit: &Limit, why: &Unmeasured) -> (String, Vec<String>) {
    let mut details: Vec<String> = mapped(&lines(&why.help()), |line| owned(line));
    details.push(source(limit));
    (format!("{} was not measured: {why}", limit.name()), details)
}

/// A time that is shorter than what the clock can tell of a single call.
pub(crate) fn out_of_reach(limit: &Limit, reach: PerItem) -> (String, Vec<String>) {
    let value = perf_grammar::format_duration(limit.bound().0);
    let sentence = format!(
        "{}: a single call shorter than about {} cannot be timed on this machine",
        claim(limit),
        perf_grammar::format_duration(reach.0)
    );
    let instead = match limit.metric {
        Metric::Quantile(_) | Metric::Min | Metric::Max | Metric::First => {
            format!(
                "choose: `mean = \"{}\"` or a `throughput`, which time many calls at once",
                replaced(&value, " ", "")
            )
        }
        _ => owned("choose: a call that does more, such as a loop over many inputs with `items`"),
    };
    (sentence, vec![instead, source(limit)])
}

/// `p99 9.1 ms, not judged: mode is off`.
pub(crate) fn not_judged(limit: &Limit, measured: Option<PerItem>) -> String {
    match measured {
        Some(measured) => format!(
            "{} {}, not judged: mode is off",
            limit.name(),
            shown(limit.metric, measured.0)
        ),
        None => format!(
            "{} was not measured and is not judged: mode is off",
            limit.name()
        ),
    }
}
