//! The documents of made-up runs, and mistakes in templates.

use std::sync::Arc;

use super::*;
use crate::analysis::compare::{Compared, Question, Side, compare};
use crate::analysis::fixture;
use crate::analysis::recommendation::OnlyWarns;
use crate::analysis::report::{Detail, Report};
use crate::analysis::run::Run;
use crate::model::commit::Commit;
use crate::model::record::Record;
use crate::render::golden::check;

fn compared() -> Compared {
    let before = vec![fixture::record("parser::parses_the_config", 0.0)];
    let mut after = before.clone();
    let memory = after[0].memory.as_mut().expect("it was counted");
    memory.allocs += 88;
    let side = |name: &str, records: &[Record]| {
        Side::of_runs(name.to_owned(), &[records.iter().collect()])
    };
    compare(Question {
        before: &side("run before", &before),
        after: &side("run after", &after),
        again: None,
        today: "2026-01-01",
    })
}

fn document<T>(run: Run, render: impl Fn(&Document<'_>) -> T) -> T {
    let compared = compared();
    let warned = [OnlyWarns {
        case: "parser::lines".to_owned(),
        limit: "p99".to_owned(),
        runs: 12,
    }];
    let mut report = Report::of(
        run,
        Some("target/perf/runs/r1".to_owned()),
        Detail::NotPlain,
    );
    "cargo xtask perf".clone_into(&mut report.command);
    report.unix_time = Some(1_795_179_912);
    report.commit = Some(Commit {
        hash: "0123456789abcdef".to_owned(),
        branch: Some("main".to_owned()),
        dirty: false,
    });
    render(&Document {
        report: Arc::new(report),
        compared: Some(&compared),
        warned: &warned,
    })
}

fn rendered(name: &str, run: Run) -> String {
    let template = Template::built_in(name).expect("it comes with the program");
    document(run, |document| {
        template.render(document).expect("it is sound")
    })
}

#[test]
fn the_built_in_documents_show_everything() {
    check("document-report.md", &rendered("report", fixture::run()));
    check(
        "document-baseline.md",
        &rendered("baseline", fixture::run()),
    );
    check(
        "document-quiet.md",
        &rendered("report", fixture::quiet_run()),
    );
}

#[test]
fn no_document_needs_a_case() {
    for name in Template::names() {
        let text = rendered(name, Run::default());
        assert!(text.contains("0 limits = 0 passed"), "{text}");
    }
}

fn of_user(name: &str, text: &str) -> Result<String, String> {
    let template = Template {
        name: name.to_owned(),
        text: text.to_owned(),
    };
    document(fixture::run(), |document| template.render(document))
}

#[test]
fn a_template_of_a_user_replaces_blocks_of_a_built_in_one() {
    let text = of_user(
        "perf.md",
        "{% extends \"report\" %}{% block title %}# Ours{% endblock %}",
    )
    .expect("it is sound");
    assert!(text.starts_with("# Ours\n"), "{text}");
    assert!(text.contains("## Recommendations"));
}

#[test]
fn the_name_of_a_template_says_how_its_values_are_escaped() {
    let text = "{% for one in explanations if 'all' in one.case %}{{ one.case }}{% endfor %}";
    let found = |name| of_user(name, text).expect("it is sound");
    assert!(found("a.md").starts_with("search::query \\| &lt;all>search"));
    assert!(found("a.html.j2").starts_with("search::query | &lt;all&gt;search"));
    assert!(found("a.txt").starts_with("search::query | <all>search"));
}

#[track_caller]
fn wrong(text: &str, expected: &str) {
    let error = of_user("t/perf.md", text).expect_err(text);
    assert!(error.starts_with(expected), "{error}");
}

#[test]
fn a_mistake_is_told_with_its_place_and_what_was_found() {
    wrong(
        "# Ours\n\nIt {{ statsu }}.",
        "t/perf.md:3:7: found `statsu`, which is not there; did you mean `status`?; the page `Documents by template` of the guide",
    );
    wrong(
        "é {% for c in cases %}{{ c.summry.p50 }}{% endfor %}",
        "t/perf.md:1:26: found `c.summry.p50`, which is not there; did you mean `summary`?",
    );
    wrong("a\n{% if run %}\nb", "t/perf.md:3:");
    wrong("{{ run | durations }}", "t/perf.md:1:");
    wrong(
        "{{ 3 | quantity('furlong') }}",
        "t/perf.md:1:8: found the unit \"furlong\", expected one of ns, bytes",
    );
}

#[test]
fn figures_are_printed_in_their_units_and_missing_ones_as_nothing() {
    let text = "{{ 1200000 | duration }}, {{ 2048 | bytes }}, {{ 1200 | count }}, {{ 107.5 | per_second }}, \
        {{ 0.984 | percent }}, {{ 1.25 | change }}, {{ none | duration }}{{ none }}, {{ 5 | quantity('ns') }}";
    assert_eq!(
        of_user("a.txt", text).expect("it is sound"),
        "1.2 ms, 2.05 KB, 1,200, 108/s, 98 %, +25 %, , 5 ns\n"
    );
}

#[test]
fn what_a_template_says_itself_acts_on_no_reader() {
    let text = of_user("a.md", "\u{1b}[31m{{ '\u{202e}' | safe }}").expect("it is sound");
    assert_eq!(text, "\\u{1b}[31m\\u{202e}\n");
}
