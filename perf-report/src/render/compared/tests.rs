//! Every renderer against its file in `tests/golden`.

use perf_grammar::Mode;

use super::super::golden::check;
use super::super::terminal::Style;
use super::*;
use crate::analysis::cause::{Cause, Kind};
use crate::analysis::compare::{Effect, Interval, Measured, Reason};
use crate::model::record::{Regression, Tolerated, Waiver};

fn regression(mode: Mode) -> Regression {
    Regression {
        mode,
        mode_source: (mode == Mode::Soft).then(|| "perf-budgets.toml:9:1".to_owned()),
        ..Regression::built_in()
    }
}

fn one(id: &str, subject: Subject, values: (f64, f64), finding: Finding) -> Measured {
    let timed = subject.is_timed();
    let ratio = values.1 / values.0;
    Measured {
        id: id.to_owned(),
        source: Some("src/parser.rs:42".to_owned()),
        effect: (values.0 > 0.0 && subject != Subject::Growth).then_some(Effect {
            ratio,
            interval: timed.then_some(Interval {
                low: ratio * 0.97,
                high: ratio * 1.03,
                confidence: 0.99,
            }),
        }),
        subject,
        before: Some(values.0),
        after: Some(values.1),
        finding,
        details: vec!["7 runs before".to_owned()],
    }
}

fn without(id: &str, subject: Subject, finding: Finding) -> Measured {
    Measured {
        before: None,
        after: None,
        effect: None,
        details: Vec::new(),
        ..one(id, subject, (1.0, 1.0), finding)
    }
}

/// As profiles of both builds explain it.
fn why(comparison: Comparison) -> Comparison {
    let cause = Cause {
        kind: Kind::Function,
        headline: "is_valid (src/name.rs:12) in regex::Regex::new".to_owned(),
        place: Some("src/name.rs:12".to_owned()),
        share: None,
        saves: Some(4.2e6),
        figures: "4.2 ms longer (4 ms to 4.4 ms), 9.2 ms a call and 5 ms before".to_owned(),
        lines: vec!["called by check_all (src/name.rs:30)".to_owned()],
    };
    Comparison {
        causes: vec![cause],
        about: vec![
            "before: from 1,000 samples in 120 calls, one every 1 ms by ptrace".to_owned(),
            "after: from 1,104 samples in 100 calls, one every 1 ms by ptrace".to_owned(),
        ],
        ..comparison
    }
}

/// Every finding and every verdict.
pub(in crate::render) fn compared() -> Compared {
    use Subject::{Growth, Typical};
    let tail = || Subject::Tail("p99".to_owned());
    let allocs = || Subject::counted("allocs");
    let hard = regression(Mode::Hard);
    let mut waived = regression(Mode::Hard);
    waived.waiver = Some(Waiver {
        reason: "#7 slower on purpose".to_owned(),
        owner: Some("ann".to_owned()),
        until: "2026-12-31".to_owned(),
        source: "perf-budgets.toml:30:1".to_owned(),
    });
    let mut tolerant = regression(Mode::Soft);
    tolerant.typical = Tolerated {
        millionths: 200_000,
        layer: "attribute".to_owned(),
        source: Some("src/parser.rs:42:15".to_owned()),
    };
    let other = || Finding::Unmeasured("other machine (AMD EPYC before, M4 after)".to_owned());
    let wide = Reason::new("only a change of 14 % would be seen", Some("save again"));
    let few = Reason::new("one run a side says nothing about time", Some("use `ab`"));
    let comparisons = vec![
        one("app::fast", Typical, (1e6, 1.02e6), Finding::Same).judge(&hard),
        one("app::fast", allocs(), (4.0, 4.0), Finding::Same).judge(&hard),
        one(
            "app::fast",
            Subject::counted("mem"),
            (0.0, 24.0),
            Finding::Worse,
        )
        .judge(&hard),
        one("app::faster", Typical, (2e6, 1e6), Finding::Better).judge(&hard),
        one("app::layout", Typical, (1e6, 1.12e6), Finding::Layout).judge(&hard),
        without("app::moved", Typical, other()).judge(&hard),
        without("app::moved", tail(), other()).judge(&hard),
        without("app::moved_too", Typical, other()).judge(&hard),
        one(
            "app::noisy",
            Typical,
            (1e6, 1.05e6),
            Finding::Unenforceable(wide),
        )
        .judge(&hard),
        one("app::off", Typical, (1e6, 2e6), Finding::Worse).judge(&regression(Mode::Off)),
        one("app::once", Typical, (1e6, 1.3e6), Finding::Undecided(few)).judge(&hard),
        without(
            "app::panics",
            Typical,
            Finding::Failed("the case fails: panic: a | b".to_owned()),
        )
        .judge(&hard),
        why(one("app::slow", Typical, (8.1e6, 12.4e6), Finding::Worse).judge(&hard)),
        one("app::slow", tail(), (9e6, 31e6), Finding::Worse).judge(&hard),
        one("app::soft", Typical, (1e6, 1.5e6), Finding::Worse).judge(&tolerant),
        one("app::sorts/1000", Growth, (1.04, 2.01), Finding::Worse).judge(&hard),
        one("app::waived", Typical, (1e6, 1.5e6), Finding::Worse).judge(&waived),
    ];
    Compared {
        before: "the baseline".to_owned(),
        after: "this tree, one run".to_owned(),
        command: None,
        unix_time: None,
        artifacts: None,
        comparisons,
        charts: std::collections::BTreeMap::new(),
        only_before: vec!["app::gone".to_owned()],
        only_after: vec!["app::new".to_owned(), "app::newer".to_owned()],
        notes: vec![
            "14 cases measured; 6 looked worse and were measured again in 3 fresh runs".to_owned(),
        ],
        warnings: vec![
            "load 7.8 on 2 cores: other work runs, or a build has just ended".to_owned(),
        ],
        problems: vec!["app.odd.json:3:1: expected value".to_owned()],
    }
}

