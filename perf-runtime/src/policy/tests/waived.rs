//! Rows for waivers.

use super::*;
use crate::policy::file::{Concerned, Unmatched};

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

/// What is said of a waiver of `limit` of the cases that `pattern` matches, of two: `reads`
/// with `p99` and `mem`, and `writes` with `mem`, `count` and a class.
#[track_caller]
fn said(pattern: &str, limit: &str, rest: &str) -> Vec<String> {
    let text = format!(
        "[class.hot]\nmessage = \"hot\"\n[[waive]]\ncase = \"{pattern}\"\nlimit = \"{limit}\"\nreason = \"#1\"\nuntil = 2026-12-31\n{rest}"
    );
    let mut writes = facts();
    writes.id = "app::writer::writes".to_owned();
    writes.class = Some("hot".to_owned());
    let target = |of: &str| Target {
        metric: metric("count"),
        of: Some(of.to_owned()),
    };
    writes.settings.limits = vec![
        (metric("mem").into(), set(50_000_000, 15)),
        (target("a"), set(1, 29)),
        (target("b"), set(1, 39)),
    ];
    let both = [facts(), writes];
    let resolved: Vec<Resolved> = both
        .iter()
        .map(|case| resolved(case, &text, &Overrides::default()))
        .collect();
    let cases: Vec<Concerned<'_>> = (both.iter().zip(&resolved))
        .map(|(case, resolved)| Concerned {
            labels: case.labels(),
            limits: &resolved.budget.limits,
        })
        .collect();
    let file = file(&text);
    let found = file::unmatched(&file, &cases);
    // What it is called is the same in every binary, with cases that it matches or without.
    for one in &found {
        let what = format!("perf-budgets.toml:4:1: [[waive]] case = \"{pattern}\" matches no case");
        assert_eq!(one.what(), what);
    }
    found.iter().map(Unmatched::text).collect()
}

#[test]
fn a_waiver_of_a_limit_that_its_cases_do_not_have_is_warned_about() {
    assert_eq!(
        said("writes", "p99", ""),
        [
            "perf-budgets.toml:4:1: found `limit = \"p99\"` in [[waive]] case = \"writes\", and no case that it matches has that limit, so it waives nothing; `app::writer::writes` has `mem`, `count`; name a limit that the case has, or remove the waiver"
        ]
    );
    for limit in ["p95", "allocs", "span_p99"] {
        let found = said("app::**", limit, "");
        assert_eq!(found.len(), 1, "{limit}: {found:?}");
        assert!(found[0].contains("`app::parser::reads` has `p99`, `mem`;"));
    }
    assert!(said("nothing", "p99", "")[0].ends_with("matches no case"));
}

#[test]
fn a_waiver_that_may_waive_something_is_not_warned_about() {
    let check = |pattern: &str, limit: &str, rest: &str| {
        let found = said(pattern, limit, rest);
        assert_eq!(found, [] as [String; 0]);
    };
    // One of the cases has it.
    check("app::**", "p99", "");
    check("app::**", "count", "");
    check("reads", "*", "");
    // Whatever its limits, a case can be slower than before.
    check("reads", "regression", "");
    // Another table gives it to the case, in this run or under a profile.
    check("writes", "p99", "[budget.writes]\np99 = \"1ms\"");
    for table in ["class.hot", "budget.writes"] {
        let rest = format!("[profile.nightly.{table}]\np99 = \"1ms\"");
        check("writes", "p99", &rest);
    }
    // That of another case says nothing of this one.
    let elsewhere = "[profile.nightly.budget.reads]\np99 = \"1ms\"";
    assert_eq!(said("writes", "p99", elsewhere).len(), 1);
}
