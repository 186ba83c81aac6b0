//! Rows for the order of the layers, for slack, waivers and what is refused.

use super::*;
use crate::model::case::Clock;
use crate::model::plan::Layer;
use crate::policy::file;

const TODAY: Date = Date {
    year: 2026,
    month: 11,
    day: 20,
};

fn metric(key: &str) -> Metric {
    Metric::from_key(key).expect("a metric")
}

/// A case `app::parser::reads` whose attribute says `p99 = "10ms", mem = "50MB"`.
fn facts() -> CaseFacts {
    let set = |value, column| Set {
        value,
        place: Some(format!("src/parser.rs:42:{column}")),
    };
    CaseFacts {
        id: "app::parser::reads".to_owned(),
        place: "src/parser.rs:42:1".to_owned(),
        class: None,
        group: None,
        requirement: None,
        tags: Vec::new(),
        settings: Settings {
            limits: vec![
                (metric("p99").into(), set(10_000_000, 15)),
                (metric("mem").into(), set(50_000_000, 29)),
            ],
            ..Settings::default()
        },
        kind: CaseKind::Plain,
        unoptimised: false,
    }
}

#[track_caller]
fn file(text: &str) -> BudgetFile {
    file::parse(&format!("schema = 1\n{text}"), "perf-budgets.toml").expect("a sound file")
}

struct Resolved {
    plan: Plan,
    budget: Budget,
}

#[track_caller]
fn resolved(case: &CaseFacts, text: &str, overrides: &Overrides) -> Resolved {
    let (plan, budget) = resolve(case, &file(text), overrides, TODAY).expect("a sound case");
    Resolved { plan, budget }
}

fn p99(resolved: &Resolved) -> &crate::model::plan::Limit {
    &resolved.budget.limits[0]
}

/// The value and the layer of `p99` under this file.
#[track_caller]
fn check(text: &str, expected_ms: u64, layer: Layer) {
    let resolved = resolved(
        &facts(),
        text,
        &Overrides {
            ci: true,
            ..Overrides::default()
        },
    );
    assert_eq!(
        (p99(&resolved).value, p99(&resolved).source.layer),
        (expected_ms * 1_000_000, layer),
        "{text}"
    );
}

#[test]
fn without_a_file_the_attribute_and_the_defaults_decide() {
    let (plan, budget) = resolve(
        &facts(),
        &BudgetFile::default(),
        &Overrides::default(),
        TODAY,
    )
    .expect("sound");
    let resolved = Resolved { plan, budget };
    let plan = &resolved.plan;
    assert_eq!(
        (plan.max_time_ns, plan.items, plan.clock, plan.near),
        (3_000_000_000, 1, Clock::Clean, 0.9)
    );
    assert_eq!(
        (plan.false_fail, plan.false_pass, plan.profile.as_deref()),
        (0.001, 0.05, None)
    );
    assert_eq!((plan.warmup, plan.samples), (None, None));
    let limits: Vec<_> = resolved
        .budget
        .limits
        .iter()
        .map(|limit| (limit.metric, limit.value, limit.mode))
        .collect();
    assert_eq!(
        limits,
        [
            (metric("p99"), 10_000_000, Mode::Hard),
            (metric("mem"), 50_000_000, Mode::Hard)
        ]
    );
    assert_eq!(
        p99(&resolved).source.place.as_deref(),
        Some("src/parser.rs:42:15")
    );
    assert_eq!(p99(&resolved).mode_source.layer, Layer::BuiltIn);
}

#[test]
fn each_layer_overrides_the_ones_below_it() {
    check("[budget.\"other\"]\np99 = \"8ms\"", 10, Layer::Attribute);
    check("[budget.\"parser::*\"]\np99 = \"8ms\"", 8, Layer::Budget);
    check(
        "[budget.\"parser::*\"]\np99 = \"8ms\"\n[profile.ci.budget.\"**\"]\np99 = \"20ms\"",
        20,
        Layer::Profile,
    );
    check(
        "[profile.other.budget.\"**\"]\np99 = \"20ms\"",
        10,
        Layer::Attribute,
    );
}

