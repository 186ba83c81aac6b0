//! Rows for what is refused, in words and with its place.

use super::*;

#[track_caller]
fn refuses(case: &CaseFacts, file: &BudgetFile, overrides: &Overrides, expected: &str) {
    let mistakes = resolve(case, file, overrides, TODAY).expect_err(expected);
    assert_eq!(mistakes[0].to_string(), expected);
}

#[track_caller]
fn codes(case: &CaseFacts, text: &str, expected: &[&str]) {
    let mistakes = resolve(case, &file(text), &Overrides::default(), TODAY).expect_err(text);
    assert_eq!(mistakes.codes(), expected, "{text}");
}

#[test]
fn what_a_case_cannot_be_has_a_code() {
    let mut bare = CaseFacts {
        settings: Settings::default(),
        ..facts()
    };
    codes(&bare, "", &["no_limit"]);
    bare.class = Some("a".to_owned());
    codes(&bare, "", &["unknown_class"]);
    codes(&bare, "[class.a]", &["no_limit_of_class"]);
    let text = "[budget.\"reads\"]\nrate = \"5/s\"\ndegradation = \"2x\"\ncomplexity = \"n\"";
    let expected = ["one_user", "degradation_of_one", "complexity_of_none"];
    codes(&facts(), text, &expected);
    let tasks = CaseFacts {
        kind: CaseKind::Tasks,
        ..facts()
    };
    codes(
        &tasks,
        "[budget.\"reads\"]\nclock = \"cpu\"",
        &["clock_of_tasks"],
    );
}

#[test]
fn a_profile_or_class_that_is_not_defined_is_refused() {
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
            .line(),
        "found PERF_BUDGETS_MODE=sof, expected hard, soft or off; did you mean `soft`?"
    );
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
