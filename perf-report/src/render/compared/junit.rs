//! A comparison for CI systems: JUnit XML, one test case a comparison.

use perf_grammar::{Verdict, harmless, harmless_lines};
use quick_junit::{NonSuccessKind, TestCase, TestCaseStatus};

use super::super::junit::{document, incomplete, place};
use crate::analysis::compare::{Compared, Comparison, explanation};

/// Renders everything.
///
/// A suite stands for a package, a class for a case, a test for what was compared
/// of it. A regression is a `<failure>`, with the numbers in its message; what was
/// not judged, and a warning, is `<skipped>`, never a plain success.
pub(crate) fn render(compared: &Compared) -> String {
    let tests = compared.comparisons.iter().map(|one| {
        let package = one.id.split("::").next().unwrap_or_default();
        (package, vec![test(one)])
    });
    let incomplete = incomplete("the comparison itself", &compared.problems);
    document("performance compared", tests, incomplete)
}

fn test(one: &Comparison) -> TestCase {
    let name = format!("{} against before", one.subject.key());
    let mut test = TestCase::new(&*harmless(&name), status(one));
    test.set_classname(&*harmless(&one.id));
    if let Some(source) = &one.source {
        place(&mut test, source);
    }
    if one.verdict == Verdict::Pass {
        test.set_system_out(harmless(&one.sentence));
    }
    test
}

fn status(one: &Comparison) -> TestCaseStatus {
    let (mut status, message) = match one.verdict {
        Verdict::Pass => return TestCaseStatus::success(),
        Verdict::Fail => {
            let status = TestCaseStatus::non_success(NonSuccessKind::Failure);
            (status, one.sentence.clone())
        }
        Verdict::Warn | Verdict::Waived | Verdict::Undecided | Verdict::Unmeasured => {
            let message = format!("{}: {}", one.verdict.word(), one.sentence);
            (TestCaseStatus::skipped(), message)
        }
    };
    status
        .set_message(harmless(&message))
        .set_type(one.finding.word(&one.subject))
        .set_description(in_full(one));
    status
}

fn in_full(one: &Comparison) -> String {
    let mut text = harmless_lines(&one.sentence).into_owned();
    for line in explanation(one).below() {
        text += "\n    ";
        text += &harmless_lines(&line).replace('\n', "\n    ");
    }
    text
}
