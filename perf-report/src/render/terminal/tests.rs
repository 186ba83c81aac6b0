//! The terminal's form against its files in `tests/golden`, and what holds at every width.
//!
//! `PERF_REPORT_BLESS=1 cargo test -p perf-report` writes the files anew.

use super::*;
use crate::analysis::fixture;
use crate::analysis::run::{Limit, Run};
use crate::model::record::{Edge, Histogram};
use crate::render::golden::check;

/// The cases with limits, values and distributions that go with their times.
fn in_proportion(mut run: Run) -> Run {
    for case in &mut run.cases {
        let Some(summary) = &case.summary else {
            continue;
        };
        let factor = summary.p50.unwrap_or_default() / 9e6;
        let times = case
            .limits
            .iter_mut()
            .filter(|limit| chart::is_of_times(&limit.metric));
        for limit in times {
            limit.bound = limit.bound.map(|bound| bound * factor);
            limit.measured = limit.measured.map(|measured| measured * factor);
        }
        case.histogram = Some(bell(8.1e6 * factor));
    }
    run
}

/// A peak with a long tail.
fn bell(first: f64) -> Histogram {
    let bucket = |nth: u32| {
        let place = f64::from(nth) / 400.0;
        let calls = 40.0 * (-((place - 0.3) / 0.1).powi(2)).exp() + 8.0 * (-place * 2.0).exp();
        let edge = Edge(first * (1.0 + 1.0 / 1024.0_f64).powf(f64::from(nth)));
        (edge, calls as u64)
    };
    Histogram {
        significant_digits: 3,
        unit: perf_grammar::Unit::Duration,
        buckets: (0..400)
            .map(bucket)
            .filter(|(_, calls)| *calls > 0)
            .collect(),
    }
}

fn report(run: Run, detail: Detail) -> Report {
    let records = Some("target/perf/runs/r1".to_owned());
    Report::of(in_proportion(run), records, detail)
}

fn style(width: Option<usize>) -> Style {
    Style {
        width,
        colour: false,
    }
}

/// A run of this many passes in three targets.
fn passes(number: usize) -> Run {
    let mut run = fixture::quiet_run();
    let one = run.cases.swap_remove(0);
    let case = |nth: usize| {
        let mut case = one.clone();
        case.target = format!("shop::{}", ["basket", "orders", "search"][nth % 3]);
        case.id = format!("{}::finds::case_{nth:02}", case.target);
        case.requirement = None;
        let used = (nth * 7 % 90) as f64 / 100.0;
        case.limits[0].share = Some(used);
        case.limits[0].measured = case.limits[0].bound.map(|bound| bound * used);
        case
    };
    run.cases = (0..number).map(case).collect();
    run.cases.sort_by(|a, b| a.id.cmp(&b.id));
    run
}

#[test]
fn every_verdict_is_shown_at_every_width() {
    let report = report(fixture::run(), Detail::NotPlain);
    for (name, width) in [
        ("terminal-80.txt", Some(80)),
        ("terminal-100.txt", Some(100)),
        ("terminal-160.txt", Some(160)),
        ("terminal-log.txt", None),
    ] {
        check(name, &render(&report, style(width)));
    }
}

#[test]
fn a_broken_limit_explains_itself_at_every_width() {
    let report = report(fixture::profiled_run(), Detail::NotPlain);
    for (name, width) in [
        ("explained-80.txt", 80),
        ("explained-100.txt", 100),
        ("explained-160.txt", 160),
    ] {
        check(name, &render(&report, style(Some(width))));
    }
}

#[test]
fn little_is_said_where_all_is_well() {
    let quiet = report(fixture::quiet_run(), Detail::NotPlain);
    check("terminal-quiet.txt", &render(&quiet, style(Some(100))));
}

#[test]
fn passes_are_explained_where_that_is_asked_for() {
    let verbose = report(fixture::quiet_run(), Detail::All);
    check("terminal-verbose.txt", &render(&verbose, style(Some(100))));
}

