//! A comparison for people at a terminal, and for the log of a CI job.

use perf_grammar::{Verdict, harmless};

use super::super::table::{Align, Column};
use super::super::terminal::{
    Style, bars, common_part, dimmed, explain, lay_out, lay_out_below, line, name, paragraph,
    remark,
};
use super::{columns, hidden, one_sided, rows, used};
use crate::analysis::compare::{Compared, Comparison, Finding, explanations};
use crate::analysis::report::Detail;

/// Before each row, below its heading.
const INDENT: &str = "  ";

/// Renders everything.
pub(crate) fn render(compared: &Compared, detail: Detail, style: Style) -> String {
    let mut out = String::new();
    let sides = format!("before: {}; after: {}", compared.before, compared.after);
    for text in std::iter::once(&sides).chain(&compared.notes) {
        dimmed(&mut out, text, style);
    }
    let rows = rows(compared, detail);
    let (passes, others): (Vec<_>, Vec<_>) =
        (rows.iter().copied()).partition(|one| one.verdict == Verdict::Pass);
    table(&mut out, &passes, style);
    if let Some(hidden) = hidden(compared, &rows) {
        line(&mut out, &style.dim(&hidden));
    }
    let mut explanations = explanations(compared, detail);
    if !explanations.is_empty() {
        out.push('\n');
    }
    // What matters stands last; stable, so that cases stay in order of id.
    explanations.sort_by_key(|one| one.verdict);
    for one in &explanations {
        explain(&mut out, one, style);
    }
    table(&mut out, &others, style);
    remarks(&mut out, compared, style);
    out.push('\n');
    for closing in compared.closing() {
        paragraph(&mut out, None, &closing, style);
    }
    out
}

/// Rows below the package they are of, and the modules that are common to all of it.
fn table(out: &mut String, rows: &[&Comparison], style: Style) {
    if rows.is_empty() {
        return;
    }
    out.push('\n');
    let package = |one: &Comparison| one.id.split("::").next().map(str::to_owned);
    let mut headings = Vec::with_capacity(rows.len());
    for group in rows.chunk_by(|a, b| package(a) == package(b)) {
        let heading = common_part(group.iter().map(|one| &*one.id));
        headings.extend(group.iter().map(|_| heading));
    }
    let mut columns = columns(rows);
    for column in &mut columns {
        let cells = column.cells.iter_mut().zip(rows.iter().zip(&headings));
        match column.head {
            "verdict" => cells.for_each(|(cell, _)| cell.insert_str(0, INDENT)),
            "case" => {
                cells.for_each(|(cell, (one, heading))| *cell = name(&one.id, heading).to_owned())
            }
            _ => {}
        }
    }
    let shares: Vec<Option<f64>> = rows.iter().map(|one| used(one)).collect();
    let after_change = columns.iter().position(|column| column.head == "change");
    columns.insert(
        after_change.map_or(0, |place| place + 1),
        Column::of(
            "tolerance used",
            Align::Left,
            3,
            bars(&shares, style),
            |bar| bar,
        ),
    );
    lay_out_below(
        out,
        columns,
        rows.len(),
        style,
        |row| headings[row],
        |row, head, text| match head {
            "verdict" | "finding" | "change" | "tolerance used" => {
                style.paint(rows[row].verdict, text)
            }
            _ => text.to_owned(),
        },
    );
}

/// What changed, and nothing of what that means.
pub(crate) fn changes(compared: &Compared, style: Style) -> String {
    let changed: Vec<&Comparison> = compared
        .comparisons
        .iter()
        .filter(|one| one.finding != Finding::Same)
        .collect();
    let mut columns = columns(&changed);
    columns.retain(|column| !["verdict", "tolerance", "interval"].contains(&column.head));
    let mut out = String::new();
    if !changed.is_empty() {
        lay_out(&mut out, columns, changed.len(), style, |_, _, text| {
            text.to_owned()
        });
    }
    // Why something has no finding.
    let mut open = compared.clone();
    open.comparisons.retain(|one| {
        matches!(
            one.finding,
            Finding::Unmeasured(_) | Finding::Unenforceable(_)
        )
    });
    for one in explanations(&open, Detail::NotPlain) {
        let (case, sentence) = (harmless(&one.case), harmless(&one.sentence));
        line(&mut out, &format!("{case}  {sentence}"));
    }
    line(
        &mut out,
        &match compared.comparisons.len() - changed.len() {
            1 => "1 figure is as it was".to_owned(),
            same => format!("{same} figures are as they were"),
        },
    );
    out
}

fn remarks(out: &mut String, compared: &Compared, style: Style) {
    let one_sided = one_sided(compared);
    if one_sided.is_empty() && compared.warnings.is_empty() && compared.problems.is_empty() {
        return;
    }
    out.push('\n');
    for text in &one_sided {
        paragraph(out, None, text, style);
    }
    for text in &compared.warnings {
        remark(out, (Verdict::Warn, "warning:"), text, style);
    }
    for text in &compared.problems {
        remark(out, (Verdict::Fail, "error:"), text, style);
    }
}
