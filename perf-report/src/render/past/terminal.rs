//! A history for people at a terminal.

use perf_grammar::harmless;

use super::super::terminal::{Look, lay_out, line};
use super::{View, tables};
use crate::analysis::history::{Followed, Trend, sentence};
use crate::model::counts::Verdict;

pub(crate) fn render(picture: &Trend, view: View, look: Look) -> String {
    let mut out = String::new();
    match view {
        View::Runs => {
            for one in &picture.followed {
                line(
                    &mut out,
                    &format!(
                        "{}  {}",
                        harmless(&one.case),
                        look.dim(&sentence::place(one))
                    ),
                );
                lay_out(
                    &mut out,
                    tables::runs(one),
                    one.points.len(),
                    look,
                    |row, head, text| match head {
                        "verdict" => look.paint(one.points[row].outcome, text),
                        _ => text.to_owned(),
                    },
                );
                told(&mut out, one, "", look);
                out.push('\n');
            }
        }
        View::Lines => lines(&mut out, picture, look),
    }
    for remark in &picture.remarks {
        line(&mut out, &look.dim(remark));
    }
    if !picture.remarks.is_empty() {
        out.push('\n');
    }
    line(&mut out, &harmless(&picture.closing()));
    out
}

fn lines(out: &mut String, picture: &Trend, look: Look) {
    // They are sorted by machine, so those of one stand together.
    for group in picture
        .followed
        .chunk_by(|a, b| sentence::place(a) == sentence::place(b) || a.place == b.place)
    {
        let group: Vec<&Followed> = group.iter().collect();
        line(out, &look.dim(&place_of(&group)));
        lay_out(
            out,
            tables::lines(&group),
            group.len(),
            look,
            |row, head, text| match (head, &group[row].alarm) {
                ("", Some(alarm)) if alarm.waiver.is_none() => look.paint(Verdict::Fail, text),
                ("", _) => look.paint(Verdict::Warn, text),
                _ => text.to_owned(),
            },
        );
        out.push('\n');
        let before = out.len();
        for one in group {
            told(out, one, &one.case, look);
        }
        if out.len() > before {
            out.push('\n');
        }
    }
}

/// The machine and build that a group shares.
fn place_of(group: &[&Followed]) -> String {
    let mut one = group[0].clone();
    if group.iter().any(|other| other.basis != one.basis) {
        one.basis.clear();
    }
    sentence::place(&one)
}

/// What is to be said of a series, a line each.
fn told(out: &mut String, followed: &Followed, case: &str, look: Look) {
    let case = harmless(case);
    let gap = if case.is_empty() { "" } else { "  " };
    if let Some(alarm) = &followed.alarm {
        let (verdict, word) = match &alarm.waiver {
            Some(_) => (Verdict::Waived, "waived"),
            None => (Verdict::Fail, "regression"),
        };
        let text = sentence::alarming(followed, alarm);
        let text = harmless(&text);
        line(
            out,
            &format!("{}  {case}{gap}{text}", look.paint(verdict, word)),
        );
    }
    for change in &followed.changes {
        let text = sentence::changed(followed, change);
        let text = harmless(&text);
        line(out, &format!("change  {case}{gap}{text}"));
    }
    if let Some(drift) = &followed.drift {
        let text = sentence::drifting(followed, drift);
        let text = harmless(&text);
        let word = look.paint(Verdict::Warn, "drift");
        line(out, &format!("{word}  {case}{gap}{text}"));
    }
}
