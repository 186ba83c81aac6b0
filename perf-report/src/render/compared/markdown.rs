//! A comparison for a pull request's comment or a job's summary.

use super::super::markdown::{self, list, table, text};
use super::{columns, hidden, one_sided, rows, status};
use crate::analysis::compare::{self, Compared};
use crate::analysis::report::Detail;

/// Renders everything.
pub(crate) fn render(compared: &Compared, detail: Detail) -> String {
    let mut out = format!("## Performance compared: {}\n\n", status(compared));
    out.push_str(&compared.closing().join("  \n"));
    out.push_str(&format!(
        "\n\nBefore: {}. After: {}.\n",
        text(&compared.before),
        text(&compared.after)
    ));
    list(&mut out, "Incomplete", &compared.problems);
    markdown::explanations(&mut out, &compare::explanations(compared, detail));
    let rows = rows(compared, detail);
    if !rows.is_empty() {
        out.push_str("\n### Changes\n\n");
        table(&mut out, &columns(&rows), rows.len());
    }
    if let Some(hidden) = hidden(compared, &rows) {
        out.push_str(&format!("\n{hidden}.\n"));
    }
    list(&mut out, "On one side only", &one_sided(compared));
    let remarks = [&compared.notes[..], &compared.warnings].concat();
    list(&mut out, "Notes", &remarks);
    out
}
