//! For people at a terminal, and for the log of a CI job.

use std::borrow::Cow;

use console::measure_text_width;
use perf_grammar::harmless;

use crate::report::{Explanation, HEADS, Report, SpanTable};
use crate::table::{self, Align, Column};
use crate::tally::Verdict;

/// How the terminal is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Look {
    /// Columns a line holds; `None` where nobody counts them.
    pub(crate) width: Option<usize>,
    /// Whether verdicts are coloured.
    pub(crate) colour: bool,
}

const GAP: usize = 2;
/// Below this a name says nothing any more.
const LEAST_NAME: usize = 16;

/// Renders everything.
pub(crate) fn render(report: &Report, look: Look) -> String {
    let mut out = String::new();
    if !report.unfit.is_empty() {
        line(
            &mut out,
            &format!(
                "{} {}",
                look.paint(Verdict::Warn, "unfit environment:"),
                harmless(&report.unfit.join("; "))
            ),
        );
    }
    if let Some(machine) = &report.machine {
        line(&mut out, &look.dim(machine));
    }
    for file in &report.budget_files {
        line(&mut out, &look.dim(&format!("judged by {file}")));
    }
    if !report.cases.is_empty() {
        out.push('\n');
        table(&mut out, report, look);
    }
    if !report.explanations.is_empty() || !report.growths.is_empty() {
        out.push('\n');
    }
    for explanation in report.explanations.iter().chain(&report.growths) {
        explain(&mut out, explanation, look);
    }
    for spans in &report.breakdowns {
        breakdown(&mut out, spans, look);
    }
    remarks(&mut out, report, look);
    out.push('\n');
    for closing in report.closing() {
        line(&mut out, &closing);
    }
    if let Some(records) = &report.records {
        line(
            &mut out,
            &look.dim(&format!("records of run {}: {records}", report.run)),
        );
    }
    out
}

fn explain(out: &mut String, explanation: &Explanation, look: Look) {
    let word = look.paint(explanation.verdict, explanation.verdict.word());
    line(
        out,
        &format!(
            "{word}  {}  {}",
            harmless(&explanation.case),
            harmless(&explanation.sentence)
        ),
    );
    for detail in &explanation.lines {
        line(out, &format!("    {}", harmless(detail)));
    }
}

/// Where the time of a case goes: never shortened, because a name of a span
/// says nothing without its end.
fn breakdown(out: &mut String, spans: &SpanTable, look: Look) {
    line(out, "");
    line(
        out,
        &format!("{}  {}", harmless(&spans.case), look.dim(&spans.caption)),
    );
    let heads = HEADS.map(str::to_owned);
    let rows: Vec<[String; 7]> = spans
        .rows
        .iter()
        .map(|row| row.each_ref().map(|cell| harmless(cell).into_owned()))
        .collect();
    let cells = || std::iter::once(&heads).chain(&rows);
    for row in cells() {
        let mut text = "   ".to_owned();
        for (place, cell) in row.iter().enumerate() {
            let width = cells().map(|row| measure_text_width(&row[place])).max();
            let gap = " ".repeat(width.unwrap_or(0).saturating_sub(measure_text_width(cell)));
            text += &match place {
                0 => format!(" {cell}{gap}"),
                _ => format!("  {gap}{cell}"),
            };
        }
        let text = text.trim_end();
        line(
            out,
            &if std::ptr::eq(row, &heads) {
                look.dim(text)
            } else {
                text.to_owned()
            },
        );
    }
}

fn remarks(out: &mut String, report: &Report, look: Look) {
    if report.notes.is_empty() && report.warnings.is_empty() && report.problems.is_empty() {
        return;
    }
    out.push('\n');
    for note in &report.notes {
        let (text, about) = (harmless(&note.text), note.about());
        line(out, &format!("note: {text} ({})", harmless(&about)));
    }
    for warning in &report.warnings {
        line(
            out,
            &format!(
                "{} {}",
                look.paint(Verdict::Warn, "warning:"),
                harmless(warning)
            ),
        );
    }
    for problem in &report.problems {
        line(
            out,
            &format!(
                "{} {}",
                look.paint(Verdict::Fail, "error:"),
                perf_grammar::harmless_lines(problem)
            ),
        );
    }
}

