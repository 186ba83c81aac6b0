//! The table of measurements: which columns there are, and what stands in them.

use console::measure_text_width;

use crate::analysis::report::{Report, tightest, value};
use crate::analysis::run::Case;
use crate::model::scale::{self, Kind, Prefix};
use crate::model::words::percent;

/// One column, every cell printed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Column {
    pub(crate) head: &'static str,
    /// The unit all cells share; empty where there is none.
    pub(crate) unit: &'static str,
    pub(crate) cells: Vec<String>,
    pub(crate) align: Align,
    /// When the columns do not fit, those of the greatest rank go first; rank 0
    /// stays.
    pub(crate) rank: u8,
}

/// On which side a column is flush.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Align {
    Left,
    /// To the left as well: the names of cases, which lose their beginnings where a
    /// line does not hold them.
    Name,
    Right,
}

impl Column {
    /// A column of texts, a cell for each row.
    pub(crate) fn of<T>(
        head: &'static str,
        align: Align,
        rank: u8,
        rows: impl IntoIterator<Item = T>,
        cell: impl FnMut(T) -> String,
    ) -> Column {
        Column {
            head,
            unit: "",
            cells: rows.into_iter().map(cell).collect(),
            align,
            rank,
        }
    }

    /// A column of numbers in one prefix; `None` where no row has one.
    pub(crate) fn of_numbers(
        head: &'static str,
        rank: u8,
        kind: Kind,
        (unit, scale): Prefix,
        values: &[Option<f64>],
    ) -> Option<Column> {
        values.iter().any(Option::is_some).then(|| Column {
            head,
            unit,
            cells: scale::cells(kind, scale, values),
            align: Align::Right,
            rank,
        })
    }

    /// Columns of the widest cell, as a terminal shows it, head and unit included.
    pub(crate) fn width(&self) -> usize {
        let cells = self.cells.iter().map(String::as_str);
        cells
            .chain([self.head, self.unit])
            .map(measure_text_width)
            .max()
            .unwrap_or(0)
    }
}

/// Every column of a report that has a value in any row.
pub(crate) fn columns(report: &Report) -> Vec<Column> {
    let cases = &report.cases;
    let text = |head, cell: fn(&Case) -> String| Column::of(head, Align::Left, 0, cases, cell);
    let mut columns = vec![text("case", name)];
    if cases.iter().any(|case| case.requirement.is_some()) {
        let of_case = |case: &Case| case.requirement.clone().unwrap_or_default();
        columns.push(Column::of("id", Align::Left, 2, cases, of_case));
    }
    columns.extend(numbers(cases));
    columns.push(text("tightest limit", |case| match tightest(case) {
        Some((limit, share)) => format!("{} {}", limit.metric, percent(share)),
        None => String::new(),
    }));
    columns.push(text("verdict", |case| case.outcome.word().to_owned()));
    columns
}

/// The id of a case; where its times are those of an item, it says so.
fn name(case: &Case) -> String {
    match case.items {
        0 | 1 => case.id.clone(),
        items => format!(
            "{} (per item of {})",
            case.id,
            perf_grammar::format_count(items as f64)
        ),
    }
}

fn numbers(cases: &[Case]) -> Vec<Column> {
    let numbers: [(&'static str, &str, Kind, u8); 14] = [
        ("calls", "calls", Kind::Count, 5),
        ("min", "min", Kind::Duration, 9),
        ("p50", "p50", Kind::Duration, 1),
        ("p95", "p95", Kind::Duration, 6),
        ("p99", "p99", Kind::Duration, 1),
        ("max", "max", Kind::Duration, 4),
        ("mean", "mean", Kind::Duration, 10),
        ("stddev", "stddev", Kind::Duration, 11),
        ("ops", "throughput", Kind::PerSecond, 8),
        ("peak", "mem", Kind::Bytes, 2),
        ("allocs", "allocs", Kind::Count, 7),
        ("growth", "growth", Kind::Bytes, 12),
        ("rss", "rss", Kind::Bytes, 13),
        ("instrs", "instructions", Kind::Count, 3),
    ];
    let values =
        |key: &str| -> Vec<Option<f64>> { cases.iter().map(|case| value(case, key)).collect() };
    // Times are compared with each other, so they share a prefix.
    let prefix_of = |wanted: Kind| {
        let same = numbers.iter().filter(|(_, _, kind, _)| *kind == wanted);
        let all: Vec<Option<f64>> = same.flat_map(|(_, key, ..)| values(key)).collect();
        (wanted, scale::prefix(wanted, &all))
    };
    let prefixes = Kind::ALL.map(prefix_of);
    let mut columns = Vec::new();
    for (head, key, kind, rank) in numbers {
        let values = values(key);
        let prefix = prefixes.iter().find(|(of, _)| *of == kind);
        let column =
            |(_, prefix): &(Kind, Prefix)| Column::of_numbers(head, rank, kind, *prefix, &values);
        columns.extend(prefix.and_then(column));
    }
    columns
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_of_items_says_so() {
        let mut run = crate::analysis::fixture::quiet_run();
        let case = &mut run.cases[0];
        let id = case.id.clone();
        assert_eq!(name(case), id);
        case.items = 1_000;
        assert_eq!(name(case), format!("{id} (per item of 1,000)"));
    }
}
