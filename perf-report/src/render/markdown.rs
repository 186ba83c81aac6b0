//! For a pull request's comment, a job's summary, or a document that is kept.

use perf_grammar::Verdict;

use crate::analysis::report::{Explanation, Report};
use crate::analysis::run::{Case, Limit};
use crate::model::words::percent;
use crate::render::table::{self, Align, Column};

/// Renders everything.
pub(crate) fn render(report: &Report) -> String {
    let mut out = format!("## Performance budgets: {}\n\n", report.status().1);
    out.push_str(&report.closing().join("  \n"));
    out.push('\n');
    if !report.unfit.is_empty() {
        out.push_str(&format!(
            "\n> **Unfit environment:** {}\n",
            text(&report.unfit.join("; "))
        ));
    }
    list(&mut out, "Incomplete", &report.problems);
    explanations(&mut out, &report.explanations);
    growths(&mut out, report);
    breakdowns(&mut out, report);
    limits(&mut out, report);
    measurements(&mut out, report);
    remarks(&mut out, report);
    out
}

/// Lines under a heading, where there are some.
pub(super) fn list(out: &mut String, head: &str, lines: &[String]) {
    if !lines.is_empty() {
        out.push_str(&format!("\n### {head}\n{}", items(lines)));
    }
}

/// Lines as a list, behind a blank one.
fn items(lines: &[String]) -> String {
    let items = lines.iter().enumerate().map(|(place, line)| {
        let gap = if place == 0 { "\n" } else { "" };
        format!("{gap}- {}\n", text(line))
    });
    items.collect()
}

/// What is not a plain pass, in full.
pub(super) fn explanations(out: &mut String, explanations: &[Explanation]) {
    if !explanations.is_empty() {
        out.push_str("\n### What is not a plain pass\n");
    }
    for one in explanations {
        let (word, case) = (label(one.verdict), code(&one.case));
        out.push_str(&format!("\n{word} {case}: {}\n", text(&one.sentence)));
        out.push_str(&items(&one.below()));
    }
}

fn growths(out: &mut String, report: &Report) {
    if !report.growths.is_empty() {
        out.push_str("\n### How the cost grows\n");
    }
    for growth in &report.growths {
        let (case, sentence) = (code(&growth.case), text(&growth.sentence));
        out.push_str(&format!("\n{case}: {sentence}\n{}", items(&growth.lines)));
    }
}

fn breakdowns(out: &mut String, report: &Report) {
    if !report.breakdowns.is_empty() {
        out.push_str("\n### Where the time goes\n");
    }
    for spans in &report.breakdowns {
        out.push_str(&format!(
            "\n{}: {}\n\n| {} |\n|---|---:|---:|---:|---:|---:|---:|\n",
            code(&spans.case),
            text(&spans.caption),
            spans.heads.join(" | ")
        ));
        for [name, numbers @ ..] in &spans.rows {
            let indent = "&nbsp;".repeat(name.len() - name.trim_start().len());
            out.push_str(&format!(
                "| {indent}{} | {} |\n",
                code(name.trim_start()),
                numbers.join(" | ")
            ));
        }
    }
}

fn limits(out: &mut String, report: &Report) {
    if report.tally.limits == 0 {
        return;
    }
    let with_ids = report.cases.iter().any(|case| case.requirement.is_some());
    let (head, rule) = if with_ids {
        (" id |", "---|")
    } else {
        ("", "")
    };
    out.push_str(&format!("\n### Budgets\n\n| case |{head} metric | budget | measured | used | status |\n|---|{rule}---|---:|---:|---:|---|\n"));
    for case in &report.cases {
        for limit in &case.limits {
            out.push_str(&row(case, limit, with_ids));
        }
    }
}

fn row(case: &Case, limit: &Limit, with_ids: bool) -> String {
    let measured = limit.measured().unwrap_or_default();
    let relation = limit.relation();
    format!(
        "| {}{} | {} | {relation} {} | {measured} | {} | {} |\n",
        code(&case.id),
        match (&case.requirement, with_ids) {
            (_, false) => String::new(),
            (id, true) => format!(" | {}", text(id.as_deref().unwrap_or_default())),
        },
        text(&limit.metric),
        text(&limit.limit),
        limit.share.map(percent).unwrap_or_default(),
        label(limit.verdict),
    )
}

