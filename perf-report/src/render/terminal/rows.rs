//! Cases as rows: the limit that is nearest to each, and the figures that it is judged by.

use std::borrow::Cow;
use std::collections::BTreeMap;

use console::measure_text_width;
use perf_grammar::{Mode, Verdict, harmless};

use super::figures::{self, Figures};
use super::layout::shorten;
use super::{Style, line};
use crate::analysis::run::{Case, Limit};
use crate::model::words::percent;

/// What a line of a log holds, where names stay whole.
const LOG: usize = 160;
/// A name may take this part of a line; what is longer only what is left over.
const NAME_PART: usize = 2;
/// A narrower terminal has no room for bars.
const BARS_FROM: usize = 72;
/// Before each row, below the heading of its target.
const INDENT: &str = "  ";
const GAP: &str = "  ";

/// One row.
pub(super) struct Row<'a> {
    /// Under which heading it stands; rows of one heading follow each other.
    heading: &'a str,
    outcome: Verdict,
    word: String,
    name: Cow<'a, str>,
    /// The name of the nearest limit, what was measured, what is allowed.
    nearest: [String; 3],
    share: Option<f64>,
    pub(super) figures: Figures<'a>,
}

/// A row a case, by targets.
pub(super) fn each<'a>(cases: &[&'a Case]) -> Vec<Row<'a>> {
    let mut rows = Vec::with_capacity(cases.len());
    for of_target in by_target(cases).values() {
        let heading = common_part(of_target.iter().map(|case| &*case.id));
        for case in of_target {
            let nearest = nearest(case);
            let (name, count) = (name(&case.id, heading), case.items);
            let name = match count {
                0 | 1 => harmless(name),
                // Where its times are those of an item, it says so.
                _ => {
                    let count = perf_grammar::format_count(count as f64);
                    format!("{} (per item of {count})", harmless(name)).into()
                }
            };
            rows.push(Row {
                heading,
                outcome: case.outcome,
                word: case.outcome.word().to_owned(),
                name,
                nearest: nearest.map(cells).unwrap_or_default(),
                share: nearest.and_then(|limit| limit.share),
                figures: Figures::of(case, nearest),
            });
        }
    }
    rows
}

/// A row a target, with the case of it that has the nearest limit.
pub(super) fn folded<'a>(cases: &[&'a Case]) -> Vec<Row<'a>> {
    let row = |(target, of_target): (&&'a str, &Vec<&'a Case>)| {
        let limits = of_target
            .iter()
            .filter_map(|case| Some((*case, nearest(case)?)));
        let nearest = limits
            .rev()
            .max_by(|(_, a), (_, b)| used(a).total_cmp(&used(b)));
        Row {
            heading: "",
            outcome: Verdict::Pass,
            word: format!("{} {}", of_target.len(), Verdict::Pass.word()),
            name: harmless(target),
            nearest: nearest.map(|(_, limit)| cells(limit)).unwrap_or_default(),
            share: nearest.and_then(|(_, limit)| limit.share),
            figures: Figures::named(nearest.map(|(case, _)| {
                let ids = of_target.iter().map(|case| &*case.id);
                name(&case.id, common_part(ids))
            })),
        }
    };
    by_target(cases).iter().map(row).collect()
}

fn by_target<'a>(cases: &[&'a Case]) -> BTreeMap<&'a str, Vec<&'a Case>> {
    let mut targets: BTreeMap<&str, Vec<&Case>> = BTreeMap::new();
    for case in cases {
        targets.entry(&case.target).or_default().push(case);
    }
    targets
}

/// What the ids of cases of one target begin with: it, and the modules that they
/// are all in.
pub(in crate::render) fn common_part<'a>(ids: impl Iterator<Item = &'a str>) -> &'a str {
    let mut common = None;
    for id in ids {
        let common = common.get_or_insert_with(|| {
            let path = perf_grammar::without_argument(id);
            path.rsplit_once("::").map_or("", |(modules, _)| modules)
        });
        while !common.is_empty() && name(id, common).len() == id.len() {
            *common = common.rsplit_once("::").map_or("", |(outer, _)| outer);
        }
    }
    common.unwrap_or_default()
}

/// The rest of an id below a heading; all of it where it does not begin with that.
pub(in crate::render) fn name<'a>(id: &'a str, heading: &str) -> &'a str {
    let rest = id.strip_prefix(heading);
    rest.and_then(|rest| rest.strip_prefix("::")).unwrap_or(id)
}

