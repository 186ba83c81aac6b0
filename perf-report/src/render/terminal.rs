//! For people at a terminal, and for the log of a CI job: what matters stands last.

mod chart;
mod figures;
mod layout;
mod rows;

use std::collections::HashMap;

use console::measure_text_width;
use perf_grammar::{Verdict, harmless, harmless_lines};

pub(super) use self::layout::{lay_out, lay_out_below, wrap};
pub(super) use self::rows::{bars, common_part, name};
use crate::analysis::profile::CaseTable;
use crate::analysis::report::{Detail, Explanation, Report};
use crate::analysis::run::{Case, Limit};
use crate::render::table::Align;

/// How the terminal is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Style {
    /// Columns a line holds; `None` in a log, where nothing is cut or folded.
    pub(crate) width: Option<usize>,
    /// Whether verdicts are coloured.
    pub(crate) colour: bool,
}

/// At a terminal more passes than this are folded to a row a target.
const PASSES: usize = 40;
const WARNING: &str = "warning:";
/// How many things that make an environment unfit are named.
const UNFIT: usize = 3;

/// Renders everything: where it was measured, the passes, what is none with its
/// explanation, what concerns the whole run, and the sum.
pub(crate) fn render(report: &Report, style: Style) -> String {
    let mut out = String::new();
    if let Some(machine) = &report.machine {
        dimmed(&mut out, machine, style);
    }
    for file in &report.budget_files {
        dimmed(&mut out, &format!("judged by {file}"), style);
    }
    let (passes, others): (Vec<&Case>, Vec<&Case>) =
        report.cases.iter().partition(|case| case.is_plain_pass());
    if !passes.is_empty() {
        out.push('\n');
        let folds = style.width.is_some() && report.detail == Detail::NotPlain;
        if folds && passes.len() > PASSES {
            rows::table(&mut out, rows::folded(&passes), "of", style);
            let text = format!(
                "{} passes in a row a target; --passes shows each",
                passes.len()
            );
            dimmed(&mut out, &text, style);
        } else {
            rows::table(&mut out, rows::each(&passes), "other limits", style);
        }
    }
    if !report.notes.is_empty() {
        out.push('\n');
    }
    for note in &report.notes {
        paragraph(
            &mut out,
            None,
            &format!("note: {} ({})", note.text, note.about()),
            style,
        );
    }
    if !report.explanations.is_empty() {
        out.push('\n');
    }
    explanations(&mut out, report, style);
    if !report.warnings.is_empty() {
        out.push('\n');
    }
    for warning in &report.warnings {
        let text = format!("{WARNING} {warning}");
        paragraph(&mut out, Some((Verdict::Warn, WARNING)), &text, style);
    }
    if !others.is_empty() {
        out.push('\n');
        rows::table(&mut out, rows::each(&others), "other limits", style);
    }
    if !report.unfit.is_empty() || !report.problems.is_empty() {
        out.push('\n');
        remarks(&mut out, report, style);
    }
    out.push('\n');
    for closing in report.closing() {
        paragraph(&mut out, None, &closing, style);
    }
    if let Some(records) = &report.records {
        dimmed(
            &mut out,
            &format!("records of run {}: {records}", report.run),
            style,
        );
    }
    out
}

/// The explanations alone.
pub(crate) fn explained(report: &Report, style: Style) -> String {
    let mut out = String::new();
    explanations(&mut out, report, style);
    out
}

/// What is explained, the worst last; with the last limit on the times of a case
/// their distribution, and behind all that is explained of it its spans.
fn explanations(out: &mut String, report: &Report, style: Style) {
    let mut explained: Vec<&Explanation> = report.explanations.iter().collect();
    // Stable: within a verdict the cases stay in order of id.
    explained.sort_by_key(|explanation| explanation.verdict);
    let mut last: HashMap<&str, usize> = HashMap::new();
    let mut times: HashMap<&str, (usize, Vec<&str>)> = HashMap::new();
    for (place, one) in explained.iter().enumerate() {
        last.insert(&one.case, place);
        if let Some(limit) = one
            .limit
            .as_deref()
            .filter(|limit| chart::is_of_times(limit))
        {
            let (at, limits) = times.entry(&one.case).or_default();
            *at = place;
            limits.push(limit);
        }
    }
    let mut before: Option<(&str, usize)> = None;
    for (place, one) in explained.into_iter().enumerate() {
        // A case of which more was said than a line stands apart.
        if before
            .is_some_and(|(case, start)| case != one.case && out[start..].matches('\n').count() > 1)
        {
            out.push('\n');
        }
        before = Some((&one.case, out.len()));
        explain(out, one, style);
        let Some(case) = report.case(&one.case) else {
            continue;
        };
        if let Some((_, limits)) = times.get(&*one.case).filter(|(at, _)| *at == place) {
            let is_drawn =
                |limit: &&Limit| limit.measured.is_some() && limits.contains(&&*limit.metric);
            let limits: Vec<&Limit> = case.limits.iter().filter(is_drawn).collect();
            if !limits.is_empty() {
                chart::draw(out, case, &limits, style);
            }
        }
        let shows = report.detail == Detail::All || case.outcome != Verdict::Pass;
        if !shows || last[&*one.case] != place {
            continue;
        }
        if let Some(functions) = report.functions(&one.case) {
            let columns = [Align::Left, Align::Right, Align::Right, Align::Left];
            breakdown(out, functions, columns, style);
        }
        if let Some(spans) = report.spans(&one.case) {
            let mut columns = spans.heads.map(|_| Align::Right);
            columns[0] = Align::Left;
            breakdown(out, spans, columns, style);
        }
    }
}