fn table(out: &mut String, report: &Report, look: Look) {
    let rows = report.cases.len();
    lay_out(
        out,
        table::columns(report),
        rows,
        look,
        |place, head, text| match head {
            "verdict" | "tightest limit" => look.paint(report.cases[place].outcome, text),
            _ => text.to_owned(),
        },
    );
}

/// Columns as a table that fits the terminal; `paint` is told the row and the
/// head of a cell.
pub(super) fn lay_out(
    out: &mut String,
    mut columns: Vec<Column>,
    rows: usize,
    look: Look,
    paint: impl Fn(usize, &str, &str) -> String,
) {
    for column in &mut columns {
        for cell in &mut column.cells {
            if let Cow::Owned(safe) = harmless(cell) {
                *cell = safe;
            }
        }
    }
    fit(&mut columns, look.width);
    let table = Fitted::of(&columns, look.width);
    let dim = |_: &Column, text: &str| look.dim(text);
    table.row(out, |column| column.head, dim);
    if columns.iter().any(|column| !column.unit.is_empty()) {
        table.row(out, |column| column.unit, dim);
    }
    for place in 0..rows {
        table.row(
            out,
            |column| &column.cells[place],
            |column, text| paint(place, column.head, text),
        );
    }
}

/// Columns whose widths are settled, which takes a look at every cell.
struct Fitted<'a> {
    columns: &'a [Column],
    widths: Vec<usize>,
    /// The longest name that is shown whole.
    longest_name: Option<usize>,
}

