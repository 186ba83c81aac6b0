//! Comments against their files in `tests/golden`, and how long they get.

use super::*;
use crate::analysis::fixture;
use crate::analysis::run::Run;
use crate::render::compared::sample;
use crate::render::golden::check;

fn report(run: Run) -> Report {
    let mut report = Report::of(run, None, Detail::NotPlain);
    "cargo xtask perf".clone_into(&mut report.command);
    report
}

/// A comparison of what the run holds.
fn against() -> Compared {
    let mut compared = sample();
    for (from, to) in [
        ("app::slow", "parser::parses_the_config"),
        ("app::fast", "parser::tokens"),
    ] {
        for one in compared.comparisons.iter_mut().filter(|one| one.id == from) {
            to.clone_into(&mut one.id);
        }
    }
    compared.before = "main (1a2b3c4)".to_owned();
    compared.command = Some("cargo xtask perf ab main".to_owned());
    compared.problems.clear();
    compared
}

#[test]
fn a_comment_says_first_what_was_decided_and_opens_what_is_not_a_plain_pass() {
    check("comment.md", &render(&report(fixture::run()), None));
    check(
        "comment-quiet.md",
        &render(&report(fixture::quiet_run()), None),
    );
    check(
        "comment-against.md",
        &render(&report(fixture::run()), Some(&against())),
    );
    check("comment-comparison.md", &comparison(&against()));
}

#[test]
fn a_comment_of_ten_thousand_cases_is_cut_and_says_so() {
    let mut run = fixture::run();
    let cases = run.cases.clone();
    for number in 0..2_000 {
        run.cases.extend(cases.iter().cloned().map(|mut case| {
            case.id.push_str(&format!("/{number}"));
            case
        }));
    }
    let report = report(run);
    let comment = render(&report, Some(&against()));
    assert!(
        (60_000..=COMMENT).contains(&comment.len()),
        "{}",
        comment.len()
    );
    assert!(comment.ends_with(&format!("{MARKER}\n")));
    for part in [
        "## ❌ Performance budgets: failed; 4 regressions, 1 case that fails against main (1a2b3c4) · 26013 limits = ",
        " more rows are left out here",
        " passed limits are left out here",
        "# and ",
        "[[waive]]",
        " more need the same.",
    ] {
        assert!(comment.contains(part), "{part}\n{comment}");
    }
    let long = summary(&report, None, 1_000_000);
    assert!(
        (900_000..=1_000_000).contains(&long.len()),
        "{}",
        long.len()
    );
    assert!(summary(&report, None, 2_000).len() <= 2_000);
}

#[test]
fn a_regression_turns_a_green_run_red() {
    let run = report(fixture::quiet_run());
    let first = |against: Option<&Compared>| {
        let text = render(&run, against);
        text.lines().next().unwrap_or_default().to_owned()
    };
    assert!(first(None).starts_with("## ✅ Performance budgets: passed · 6 limits = 6 passed"));
    let worse = first(Some(&against()));
    assert!(
        worse.starts_with("## ❌ Performance budgets: passed; ")
            && worse.contains("against main (1a2b3c4)"),
        "{worse}"
    );
}