/// An explanation; a comparison is explained in the same way.
pub(super) fn explain(out: &mut String, explanation: &Explanation, style: Style) {
    let word = explanation.verdict.word();
    let text = format!("{word}  {}  {}", explanation.case, explanation.sentence);
    paragraph(out, Some((explanation.verdict, word)), &text, style);
    for cause in &explanation.causes {
        let text = format!("    {}", harmless(&cause.text()));
        for part in wrap(&text, style.width, 8).lines() {
            line(out, &style.bold(part));
        }
        for of_it in &cause.lines {
            let text = format!("        {}", harmless(of_it));
            line(out, &wrap(&text, style.width, 12));
        }
    }
    for detail in explanation.lines.iter().chain(&explanation.about) {
        let detail = format!("    {}", harmless(detail));
        line(out, &wrap(&detail, style.width, 8));
    }
}

/// A text whose first word may be coloured; what does not fit its line goes on below.
pub(super) fn paragraph(out: &mut String, word: Option<(Verdict, &str)>, text: &str, style: Style) {
    let text = harmless(text);
    let text = wrap(&text, style.width, 4);
    match word {
        Some((verdict, word)) => line(out, &(style.paint(verdict, word) + &text[word.len()..])),
        None => line(out, &text),
    }
}

pub(super) fn dimmed(out: &mut String, text: &str, style: Style) {
    for part in wrap(&harmless(text), style.width, 4).lines() {
        line(out, &style.dim(part));
    }
}

/// Where the time of a case goes, in functions or in spans: never shortened, because a
/// name says nothing without its end; what is too wide goes on below.
fn breakdown<const N: usize>(
    out: &mut String,
    table: &CaseTable<N>,
    columns: [Align; N],
    style: Style,
) {
    line(out, "");
    let caption = format!("{}  {}", table.case, table.caption);
    paragraph(out, None, &caption, style);
    let heads = table.heads.map(str::to_owned);
    let rows: Vec<[String; N]> = (table.rows.iter())
        .map(|row| row.each_ref().map(|cell| harmless(cell).into_owned()))
        .collect();
    let cells = || std::iter::once(&heads).chain(&rows);
    for row in cells() {
        let mut text = "   ".to_owned();
        for (place, (cell, align)) in row.iter().zip(columns).enumerate() {
            let width = cells().map(|row| measure_text_width(&row[place])).max();
            let gap = " ".repeat(width.unwrap_or(0).saturating_sub(measure_text_width(cell)));
            text += if place == 0 { " " } else { "  " };
            text += &match align {
                Align::Left | Align::Name => format!("{cell}{gap}"),
                Align::Right => format!("{gap}{cell}"),
            };
        }
        match std::ptr::eq(row, &heads) {
            true => dimmed(out, text.trim_end(), style),
            false => line(out, &wrap(text.trim_end(), style.width, 8)),
        }
    }
}

/// What makes every verdict doubtful, and what keeps the run from being whole.
fn remarks(out: &mut String, report: &Report, style: Style) {
    if !report.unfit.is_empty() {
        let (some, more) = report.unfit.split_at(report.unfit.len().min(UNFIT));
        let more = match more.len() {
            0 => String::new(),
            more => format!("; and {more} more"),
        };
        const WORD: &str = "unfit environment:";
        let text = format!("{WORD} {}{more}", some.join("; "));
        paragraph(out, Some((Verdict::Warn, WORD)), &text, style);
    }
    for problem in &report.problems {
        remark(out, (Verdict::Fail, "error:"), problem, style);
    }
}

/// A warning or an error of several lines.
pub(super) fn remark(out: &mut String, word: (Verdict, &str), text: &str, style: Style) {
    let (verdict, word) = word;
    let text = format!("{word} {}", harmless_lines(text));
    let lines: Vec<_> = text
        .lines()
        .map(|part| wrap(part, style.width, 8))
        .collect();
    line(
        out,
        &(style.paint(verdict, word) + &lines.join("\n")[word.len()..]),
    );
}

pub(super) fn line(out: &mut String, text: &str) {
    out.push_str(text);
    out.push('\n');
}

impl Style {
    /// Colours a text by a verdict.
    pub(crate) fn paint(self, verdict: Verdict, text: &str) -> String {
        let plain = console::Style::new();
        let style = match verdict {
            Verdict::Pass => plain.green(),
            Verdict::Waived => plain.cyan(),
            Verdict::Warn | Verdict::Undecided => plain.yellow(),
            Verdict::Unmeasured => plain.magenta(),
            Verdict::Fail => plain.red().bold(),
        };
        self.apply(&style, text)
    }

    /// Sets a text back behind the others.
    pub(super) fn dim(self, text: &str) -> String {
        self.apply(&console::Style::new().dim(), text)
    }

    /// Sets a text above the others.
    pub(super) fn bold(self, text: &str) -> String {
        self.apply(&console::Style::new().bold(), text)
    }

    /// Colours a text, where that is wanted.
    pub(super) fn apply(self, style: &console::Style, text: &str) -> String {
        let style = style.clone().force_styling(self.colour);
        style.apply_to(harmless(text)).to_string()
    }
}

#[cfg(test)]
mod tests;