impl<'a> Fitted<'a> {
    fn of(columns: &'a [Column], width: Option<usize>) -> Fitted<'a> {
        let mut widths: Vec<usize> = columns.iter().map(Column::width).collect();
        let others: usize = widths.iter().skip(1).map(|width| width + GAP).sum();
        let longest_name = width.map(|width| width.saturating_sub(others).max(LEAST_NAME));
        if let (Some(name), Some(longest)) = (widths.first_mut(), longest_name) {
            *name = longest.min(*name);
        }
        Fitted {
            columns,
            widths,
            longest_name,
        }
    }

    fn row(
        &self,
        out: &mut String,
        cell: impl Fn(&'a Column) -> &'a str,
        paint: impl Fn(&Column, &str) -> String,
    ) {
        let mut text = String::new();
        for (place, (column, width)) in self.columns.iter().zip(&self.widths).enumerate() {
            // Only the name can be too long for its column, see `fit`.
            let cell = match self.longest_name {
                Some(longest) if place == 0 => shorten(cell(column), longest),
                _ => cell(column).to_owned(),
            };
            let padding = " ".repeat(width.saturating_sub(measure_text_width(&cell)));
            let cell = if cell.is_empty() {
                cell
            } else {
                paint(column, &cell)
            };
            if place > 0 {
                text.push_str(&" ".repeat(GAP));
            }
            match column.align {
                Align::Left => text.push_str(&format!("{cell}{padding}")),
                Align::Right => text.push_str(&format!("{padding}{cell}")),
            }
        }
        line(out, text.trim_end());
    }
}

/// Drops columns, least wanted first, until a line holds them; if not even the
/// essential ones fit, names are shortened.
fn fit(columns: &mut Vec<Column>, width: Option<usize>) {
    let Some(width) = width else { return };
    let mut widths: Vec<usize> = columns.iter().map(Column::width).collect();
    while widths.iter().map(|width| width + GAP).sum::<usize>() > width + GAP {
        let ranked = columns.iter().enumerate();
        let Some((place, column)) = ranked.max_by_key(|(_, column)| column.rank) else {
            return;
        };
        let others: usize = widths.iter().skip(1).map(|width| width + GAP).sum();
        if column.rank == 0 || (column.rank == 1 && others + LEAST_NAME * 2 <= width) {
            return;
        }
        columns.remove(place);
        widths.remove(place);
    }
}

/// Keeps the end of a name, which tells most.
fn shorten(name: &str, width: usize) -> String {
    if measure_text_width(name) <= width {
        return name.to_owned();
    }
    let mut left = width.saturating_sub(1);
    let mut start = name.len();
    for (place, c) in name.char_indices().rev() {
        let Some(less) = left.checked_sub(measure_text_width(c.encode_utf8(&mut [0; 4]))) else {
            break;
        };
        (left, start) = (less, place);
    }
    format!("…{}", &name[start..])
}

pub(super) fn line(out: &mut String, text: &str) {
    out.push_str(text);
    out.push('\n');
}

impl Look {
    /// Colours a text by a verdict.
    pub(crate) fn paint(self, verdict: Verdict, text: &str) -> String {
        let code = match verdict {
            Verdict::Pass => "32",
            Verdict::Waived => "36",
            Verdict::Warn | Verdict::Undecided => "33",
            Verdict::Unmeasured => "35",
            Verdict::Fail => "1;31",
        };
        self.wrap(code, text)
    }

    /// Sets a text back behind the others.
    pub(super) fn dim(self, text: &str) -> String {
        self.wrap("2", text)
    }

    pub(super) fn wrap(self, code: &str, text: &str) -> String {
        let text = harmless(text);
        if self.colour {
            format!("\x1b[{code}m{text}\x1b[0m")
        } else {
            text.into_owned()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture;
    use crate::report::Detail;

    fn at_width(width: usize) -> String {
        let report = Report::of(fixture::run(), None, Detail::NotPlain);
        let mut out = String::new();
        table(
            &mut out,
            &report,
            Look {
                width: Some(width),
                colour: false,
            },
        );
        out
    }

    #[test]
    fn a_table_is_never_wider_than_the_terminal() {
        for width in [60, 72, 80, 100, 120, 160] {
            let table = at_width(width);
            let widest = table.lines().map(measure_text_width).max();
            assert!(widest <= Some(width), "{width}:\n{table}");
            for head in ["case", "tightest limit", "verdict"] {
                assert!(table.contains(head), "{width}: {head}\n{table}");
            }
        }
    }

    #[test]
    fn a_wide_terminal_shows_more_columns_than_a_narrow_one() {
        let columns = |width| {
            at_width(width)
                .lines()
                .next()
                .unwrap_or_default()
                .split_whitespace()
                .count()
        };
        // With the column of requirements that the cases have.
        assert!(columns(80) < columns(170));
        assert!(at_width(80).contains("p99") && !at_width(80).contains("stddev"));
        assert!(at_width(170).contains("stddev"));
        // What is only there because somebody asked for it goes later than most.
        assert!(at_width(110).contains("instrs") && !at_width(110).contains("stddev"));
    }

    #[test]
    fn colour_changes_no_letter() {
        let report = Report::of(fixture::run(), None, Detail::NotPlain);
        let plain = render(
            &report,
            Look {
                width: None,
                colour: false,
            },
        );
        let coloured = render(
            &report,
            Look {
                width: None,
                colour: true,
            },
        );
        assert!(coloured.contains("\x1b[1;31mfail\x1b[0m"));
        let mut stripped = coloured;
        for code in ["0", "1;31", "2", "32", "33", "35", "36"] {
            stripped = stripped.replace(&format!("\x1b[{code}m"), "");
        }
        assert_eq!(stripped, plain);
    }

    #[test]
    fn a_long_name_keeps_its_end() {
        assert_eq!(shorten("package::module::function", 12), "…e::function");
        assert_eq!(shorten("a::b", 12), "a::b");
        assert_eq!(shorten("a::日本語", 6), "…本語");
    }
}