#[test]
fn a_class_stands_below_the_attribute_and_adds_what_it_leaves_out() {
    let mut case = facts();
    case.class = Some("critical".to_owned());
    let resolved = resolved(
        &case,
        "[class.critical]\np95 = \"100ms\"\np99 = \"200ms\"\nmax_time = \"9s\"",
        &Overrides::default(),
    );
    let limits: Vec<_> = resolved
        .budget
        .limits
        .iter()
        .map(|limit| (limit.metric.key(), limit.value))
        .collect();
    assert_eq!(
        limits,
        [
            ("p99".to_owned(), 10_000_000),
            ("mem".to_owned(), 50_000_000),
            ("p95".to_owned(), 100_000_000)
        ]
    );
    assert_eq!(resolved.plan.max_time_ns, 9_000_000_000);
}

#[test]
fn a_profile_can_change_a_class() {
    let mut case = facts();
    case.class = Some("critical".to_owned());
    let text = "[class.critical]\np95 = \"100ms\"\n[profile.ci.class.critical]\np95 = \"150ms\"";
    let overrides = Overrides {
        profile: Some("ci".to_owned()),
        ..Overrides::default()
    };
    let resolved = resolved(&case, text, &overrides);
    assert_eq!(resolved.budget.limits[2].value, 150_000_000);
    assert_eq!(resolved.budget.limits[2].source.layer, Layer::Profile);
}

#[test]
fn the_most_specific_pattern_wins_key_by_key() {
    let text = "[budget.\"app::parser::reads\"]\np99 = \"7ms\"\n[budget.\"**\"]\np99 = \"9ms\"\nmode = \"soft\"\nmessage = \"ask\"";
    check(text, 7, Layer::Budget);
    let resolved = resolved(&facts(), text, &Overrides::default());
    assert_eq!(p99(&resolved).mode, Mode::Soft);
    assert_eq!(resolved.budget.message.as_deref(), Some("ask"));
    // Two patterns that name as much: the later one.
    check(
        "[budget.\"parser::r*\"]\np99 = \"7ms\"\n[budget.\"p*::reads\"]\np99 = \"9ms\"\n[budget.\"parse*::*s\"]\np99 = \"8ms\"",
        7,
        Layer::Budget,
    );
    check(
        "[budget.\"parser::read*\"]\np99 = \"7ms\"\n[budget.\"parse*::reads\"]\np99 = \"9ms\"",
        9,
        Layer::Budget,
    );
}

#[test]
fn slack_stretches_time_limits_from_outside_the_profile_only() {
    let text = "[budget.\"reads\"]\nthroughput = \"900/s\"\n[profile.ci]\nslack = 1.5\n[profile.ci.budget.\"reads\"]\nmean = \"4ms\"";
    let resolved = resolved(
        &facts(),
        text,
        &Overrides {
            ci: true,
            ..Overrides::default()
        },
    );
    let limits: Vec<_> = resolved
        .budget
        .limits
        .iter()
        .map(|limit| (limit.metric.key(), limit.declared, limit.value))
        .collect();
    let row = |key: &str, declared, value| (key.to_owned(), declared, value);
    assert_eq!(
        limits,
        [
            row("p99", 10_000_000, 15_000_000),
            row("mem", 50_000_000, 50_000_000),
            row("throughput", 900_000, 600_000),
            row("mean", 4_000_000, 4_000_000),
        ]
    );
    assert_eq!(resolved.plan.profile.as_deref(), Some("ci"));
}

#[test]
fn the_profile_ci_applies_on_a_build_server_unless_another_is_named() {
    let text = "[profile.ci]\nslack = 2\n[profile.laptop]\nslack = 3";
    let with = |profile: Option<&str>, ci| {
        let overrides = Overrides {
            profile: profile.map(str::to_owned),
            ci,
            ..Overrides::default()
        };
        p99(&resolved(&facts(), text, &overrides)).value / 1_000_000
    };
    assert_eq!(with(None, false), 10);
    assert_eq!(with(None, true), 20);
    assert_eq!(with(Some("laptop"), true), 30);
    check("", 10, Layer::Attribute);
}

#[test]
fn environment_and_command_line_stand_above_the_profile() {
    let text =
        "mode = \"soft\"\n[profile.ci]\nmode = \"off\"\n[profile.ci.defaults]\nmax_time = \"5s\"";
    let mut overrides = Overrides {
        ci: true,
        ..Overrides::default()
    };
    let mode = |overrides: &Overrides| p99(&resolved(&facts(), text, overrides)).mode;
    assert_eq!(mode(&overrides), Mode::Off);
    overrides.environment_mode = Some(Mode::Soft);
    assert_eq!(mode(&overrides), Mode::Soft);
    overrides.command_line_mode = Some(Mode::Hard);
    assert_eq!(mode(&overrides), Mode::Hard);
    overrides.default_max_time_ns = Some(10);
    assert_eq!(
        resolved(&facts(), text, &overrides).plan.max_time_ns,
        5_000_000_000
    );
    assert_eq!(resolved(&facts(), "", &overrides).plan.max_time_ns, 10);
    overrides.max_time_ns = Some(7);
    assert_eq!(resolved(&facts(), text, &overrides).plan.max_time_ns, 7);
}

