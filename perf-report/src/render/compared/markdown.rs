//! A comparison for a pull request's comment or a job's summary.

use super::super::markdown::{code, label, table, text};
use super::{columns, hidden, one_sided, rows, status};
use crate::analysis::compare::{Compared, explanations};
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
    let explanations = explanations(compared, detail);
    if !explanations.is_empty() {
        out.push_str("\n### What is not a plain pass\n");
    }
    for one in &explanations {
        let (word, case) = (label(one.verdict), code(&one.case));
        out.push_str(&format!("\n{word} {case}: {}\n", text(&one.sentence)));
        for (place, line) in one.below().iter().enumerate() {
            let gap = if place == 0 { "\n" } else { "" };
            out.push_str(&format!("{gap}- {}\n", text(line)));
        }
    }
    let rows = rows(compared, detail);
    if !rows.is_empty() {
        out.push_str("\n### Changes\n\n");
        table(&mut out, &columns(&rows), rows.len());
    }
    if let Some(hidden) = hidden(compared, &rows) {
        out.push_str(&format!("\n{hidden}.\n"));
    }
    list(&mut out, "On one side only", &one_sided(compared));
    let remarks: Vec<String> = compared
        .notes
        .iter()
        .chain(&compared.warnings)
        .cloned()
        .collect();
    list(&mut out, "Notes", &remarks);
    out
}

fn list(out: &mut String, head: &str, lines: &[String]) {
    if !lines.is_empty() {
        out.push_str(&format!("\n### {head}\n\n"));
        for line in lines {
            out.push_str(&format!("- {}\n", text(line)));
        }
    }
}