/// All is as it was.
fn quiet() -> Compared {
    let mut compared = compared();
    compared.comparisons.truncate(2);
    Compared {
        comparisons: compared.comparisons,
        before: "run r1".to_owned(),
        after: "run r2".to_owned(),
        ..Compared::default()
    }
}

fn style(width: Option<usize>) -> Style {
    Style {
        width,
        colour: false,
    }
}

#[test]
fn the_terminal_shows_every_finding() {
    let wide = terminal::render(&compared(), Detail::NotPlain, style(None));
    check("comparison.txt", &wide);
    let narrow = terminal::render(&compared(), Detail::NotPlain, style(Some(80)));
    check("comparison-80.txt", &narrow);
}

#[test]
fn where_all_is_as_it_was_little_is_said() {
    let text = terminal::render(&quiet(), Detail::NotPlain, style(None));
    check("comparison-quiet.txt", &text);
    let all = terminal::render(&quiet(), Detail::All, style(None));
    assert!(all.contains("allocs") && !text.contains("allocs"), "{all}");
}

#[test]
fn what_a_save_changes_is_told_without_a_verdict() {
    let text = terminal::changes(&compared(), style(None));
    assert!(
        text.contains("p50         8.1 ms  12.4 ms   +53 %  slower"),
        "{text}"
    );
    assert!(
        text.contains("p50, p99 are not compared: other machine"),
        "{text}"
    );
    assert!(text.ends_with("\n2 figures are as they were\n"), "{text}");
    assert!(!text.contains("verdict"), "{text}");
}

#[test]
fn markdown_shows_every_finding() {
    check(
        "comparison.md",
        &markdown::render(&compared(), Detail::NotPlain),
    );
    let quiet = markdown::render(&quiet(), Detail::NotPlain);
    assert!(
        quiet.starts_with("## Performance compared: no regression\n"),
        "{quiet}"
    );
}

#[test]
fn json_and_junit_show_every_finding() {
    check("comparison.json", &json(&compared()));
    check("comparison.xml", &junit::render(&compared()));
}

#[test]
fn what_is_written_for_programs_is_read_as_it_was() {
    let compared = Compared {
        command: Some("cargo xtask perf ab main".to_owned()),
        unix_time: Some(1_795_179_912),
        ..compared()
    };
    assert_eq!(Compared::read(&json(&compared)), Ok(compared));
}

#[test]
fn junit_counts_as_many_failures_as_regressions() {
    let compared = compared();
    let fails = compared
        .comparisons
        .iter()
        .filter(|one| one.verdict == Verdict::Fail);
    let text = junit::render(&compared);
    assert_eq!(text.matches("<failure").count(), fails.count());
    assert_eq!(text.matches("<error").count(), 1);
}

#[test]
fn a_table_is_never_wider_than_the_terminal() {
    for width in [60, 72, 80, 100, 120] {
        let text = terminal::render(&compared(), Detail::All, style(Some(width)));
        let tables = text
            .split("\n\n")
            .filter(|part| part.starts_with("verdict "));
        assert_eq!(tables.clone().count(), 2, "{text}");
        let widest = (tables.flat_map(str::lines))
            .map(|line| line.chars().count())
            .max();
        assert!(widest <= Some(width), "{width}:\n{text}");
    }
}

#[test]
fn a_change_is_told_with_where_it_lies() {
    let cells = |values, finding| {
        let one = one("a", Subject::Typical, values, finding).judge(&regression(Mode::Hard));
        (change(&one), interval(&one))
    };
    let text = |change: &str, interval: &str| (change.to_owned(), interval.to_owned());
    let worse = cells((1e6, 1.25e6), Finding::Worse);
    assert_eq!(worse, text("+25 %", "+21 to +29 %"));
    let same = cells((1e6, 1.0e6), Finding::Same);
    assert_eq!(same, text("±0 %", "-3 to +3 %"));
    let counted = |before, after| {
        let measured = one(
            "a",
            Subject::counted("allocs"),
            (before, after),
            Finding::Worse,
        );
        change(&measured.judge(&regression(Mode::Hard)))
    };
    assert_eq!(counted(0.0, 3.0), "+3");
    assert_eq!(counted(412.0, 413.0), "+0.2 %");
}