#[test]
fn a_waiver_holds_through_its_last_day() {
    let text = |until: &str, limit: &str| {
        format!(
            "[[waive]]\ncase = \"parser::*\"\nlimit = \"{limit}\"\nreason = \"#123\"\nuntil = {until}"
        )
    };
    let resolve = |text: &str| resolved(&facts(), text, &Overrides::default());
    let holds = resolve(&text("2026-11-20", "p99"));
    assert_eq!(
        p99(&holds).waiver.as_ref().map(|waiver| &*waiver.reason),
        Some("#123")
    );
    assert_eq!(holds.budget.limits[1].waiver, None, "mem is not waived");
    let every = resolve(&text("2026-11-20", "*"));
    assert!(
        every
            .budget
            .limits
            .iter()
            .all(|limit| limit.waiver.is_some())
    );
    let ended = resolve(&text("2026-11-19", "p99"));
    assert_eq!(p99(&ended).waiver, None);
    assert_eq!(
        p99(&ended)
            .expired
            .as_ref()
            .map(ToString::to_string)
            .as_deref(),
        Some(
            "the waiver at perf-budgets.toml:2:1 ended on 2026-11-19 (#123); the limit counts again"
        )
    );
    let both = resolve(&format!(
        "{}\n{}",
        text("2026-12-31", "p99"),
        text("2026-01-01", "*")
    ));
    assert_eq!(
        p99(&both).waiver.as_ref().map(|waiver| waiver.until.month),
        Some(12)
    );
    assert_eq!(p99(&both).expired, None);
}

#[track_caller]
fn refuses(case: &CaseFacts, file: &BudgetFile, overrides: &Overrides, expected: &str) {
    let mistakes = resolve(case, file, overrides, TODAY).expect_err(expected);
    assert_eq!(mistakes[0].to_string(), expected);
}

#[test]
fn a_profile_or_class_that_nobody_made_is_refused() {
    let named = Overrides {
        profile: Some("cl".to_owned()),
        ..Overrides::default()
    };
    let with_ci = file(
        "[profile.ci]\nslack = 2\n[class.critical]\np95 = \"1s\"\n[class.empty]\nmode = \"soft\"",
    );
    refuses(
        &facts(),
        &with_ci,
        &named,
        "found profile `cl`, expected one that perf-budgets.toml makes as [profile.cl]; did you mean `ci`?",
    );
    refuses(
        &facts(),
        &BudgetFile::default(),
        &named,
        "found profile `cl`, but there is no perf-budgets.toml; write one with [profile.cl]",
    );
    let mut case = facts();
    case.class = Some("critcal".to_owned());
    refuses(
        &case,
        &with_ci,
        &Overrides::default(),
        "src/parser.rs:42:1: found class `critcal`, expected one that perf-budgets.toml makes as [class.critcal]; did you mean `critical`?",
    );
    case.class = Some("empty".to_owned());
    case.settings = Settings::default();
    refuses(
        &case,
        &with_ci,
        &Overrides::default(),
        "src/parser.rs:42:1: `app::parser::reads` has no limit: its class `empty` at perf-budgets.toml:6:8 sets none; add one, such as p99 = \"10ms\"",
    );
    assert_eq!(
        mode_from_word("PERF_BUDGETS_MODE", "sof")
            .expect_err("no mode")
            .to_string(),
        "found PERF_BUDGETS_MODE=sof, expected hard, soft or off; did you mean `soft`?"
    );
}

