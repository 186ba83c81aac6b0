//! What `doctor` found: findings in, text out.

use perf_grammar::{Verdict, harmless_lines};
use serde::Serialize;

use super::terminal::{Style, line, wrap};
use crate::analysis::doctor::{Diagnosis, Finding, Level};

/// The schema of what programs are given.
const SCHEMA: u32 = 1;
/// Columns in front of a text: the area's name and what stands around it.
const INDENT: usize = 12;

/// For people at a terminal: what is to be changed stands last.
pub(crate) fn terminal(diagnosis: &Diagnosis, style: Style) -> String {
    let mut out = String::new();
    for level in Level::ALL {
        let findings = diagnosis.findings.iter();
        let findings: Vec<&Finding> = findings.filter(|one| one.level == level).collect();
        if findings.is_empty() {
            continue;
        }
        line(&mut out, &style.paint(verdict(level), level.word()));
        for one in findings {
            finding(&mut out, one, style);
        }
        out.push('\n');
    }
    line(&mut out, &wrap(&closing(diagnosis), style.width, 4));
    out
}

fn finding(out: &mut String, finding: &Finding, style: Style) {
    let first = format!("  {:<9} {}", finding.area.word(), plain(&finding.found));
    below(out, &first, style);
    let indent = " ".repeat(INDENT);
    if let Some(expected) = &finding.expected {
        below(
            out,
            &format!("{indent}expected: {}", plain(expected)),
            style,
        );
    }
    if let Some(fix) = &finding.fix {
        // A command is copied: it is never folded.
        for part in plain(fix).lines() {
            line(out, &format!("{indent}{}", style.dim(part)));
        }
    }
}

fn below(out: &mut String, text: &str, style: Style) {
    for (place, part) in text.lines().enumerate() {
        let indented = match place {
            0 => part.to_owned(),
            _ => format!("{}{}", " ".repeat(INDENT), part.trim_start()),
        };
        line(out, &wrap(&indented, style.width, INDENT));
    }
}

fn plain(text: &str) -> String {
    harmless_lines(text).into_owned()
}

fn closing(diagnosis: &Diagnosis) -> String {
    let [ok, advice, wrong] = Level::ALL.map(|level| diagnosis.count(level));
    let machine = match diagnosis.is_fit() {
        Some(true) => "this machine is fit to judge time",
        Some(false) => "this machine judges time better once the above is changed",
        None => "whether this machine is fit to judge time is not known",
    };
    let all = ok + advice + wrong;
    format!("{all} checks = {ok} ok + {advice} advice + {wrong} wrong; {machine}")
}

fn verdict(level: Level) -> Verdict {
    match level {
        Level::Ok => Verdict::Pass,
        Level::Advice => Verdict::Warn,
        Level::Wrong => Verdict::Fail,
    }
}

/// For programs.
pub(crate) fn json(diagnosis: &Diagnosis) -> String {
    let [ok, advice, wrong] = Level::ALL.map(|level| diagnosis.count(level));
    super::to_json(&Wire {
        schema: SCHEMA,
        kind: "perf-doctor",
        fit: diagnosis.is_fit(),
        ok,
        advice,
        wrong,
        findings: &diagnosis.findings,
    })
}

#[derive(Serialize)]
struct Wire<'a> {
    schema: u32,
    kind: &'static str,
    /// Whether the machine is fit to judge time, where that is known.
    fit: Option<bool>,
    ok: usize,
    advice: usize,
    wrong: usize,
    findings: &'a [Finding],
}
