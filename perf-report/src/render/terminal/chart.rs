//! The distribution of a case's times as a small chart, with its limits drawn in.

use console::measure_text_width;
use perf_grammar::{Metric, Verdict, format_count, format_duration};

use super::{Style, line};
use crate::analysis::run::{Case, Limit};
use crate::model::record::Edge;

/// Columns of the bars, limits not counted.
const WIDEST: usize = 60;
const NARROWEST: usize = 16;
const INDENT: &str = "    ";
/// Eighths of a line that bars are high.
const EIGHTHS: [char; 9] = [' ', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
/// Lines that bars are high.
const LINES: usize = 2;
/// Buckets of a record are this far apart, as a share of their edges.
const BUCKET: f64 = 1.0 / 1024.0;

/// Whether a limit of that name is on the times whose distribution is recorded.
pub(super) fn is_of_times(limit: &str) -> bool {
    matches!(
        Metric::from_key(limit),
        Some(Metric::Min | Metric::Mean | Metric::Max | Metric::Quantile(_))
    )
}

/// A limit, and where it lies.
struct Mark {
    ns: f64,
    name: String,
    verdict: Verdict,
}

/// Draws the recorded calls of a case over time, on a logarithmic scale: how many
/// took how long, and where the limits lie.
pub(super) fn draw(out: &mut String, case: &Case, limits: &[&Limit], style: Style) {
    let Some(histogram) = &case.histogram else {
        return;
    };
    let bucket = |(edge, calls): &(Edge, u64)| (edge.0, *calls);
    let buckets: Vec<(f64, u64)> = histogram.buckets.iter().map(bucket).collect();
    let mut marks: Vec<Mark> = limits.iter().filter_map(|limit| mark(limit)).collect();
    marks.sort_by(|a, b| a.ns.total_cmp(&b.ns));
    // Limits of one value have one line.
    marks.dedup_by(|same, first| {
        let is_same = same.ns.total_cmp(&first.ns).is_eq();
        if is_same {
            first.name = format!("{}, {}", first.name, same.name);
            first.verdict = first.verdict.max(same.verdict);
        }
        is_same
    });
    let Some(scale) = Scale::of(&buckets, &marks, style) else {
        return;
    };
    let heights = scale.heights(&buckets);
    let places: Vec<usize> = marks.iter().map(|mark| scale.column(mark.ns)).collect();
    for row in (0..LINES).rev() {
        bars(out, &heights, &marks, &places, row, style);
    }
    // A limit is named below its line, and to the left of it where the right is too
    // narrow; one that another is in the way of, a line below.
    let drawn = scale.columns + marks.len();
    let mut names: Vec<String> = Vec::new();
    for (nth, (mark, place)) in marks.iter().zip(&places).enumerate() {
        let at = place + nth;
        let text = format!("{} ≤ {}", mark.name, format_duration(mark.ns));
        let wide = measure_text_width(&text) + 2;
        let (start, text) = match at.checked_sub(wide - 1) {
            Some(start) if at + wide > drawn => (start, format!("{text} ┘")),
            _ => (at, format!("└ {text}")),
        };
        put(&mut names, start, &text);
    }
    let (low, high) = (format_duration(scale.low), format_duration(scale.high));
    let calls = calls(buckets.iter().map(|(_, calls)| calls).sum(), case);
    let mut axis = vec![low];
    let left = drawn.saturating_sub(measure_text_width(&calls)) / 2;
    put(&mut axis, left, &calls);
    put(
        &mut axis,
        drawn.saturating_sub(measure_text_width(&high)),
        &high,
    );
    for text in names.iter().chain(&axis) {
        line(out, &style.dim(&format!("{INDENT}{text}")));
    }
}

/// One line of the bars, the lowest is 0. What lies behind the first limit is
/// coloured by it.
fn bars(
    out: &mut String,
    heights: &[f64],
    marks: &[Mark],
    places: &[usize],
    row: usize,
    style: Style,
) {
    let most = heights.iter().copied().fold(0.0, f64::max);
    let full = EIGHTHS.len() - 1;
    let (mut before, mut behind) = (INDENT.to_owned(), String::new());
    for (column, calls) in heights.iter().enumerate() {
        let lines = places.iter().filter(|place| **place == column);
        behind.extend(lines.map(|_| '│'));
        // Few calls are seen too.
        let level = (calls / most * (LINES * full) as f64).round() as usize;
        let level = level.max(usize::from(*calls > 0.0));
        let bar = EIGHTHS[level.saturating_sub(row * full).min(full)];
        let part = if behind.is_empty() {
            &mut before
        } else {
            &mut behind
        };
        part.push(bar);
    }
    let text = match (marks.first(), behind.trim_end()) {
        (Some(mark), behind) if !behind.is_empty() => before + &style.paint(mark.verdict, behind),
        _ => before.trim_end().to_owned(),
    };
    line(out, &text);
}

fn mark(limit: &Limit) -> Option<Mark> {
    let ns = limit.bound.filter(|ns| *ns > 0.0)?;
    Some(Mark {
        ns,
        name: limit.metric.clone(),
        verdict: limit.verdict,
    })
}

/// How many calls are drawn.
fn calls(times: u64, case: &Case) -> String {
    let count = |number: u64| format_count(number as f64);
    match (
        times,
        case.summary.as_ref().map_or(1, |summary| summary.batch),
    ) {
        (1, 0 | 1) => "1 call".to_owned(),
        (_, 0 | 1) => format!("{} calls", count(times)),
        (_, batch) => format!("{} means of {} calls", count(times), count(batch)),
    }
}

/// Writes a text at a column of the first line that is free from there on.
fn put(lines: &mut Vec<String>, column: usize, text: &str) {
    let is_free = |line: &&mut String| {
        let wide = measure_text_width(line);
        wide == 0 || wide < column
    };
    let line = match lines.iter_mut().find(is_free) {
        Some(line) => line,
        None => {
            lines.push(String::new());
            lines.last_mut().expect("it was just put there")
        }
    };
    let gap = column.saturating_sub(measure_text_width(line));
    line.extend(std::iter::repeat_n(' ', gap));
    line.push_str(text);
}

/// A logarithmic scale over all times and limits.
struct Scale {
    low: f64,
    high: f64,
    columns: usize,
}

impl Scale {
    fn of(buckets: &[(f64, u64)], marks: &[Mark], style: Style) -> Option<Scale> {
        let times = || {
            buckets
                .iter()
                .map(|(edge, _)| *edge)
                .filter(|edge| *edge > 0.0)
        };
        let (first, last) = (times().next()?, times().next_back()?);
        let low = marks.first().map_or(first, |mark| mark.ns.min(first));
        let last = last * (1.0 + BUCKET);
        let high = marks.last().map_or(last, |mark| mark.ns.max(last));
        let wide = (high / low).ln();
        if !wide.is_finite() || wide < BUCKET {
            return None;
        }
        let room = style
            .width
            .unwrap_or(usize::MAX)
            .saturating_sub(INDENT.len() + marks.len());
        // A column of less than two buckets would leave gaps.
        let most = (wide / (2.0 * BUCKET)) as usize;
        let columns = most.clamp(NARROWEST, WIDEST).min(room).max(1);
        Some(Scale { low, high, columns })
    }

    fn column(&self, ns: f64) -> usize {
        (self.place(ns) as usize).min(self.columns - 1)
    }

    fn place(&self, ns: f64) -> f64 {
        let share = (ns.max(self.low) / self.low).ln() / (self.high / self.low).ln();
        share * self.columns as f64
    }

    /// The calls of each column. Those of a bucket are spread over its width, or
    /// columns of two buckets and of three would stand side by side as a comb.
    fn heights(&self, buckets: &[(f64, u64)]) -> Vec<f64> {
        let mut heights = vec![0.0; self.columns];
        for (edge, calls) in buckets {
            let (from, to) = (self.place(*edge), self.place(edge * (1.0 + BUCKET)));
            let wide = (to - from).max(f64::MIN_POSITIVE);
            let columns = self.column(*edge)..=self.column(edge * (1.0 + BUCKET));
            for (column, height) in columns.clone().zip(&mut heights[columns]) {
                let inside = to.min(column as f64 + 1.0) - from.max(column as f64);
                *height += *calls as f64 * (inside / wide).clamp(0.0, 1.0);
            }
        }
        heights
    }
}
