//! Every renderer against its file in `tests/golden`.
//!
//! `PERF_REPORT_BLESS=1 cargo test -p perf-report` writes the files anew.

use std::path::Path;

use clap::ValueEnum as _;

use super::{Format, doctor, json, junit, markdown, prove, terminal, top};
use crate::analysis::doctor::{Diagnosis, fixture::spoilt};
use crate::analysis::fixture;
use crate::analysis::profile::fixture::regex_in_a_loop;
use crate::analysis::prove::fixture::of_everything;
use crate::analysis::report::{Detail, Report};
use crate::analysis::run::{Case, Run};
use crate::analysis::top::{Thresholds, Top};
use crate::model::commit::Commit;
use crate::model::record::Allocations;

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

/// What is written to a file.
const PLAIN: terminal::Style = terminal::Style {
    width: None,
    colour: false,
};

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
fn programs_are_told_how_the_cost_grows_of_what_passes() {
    let json: serde_json::Value =
        serde_json::from_str(&json::render(&quiet())).expect("a report is JSON");
    let fit = &json["cases"][1]["limits"][0]["fits"][0];
    assert_eq!(
        (&fit["best"], &fit["residual"]),
        (&"n log n".into(), &0.03.into())
    );
    assert_eq!(fit["points"][1][1], 99_000.0);
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
fn a_ranking_is_shown_in_each_form() {
    let mut run = fixture::run();
    run.add_profiles(vec![regex_in_a_loop("parser::parses_the_config")]);
    let sites: Allocations =
        serde_json::from_str(include_str!("../../tests/golden/allocations.json")).expect("sites");
    let places = [(run.cases[0].id.clone(), sites.places("src/parser.rs"))];
    let text = "schema = 1\n[top]\ncase = \"1s\"\nload = \"2ms\"\nallocation = \"10MB\"\n";
    let thresholds = Thresholds::read(text, "perf-budgets.toml", None).expect("sound");
    let cases: Vec<&Case> = run.cases.iter().collect();
    let ranked = Top::of("r1", &cases, &places.into(), &thresholds, 3);
    check("top.txt", &top::terminal(&ranked, PLAIN));
    check("top.md", &top::markdown(&ranked));
    check("top.json", &top::json(&ranked));
}

#[test]
fn a_diagnosis_is_shown_in_each_form() {
    let diagnosis = Diagnosis::of(&spoilt());
    check("doctor.txt", &doctor::terminal(&diagnosis, PLAIN));
    check("doctor.json", &doctor::json(&diagnosis));
}

#[test]
fn a_proof_is_shown_in_each_form() {
    let proved = of_everything();
    check("prove.txt", &prove::terminal(&proved, PLAIN));
    check("prove.md", &prove::markdown(&proved));
    check("../../schema/prove-1.sample.json", &prove::json(&proved));
}

#[test]
fn a_broken_limit_explains_itself() {
    let records = Some("target/perf/runs/r1".to_owned());
    let mut report = Report::of(fixture::profiled_run(), records, Detail::NotPlain);
    report.records_from_page = Some("../runs/r 1".to_owned());
    let page = Format::Html.report(&report, None, PLAIN);
    for view in ["flamegraph/", "tail/", "folded/", "firefox/"] {
        let link = format!("<a href=\"../runs/r%201/profiles/{view}parser.parses_the_config.");
        assert!(page.contains(&link), "{link}");
    }
    for (name, format) in [
        ("explained.json", Format::Json),
        ("explained.md", Format::Comment),
        ("explained.xml", Format::Junit),
    ] {
        check(name, &format.report(&report, None, PLAIN));
    }
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
        report.tally.limits + report.failed_cases() + report.problems.len()
    );
}

#[test]
fn others_are_told_in_their_formats() {
    let mut report = report();
    report.commit = Some(Commit {
        hash: "0123456789abcdef0123456789abcdef01234567".to_owned(),
        branch: Some("main".to_owned()),
        dirty: false,
    });
    for (name, format) in [
        ("github.txt", Format::Github),
        ("report.csv", Format::Csv),
        ("openmetrics.txt", Format::Openmetrics),
        ("bmf.json", Format::Bmf),
        (
            "github-action-benchmark.json",
            Format::GithubActionBenchmark,
        ),
        ("pytest-benchmark.json", Format::PytestBenchmark),
        ("go-bench.txt", Format::GoBench),
    ] {
        check(name, &format.report(&report, None, PLAIN));
    }
}

#[test]
fn no_renderer_needs_a_case() {
    let empty = Report::of(Run::default(), None, Detail::NotPlain);
    for format in Format::value_variants() {
        let text = format.report(&empty, None, PLAIN);
        let part = match format {
            Format::Terminal
            | Format::Markdown
            | Format::Comment
            | Format::Github
            | Format::Html => "0 limits = 0 passed",
            Format::Junit => "tests=\"0\"",
            Format::Json => "\"limits\": 0",
            Format::Csv => "run,unix_time,commit,case",
            Format::Openmetrics => "perf_budget_limits{verdict=\"pass\"} 0\n",
            Format::Bmf => "{}",
            Format::GithubActionBenchmark => "[]",
            Format::PytestBenchmark => "\"benchmarks\": []",
            Format::GoBench => "Unit ops/s",
        };
        assert!(text.contains(part), "{format:?}: {text}");
    }
}

#[test]
fn the_samples_of_the_documentation_are_what_is_written() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let page = std::fs::read_to_string(root.join("../docs/guide/src/reference/formats.md"))
        .expect("the page");
    let mut samples = 0;
    for part in page.split("<!-- from ").skip(1) {
        let (file, rest) = part.split_once(" -->\n").expect("it names a file");
        let (fence, rest) = rest.split_once('\n').expect("a fence");
        let ticks = fence.trim_end_matches(char::is_alphabetic);
        let (sample, _) = rest.split_once(&format!("\n{ticks}\n")).expect("its end");
        let golden =
            std::fs::read_to_string(root.join("tests/golden").join(file)).unwrap_or_default();
        assert!(golden.contains(sample), "{file} has no\n{sample}");
        samples += 1;
    }
    for format in Format::value_variants() {
        assert!(page.contains(&format!("`{}`", format.word())), "{format:?}");
    }
    assert!(samples >= 11, "{samples}");
}
