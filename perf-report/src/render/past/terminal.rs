//! A history for people at a terminal.

use perf_grammar::{Verdict, harmless};

use super::super::terminal::{Style, lay_out, line};
use super::{View, tables};
use crate::analysis::history::{SeriesAnalysis, Trend, sentence};

pub(crate) fn render(trend: &Trend, view: View, style: Style) -> String {
    let mut out = String::new();
    match view {
        View::Runs => {
            for one in &trend.analyses {
                line(
                    &mut out,
                    &format!(
                        "{}  {}",
                        harmless(&one.case),
                        style.dim(&sentence::place(one))
                    ),
                );
                lay_out(
                    &mut out,
                    tables::runs(one),
                    one.points.len(),
                    style,
                    |row, head, text| match head {
                        "verdict" => style.paint(one.points[row].outcome, text),
                        _ => text.to_owned(),
                    },
                );
                findings(&mut out, one, "", style);
                out.push('\n');
            }
        }
        View::Lines => lines(&mut out, trend, style),
    }
    for remark in &trend.remarks {
        line(&mut out, &style.dim(remark));
    }
    if !trend.remarks.is_empty() {
        out.push('\n');
    }
    line(&mut out, &harmless(&trend.closing()));
    out
}

fn lines(out: &mut String, trend: &Trend, style: Style) {
    // They are sorted by machine, so those of one stand together.
    for group in trend
        .analyses
        .chunk_by(|a, b| sentence::place(a) == sentence::place(b) || a.place == b.place)
    {
        let group: Vec<&SeriesAnalysis> = group.iter().collect();
        line(out, &style.dim(&place_of(&group)));
        lay_out(
            out,
            tables::lines(&group),
            group.len(),
            style,
            |row, head, text| match (head, &group[row].alarm) {
                ("", Some(alarm)) if alarm.waiver.is_none() => style.paint(Verdict::Fail, text),
                ("", _) => style.paint(Verdict::Warn, text),
                _ => text.to_owned(),
            },
        );
        out.push('\n');
        let before = out.len();
        for one in group {
            findings(out, one, &one.case, style);
        }
        if out.len() > before {
            out.push('\n');
        }
    }
}

/// The machine and build that a group shares.
fn place_of(group: &[&SeriesAnalysis]) -> String {
    let mut one = group[0].clone();
    if group.iter().any(|other| other.basis != one.basis) {
        one.basis.clear();
    }
    sentence::place(&one)
}

/// What is to be said of a series, a line each.
fn findings(out: &mut String, analysis: &SeriesAnalysis, case: &str, style: Style) {
    let case = harmless(case);
    let gap = if case.is_empty() { "" } else { "  " };
    if let Some(alarm) = &analysis.alarm {
        let (verdict, word) = match &alarm.waiver {
            Some(_) => (Verdict::Waived, "waived"),
            None => (Verdict::Fail, "regression"),
        };
        let text = sentence::alarming(analysis, alarm);
        let text = harmless(&text);
        line(
            out,
            &format!("{}  {case}{gap}{text}", style.paint(verdict, word)),
        );
    }
    for change in &analysis.changes {
        let text = sentence::changed(analysis, change);
        let text = harmless(&text);
        line(out, &format!("change  {case}{gap}{text}"));
    }
    if let Some(drift) = &analysis.drift {
        let text = sentence::drifting(analysis, drift);
        let text = harmless(&text);
        let word = style.paint(Verdict::Warn, "drift");
        line(out, &format!("{word}  {case}{gap}{text}"));
    }
}
