//! Rows for limits with a name, for what selects cases, and for what is tolerated.

use super::*;

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
    facts.settings.limits = [("render", 15), ("load", 40)]
        .map(|(of, column)| (span(of), set(2_000_000, column)))
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
fn what_is_left_undecided_does_what_the_file_says() {
    use perf_grammar::WhenUndecided::{Fail, Pass, Warn};
    #[track_caller]
    fn check(
        text: &str,
        profile: Option<&str>,
        undecided: perf_grammar::WhenUndecided,
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
        assert!(mistakes[0].to_string().contains(part), "{}", mistakes[0]);
    }
}
