//! For CI systems: JUnit XML, one test case a limit.

use std::collections::BTreeMap;
use std::time::Duration;

use perf_grammar::{Verdict, harmless, harmless_lines};
use quick_junit::{NonSuccessKind, TestCase, TestCaseStatus, TestSuite};

use crate::analysis::report::Report;
use crate::analysis::run::{Case, Limit};

/// Renders everything.
///
/// A suite stands for a package, a class for a case, a test for a limit. What
/// turns the run red is a `<failure>`, with the numbers in its message; what was
/// not judged, and a warning, is `<skipped>`, never a plain success; what keeps the
/// run from being complete is an `<error>`. What passes says by how much in its
/// output. The time that a case was called is divided among its tests, so that it
/// adds up.
///
/// NOTE: a warning is no success with an output: GitLab shows the output of what
/// failed or was skipped alone.
pub(crate) fn render(report: &Report) -> String {
    let tests = report.cases.iter();
    let tests = tests.map(|case| (&*case.package, tests_of(report, case)));
    let incomplete = incomplete("the run itself", &report.problems);
    document("performance budgets", tests, incomplete)
}

/// Tests in a suite for each package, and what keeps them from being complete.
pub(super) fn document<'a>(
    name: &str,
    tests: impl Iterator<Item = (&'a str, Vec<TestCase>)>,
    incomplete: Option<TestSuite>,
) -> String {
    let mut suites: BTreeMap<&str, TestSuite> = BTreeMap::new();
    for (package, tests) in tests {
        let suite = suites.entry(package);
        let suite = suite.or_insert_with(|| TestSuite::new(&*harmless(package)));
        suite.add_test_cases(tests);
    }
    let mut junit = quick_junit::Report::new(name);
    junit.add_test_suites(suites.into_values());
    junit.add_test_suites(incomplete);
    junit
        .to_string()
        .expect("text is written to memory, and the writer makes sound XML")
}

/// What keeps something from being complete: errors of a separate suite.
pub(super) fn incomplete(name: &'static str, problems: &[String]) -> Option<TestSuite> {
    let mut suite = TestSuite::new(name);
    for (place, problem) in problems.iter().enumerate() {
        let mut status = TestCaseStatus::non_success(NonSuccessKind::Error);
        status
            .set_type("incomplete")
            .set_message(harmless(problem))
            .set_description(harmless_lines(problem));
        // Of tests with one name, GitLab shows the first.
        let mut test = TestCase::new(format!("complete ({})", place + 1), status);
        test.set_classname(name);
        suite.add_test_case(test);
    }
    (!problems.is_empty()).then_some(suite)
}

/// Says where a test stands, in the attributes most readers know: `file:line`.
pub(super) fn place(test: &mut TestCase, source: &str) {
    if let Some((file, line)) = source.rsplit_once(':') {
        test.extra.insert("file".into(), (&*harmless(file)).into());
        test.extra.insert("line".into(), (&*harmless(line)).into());
    }
}

fn tests_of(report: &Report, case: &Case) -> Vec<TestCase> {
    let mut tests = Vec::new();
    if let Some(failure) = &case.failure {
        let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
        let text = case.brief(&failure.text);
        let first = text.lines().next().unwrap_or_default();
        status
            .set_type(harmless(&failure.kind))
            .set_message(harmless(first))
            .set_description(harmless_lines(&text));
        tests.push(test(case, "call", status));
    }
    tests.extend(case.limits.iter().map(|limit| {
        let mut test = test(case, &limit.metric, status(report, case, limit));
        if limit.verdict == Verdict::Pass {
            let notes = limit.notes.iter().map(|note| format!("\n{note}"));
            let text = limit.sentence.clone() + &notes.collect::<String>();
            test.set_system_out(harmless_lines(&case.brief(&text)));
        } else if let Some(links) = attachments(report, case, limit) {
            test.set_system_out(harmless_lines(&links));
        }
        test
    }));
    if let (Some(time), Ok(parts)) = (called(case), u32::try_from(tests.len())) {
        for test in &mut tests {
            test.set_time(time / parts.max(1));
        }
    }
    tests
}

/// The files of its profile, as GitLab and the attachments plugin of Jenkins link them:
/// GitLab the first alone, which is the flamegraph.
fn attachments(report: &Report, case: &Case, limit: &Limit) -> Option<String> {
    let folder = report.records.as_ref()?;
    let views = report.why(case, limit)?.views.iter();
    let links = views.map(|(_, file)| format!("[[ATTACHMENT|{folder}/{file}]]\n"));
    Some(links.collect()).filter(|links: &String| !links.is_empty())
}

/// How long a case was called in all.
fn called(case: &Case) -> Option<Duration> {
    let times = case.summary.as_ref()?;
    let seconds = times.mean? * case.items as f64 * times.calls as f64 / 1e9;
    Duration::try_from_secs_f64(seconds).ok()
}

fn test(case: &Case, name: &str, status: TestCaseStatus) -> TestCase {
    let mut test = TestCase::new(&*harmless(name), status);
    test.set_classname(&*harmless(&case.id));
    let labels = [
        ("class", &case.class),
        ("group", &case.group),
        ("id", &case.requirement),
    ];
    for (name, value) in labels {
        if let Some(value) = value {
            test.add_property((name, &*harmless(value)));
        }
    }
    for tag in &case.tags {
        test.add_property(("tag", &*harmless(tag)));
    }
    place(&mut test, &case.source);
    test
}

