//! The text that a test prints about its case, and a harness about itself.

#![allow(
    clippy::disallowed_macros,
    clippy::disallowed_methods,
    reason = "prints what a test says of its case"
)]

use std::io::Write as _;
use std::sync::Arc;
use std::time::Duration;

use perf_grammar::{
    Metric, Mode, Source, Verdict, WhenUndecided, harmless, harmless_lines, shortened,
};

use crate::collections::{joined, owned, replaced};
use crate::model::sample::Failure;
use crate::report::case_report::CaseReport;
use crate::system::worker_env;
use crate::verdict::Judgement;

/// The longest text of a case that is reported whole, bytes.
const LONGEST_TEXT: usize = 2000;
/// Where the rest of a longer one is.
const WHOLE: &str = "its record under target/perf/runs";

/// One case, told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TestOutput {
    /// Everything about the case; shown where the test fails or on request.
    pub(crate) text: String,
    /// What people must see even where the test passes.
    pub(crate) aloud: Option<String>,
    /// Whether the test fails.
    pub(crate) fails: bool,
}

impl TestOutput {
    /// Adds a settled case.
    pub(crate) fn of(report: &CaseReport) -> TestOutput {
        let text = joined(&case_lines(report), "\n");
        let fails = report.fails();
        let mut expected = report.notes.is_empty();
        for judgement in &report.judgements {
            // What is not to be judged is no news.
            expected &= match judgement.verdict {
                Verdict::Pass => true,
                Verdict::Undecided if judgement.limit.undecided == WhenUndecided::Pass => true,
                _ => judgement.limit.mode == Mode::Off,
            };
        }
        let quiet = fails || expected;
        TestOutput {
            aloud: (!quiet).then(|| text.clone()),
            text,
            fails,
        }
    }

    /// Adds a note, which people must see.
    #[cfg(unix)]
    pub(crate) fn note(&mut self, note: &str) {
        self.text.push_str(&format!("\n  note: {}", harmless(note)));
        if !self.fails {
            self.aloud = Some(self.text.clone());
        }
    }

    /// Adds several cases that are one test: it fails with any of them.
    pub(crate) fn together(parts: &[Arc<TestOutput>]) -> TestOutput {
        let (mut texts, mut aloud, mut fails) = (Vec::new(), Vec::new(), false);
        for output in parts {
            let text = output.text.as_str();
            // What concerns them all is said once.
            if texts.last() != Some(&text) {
                texts.push(text);
            }
            if let Some(text) = &output.aloud {
                aloud.push(text.as_str());
            }
            fails |= output.fails;
        }
        TestOutput {
            text: joined(&texts, "\n"),
            // Where the test fails, all of it is in the text, which is shown.
            aloud: (!fails && !aloud.is_empty()).then(|| joined(&aloud, "\n")),
            fails,
        }
    }

    /// Nothing was measured, for a reason that concerns every case.
    pub(crate) fn refused(why: &str) -> TestOutput {
        TestOutput {
            text: format!("no budget was measured:\n{why}"),
            aloud: None,
            fails: true,
        }
    }

    /// The measurement ended before this case had its result.
    pub(crate) fn broken_off(id: &str) -> TestOutput {
        let text = format!(
            "{}: the measurement ended before this case was judged; the messages above say why",
            harmless(id)
        );
        TestOutput {
            text,
            aloud: None,
            fails: true,
        }
    }
}

/// The case in one line: its failure, or its worst limit, or its tightest.
pub(crate) fn one_line(report: &CaseReport) -> String {
    if let Some(failure) = &report.outcome.failure {
        return shortened(&failure.sentence(), LONGEST_TEXT, WHOLE).into_owned();
    }
    let share = |judgement: &Judgement| judgement.share.unwrap_or(0.0);
    let mut worst: Option<&Judgement> = None;
    for one in &report.judgements {
        // Of several the last.
        if worst.is_none_or(|worst| {
            let by_share = share(one).total_cmp(&share(worst));
            one.verdict.cmp(&worst.verdict).then(by_share).is_ge()
        }) {
            worst = Some(one);
        }
    }
    match worst {
        Some(judgement) => judgement.sentence.clone(),
        None => String::new(),
    }
}

/// The case and each of its limits; what is no plain pass with its details.
fn case_lines(report: &CaseReport) -> Vec<String> {
    // What was not measured fails where its mode is hard.
    let word = if report.fails() {
        Verdict::Fail
    } else {
        report.verdict()
    };
    let mut lines = vec![format!("{} {}", word.word(), harmless(&report.id))];
    if let Some(failure) = &report.outcome.failure {
        lines.push(format!("  {}", indented(failure)));
    }
    for judgement in &report.judgements {
        lines.push(format!(
            "  {:<10} {}",
            judgement.verdict.word(),
            harmless(&shortened(&judgement.sentence, LONGEST_TEXT, WHOLE))
        ));
        if judgement.verdict != Verdict::Pass {
            for details in &[&judgement.details, &judgement.causes] {
                for detail in details.iter() {
                    lines.push(format!("             {}", harmless(detail)));
                }
            }
        }
        if judgement.verdict == Verdict::Undecided && judgement.fails() {
            lines.push(owned(
                "             it fails the test: the budget file says undecided = \"fail\"",
            ));
        }
    }
    lines.extend(where_time_goes(&report.judgements, &report.id));
    let mut notes = disturbances(report);
    for of in &[&report.outcome.notes, &report.notes] {
        for note in of.iter() {
            notes.push(note.line());
        }
    }
    for note in &notes {
        lines.push(format!("  note: {}", harmless(note)));
    }
    lines
}