fn measurements(out: &mut String, report: &Report) {
    if report
        .cases
        .iter()
        .all(|case| case.summary.is_none() && case.memory.is_none())
    {
        return;
    }
    let columns = table::columns(report);
    out.push_str("\n<details><summary>Measurements</summary>\n\n");
    table(out, &columns, report.cases.len());
    out.push_str("\n</details>\n");
}

/// Columns as a table; names of cases and commits stand in code.
pub(super) fn table(out: &mut String, columns: &[Column], rows: usize) {
    out.push('|');
    for column in columns {
        let gap = if column.unit.is_empty() { "" } else { " " };
        out.push_str(&format!(" {}{gap}{} |", column.head, column.unit));
    }
    out.push_str("\n|");
    for column in columns {
        out.push_str(match column.align {
            Align::Left | Align::Name => "---|",
            Align::Right => "---:|",
        });
    }
    for place in 0..rows {
        out.push_str("\n|");
        for column in columns {
            let cell = &column.cells[place];
            let cell = match column.head {
                "case" | "commit" if !cell.is_empty() => code(cell),
                _ => text(cell),
            };
            out.push_str(&format!(" {cell} |"));
        }
    }
    out.push('\n');
}

fn remarks(out: &mut String, report: &Report) {
    if !report.notes.is_empty() || !report.warnings.is_empty() {
        out.push_str("\n### Notes\n\n");
    }
    for note in &report.notes {
        out.push_str(&format!(
            "- {} ({})\n",
            text(&note.text),
            text(&note.about())
        ));
    }
    for warning in &report.warnings {
        out.push_str(&format!("- {}\n", text(warning)));
    }
    out.push_str(&format!("\nRun {}", code(&report.run)));
    if let Some(machine) = &report.machine {
        out.push_str(&format!(" on {}", text(machine)));
    }
    for file in &report.budget_files {
        out.push_str(&format!(", judged by {}", code(file)));
    }
    out.push_str(".\n");
}

pub(super) fn label(verdict: Verdict) -> String {
    match verdict {
        Verdict::Fail => "**FAIL**".to_owned(),
        Verdict::Unmeasured => "**UNMEASURED**".to_owned(),
        Verdict::Undecided | Verdict::Warn => format!("**{}**", verdict.word()),
        Verdict::Pass | Verdict::Waived => verdict.word().to_owned(),
    }
}

/// Text that no character of which is taken for markup.
pub(super) fn text(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' => out.push_str("<br>"),
            '<' => out.push_str("&lt;"),
            '&' => out.push_str("&amp;"),
            // A comment within keeps it from being a mention, which would call people.
            '@' => out.push_str("@<!-- -->"),
            '|' | '*' | '_' | '`' | '[' | ']' | '\\' | '~' | '$' => out.extend(['\\', c]),
            c if perf_grammar::acts_on_its_reader(c) => {
                out.push('\\');
                out.push_str(&perf_grammar::harmless(c.encode_utf8(&mut [0; 4])));
            }
            _ => out.push(c),
        }
    }
    out
}

/// A name in code, fit for a table. Between backticks nothing can be escaped, so
/// what would end them or the cell stands in an element.
pub(super) fn code(name: &str) -> String {
    let name = perf_grammar::harmless(name);
    let is_plain = !name.contains(['|', '`', '\\']) && !name.trim().is_empty();
    if is_plain {
        format!("`{name}`")
    } else {
        format!("<code>{}</code>", text(&name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_cannot_break_out_of_its_cell() {
        assert_eq!(
            text("a | b\n<script> `x`"),
            "a \\| b<br>&lt;script> \\`x\\`"
        );
        assert_eq!(code("a::<b>"), "`a::<b>`");
        assert_eq!(code("a::<b\\|c>`"), "<code>a::&lt;b\\\\\\|c>\\`</code>");
        assert_eq!(text("\u{1b}[31m @all"), "\\\\u{1b}\\[31m @<!-- -->all");
    }
}