#[test]
fn next_to_no_time_is_shown_in_tables_as_in_sentences() {
    for (ns, shown) in [(0.0, "< 1 ns"), (0.04, "< 1 ns"), (0.4, "0.4 ns")] {
        let mut run = fixture::quiet_run();
        let case = &mut run.cases[0];
        let p99 = case.limits.iter_mut().find(|limit| limit.metric == "p99");
        p99.expect("a limit on p99").measured = Some(ns);
        case.summary.as_mut().expect("times").p50 = Some(ns);
        let text = render(&Report::of(run, None, Detail::NotPlain), style(Some(160)));
        assert!(text.matches(shown).count() >= 2, "{text}");
        assert!(
            !text.contains(" 0 ns") && !text.contains("0.04 ns"),
            "{text}"
        );
    }
}

#[test]
fn many_passes_are_folded_at_a_terminal_alone() {
    let rows = |number, detail, width| {
        let text = render(&report(passes(number), detail), style(width));
        text.matches("case_").count()
    };
    check(
        "terminal-folded.txt",
        &render(&report(passes(41), Detail::NotPlain), style(Some(80))),
    );
    // The nearest of each target.
    assert_eq!(rows(41, Detail::NotPlain, Some(80)), 3);
    assert_eq!(rows(41, Detail::Rows, Some(80)), 41);
    assert_eq!(rows(41, Detail::NotPlain, None), 41);
    assert_eq!(rows(40, Detail::NotPlain, Some(80)), 40);
}

#[test]
fn no_line_is_wider_than_the_terminal() {
    let mut run = fixture::run();
    for (case, end) in run.cases.iter_mut().zip([
        "本語のテストケース名前",
        "👩\u{200d}👩\u{200d}👧家族",
        "e\u{301}te\u{301}",
    ]) {
        case.id += &end.repeat(4);
    }
    run.cases[1].limits[0].metric = "events 日本語の長い名前::クエリ".to_owned();
    let report = report(run, Detail::All);
    // What cannot be broken is a word that is as long itself.
    let is_wide = |line: &str, width| measure_text_width(line) > width && line.len() < 150;
    for width in [60, 72, 80, 100, 120, 160, 200] {
        let text = render(&report, style(Some(width)));
        let wide = text.lines().find(|line| is_wide(line, width));
        assert_eq!(wide, None, "{width}:\n{text}");
    }
}

#[test]
fn what_matters_stands_last() {
    let text = render(&report(fixture::run(), Detail::NotPlain), style(None));
    let at = |part: &str| {
        text.find(part)
            .unwrap_or_else(|| panic!("no {part:?} in\n{text}"))
    };
    let order = [
        "AMD EPYC",
        "\nnote: ",
        "\npass  parser::tokens",
        "\nwaived  ",
        "\nwarn  ",
        "\nundecided  ",
        "\nunmeasured  ",
        "\nfail  ",
        "  nearest limit",
        "\nunfit environment: ",
        "\nerror: ",
        "\n13 limits = ",
        "\nrecords of run ",
    ];
    let places = order.map(at);
    assert!(places.is_sorted(), "{places:?}:\n{text}");
}

#[test]
fn colour_changes_no_letter() {
    let report = report(fixture::run(), Detail::NotPlain);
    let plain = render(&report, style(Some(100)));
    let mut stripped = render(
        &report,
        Style {
            colour: true,
            ..style(Some(100))
        },
    );
    assert!(stripped.contains("\x1b[31m\x1b[1mfail\x1b[0m"));
    for code in ["0", "1", "2", "31", "32", "33", "35", "36"] {
        stripped = stripped.replace(&format!("\x1b[{code}m"), "");
    }
    assert_eq!(stripped, plain);
}

#[test]
fn what_is_judged_is_seen_first() {
    let mut run = fixture::quiet_run();
    for case in &mut run.cases {
        let mut mean = case.limits[0].clone();
        mean.metric = "mean".to_owned();
        mean.share = Some(0.5);
        case.limits.push(mean);
    }
    let report = report(run, Detail::NotPlain);
    let head = |width| {
        let text = render(&report, style(Some(width)));
        let head = text.lines().find(|line| line.contains("nearest limit"));
        head.unwrap_or_default().to_owned()
    };
    assert!(head(80).contains(" mean"), "{}", head(80));
    let wide = head(160);
    assert!(
        wide.contains("mean") && wide.contains("calls") && wide.contains("p50"),
        "{wide}"
    );
}

