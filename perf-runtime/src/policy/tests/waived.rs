//! Rows for waivers.

use super::*;

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
