//! The figures of a row: columns where there is room for them, chosen by what is judged.

use std::collections::BTreeMap;

use console::measure_text_width;
use perf_grammar::{Mode, Unit, format_bytes, format_count, format_time, harmless};

use super::layout::shorten;
use crate::analysis::report::value;
use crate::analysis::run::{Case, Limit};

/// At the end of a row the figures may take so much before columns give way.
pub(super) const ENDS: usize = 24;
/// In less room than this no name is begun.
const LEAST: usize = 4;
const GAP: &str = "  ";

/// The order in which columns stand; others follow.
const ORDER: &str = "\
    id calls min first p50 p75 p90 p95 p99 p99_9 max mean cpu throughput mem \
    allocs alloc_bytes retained growth rss instructions";

/// What a case is judged by beside its nearest limit.
pub(super) struct Figures<'a> {
    case: Option<&'a Case>,
    /// What has no column.
    rest: Vec<Figure<'a>>,
}

/// A name and a value as they are printed, and how wide they are.
struct Figure<'a> {
    name: &'a str,
    text: String,
    width: usize,
}

/// A column, flush right.
pub(super) struct Column {
    /// As its limit is called; not harmless yet.
    pub(super) head: String,
    pub(super) cells: Vec<String>,
    pub(super) width: usize,
}

impl<'a> Figures<'a> {
    /// The other limits of a case, the nearest first.
    pub(super) fn of(case: &'a Case, nearest: Option<&Limit>) -> Figures<'a> {
        let is_other = |limit: &&Limit| {
            limit.mode != Mode::Off && nearest.is_none_or(|nearest| !std::ptr::eq(*limit, nearest))
        };
        let mut others: Vec<&Limit> = case.limits.iter().filter(is_other).collect();
        let used = |limit: &Limit| limit.share.unwrap_or(-1.0);
        others.sort_by(|a, b| used(b).total_cmp(&used(a)));
        let figure = |limit: &&'a Limit| {
            let value = limit.rounded(limit.measured?)?;
            let text = format!("{} {value}", harmless(&limit.metric));
            Some(Figure::of(&limit.metric, text))
        };
        Figures {
            case: Some(case),
            rest: others.iter().filter_map(figure).collect(),
        }
    }

