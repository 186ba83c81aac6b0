//! Every renderer against its file in `tests/golden`.
//!
//! `PERF_REPORT_BLESS=1 cargo test -p perf-report` writes the files anew.

use std::path::Path;

use super::{json, junit, markdown, terminal};
use crate::fixture;
use crate::report::{Detail, Report};
use crate::run::Run;

#[track_caller]
pub(super) fn check(name: &str, found: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/golden")
        .join(name);
    if std::env::var_os("PERF_REPORT_BLESS").is_some() {
        std::fs::write(&path, found).expect("the golden file can be written");
    }
    let expected = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        found == expected,
        "{name} differs; if that is meant, set PERF_REPORT_BLESS=1\n{found}"
    );
}

fn report() -> Report {
    Report::of(
        fixture::run(),
        Some("target/perf/runs/r1".to_owned()),
        Detail::NotPlain,
    )
}

fn quiet() -> Report {
    Report::of(
        fixture::quiet_run(),
        Some("target/perf/runs/r1".to_owned()),
        Detail::NotPlain,
    )
}

#[test]
fn the_terminal_shows_every_verdict() {
    check(
        "terminal-wide.txt",
        &terminal::render(
            &report(),
            terminal::Look {
                width: None,
                colour: false,
            },
        ),
    );
    check(
        "terminal-80.txt",
        &terminal::render(
            &report(),
            terminal::Look {
                width: Some(80),
                colour: false,
            },
        ),
    );
}

#[test]
fn the_terminal_says_little_where_all_is_well() {
    check(
        "terminal-quiet.txt",
        &terminal::render(
            &quiet(),
            terminal::Look {
                width: Some(100),
                colour: false,
            },
        ),
    );
}

#[test]
fn markdown_shows_every_verdict() {
    check("report.md", &markdown::render(&report()));
    check("quiet.md", &markdown::render(&quiet()));
}

#[test]
fn json_shows_every_verdict() {
    check("report.json", &json::render(&report()));
}

#[test]
fn junit_shows_every_verdict() {
    check("report.xml", &junit::render(&report()));
}

#[test]
fn junit_counts_as_many_failures_as_limits_and_cases_fail() {
    let report = report();
    let limits = report
        .cases
        .iter()
        .flat_map(|case| &case.limits)
        .filter(|limit| limit.fails())
        .count();
    let text = junit::render(&report);
    assert_eq!(
        text.matches("<failure").count(),
        limits + report.failed_cases()
    );
    assert_eq!(
        text.matches("<testcase").count(),
        report.tally.limits() + report.failed_cases() + report.problems.len()
    );
}

#[test]
fn no_renderer_needs_a_case() {
    let empty = Report::of(Run::default(), None, Detail::NotPlain);
    let sum = "0 limits = 0 passed";
    assert!(
        terminal::render(
            &empty,
            terminal::Look {
                width: None,
                colour: false
            }
        )
        .contains(sum)
    );
    assert!(markdown::render(&empty).contains(sum));
    assert!(json::render(&empty).contains("\"limits\": 0"));
    assert!(junit::render(&empty).contains("tests=\"0\""));
}