/// The limit that a case is shown by: of those that make its outcome, the one that
/// has least room left.
fn nearest(case: &Case) -> Option<&Limit> {
    let judged = || case.limits.iter().filter(|limit| limit.mode != Mode::Off);
    let worst = judged().map(|limit| limit.verdict).max()?;
    let limits = judged().filter(|limit| limit.verdict == worst);
    // Of equals the first is taken.
    limits.rev().max_by(|a, b| used(a).total_cmp(&used(b)))
}

/// How much of a limit is used, for an order: what is over a limit of nothing has
/// no share, and neither has the growth of a cost.
fn used(limit: &Limit) -> f64 {
    let broken = limit.verdict.is_broken();
    let without = if broken { f64::INFINITY } else { -1.0 };
    limit.share.unwrap_or(without)
}

fn cells(limit: &Limit) -> [String; 3] {
    let value = |value: Option<f64>| value.and_then(|value| limit.rounded(value));
    let bound = value(limit.bound).unwrap_or_else(|| harmless(&limit.limit).into_owned());
    [
        harmless(&limit.metric).into_owned(),
        value(limit.measured).unwrap_or_default(),
        format!("{} {bound}", limit.relation()),
    ]
}

/// How wide everything is in all rows.
struct Widths {
    word: usize,
    name: usize,
    nearest: [usize; 3],
    bar: usize,
    share: usize,
}