#[test]
fn figures_that_do_not_fit_are_counted() {
    let mut run = fixture::quiet_run();
    let case = &mut run.cases[0];
    let limit = |metric: &str, share| {
        let mut limit = case.limits[0].clone();
        (limit.metric, limit.share) = (metric.to_owned(), Some(share));
        limit
    };
    let others = [
        limit("span_p99 a long name", 0.9),
        limit("p50", 0.2),
        limit("mean", 0.8),
    ];
    case.limits.truncate(1);
    case.limits.extend(others);
    let figures = figures::Figures::of(case, Some(&case.limits[0]));
    let long = "span_p99 a long name 8.4 ms";
    for (width, end) in [
        (usize::MAX, format!("{long}  mean 8.4 ms  p50 8.4 ms")),
        (45, format!("{long}  mean 8.4 ms  +1")),
        (30, long.to_owned()),
        (26, "mean 8.4 ms  p50 8.4 ms".to_owned()),
        (15, "mean 8.4 ms  +2".to_owned()),
        (12, "mean 8.4 ms".to_owned()),
        (5, "+3".to_owned()),
        (1, String::new()),
    ] {
        assert_eq!(figures.end(width), end, "{width}");
    }
}

#[test]
fn a_class_of_growth_has_no_share() {
    let text = render(
        &report(fixture::quiet_run(), Detail::NotPlain),
        style(Some(160)),
    );
    let row = text.lines().find(|line| line.contains("sorts/1000"));
    // It is no share of `n log n` that is used; `mem` is what is near.
    let row = row.unwrap_or_default();
    assert!(row.contains("mem") && row.contains("4 %"), "{row}");
    assert!(!text.contains("100 %"), "{text}");
}

#[test]
fn a_chart_shows_where_the_limit_lies() {
    let mut run = in_proportion(fixture::run());
    let place = run
        .cases
        .iter()
        .position(|case| case.id.ends_with("config"));
    let case = &mut run.cases[place.expect("it is there")];
    let chart = |case: &Case, limits: &[&Limit], width| {
        let mut out = String::new();
        chart::draw(&mut out, case, limits, style(Some(width)));
        out
    };
    let drawn = chart(case, &[&case.limits[0]], 80);
    let lines: Vec<&str> = drawn.lines().collect();
    let column = |line: &str, c: char| line.chars().position(|found| found == c);
    assert_eq!(column(lines[1], '│'), column(lines[2], '└'), "{drawn}");
    assert!(lines[2].contains("p99 ≤ 10 ms"), "{drawn}");
    assert!(lines[3].trim_start().starts_with("8.1 ms"), "{drawn}");
    // Of a limit far above nothing lies behind its line, and its name stands before.
    let mut far = case.limits[0].clone();
    far.bound = Some(1e9);
    let drawn = chart(case, &[&far], 60);
    assert!(drawn.contains("p99 ≤ 1 s ┘"), "{drawn}");
    assert!(
        drawn.lines().all(|line| measure_text_width(line) <= 60),
        "{drawn}"
    );
    // Limits of one value share a line; one that stands in another's way goes below.
    let drawn = chart(case, &[&far, &far], 60);
    assert!(drawn.contains("p99, p99 ≤ 1 s ┘"), "{drawn}");
    let mut near = far.clone();
    near.bound = Some(1.1e9);
    let drawn = chart(case, &[&far, &near], 60);
    assert_eq!(drawn.matches('┘').count(), 2, "{drawn}");
    assert_eq!(drawn.lines().count(), 5, "{drawn}");
    case.histogram = None;
    assert_eq!(chart(case, &[&far], 60), "");
}

#[test]
fn a_row_of_functions_that_is_too_wide_goes_on_below() {
    let name = "app::a_function_whose_name_is_as_long_as_that_of_a_test";
    let row = |function: &str, place: &str| [function, "0 %", "98 %", place].map(str::to_owned);
    let rows = [row("read", "a.rs:7"), row(name, "tests/app.rs:23, inlined")];
    let columns = [Align::Left, Align::Right, Align::Right, Align::Left];
    let mut out = String::new();
    let table = CaseTable {
        case: "app::case".to_owned(),
        caption: "functions, by 900 samples".to_owned(),
        heads: ["function", "self", "total", "at"],
        rows: rows.to_vec(),
    };
    breakdown(&mut out, &table, columns, style(Some(80)));
    let below = format!("    {name}   0 %   98 %\n        tests/app.rs:23, inlined\n");
    assert!(out.ends_with(&below), "{out}");
    assert!(out.contains("98 %  a.rs:7\n"), "{out}");
}
