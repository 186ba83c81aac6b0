//! A comparison as text: terminal, Markdown, JSON, JUnit.

pub(crate) mod junit;
pub(crate) mod markdown;
pub(crate) mod terminal;

#[cfg(test)]
mod tests;
#[cfg(test)]
pub(super) use self::tests::compared as sample;

use perf_grammar::Verdict;

use crate::analysis::compare::{Compared, Comparison, Finding, Subject};
use crate::analysis::report::Detail;
use crate::model::words::counted;
use crate::render::table::{Align, Column};

/// For programs.
pub(crate) fn json(compared: &Compared) -> String {
    super::to_json(&compared.wire())
}

/// The rows that are shown: the typical time of every case, and of the rest what is
/// not the same as before.
fn rows(compared: &Compared, detail: Detail) -> Vec<&Comparison> {
    let shown = |one: &&Comparison| {
        detail == Detail::All
            || one.subject == Subject::Typical
            || matches!(one.subject, Subject::Mean(_))
            || one.finding != Finding::Same
    };
    compared.comparisons.iter().filter(shown).collect()
}

/// What of the rest is to be said.
fn hidden(compared: &Compared, rows: &[&Comparison]) -> Option<String> {
    match compared.comparisons.len() - rows.len() {
        0 => None,
        1 => Some("1 more figure is the same as before; --verbose shows it".to_owned()),
        more => Some(format!(
            "{more} more figures are the same as before; --verbose shows them"
        )),
    }
}

/// The table.
fn columns(rows: &[&Comparison]) -> Vec<Column> {
    type Cell = fn(&Comparison) -> String;
    let columns: [(&'static str, Align, u8, Cell); 9] = [
        ("verdict", Align::Left, 0, |one| {
            one.verdict.word().to_owned()
        }),
        ("case", Align::Name, 0, |one| one.id.clone()),
        ("what", Align::Left, 0, |one| one.subject.key().to_owned()),
        ("before", Align::Right, 2, |one| pair(one).0),
        ("after", Align::Right, 1, |one| pair(one).1),
        ("change", Align::Right, 0, change),
        ("interval", Align::Right, 5, interval),
        ("tolerance", Align::Right, 6, tolerance),
        ("finding", Align::Left, 4, |one| {
            one.finding.word(&one.subject).to_owned()
        }),
    ];
    let columns = columns.into_iter();
    columns
        .map(|(head, align, rank, cell)| Column::of(head, align, rank, rows, |one| cell(one)))
        .collect()
}

/// Before and after; empty where there is no value.
pub(super) fn pair(one: &Comparison) -> (String, String) {
    let (before, after) = one.subject.pair(one.before, one.after);
    (
        one.before.map(|_| before).unwrap_or_default(),
        one.after.map(|_| after).unwrap_or_default(),
    )
}

/// `+25 %`: by how much it changed.
pub(super) fn change(one: &Comparison) -> String {
    if let Some(effect) = one.effect {
        return signed(effect.ratio);
    }
    match (one.before, one.after) {
        // Of nothing there is no share.
        (Some(before), Some(after)) if before != after && !one.subject.is_timed() => {
            let off = after - before;
            let sign = if off < 0.0 { "-" } else { "+" };
            let off = match one.subject {
                Subject::Growth => format!("{:.2}", off.abs()),
                _ => one.subject.show(off.abs()),
            };
            format!("{sign}{off}")
        }
        _ => String::new(),
    }
}

/// `+22 to +28 %`: where the change lies.
pub(super) fn interval(one: &Comparison) -> String {
    let interval = one.effect.and_then(|effect| effect.interval);
    match interval {
        Some(interval) if interval.low < interval.high => {
            let (low, high) = (percent(interval.low), percent(interval.high));
            format!("{low} to {high} %")
        }
        _ => String::new(),
    }
}

/// A ratio as a change: `+12 %`, `-0.4 %`.
pub(super) fn signed(ratio: f64) -> String {
    format!("{} %", percent(ratio))
}

/// The same without the unit.
fn percent(ratio: f64) -> String {
    let change = (ratio - 1.0) * 100.0;
    let size = change.abs();
    let digits = match size {
        size if size >= 9.95 => format!("{size:.0}"),
        _ => format!("{size:.1}"),
    };
    let sign = if digits == "0.0" {
        "±"
    } else if change < 0.0 {
        "-"
    } else {
        "+"
    };
    format!("{sign}{}", digits.trim_end_matches(".0"))
}

pub(super) fn tolerance(one: &Comparison) -> String {
    one.tolerance
        .as_ref()
        .map_or_else(String::new, |tolerated| {
            perf_grammar::format_share(tolerated.millionths as f64)
        })
}

/// How much of what is tolerated is used up; nothing of it where it got better.
fn used(one: &Comparison) -> Option<f64> {
    let tolerated = one.tolerance.as_ref()?.millionths as f64 / 1e6;
    let worse = one.effect?.ratio - 1.0;
    (worse >= 0.0 && tolerated > 0.0).then_some(worse / tolerated)
}

/// The whole comparison in a few words.
pub(super) fn status(compared: &Compared) -> String {
    let count = |wanted: &dyn Fn(&Comparison) -> bool| {
        let comparisons = compared.comparisons.iter();
        comparisons.filter(|one| wanted(one)).count()
    };
    let broken = count(&|one| matches!(one.finding, Finding::Failed(_)));
    let worse = count(&|one| one.verdict == Verdict::Fail) - broken;
    let warned = count(&|one| one.verdict == Verdict::Warn);
    let broken = match broken {
        0 => None,
        1 => Some("1 case that fails".to_owned()),
        many => Some(format!("{many} cases that fail")),
    };
    let worse = (worse > 0).then(|| counted(worse, "regression"));
    let words: Vec<String> = worse.into_iter().chain(broken).collect();
    if !words.is_empty() {
        return words.join(", ");
    }
    if !compared.problems.is_empty() {
        return "incomplete".to_owned();
    }
    if !compared.all_judged() {
        return "no regression, but not everything was judged".to_owned();
    }
    match warned {
        0 => "no regression".to_owned(),
        some => format!("no regression, with {}", counted(some, "warning")),
    }
}

/// The cases that only one side has, a line a side.
pub(super) fn one_sided(compared: &Compared) -> Vec<String> {
    let line = |cases: &[String], side: &str| {
        (!cases.is_empty()).then(|| format!("only in {side}: {}", cases.join(", ")))
    };
    line(&compared.only_before, &compared.before)
        .into_iter()
        .chain(line(&compared.only_after, &compared.after))
        .collect()
}