#[test]
fn every_number_can_be_traced_through_its_layers() {
    let text = "mode = \"hard\"\n[budget.\"parser::*\"]\np99 = \"8ms\"\nmode = \"soft\"\n[profile.ci]\nslack = 1.5\n\
                [[waive]]\ncase = \"reads\"\nlimit = \"p99\"\nreason = \"#123\"\nuntil = 2026-12-31";
    let explained = explain(
        &facts(),
        &file(text),
        &Overrides {
            ci: true,
            ..Overrides::default()
        },
        TODAY,
    );
    let expected = [
        "app::parser::reads at src/parser.rs:42:1, with [profile.ci]",
        "  mode       soft from [budget.\"parser::*\"] at perf-budgets.toml:5:8",
        "             overrides hard from the top of the file at perf-budgets.toml:2:8",
        "             overrides hard from what is built in",
        "  undecided  warn from what is built in",
        "  p99        8 ms from [budget.\"parser::*\"] at perf-budgets.toml:4:7; 12 ms with slack 1.5 from [profile.ci] at perf-budgets.toml:7:9",
        "             overrides 10 ms from #[perf_budget] at src/parser.rs:42:15",
        "  mem        50 MB from #[perf_budget] at src/parser.rs:42:29",
        "  max_time   3 s from what is built in",
        "  items      1 from what is built in",
        "  threads    1 from what is built in",
        "  clock      clean from what is built in",
        "  false_fail 0.001 from what is built in",
        "  false_pass 0.05 from what is built in",
        "  near       90 % from what is built in",
        "  regression 10 % from what is built in",
        "  regression_tail 25 % from what is built in",
        "  waiver     of p99 holds until 2026-12-31 at perf-budgets.toml:8:1: #123",
    ];
    assert_eq!(explained, expected);
}

#[track_caller]
fn misfit(kind: CaseKind, text: &str, expected: &[&str]) {
    let case = CaseFacts { kind, ..facts() };
    let found = resolve(&case, &file(text), &Overrides::default(), TODAY);
    let found = found.err().unwrap_or_default();
    let found: Vec<String> = found.iter().map(ToString::to_string).collect();
    assert_eq!(found.len(), expected.len(), "{text}: {found:#?}");
    for (found, part) in found.iter().zip(expected) {
        assert!(found.contains(part), "{text}: {found}");
    }
}

#[test]
fn what_the_function_cannot_do_is_refused_where_it_is_written() {
    let text = "[budget.\"reads\"]\nthreads = 4\nrate = \"5/s\"\ndegradation = \"2x\"";
    let parts = [
        "perf-budgets.toml:3:11: found `threads` in [budget.\"reads\"] for `app::parser::reads`",
        "perf-budgets.toml:4:8: found `rate`",
        "perf-budgets.toml:5:15: found `degradation`",
    ];
    misfit(CaseKind::Plain, text, &parts);
    misfit(CaseKind::Load, text, &[]);
    let one = "[budget.\"reads\"]\nthreads = 1";
    misfit(CaseKind::Plain, one, &[]);
    let alone = "[budget.\"reads\"]\ndegradation = \"2x\"";
    misfit(CaseKind::Load, alone, &["this case has one"]);
    let growth = "[budget.\"reads\"]\ncomplexity = \"n log n\"";
    misfit(CaseKind::Plain, growth, &["its function has none"]);
    misfit(CaseKind::Member, growth, &[]);
}

#[test]
fn the_file_can_give_limits_that_have_a_name_or_a_word() {
    let case = CaseFacts {
        kind: CaseKind::Member,
        ..facts()
    };
    let text = "[budget.\"reads\"]\ncomplexity = \"n\"\nerrors = \"20%\"\nratio = \"0.5x naive::reads\"\n[profile.ci.budget.\"reads\"]\nratio = \"0.7x other::reads\"";
    let overrides = Overrides {
        ci: true,
        ..Overrides::default()
    };
    let resolved = resolved(&case, text, &overrides);
    let limits: Vec<_> = resolved.budget.limits[2..]
        .iter()
        .map(|limit| (limit.name(), limit.value))
        .collect();
    let row = |name: &str, value| (name.to_owned(), value);
    assert_eq!(
        limits,
        [
            row("complexity", 2),
            row("errors", 200_000),
            row("ratio other::reads", 700)
        ]
    );
}

