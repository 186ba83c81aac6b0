//! What takes most over a run: a ranking in, text out.

use perf_grammar::{Ranked, Verdict};
use serde::Serialize;

use super::markdown::{self, code};
use super::table::{Align, Column};
use super::terminal::{Style, dimmed, lay_out, line, paragraph};
use crate::analysis::top::{Row, Table, Top};
use crate::model::words::percent;

/// The schema of what programs are given.
const SCHEMA: u32 = 1;

/// For people at a terminal.
pub(crate) fn terminal(top: &Top, style: Style) -> String {
    let mut out = String::new();
    for table in &top.tables {
        dimmed(&mut out, caption(table.kind), style);
        lay_out(
            &mut out,
            columns(table),
            table.rows.len(),
            style,
            |row, head, text| match (head, &table.rows[row].over) {
                ("threshold", Some(_)) => style.paint(Verdict::Fail, text),
                _ => text.to_owned(),
            },
        );
        if let Some(left_out) = left_out(table) {
            dimmed(&mut out, &left_out, style);
        }
        out.push('\n');
    }
    for remark in &top.remarks {
        dimmed(&mut out, remark, style);
    }
    paragraph(&mut out, None, &closing(top), style);
    out
}

/// For a pull request or a document.
pub(crate) fn markdown(top: &Top) -> String {
    let mut out = format!("## What takes most\n\n{}\n", markdown::text(&closing(top)));
    for table in &top.tables {
        out.push_str(&format!("\n### {}\n\n", caption(table.kind)));
        let columns = columns(table);
        let cells = |cell: &dyn Fn(&Column) -> String| {
            let cells: String = columns
                .iter()
                .map(|column| format!(" {} |", cell(column)))
                .collect();
            format!("|{cells}")
        };
        line(&mut out, &cells(&|column| column.head.to_owned()));
        let rule = |column: &Column| match column.align {
            Align::Left | Align::Name => "---".to_owned(),
            Align::Right => "---:".to_owned(),
        };
        line(&mut out, &cells(&rule));
        for row in 0..table.rows.len() {
            let cell = |column: &Column| match &*column.cells[row] {
                "" => String::new(),
                name if column.align != Align::Right => code(name),
                cell => markdown::text(cell),
            };
            line(&mut out, &cells(&cell));
        }
        if let Some(left_out) = left_out(table) {
            out.push_str(&format!("\n{left_out}\n"));
        }
    }
    markdown::list(&mut out, "Notes", &top.remarks);
    out
}

/// For programs.
pub(crate) fn json(top: &Top) -> String {
    super::to_json(&Wire {
        schema: SCHEMA,
        kind: "perf-top",
        run: &top.run,
        cases: top.cases,
        over: top.over(),
        tables: top.tables.iter().map(wire).collect(),
        remarks: &top.remarks,
    })
}

#[derive(Serialize)]
struct Wire<'a> {
    schema: u32,
    kind: &'static str,
    run: &'a str,
    /// Cases that were ranked.
    cases: usize,
    /// Rows over their thresholds.
    over: usize,
    tables: Vec<WireTable<'a>>,
    remarks: &'a [String],
}

#[derive(Serialize)]
struct WireTable<'a> {
    /// `case`, `span`, `function` or `allocation`.
    of: &'static str,
    /// Of the values: `ns` or `bytes`.
    unit: &'static str,
    rows: &'a [Row],
    left_out: usize,
}

fn wire(table: &Table) -> WireTable<'_> {
    WireTable {
        of: table.kind.word(),
        unit: table.kind.unit().base_name(),
        rows: &table.rows,
        left_out: table.left_out,
    }
}

/// What a table ranks, and what its figures are of.
fn caption(kind: Ranked) -> &'static str {
    match kind {
        Ranked::Case => "cases by their typical call; share of one call of each",
        Ranked::Span => "spans by their mean time; share of the call, without the spans inside",
        Ranked::Function => "functions by their time in a typical call; share of the samples",
        Ranked::Allocation => "places by what they allocate in a call; share of its bytes",
    }
}

fn closing(top: &Top) -> String {
    format!("run {}: {}", top.run, top.closing())
}

fn left_out(table: &Table) -> Option<String> {
    (table.left_out > 0).then(|| format!("{} more; --most N shows more", table.left_out))
}

/// The name first: it is what a narrow terminal shortens.
fn columns(table: &Table) -> Vec<Column> {
    type Cell<'a> = &'a dyn Fn(&Row) -> String;
    let column =
        |head, align, rank, cell: Cell<'_>| Column::of(head, align, rank, &table.rows, cell);
    let kind = table.kind;
    let (head, value, count) = match kind {
        Ranked::Case => ("case", "call", ""),
        Ranked::Span => ("span", "mean", "a call"),
        Ranked::Function => ("function", "a call", ""),
        Ranked::Allocation => ("allocated at", "a call", "allocs"),
    };
    let unit = kind.unit();
    let first = match kind {
        Ranked::Case => Align::Name,
        _ => Align::Left,
    };
    let mut columns = vec![
        column(head, first, 0, &|row| row.name.clone()),
        column(value, Align::Right, 0, &|row| {
            perf_grammar::format(unit, row.value)
        }),
        column("share", Align::Right, 0, &|row| {
            row.share.map_or(String::new(), percent)
        }),
        column("95 %", Align::Right, 2, &|row| {
            row.interval.map_or(String::new(), |[low, high]| {
                format!("{} to {}", percent(low), percent(high))
            })
        }),
        column(count, Align::Right, 2, &|row| {
            row.count.map_or(String::new(), perf_grammar::format_count)
        }),
        column("threshold", Align::Right, 0, &|row| {
            let over = row.over.as_ref();
            over.map_or(String::new(), |over| {
                format!("over {}", perf_grammar::format(unit, over.amount as f64))
            })
        }),
        column("place", Align::Left, 3, &|row| {
            row.place.clone().unwrap_or_default()
        }),
    ];
    if kind != Ranked::Case {
        columns.push(column(
            "case",
            Align::Left,
            1,
            &|row| match row.other_cases {
                0 => row.case.clone(),
                others => format!("{} and {others} more", row.case),
            },
        ));
    }
    columns.retain(|column| column.cells.iter().any(|cell| !cell.is_empty()));
    columns
}