impl Widths {
    fn of(rows: &[Row<'_>], line: usize) -> Widths {
        let most = |width: &dyn Fn(&Row<'_>) -> usize| rows.iter().map(width).max().unwrap_or(0);
        let wide = |text: &str| measure_text_width(text);
        let bar = bar_width(line);
        Widths {
            word: most(&|row| wide(&row.word)),
            name: most(&|row| wide(&row.name)).max(4),
            nearest: [0, 1, 2].map(|part| most(&|row| wide(&row.nearest[part]))),
            bar: if rows.iter().any(|row| row.share.is_some()) {
                bar
            } else {
                0
            },
            share: most(&|row| row.share.map_or(0, |share| wide(&percent(share)))),
        }
    }

    /// The nearest limit: its parts, with a blank between each two.
    fn limit(&self) -> usize {
        let parts = self.nearest.iter().filter(|part| **part > 0);
        (parts.map(|part| part + 1).sum::<usize>().saturating_sub(1)).max(LIMIT.len())
    }

    fn used(&self) -> usize {
        let bar = if self.bar > 0 { self.bar + 1 } else { 0 };
        (bar + self.share).max(if self.share > 0 { USED.len() } else { 0 })
    }

    /// Everything but the name, and what stands behind.
    fn fixed(&self) -> usize {
        INDENT.len() + self.word + 1 + GAP.len() + self.limit() + GAP.len() + self.used()
    }
}

const NAME: &str = "case";
const LIMIT: &str = "nearest limit";
const USED: &str = "used";

/// Renders rows as a table that fits the terminal; `last` is the head of what
/// stands at their ends.
pub(super) fn table(out: &mut String, mut rows: Vec<Row<'_>>, last: &str, style: Style) {
    let whole = style.width.is_none();
    let width = style.width.unwrap_or(LOG);
    if !whole {
        // A name of a limit is as long as its user likes.
        let most = (width / 8).max(10);
        for row in &mut rows {
            row.nearest[0] = begin(&row.nearest[0], most);
        }
    }
    let mut widths = Widths::of(&rows, width);
    let room = width.saturating_sub(widths.fixed());
    let mut all: Vec<&mut Figures<'_>> = rows.iter_mut().map(|row| &mut row.figures).collect();
    let columns = figures::columns(&mut all, room.saturating_sub(widths.name));
    let beside: usize = columns.iter().map(|column| GAP.len() + column.width).sum();
    let ends = rows.iter().map(|row| row.figures.width()).max();
    let ends = ends
        .filter(|width| *width > 0)
        .map_or(0, |width| width + GAP.len());
    if !whole {
        let left = room.saturating_sub(beside);
        let name = left.saturating_sub(ends.min(figures::ENDS));
        let name = name.max(width / NAME_PART).min(left);
        widths.name = widths.name.min(name.max(8));
    }
    let left = width.saturating_sub(widths.fixed() + widths.name + beside + GAP.len());
    let left = if whole { usize::MAX } else { left };
    let heads = columns
        .iter()
        .map(|column| (column.head.as_str(), column.width));
    head(
        out,
        &widths,
        heads,
        if ends > 0 && last.len() <= left {
            last
        } else {
            ""
        },
        style,
    );
    let mut heading = "";
    for (place, row) in rows.iter().enumerate() {
        if row.heading != heading {
            heading = row.heading;
            line(out, &style.bold(heading));
        }
        let mut text = format!("{INDENT}{}", style.paint(row.outcome, &row.word));
        pad(&mut text, widths.word - measure_text_width(&row.word) + 1);
        let name = if whole {
            row.name.clone()
        } else {
            shorten(&row.name, widths.name).into()
        };
        text.push_str(&name);
        pad(&mut text, widths.name - measure_text_width(&name));
        text.push_str(GAP);
        limit(&mut text, row, &widths);
        used_cell(&mut text, row, &widths, style);
        for column in &columns {
            let cell = &column.cells[place];
            pad(
                &mut text,
                GAP.len() + column.width - measure_text_width(cell),
            );
            text.push_str(cell);
        }
        let end = row.figures.end(left);
        if !end.is_empty() {
            text.push_str(GAP);
            text.push_str(&end);
        }
        line(out, text.trim_end());
    }
}

fn head<'a>(
    out: &mut String,
    widths: &Widths,
    columns: impl Iterator<Item = (&'a str, usize)>,
    last: &str,
    style: Style,
) {
    let mut text = String::new();
    pad(&mut text, INDENT.len() + widths.word + 1);
    for (head, width) in [
        (NAME, widths.name),
        (LIMIT, widths.limit()),
        (if widths.used() > 0 { USED } else { "" }, widths.used()),
    ] {
        text.push_str(head);
        pad(&mut text, width - head.len());
        text.push_str(GAP);
    }
    text.truncate(text.len() - GAP.len());
    for (head, width) in columns {
        let head = &harmless(head);
        pad(&mut text, GAP.len() + width - measure_text_width(head));
        text.push_str(head);
    }
    text.push_str(GAP);
    text.push_str(last);
    line(out, &style.dim(text.trim_end()));
}

fn limit(text: &mut String, row: &Row<'_>, widths: &Widths) {
    let start = text.len();
    for (part, cell) in row.nearest.iter().enumerate() {
        let gap = widths.nearest[part] - measure_text_width(cell);
        if part > 0 && widths.nearest[part] > 0 {
            text.push(' ');
        }
        // What was measured stands close to what is allowed.
        pad(text, if part == 1 { gap } else { 0 });
        text.push_str(cell);
        pad(text, if part == 1 { 0 } else { gap });
    }
    let wide = measure_text_width(&text[start..]);
    pad(text, widths.limit() - wide + GAP.len());
}

fn used_cell(text: &mut String, row: &Row<'_>, widths: &Widths, style: Style) {
    let Some(share) = row.share else {
        return pad(text, widths.used());
    };
    let cell = bar(share, widths.bar, widths.share);
    text.push_str(&style.paint(row.outcome, &cell));
    pad(text, widths.used() - measure_text_width(&cell));
}

/// Columns of a bar in a line of this many.
fn bar_width(line: usize) -> usize {
    match line {
        narrow if narrow < BARS_FROM => 0,
        narrow if narrow < 100 => 5,
        _ => 10,
    }
}

/// How much of something is used: a bar, and the share in a column of this width.
fn bar(share: f64, width: usize, of_share: usize) -> String {
    let mut cell = String::new();
    if width > 0 {
        // Full only where all of it is used.
        let full = ((share * width as f64).max(0.0) as usize).min(width);
        cell = format!("{}{} ", "█".repeat(full), "░".repeat(width - full));
    }
    let percent = percent(share);
    pad(&mut cell, of_share - measure_text_width(&percent));
    cell + &percent
}

/// The shares of a column, each with its bar; empty where there is none.
pub(in crate::render) fn bars(shares: &[Option<f64>], style: Style) -> Vec<String> {
    let wide = |share: &f64| measure_text_width(&percent(*share));
    let of_share = shares.iter().flatten().map(wide).max().unwrap_or(0);
    let width = bar_width(style.width.unwrap_or(LOG));
    let cell =
        |share: &Option<f64>| share.map_or_else(String::new, |share| bar(share, width, of_share));
    shares.iter().map(cell).collect()
}

fn pad(text: &mut String, columns: usize) {
    text.extend(std::iter::repeat_n(' ', columns));
}

/// The beginning of a text.
fn begin(text: &str, width: usize) -> String {
    if measure_text_width(text) <= width {
        return text.to_owned();
    }
    let mut cut = String::new();
    for c in text.chars() {
        cut.push(c);
        if measure_text_width(&cut) >= width {
            cut.pop();
            break;
        }
    }
    cut + "…"
}