    /// A name alone.
    pub(super) fn named(name: Option<&'a str>) -> Figures<'a> {
        let figure = |name: &'a str| Figure::of(name, harmless(name).into_owned());
        Figures {
            case: None,
            rest: name.map(figure).into_iter().collect(),
        }
    }

    /// What stands at the end of the row, in at most this many columns: what fits, the
    /// nearest first, and how many are left out where there is room for that.
    pub(super) fn end(&self, width: usize) -> String {
        if self.case.is_none() && self.width() > width {
            let name = self.rest.first().filter(|_| width >= LEAST);
            return name.map_or_else(String::new, |name| shorten(&name.text, width));
        }
        let mut texts: Vec<&str> = Vec::new();
        let mut left = width;
        for figure in &self.rest {
            if figure.width <= left {
                texts.push(&figure.text);
                left = left.saturating_sub(figure.width + GAP.len());
            }
        }
        let others = self.rest.len() - texts.len();
        let count = format!("+{others}");
        if others > 0 && count.len() <= left {
            texts.push(&count);
        }
        texts.join(GAP)
    }

    /// What stands at the end of the row takes so much.
    pub(super) fn width(&self) -> usize {
        self.without(&[])
    }

    /// The same where some have a column.
    fn without(&self, columns: &[&str]) -> usize {
        let rest = self.rest.iter().filter(|one| !columns.contains(&one.name));
        let widths = rest.map(|figure| figure.width + GAP.len());
        widths.sum::<usize>().saturating_sub(GAP.len())
    }
}

impl<'a> Figure<'a> {
    fn of(name: &'a str, text: String) -> Figure<'a> {
        Figure {
            width: measure_text_width(&text),
            name,
            text,
        }
    }
}

/// The columns that there is room for: what many of the cases are judged by, the
/// most frequent first, then what goes with it. What has a column is taken from the
/// ends of the rows.
pub(super) fn columns(all: &mut [&mut Figures<'_>], room: usize) -> Vec<Column> {
    let candidates = candidates(all);
    let mut fitting = 0;
    let mut beside = 0;
    for taken in 0..=candidates.len() {
        if taken > 0 {
            beside += GAP.len() + candidates[taken - 1].width;
        }
        let heads: Vec<&str> = candidates[..taken].iter().map(|one| &*one.head).collect();
        let ends = all.iter().map(|figures| figures.without(&heads)).max();
        let ends = ends.filter(|width| *width > 0);
        if beside + ends.map_or(0, |width| width.min(ENDS) + GAP.len()) <= room {
            fitting = taken;
        }
    }
    let mut columns = candidates;
    columns.truncate(fitting);
    for figures in all {
        let has_column = |name: &str| columns.iter().any(|column| column.head == name);
        figures.rest.retain(|one| !has_column(one.name));
    }
    let place = |column: &Column| ORDER.split(' ').position(|head| head == column.head);
    columns.sort_by_key(|column| place(column).unwrap_or(usize::MAX));
    columns
}

fn candidates(all: &[&mut Figures<'_>]) -> Vec<Column> {
    let cases: Vec<&Case> = all.iter().filter_map(|figures| figures.case).collect();
    if cases.is_empty() {
        return Vec::new();
    }
    let mut judged: BTreeMap<&str, usize> = BTreeMap::new();
    for figures in all.iter() {
        for one in &figures.rest {
            *judged.entry(one.name).or_default() += 1;
        }
    }
    let mut frequent: Vec<(&str, usize)> = judged.into_iter().collect();
    frequent.retain(|(_, count)| count * 10 >= cases.len());
    // Stable: those that are as frequent stay in order of their names.
    frequent.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    let limits = || cases.iter().flat_map(|case| &case.limits);
    let is_judged =
        |unit| limits().any(|limit| limit.unit == Some(unit) && limit.mode != Mode::Off);
    let (time, bytes) = (is_judged(Unit::Duration), is_judged(Unit::Bytes));
    let others = [
        ("id", true),
        // Only where it was asked for.
        ("instructions", true),
        ("calls", true),
        ("p50", time),
        ("p99", time),
        ("max", time),
        ("mem", bytes),
        ("allocs", bytes),
        ("throughput", is_judged(Unit::Rate)),
    ];
    let others = others.into_iter().filter(|(_, wanted)| *wanted);
    let mut heads: Vec<&str> = Vec::new();
    for head in frequent
        .into_iter()
        .map(|(name, _)| name)
        .chain(others.map(|(name, _)| name))
    {
        if !heads.contains(&head) {
            heads.push(head);
        }
    }
    let column = |head: &str| {
        let cells = cases.iter().map(|case| cell(case, head));
        let cells: Vec<String> = cells.map(Option::unwrap_or_default).collect();
        let most = cells.iter().map(|cell| measure_text_width(cell)).max()?;
        (most > 0).then(|| Column {
            width: most.max(measure_text_width(&harmless(head))),
            head: head.to_owned(),
            cells,
        })
    };
    heads.into_iter().filter_map(column).collect()
}

/// A figure of a case by its name: what a limit judges, or what is known beside.
fn cell(case: &Case, name: &str) -> Option<String> {
    if let Some(limit) = case.limit(name) {
        return limit.rounded(limit.measured?);
    }
    let value = || value(case, name);
    match name {
        "id" => {
            let id = case.requirement.as_deref()?;
            Some(harmless(id).into_owned())
        }
        "min" | "p50" | "p75" | "p90" | "p95" | "p99" | "max" | "mean" => value().map(format_time),
        "throughput" => Some(perf_grammar::format(Unit::Rate, value()? * 1e3)),
        "mem" | "alloc_bytes" | "retained" | "rss" => value().map(format_bytes),
        "calls" | "allocs" | "instructions" => value().map(format_count),
        _ => None,
    }
}
