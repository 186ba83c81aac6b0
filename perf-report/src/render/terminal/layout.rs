//! What fits a line: tables, names and sentences, by the columns that a terminal shows.

use std::borrow::Cow;

use console::measure_text_width;
use perf_grammar::harmless;

use super::{Style, line};
use crate::render::table::{Align, Column};

const GAP: usize = 2;
/// In fewer columns text is as hard to read broken as cut.
const LEAST_TEXT: usize = 24;
/// Below this a name says nothing any more.
const LEAST_NAME: usize = 16;

/// Columns as a table that fits the terminal; `paint` is told the row and the
/// head of a cell.
pub(crate) fn lay_out(
    out: &mut String,
    columns: Vec<Column>,
    rows: usize,
    style: Style,
    paint: impl Fn(usize, &str, &str) -> String,
) {
    lay_out_below(out, columns, rows, style, |_| "", paint);
}

/// The same with a heading above a row, where it is another than above the row before.
pub(crate) fn lay_out_below<'a>(
    out: &mut String,
    mut columns: Vec<Column>,
    rows: usize,
    style: Style,
    heading: impl Fn(usize) -> &'a str,
    paint: impl Fn(usize, &str, &str) -> String,
) {
    for column in &mut columns {
        for cell in &mut column.cells {
            if let Cow::Owned(safe) = harmless(cell) {
                *cell = safe;
            }
        }
    }
    fit(&mut columns, style.width);
    let table = Fitted::of(&columns, style.width);
    let dim = |_: &Column, text: &str| style.dim(text);
    table.row(out, |column| column.head, dim);
    if columns.iter().any(|column| !column.unit.is_empty()) {
        table.row(out, |column| column.unit, dim);
    }
    let mut above = "";
    for place in 0..rows {
        if heading(place) != above {
            above = heading(place);
            line(out, &style.bold(&harmless(above)));
        }
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
    /// Where names stand, and the longest that is shown whole.
    name: usize,
    longest_name: Option<usize>,
}

/// Which column holds the names.
fn name_of(columns: &[Column]) -> usize {
    let names = columns.iter().position(|one| one.align == Align::Name);
    names.unwrap_or(0)
}

/// What all columns but that of the names take.
fn others(widths: &[usize], name: usize) -> usize {
    let all: usize = widths.iter().map(|width| width + GAP).sum();
    all.saturating_sub(widths.get(name).map_or(0, |width| width + GAP))
}

impl<'a> Fitted<'a> {
    fn of(columns: &'a [Column], width: Option<usize>) -> Fitted<'a> {
        let mut widths: Vec<usize> = columns.iter().map(Column::width).collect();
        let name = name_of(columns);
        let others = others(&widths, name);
        let longest_name = width.map(|width| width.saturating_sub(others).max(LEAST_NAME));
        if let (Some(name), Some(longest)) = (widths.get_mut(name), longest_name) {
            *name = longest.min(*name);
        }
        Fitted {
            columns,
            widths,
            name,
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
                Some(longest) if place == self.name => shorten(cell(column), longest),
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
                Align::Left | Align::Name => text.push_str(&format!("{cell}{padding}")),
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
        let others = others(&widths, name_of(columns));
        if column.rank == 0 || (column.rank == 1 && others + LEAST_NAME * 2 <= width) {
            return;
        }
        columns.remove(place);
        widths.remove(place);
    }
}

/// Keeps the end of a name, which says most.
pub(super) fn shorten(name: &str, width: usize) -> String {
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
    // What joins or accents the character before it has lost that.
    let end = name[start..].trim_start_matches(is_attached);
    format!("…{end}")
}

/// Whether a character takes no column, because it belongs to the one before it.
fn is_attached(c: char) -> bool {
    measure_text_width(c.encode_utf8(&mut [0; 4])) == 0
}

/// A text of one line as several, each of which a line of the terminal holds;
/// those after the first are indented. What has no blank in it stays whole.
pub(crate) fn wrap(text: &str, width: Option<usize>, indent: usize) -> Cow<'_, str> {
    let fits = |width: &usize| measure_text_width(text) <= *width;
    let Some(width) = width.filter(|width| *width >= LEAST_TEXT && !fits(width)) else {
        return Cow::Borrowed(text);
    };
    let start = text.len() - text.trim_start().len();
    let mut out = text[..start].to_owned();
    let mut column = start;
    for word in words(&text[start..]) {
        let blanks = word.len() - word.trim_start().len();
        let wide = measure_text_width(word);
        if column + wide > width && column > indent.max(start) {
            out.push('\n');
            out.push_str(&" ".repeat(indent));
            out.push_str(word.trim_start());
            column = indent + wide - blanks;
        } else {
            out.push_str(word);
            column += wide;
        }
    }
    Cow::Owned(out)
}

/// The words of a text, each with the blanks before it. A number and what it counts
/// are one: `12.4 ms`, `+ 1 failed`.
fn words(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let (mut end, mut before) = (rest.len(), ' ');
        for (at, c) in rest.char_indices() {
            if c == ' ' && before != ' ' && before != '+' && !before.is_ascii_digit() {
                end = at;
                break;
            }
            before = c;
        }
        let (word, others) = rest.split_at(end);
        rest = others;
        (!word.is_empty()).then_some(word)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_name_keeps_its_end() {
        assert_eq!(shorten("package::module::function", 12), "…e::function");
        assert_eq!(shorten("a::b", 12), "a::b");
        assert_eq!(shorten("a::日本語", 6), "…本語");
        // No part of what is one character for its reader.
        assert_eq!(shorten("aa👩\u{200d}👩\u{200d}👧b", 4), "…👧b");
        assert_eq!(shorten("aae\u{301}b", 3), "…e\u{301}b");
        assert_eq!(shorten("aaae\u{301}b", 2), "…b");
    }

    #[test]
    fn a_long_sentence_goes_on_below_between_two_words() {
        let text = "fail  a::b  p99 12.4 ms is over its budget of 10 ms by 24 %";
        assert_eq!(wrap(text, None, 4), text);
        assert_eq!(wrap(text, Some(80), 4), text);
        assert_eq!(
            wrap(text, Some(30), 4),
            "fail  a::b  p99 12.4 ms is\n    over its budget of 10 ms\n    by 24 %"
        );
        assert_eq!(
            wrap("    all: min 8.1 ms  p50 9 ms", Some(24), 8),
            "    all: min 8.1 ms\n        p50 9 ms"
        );
        let path = "at crates/parser/src/a_long_name.rs:42";
        assert_eq!(wrap(path, Some(12), 4), path);
        let wide = "日本語日本語日 本語日本語";
        assert_eq!(wrap(wide, Some(24), 0), "日本語日本語日\n本語日本語");
    }
}
