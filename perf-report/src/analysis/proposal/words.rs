//! What is said of a proposal.

use perf_grammar::{Direction, Metric, Statistic};

use super::Headroom;
use super::aggregate::Found;
use super::limit::{Needed, PARALLEL, is_of_threads, spread};
use crate::model::literal::Written;
use crate::model::words::{amount, counted};

/// What was measured, on what evidence, and the room that is left.
pub(super) fn why(metric: Metric, found: &Found, headroom: Headroom, needed: &Needed) -> String {
    let unit = metric.unit();
    let show = |value: f64| perf_grammar::format_exact(unit, value);
    let (least, most) = (show(found.range.0), show(found.range.1));
    let runs = counted(found.runs, "run");
    let seen = match (least == most, found.runs) {
        (true, 1) => format!("{least} in {runs}"),
        (true, _) => format!("{least} in each of {runs}"),
        (false, _) => format!("{least} to {most} in {runs}"),
    };
    let calls = found.calls.map_or(String::new(), |number| {
        let or_more = if found.runs > 1 { " or more" } else { "" };
        format!(" of {}{or_more}", calls(Some(number)))
    });
    let tier = match &found.tier {
        Some(tier) if metric == Metric::Instructions => format!(", counted by {tier}"),
        _ => String::new(),
    };
    let mut text = if found.bounded > 0 {
        format!("at most {} ({seen}{calls})", show(found.worst))
    } else {
        format!("{seen}{calls}{tier}")
    };
    let factor = headroom.of(metric);
    let extra = spread(metric, found).abs();
    if needed.clock {
        text.push_str("; 1 µs a call is the least that the clock can judge");
    } else if factor != 1.0 {
        let verb = match metric.direction() {
            Direction::AtMost => "times",
            Direction::AtLeast => "divided by",
        };
        text.push_str(&format!(", {verb} {factor}"));
    } else if is_of_threads(metric, found) {
        text.push_str(&format!(
            ", times {PARALLEL}: its threads meet differently each time"
        ));
    } else if extra > 0.0 {
        text.push_str(&format!(", and the {} between them again", show(extra)));
    } else if needed.value.value as f64 != found.worst {
        text.push_str(", rounded up");
    }
    if let [.., why] = &found.left_out[..] {
        let left_out = counted(found.left_out.len(), "run");
        text.push_str(&format!("; {left_out} left out ({why})"));
    }
    text
}

/// Why a quantile gets no number.
pub(super) fn no_upper_end(found: &Found) -> String {
    let calls = calls(found.calls);
    let more = match &found.left_out[..] {
        [] => String::new(),
        [.., why] => format!(
            ", and {} left out ({why})",
            counted(found.left_out.len(), "run")
        ),
    };
    format!("the evidence of {calls} gives no upper end{more}")
}

/// How many calls there were.
pub(super) fn calls(calls: Option<u64>) -> String {
    match calls {
        Some(calls) => amount(calls, "call"),
        None => "the calls".to_owned(),
    }
}

/// The word that limits something with a name: the thing, and which number of it.
fn of_named(metric: Metric) -> Option<(&'static str, String)> {
    Some(match metric {
        Metric::Counter => ("count", "max".to_owned()),
        Metric::Events => ("events", "max".to_owned()),
        Metric::Meter(Direction::AtMost) => ("meter", "max".to_owned()),
        Metric::Meter(Direction::AtLeast) => ("meter", "min".to_owned()),
        Metric::Span(Statistic::Quantile(quantile)) => ("span", quantile.to_string()),
        Metric::Span(Statistic::Mean) => ("span", "mean".to_owned()),
        Metric::Span(Statistic::Max) => ("span", "max".to_owned()),
        _ => return None,
    })
}

/// `p99 = "12ms"`, `events("sqlx::query", max = 5)`.
pub(super) fn in_attribute(metric: Metric, of: Option<&str>, value: &Written) -> String {
    let quoted = value.quoted();
    let of = of.unwrap_or_default();
    match of_named(metric) {
        Some((thing, word)) => format!("{thing}({of:?}, {word} = {quoted})"),
        None if metric == Metric::Ratio => format!("ratio = \"{} {of}\"", value.text),
        None => format!("{metric} = {quoted}"),
    }
}

/// The keys of the file: `p99`; `events`, `sqlx::query`, `max`.
pub(super) fn in_file(metric: Metric, of: Option<&str>) -> Vec<String> {
    match of_named(metric) {
        Some((thing, word)) => vec![thing.to_owned(), of.unwrap_or_default().to_owned(), word],
        None => vec![metric.key()],
    }
}