#[test]
fn a_named_limit_is_overridden_by_its_name() {
    let mut facts = facts();
    let span = |of: &str| Target {
        metric: metric("span_p99"),
        of: Some(of.to_owned()),
    };
    let place = |column| Some(format!("src/parser.rs:42:{column}"));
    facts.settings.limits = [("render", 15), ("load", 40)]
        .map(|(of, column)| {
            let set = Set {
                value: 2_000_000,
                place: place(column),
            };
            (span(of), set)
        })
        .into();
    let text = "[budget.\"parser::*\"]\nspan.\"render\".p99 = \"9ms\"\nevents.\"sqlx::query\".max = 5\n\
        [profile.ci]\nslack = 2\n[profile.ci.budget.\"parser::*\"]\nevents.\"sqlx::query\".max = 7\n";
    let overrides = Overrides {
        ci: true,
        ..Overrides::default()
    };
    let resolved = resolved(&facts, text, &overrides);
    let limits: Vec<_> = resolved
        .budget
        .limits
        .iter()
        .map(|limit| (limit.name(), limit.value, limit.source.layer))
        .collect();
    assert_eq!(
        limits,
        [
            ("span_p99 render".to_owned(), 18_000_000, Layer::Budget),
            ("span_p99 load".to_owned(), 4_000_000, Layer::Attribute),
            ("events sqlx::query".to_owned(), 7, Layer::Profile),
        ]
    );
    let explain = explain(&facts, &file(text), &overrides, TODAY);
    for part in [
        "span_p99 render 9 ms from [budget.\"parser::*\"] at perf-budgets.toml:3:21; 18 ms with slack 2",
        "overrides 2 ms from #[perf_budget] at src/parser.rs:42:15",
        "events sqlx::query 7 from [profile.ci.budget.\"parser::*\"]",
        "overrides 5 from [budget.\"parser::*\"]",
    ] {
        assert!(
            explain.iter().any(|line| line.contains(part)),
            "{part}\n{explain:#?}"
        );
    }
}

#[test]
fn budgets_and_waivers_select_cases_by_what_they_say_of_themselves() {
    let facts = CaseFacts {
        class: Some("critical".to_owned()),
        group: Some("storage".to_owned()),
        requirement: Some("PERF001".to_owned()),
        tags: vec!["slow".to_owned()],
        ..facts()
    };
    let rules = |names: &[(&str, u64)]| -> String {
        let rule = |(name, ms): &(&str, u64)| format!("[budget.\"{name}\"]\np99 = \"{ms}ms\"\n");
        format!(
            "[class.critical]\n{}",
            names.iter().map(rule).collect::<String>()
        )
    };
    #[track_caller]
    fn check(facts: &CaseFacts, text: &str, expected_ms: u64) {
        let resolved = resolved(facts, text, &Overrides::default());
        assert_eq!(p99(&resolved).value, expected_ms * 1_000_000, "{text}");
    }
    // Whatever the order of the file: from the least to the most specific.
    let all = [
        ("id:PERF001", 5),
        ("parser::*", 4),
        ("tag:slow", 3),
        ("class:critical", 2),
        ("**", 1),
    ];
    for first in 0..all.len() {
        check(&facts, &rules(&all[first..]), all[first].1);
    }
    // Of two as specific ones the later wins; what selects others says nothing.
    check(
        &facts,
        &rules(&[("tag:slow", 3), ("group:disk*", 7), ("group:strorag", 8)]),
        3,
    );
    check(
        &facts,
        &rules(&[("tag:slow", 3), ("group:stor", 9), ("group:s*e", 6)]),
        3,
    );
    let waived = "[class.critical]\n[[waive]]\ncase = \"id:PERF*\"\nlimit = \"p99\"\nreason = \"r\"\nuntil = 2027-01-01\n";
    let resolved = resolved(&facts, waived, &Overrides::default());
    assert!(p99(&resolved).waiver.is_some());
    assert!(resolved.budget.limits[1].waiver.is_none());
}

/// The tolerances of a typical call and of the tail, millionths, under this file.
#[track_caller]
fn tolerates(text: &str, typical: u64, tail: u64) {
    let regression = resolved(&facts(), text, &Overrides::default())
        .plan
        .regression;
    assert_eq!(
        (regression.typical.millionths, regression.tail.millionths),
        (typical, tail),
        "{text}"
    );
}

#[test]
fn what_a_comparison_tolerates_is_settled_like_any_key() {
    tolerates("", 100_000, 250_000);
    tolerates("defaults.regression = \"5%\"", 50_000, 250_000);
    tolerates(
        "defaults.regression = \"5%\"\n[budget.\"parser::*\"]\nregression = \"1.2x\"",
        200_000,
        250_000,
    );
    // A tail that is not mentioned is tolerated as much as the typical call.
    tolerates("budget.reads.regression = \"50%\"", 500_000, 500_000);
    tolerates(
        "budget.reads.regression = \"50%\"\ndefaults.regression_tail = \"30%\"",
        500_000,
        300_000,
    );
}