/// How to find out why a time limit is broken: the command line does it by itself, and a
/// test has none beside it that could look.
fn where_time_goes(judgements: &[Judgement], id: &str) -> Option<String> {
    let is_of_time = |metric: Metric| match metric.source() {
        Source::Time => !matches!(metric, Metric::First),
        Source::Processor | Source::Pairs | Source::Family => true,
        _ => false,
    };
    for judgement in judgements {
        if matches!(judgement.verdict, Verdict::Fail | Verdict::Warn)
            && is_of_time(judgement.limit.metric)
        {
            let (command, id) = (worker_env::command_line(), harmless(id));
            let text = format!("  `{command} profile {id}` shows where the time goes");
            return Some(text);
        }
    }
    None
}

/// What else ran, where it is much and a limit is not a plain pass.
fn disturbances(report: &CaseReport) -> Vec<String> {
    let outcome = &report.outcome;
    let share = |part_ns: u64| 100.0 * part_ns as f64 / outcome.calls_ns.max(1) as f64;
    let (waiting, others) = (share(outcome.waiting_ns), share(outcome.others_ns));
    let asked = report.verdict() != Verdict::Pass;
    let mut said = Vec::new();
    if asked && waiting >= 10.0 {
        said.push(format!(
            "{waiting:.0} % of the time in calls was spent waiting for a processor"
        ));
    }
    if asked && others >= 10.0 {
        said.push(format!(
            "other threads of this process used {others:.0} % of that time on processors, those that the calls started included"
        ));
    }
    said
}

/// A failure on separate lines, which no text in it can leave.
fn indented(failure: &Failure) -> String {
    let text = failure.sentence();
    let text = shortened(&text, LONGEST_TEXT, WHOLE);
    replaced(&harmless_lines(&text), "\n", "\n    ")
}

/// Writes to standard error past any capturing, on a separate line: the
/// harness may have begun one, `test name ... `, that waits for its result.
pub(crate) fn aloud(text: &str) {
    let _ = std::io::stderr().write_all(format!("\n{text}").as_bytes());
}

/// Another process holds the machine.
pub(crate) fn waiting_for_lock(waited: Duration) -> String {
    format!(
        "waiting for {} s until another performance run on this machine has finished its turn\n",
        waited.as_secs()
    )
}

/// What is said once where broken time limits only warned.
pub(crate) fn unoptimised(warnings: usize) -> String {
    let limits = if warnings == 1 {
        "1 broken time limit only warns".to_owned()
    } else {
        format!("{warnings} broken time limits only warn")
    };
    format!(
        "{limits}, because this is an unoptimised build; `cargo test --release` enforces them\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(parts: &[(&str, Option<&str>, bool)], expected: (&str, Option<&str>, bool)) {
        let output = |(text, aloud, fails): &(&str, Option<&str>, bool)| TestOutput {
            text: (*text).to_owned(),
            aloud: aloud.map(str::to_owned),
            fails: *fails,
        };
        let parts: Vec<Arc<TestOutput>> = parts.iter().map(|part| Arc::new(output(part))).collect();
        assert_eq!(TestOutput::together(&parts), output(&expected));
    }

    #[test]
    fn no_text_of_a_failure_acts_on_a_terminal_or_fills_it() {
        let hostile = Failure::Panic("\u{1b}[31mred\u{7}\r\nfail other::case\u{202e}".to_owned());
        let expected = "the function panicked: \\u{1b}[31mred\\u{7}\n    fail other::case\\u{202e}";
        assert_eq!(indented(&hostile), expected);
        let long = indented(&Failure::Error("x".repeat(200_000)));
        assert!(long.len() < 2_200, "{}", long.len());
        assert!(
            long.ends_with("its record under target/perf/runs)"),
            "{long}"
        );
    }

    #[test]
    fn a_broken_time_limit_says_how_to_find_out_why() {
        let found = |key: &str, verdict: Verdict| {
            let limit = crate::verdict::messages::fixtures::limit(key, 10);
            let judgement = Judgement {
                verdict,
                ..Judgement::new(&limit, None)
            };
            where_time_goes(&[judgement], "a::b\u{1b}/10")
        };
        let output = found("p99", Verdict::Fail).unwrap();
        assert!(
            output.ends_with(" profile a::b\\u{1b}/10` shows where the time goes"),
            "{output}"
        );
        assert!(found("throughput", Verdict::Warn).is_some());
        assert!(found("cpu", Verdict::Fail).is_some());
        for (key, verdict) in [
            ("p99", Verdict::Pass),
            ("p99", Verdict::Waived),
            ("first", Verdict::Fail),
            ("mem", Verdict::Fail),
        ] {
            assert_eq!(found(key, verdict), None, "{key} {verdict:?}");
        }
    }

    #[test]
    fn several_cases_of_one_test_are_told_together() {
        check(
            &[("a", None, false), ("b", Some("b!"), false)],
            ("a\nb", Some("b!"), false),
        );
        check(
            &[("a", Some("a!"), false), ("b", None, true)],
            ("a\nb", None, true),
        );
        check(
            &[("none", None, true), ("none", None, true)],
            ("none", None, true),
        );
    }
}
