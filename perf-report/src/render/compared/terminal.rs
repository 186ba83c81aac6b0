//! A comparison for people at a terminal, and for the log of a CI job.

use perf_grammar::harmless;

use super::super::terminal::{Look, dimmed, explain, lay_out, line, remark, told};
use super::{columns, hidden, one_sided, rows};
use crate::analysis::compare::{Compared, Comparison, Finding, explanations};
use crate::analysis::report::Detail;
use crate::model::counts::Verdict;

/// Renders everything.
pub(crate) fn render(compared: &Compared, detail: Detail, look: Look) -> String {
    let mut out = String::new();
    let sides = format!("before: {}; after: {}", compared.before, compared.after);
    for text in std::iter::once(&sides).chain(&compared.notes) {
        dimmed(&mut out, text, look);
    }
    let rows = rows(compared, detail);
    if !rows.is_empty() {
        out.push('\n');
        lay_out(
            &mut out,
            columns(&rows),
            rows.len(),
            look,
            |row, head, text| match head {
                "verdict" | "finding" | "change" => look.paint(rows[row].verdict, text),
                _ => text.to_owned(),
            },
        );
    }
    if let Some(hidden) = hidden(compared, &rows) {
        line(&mut out, &look.dim(&hidden));
    }
    let mut explanations = explanations(compared, detail);
    if !explanations.is_empty() {
        out.push('\n');
    }
    // What matters stands last; stable, so that cases stay in order of id.
    explanations.sort_by_key(|one| one.verdict);
    for one in &explanations {
        explain(&mut out, one, look);
    }
    remarks(&mut out, compared, look);
    out.push('\n');
    for closing in compared.closing() {
        told(&mut out, None, &closing, look);
    }
    out
}

/// What changed, and nothing of what that means.
pub(crate) fn changes(compared: &Compared, look: Look) -> String {
    let changed: Vec<&Comparison> = compared
        .comparisons
        .iter()
        .filter(|one| one.finding != Finding::Same)
        .collect();
    let mut columns = columns(&changed);
    columns.retain(|column| !["verdict", "tolerance", "interval"].contains(&column.head));
    let mut out = String::new();
    if !changed.is_empty() {
        lay_out(&mut out, columns, changed.len(), look, |_, _, text| {
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

fn remarks(out: &mut String, compared: &Compared, look: Look) {
    let one_sided = one_sided(compared);
    if one_sided.is_empty() && compared.warnings.is_empty() && compared.problems.is_empty() {
        return;
    }
    out.push('\n');
    for text in &one_sided {
        told(out, None, text, look);
    }
    for text in &compared.warnings {
        remark(out, (Verdict::Warn, "warning:"), text, look);
    }
    for text in &compared.problems {
        remark(out, (Verdict::Fail, "error:"), text, look);
    }
}