fn status(report: &Report, case: &Case, limit: &Limit) -> TestCaseStatus {
    let mut status = match limit.verdict {
        _ if limit.fails() => TestCaseStatus::non_success(NonSuccessKind::Failure),
        Verdict::Pass => return TestCaseStatus::success(),
        Verdict::Warn
        | Verdict::Waived
        | Verdict::Undecided
        | Verdict::Unmeasured
        | Verdict::Fail => TestCaseStatus::skipped(),
    };
    let message = match limit.verdict {
        Verdict::Fail | Verdict::Pass => case.brief(&limit.sentence).into_owned(),
        verdict => format!("{}: {}", verdict.word(), case.brief(&limit.sentence)),
    };
    status
        .set_message(harmless(&message))
        .set_type(limit.verdict.word())
        .set_description(in_full(report, case, limit));
    status
}

fn in_full(report: &Report, case: &Case, limit: &Limit) -> String {
    let lines = report.below(case, limit).into_iter();
    // A line of others is no line of the report.
    let lines = lines.map(|line| format!("\n    {}", line.replace('\n', "\n    ")));
    let text = case.brief(&limit.sentence).into_owned() + &lines.collect::<String>();
    harmless_lines(&text).into_owned()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::analysis::fixture;
    use crate::analysis::report::Detail;

    /// What stands in an element: its name, then its attributes.
    fn elements(xml: &str) -> BTreeSet<(String, Vec<String>)> {
        let tags = xml
            .split('<')
            .skip(1)
            .filter_map(|rest| rest.split_once('>'));
        let tags = tags.filter(|(tag, _)| !tag.starts_with(['/', '?']));
        let element = |(tag, _): (&str, &str)| {
            let mut quoted = tag.trim_end_matches('/').split('"').step_by(2);
            let first = quoted.next().unwrap_or_default();
            let (name, first) = first.split_once(' ').unwrap_or((first, ""));
            let attributes = std::iter::once(first)
                .chain(quoted)
                .map(|name| name.trim().trim_end_matches('='));
            let attributes = attributes
                .filter(|name| !name.is_empty())
                .map(str::to_owned);
            (name.to_owned(), attributes.collect())
        };
        tags.map(element).collect()
    }

    #[test]
    fn jenkins_and_gitlab_know_every_element_and_attribute() {
        let xml = render(&Report::of(fixture::run(), None, Detail::NotPlain));
        // Those of Jenkins' schema for JUnit (xunit-plugin, junit-10.xsd), and beside
        // them what only others read: GitLab `file`, several editors `line`, and
        // Jenkins' own plugin properties of a test.
        let known: [(&str, &[&str]); 9] = [
            (
                "testsuites",
                &["name", "tests", "skipped", "failures", "errors"],
            ),
            (
                "testsuite",
                &["name", "tests", "skipped", "errors", "failures"],
            ),
            ("testcase", &["name", "classname", "time", "file", "line"]),
            ("properties", &[]),
            ("property", &["name", "value"]),
            ("failure", &["type", "message"]),
            ("error", &["type", "message"]),
            ("skipped", &["type", "message"]),
            ("system-out", &[]),
        ];
        for (element, attributes) in elements(&xml) {
            let known = known.iter().find(|(name, _)| *name == element);
            let (_, known) = known.unwrap_or_else(|| panic!("<{element}>"));
            for attribute in attributes {
                assert!(known.contains(&&*attribute), "<{element} {attribute}>");
            }
        }
    }

    #[test]
    fn a_line_within_a_text_of_others_begins_no_line_of_the_report() {
        let mut run = fixture::run();
        let limits = run.cases.iter_mut().flat_map(|case| &mut case.limits);
        limits.for_each(|limit| limit.details.push("ours\n## forged".to_owned()));
        let xml = render(&Report::of(run, None, Detail::NotPlain));
        assert!(xml.contains("\n    ours\n    ## forged"), "{xml}");
        assert!(!xml.contains("\n## forged"), "{xml}");
    }

    #[test]
    fn what_was_not_judged_and_a_warning_show_where_gitlab_looks() {
        let report = Report::of(fixture::run(), None, Detail::NotPlain);
        let xml = render(&report);
        // GitLab shows the text of these elements, and no attribute.
        for text in [
            "type=\"warn\">p99 12.4 µs is over its soft budget",
            "type=\"undecided\">p99 &lt;= 250 ms is not disproved",
            "type=\"unmeasured\">p99 was not measured: the process died",
            "type=\"incomplete\">the process of search (lib) was killed",
        ] {
            assert!(xml.contains(text), "{text}\n{xml}");
        }
        let read = quick_junit::Report::deserialize_from_str(&xml).expect("XML");
        let tests = || read.test_suites.iter().flat_map(|suite| &suite.test_cases);
        let names: BTreeSet<_> = tests().map(|test| (&test.classname, &test.name)).collect();
        assert_eq!(
            names.len(),
            tests().count(),
            "of tests with one name GitLab shows the first"
        );
        let case =
            tests().filter(|test| test.classname.as_deref() == Some("parser::parses_the_config"));
        let time: Duration = case.filter_map(|test| test.time).sum();
        assert_eq!(time.as_millis(), 11_160, "1,200 calls of 9.3 ms");
    }
}