#[test]
fn being_slower_than_before_can_be_waived_by_itself() {
    let waived = |limit: &str, until: &str| {
        let text = format!(
            "waive = [{{ case = \"reads\", limit = \"{limit}\", reason = \"#7\", until = {until} }}]"
        );
        let resolved = resolved(&facts(), &text, &Overrides::default());
        let regression = resolved.plan.regression;
        (
            regression.waiver.is_some(),
            usize::from(regression.expired.is_some()),
            resolved
                .budget
                .limits
                .iter()
                .any(|limit| limit.waiver.is_some()),
        )
    };
    assert_eq!(waived("regression", "2999-12-31"), (true, 0, false));
    assert_eq!(waived("regression", "2001-12-31"), (false, 1, false));
    assert_eq!(waived("p99", "2999-12-31"), (false, 0, true));
    assert_eq!(waived("*", "2999-12-31"), (true, 0, true));
}

#[test]
fn a_case_that_is_only_compared_needs_no_limit() {
    let bare = CaseFacts {
        settings: Settings::default(),
        ..facts()
    };
    let refused = |text: &str| resolve(&bare, &file(text), &Overrides::default(), TODAY).is_err();
    assert!(refused(""));
    assert!(refused("defaults.regression = \"5%\""));
    assert!(!refused("budget.reads.regression = \"5%\""));
}

#[test]
fn what_is_left_undecided_does_what_the_file_says() {
    use crate::model::plan::WhenUndecided::{Fail, Pass, Warn};
    #[track_caller]
    fn check(
        text: &str,
        profile: Option<&str>,
        undecided: crate::model::plan::WhenUndecided,
        fails: bool,
    ) {
        let overrides = Overrides {
            profile: profile.map(str::to_owned),
            ..Overrides::default()
        };
        let resolved = resolved(&facts(), text, &overrides);
        for limit in &resolved.budget.limits {
            assert_eq!(
                (limit.undecided, limit.fails_undecided()),
                (undecided, fails)
            );
        }
    }
    check("", None, Warn, false);
    check("undecided = \"pass\"", None, Pass, false);
    check("undecided = \"fail\"", None, Fail, true);
    check("[defaults]\nundecided = \"fail\"", None, Fail, true);
    let ci = "undecided = \"pass\"\n[profile.ci]\nundecided = \"fail\"";
    check(ci, None, Pass, false);
    check(ci, Some("ci"), Fail, true);
    check(
        "[profile.ci.defaults]\nundecided = \"fail\"",
        Some("ci"),
        Fail,
        true,
    );
    // What a breach does not fail, is not failed by less.
    check("mode = \"soft\"\nundecided = \"fail\"", None, Fail, false);
    let waived = "undecided = \"fail\"\n[[waive]]\ncase = \"reads\"\nlimit = \"*\"\nreason = \"#1\"\nuntil = 2026-12-31";
    check(waived, None, Fail, false);
    for (text, part) in [
        ("undecided = \"yes\"", "one of \"pass\", \"warn\", \"fail\""),
        ("budget.a.undecided = \"fail\"", "write it in [defaults]"),
        (
            "undecided = \"fail\"\n[defaults]\nundecided = \"pass\"",
            "found `undecided` a second time",
        ),
    ] {
        let mistakes = file::parse(&format!("schema = 1\n{text}"), "f").expect_err(text);
        assert!(mistakes[0].message.contains(part), "{}", mistakes[0]);
    }
}

#[test]
fn an_unoptimised_build_is_timed_briefly_unless_somebody_says_how_long() {
    #[track_caller]
    fn check(text: &str, expected: [u64; 2]) {
        let facts = CaseFacts {
            unoptimised: true,
            ..facts()
        };
        let (plan, _) =
            resolve(&facts, &file(text), &Overrides::default(), TODAY).expect("it fits");
        assert_eq!([plan.max_time_ns, plan.counting_ns], expected, "{text}");
    }
    const USUAL: u64 = DEFAULT_MAX_TIME_NS;
    check("", [UNOPTIMISED_MAX_TIME_NS, USUAL]);
    check("[defaults]\nmax_time = \"2s\"", [2_000_000_000; 2]);
    let facts = CaseFacts {
        unoptimised: true,
        ..facts()
    };
    let explain = explain(&facts, &file(""), &Overrides::default(), TODAY);
    let line = "  max_time   500 ms in an unoptimised build, whose time limits only warn";
    assert!(explain.iter().any(|found| found == line), "{explain:#?}");
}
