use perf_grammar::Verdict;

use super::*;
use crate::analysis::compare::{Basis, Subject};
use crate::model::record::{Tolerated, Waiver};

const QUIET: [f64; 7] = [1.00e6, 1.01e6, 0.99e6, 1.00e6, 1.02e6, 0.98e6, 1.00e6];
const NOISY: [f64; 7] = [1.0e6, 1.1e6, 0.9e6, 1.0e6, 1.2e6, 0.85e6, 1.0e6];

fn basis() -> Basis {
    Basis {
        machine: Some("EPYC".to_owned()),
        rustc: Some("1.95".to_owned()),
        ..Basis::default()
    }
}

fn case(figures: &[(Subject, &[f64])]) -> CaseSide {
    let figure = |values: &[f64]| Figure {
        values: values.to_vec(),
        basis: basis(),
        mixed: None,
    };
    CaseSide {
        figures: figures
            .iter()
            .map(|(subject, values)| (subject.clone(), figure(values)))
            .collect(),
        ..CaseSide::default()
    }
}

fn side(case: CaseSide) -> Side {
    Side {
        name: "runs".to_owned(),
        cases: [("a::b".to_owned(), case)].into(),
    }
}

fn ask(before: CaseSide, after: CaseSide, again: Option<CaseSide>) -> Vec<Comparison> {
    let (before, after, again) = (side(before), side(after), again.map(side));
    let question = Question {
        before: &before,
        after: &after,
        again: again.as_ref(),
        today: "2026-11-27",
    };
    compare(question).comparisons
}

fn tail() -> Subject {
    Subject::Tail("p99".to_owned())
}

/// One subject: runs before, after and again, and what is found.
#[track_caller]
fn check(subject: &Subject, before: &[f64], after: &[f64], again: &[f64], word: &str, part: &str) {
    let of = |values| case(&[(subject.clone(), values)]);
    let again = (!again.is_empty()).then(|| of(again));
    let found = ask(of(before), of(after), again);
    let [one] = &*found else { panic!("{found:?}") };
    assert_eq!(one.finding.word(subject), word, "{one:?}");
    let text = format!("{} {}", one.sentence, one.details.join(" "));
    assert!(text.contains(part), "{text}");
}

#[test]
fn time_is_held_against_the_noise_between_runs() {
    let typical = Subject::Typical;
    let check = |before: &[f64], after: &[f64], again: &[f64], word, part| {
        check(&typical, before, after, again, word, part);
    };
    check(&QUIET, &[1.05e6], &[], "same", "within 10 % of 1 ms (+5 %)");
    check(
        &QUIET,
        &[1.25e6],
        &[1.24e6, 1.3e6, 1.2e6],
        "slower",
        "found twice: 1.25 ms first, 1.24 ms in 3 fresh runs",
    );
    check(
        &QUIET,
        &[1.25e6],
        &[1.01e6],
        "undecided",
        "slower once, and not in a fresh run after it: 1.01 ms",
    );
    check(
        &QUIET,
        &[1.25e6],
        &[],
        "undecided",
        "one run alone is slower",
    );
    check(
        &QUIET,
        &[1.25e6, 1.3e6],
        &[],
        "slower",
        "by 25 %, and 10 % is tolerated",
    );
    check(&QUIET, &[1.25e6, 1.01e6], &[], "same", "within 10 %");
    check(&QUIET, &[0.8e6], &[], "faster", "by 20 %");
    check(
        &NOISY,
        &[1.05e6],
        &[],
        "unenforceable",
        "a change of 47.3 % would be seen",
    );
    // What is far beyond the noise is found in spite of it.
    check(&NOISY, &[3e6], &[3e6], "slower", "(3 times)");
    check(
        &[1e6],
        &[2e6],
        &[],
        "undecided",
        "one run a side says nothing about time; use `ab`",
    );
    check(
        &QUIET[..4],
        &[2e6],
        &[],
        "undecided",
        "4 runs say too little",
    );
    check(&QUIET, &[0.0], &[], "unmeasured", "not above zero");
}

#[test]
fn a_tail_is_held_to_the_tolerance_or_else_to_the_noise() {
    check(&tail(), &QUIET, &[1.2e6], &[], "same", "within 25 % of");
    check(&tail(), &NOISY, &[1.5e6], &[], "same", "within 90.1 % of");
    check(
        &tail(),
        &NOISY,
        &[2.5e6],
        &[2.5e6],
        "slower",
        "and 90.1 % is tolerated",
    );
    let declared = |values: &[f64]| {
        let mut case = case(&[(tail(), values)]);
        let mut regression = Regression::built_in();
        regression.tail.source = Some("src/a.rs:3:1".to_owned());
        case.regression = Some(regression);
        case
    };
    let found = ask(declared(&NOISY), declared(&[1.4e6]), None);
    assert_eq!(found[0].finding.word(&tail()), "unenforceable", "{found:?}");
}

#[test]
fn counts_are_exact_where_runs_agree_and_as_near_as_they_are_where_not() {
    let allocs = Subject::counted("allocs");
    let check = |before: &[f64], after: &[f64], again: &[f64], word, part| {
        check(&allocs, before, after, again, word, part);
    };
    check(&[412.0; 7], &[412.0], &[], "same", "is the same as before");
    check(
        &[412.0; 7],
        &[413.0],
        &[],
        "more",
        "allocs 413 is more than 412 by 0.243 %",
    );
    check(&[412.0], &[413.0], &[], "more", "413");
    check(
        &[412.0; 7],
        &[413.0],
        &[413.0, 412.0, 412.0],
        "undecided",
        "more once",
    );
    check(&[0.0; 7], &[1.0], &[], "more", "allocs 1 is more than 0");
    check(&[4.0; 7], &[0.0], &[], "less", "by 100 %");
    let varying = [410.0, 412.0, 411.0, 412.0, 410.0, 411.0, 412.0];
    check(
        &varying,
        &[414.0],
        &[],
        "same",
        "as its runs are to each other",
    );
    check(&varying, &[420.0], &[], "more", "7 runs before: 410 to 412");
    check(&varying[..3], &[413.0], &[], "more", "3 runs before");
}

#[test]
fn instructions_are_tolerated_as_time_is() {
    let instructions = Subject::instructions();
    check(
        &instructions,
        &[1e6; 7],
        &[1.09e6],
        &[],
        "same",
        "within 10 % of",
    );
    check(
        &instructions,
        &[1e6; 7],
        &[1.2e6],
        &[],
        "more",
        "by 20 %, and 10 % is tolerated",
    );
    check(&instructions, &[1e6], &[0.8e6], &[], "less", "by 20 %");
}

#[test]
fn a_growth_is_another_one_from_three_tenths_on() {
    let before = [1.0, 1.01, 0.99, 1.0, 1.02, 0.98, 1.0];
    let growth = Subject::Growth;
    check(
        &growth,
        &before,
        &[1.2],
        &[],
        "same",
        "complexity n^1.20 grows no faster than n^1.00",
    );
    check(
        &growth,
        &before,
        &[2.0],
        &[1.9],
        "more",
        "complexity n^1.90 is more than n^1.00",
    );
    check(&growth, &before, &[2.0], &[], "undecided", "one run alone");
}

#[test]
fn what_does_not_agree_is_never_compared() {
    let other = |change: fn(&mut Basis), part: &str| {
        let mut after = case(&[(Subject::Typical, &[1e6])]);
        for figure in after.figures.values_mut() {
            change(&mut figure.basis);
        }
        let found = ask(case(&[(Subject::Typical, &QUIET)]), after, None);
        assert_eq!(found[0].verdict, Verdict::Unmeasured);
        assert!(found[0].sentence.contains(part), "{}", found[0].sentence);
    };
    other(
        |basis| basis.machine = Some("M4".to_owned()),
        "not compared: other machine (EPYC before, M4 after)",
    );
    other(
        |basis| basis.rustc = None,
        "other rustc (1.95 before, unknown after)",
    );
    other(|basis| basis.clock = Some("wall".to_owned()), "other clock");
    other(
        |basis| basis.items = Some(10),
        "other number of items (unknown before, 10 after)",
    );
    other(
        |basis| basis.counter = Some("callgrind".to_owned()),
        "other counter",
    );
}

#[test]
fn what_one_side_lacks_is_said() {
    let found = ask(
        case(&[(Subject::Typical, &QUIET)]),
        case(&[(Subject::counted("allocs"), &[1.0])]),
        None,
    );
    let sentences: Vec<&str> = found.iter().map(|one| &*one.sentence).collect();
    assert_eq!(
        sentences,
        [
            "p50 is not compared: it was not measured after",
            "allocs is not compared: there is nothing before to compare it with",
        ]
    );
}

#[test]
fn a_case_that_fails_fails_the_comparison() {
    let mut after = case(&[]);
    after.failure = Some("panic: index out of bounds".to_owned());
    let found = ask(case(&[(Subject::Typical, &QUIET)]), after, None);
    assert_eq!(found[0].verdict, Verdict::Fail);
    assert_eq!(
        found[0].sentence,
        "the case fails: panic: index out of bounds"
    );
}

#[test]
fn a_small_change_of_time_without_a_change_of_the_work_is_layout() {
    let of = |typical: &[f64], instructions: f64, allocs: f64| {
        case(&[
            (Subject::Typical, typical),
            (Subject::instructions(), &[instructions]),
            (Subject::counted("allocs"), &[allocs]),
        ])
    };
    let word = |after: CaseSide| {
        let found = ask(of(&QUIET, 1e6, 4.0), after, None);
        found[0].finding.word(&Subject::Typical)
    };
    assert_eq!(word(of(&[1.2e6, 1.2e6], 1.001e6, 4.0)), "layout");
    assert_eq!(word(of(&[1.2e6, 1.2e6], 1.01e6, 4.0)), "slower");
    assert_eq!(word(of(&[1.2e6, 1.2e6], 1.001e6, 5.0)), "slower");
    assert_eq!(word(of(&[1.4e6, 1.4e6], 1.001e6, 4.0)), "slower");
    let mut waits = of(&[1.2e6, 1.2e6], 1.001e6, 4.0);
    waits.waits = true;
    assert_eq!(word(waits), "slower");
}

#[test]
fn the_later_side_says_what_is_tolerated_and_what_a_breach_means() {
    let with = |mode, until: Option<&str>| {
        let mut after = case(&[(Subject::Typical, &[1.4e6, 1.4e6])]);
        after.regression = Some(Regression {
            typical: Tolerated {
                millionths: 300_000,
                layer: "attribute".to_owned(),
                source: Some("src/a.rs:3:1".to_owned()),
            },
            mode,
            waiver: until.map(|until| Waiver {
                reason: "#7".to_owned(),
                owner: None,
                until: until.to_owned(),
                source: "perf-budgets.toml:3:1".to_owned(),
            }),
            ..Regression::built_in()
        });
        ask(case(&[(Subject::Typical, &QUIET)]), after, None).remove(0)
    };
    let fails = with(Mode::Hard, None);
    assert_eq!(fails.verdict, Verdict::Fail);
    assert!(
        fails
            .details
            .contains(&"tolerance at src/a.rs:3:1".to_owned()),
        "{fails:?}"
    );
    assert_eq!(with(Mode::Off, None).verdict, Verdict::Unmeasured);
    let waived = with(Mode::Hard, Some("2026-12-31"));
    assert_eq!(waived.verdict, Verdict::Waived);
    assert!(
        waived
            .details
            .iter()
            .any(|line| line.contains("waived through 2026-12-31: #7"))
    );
    let ended = with(Mode::Hard, Some("2026-11-26"));
    assert_eq!(ended.verdict, Verdict::Fail);
    assert!(
        ended
            .details
            .iter()
            .any(|line| line.contains("ended on 2026-11-26"))
    );
}

#[test]
fn what_looks_worse_once_is_suspect_unless_it_is_not_judged() {
    let suspect = |after: CaseSide| {
        let before = side(case(&[(Subject::Typical, &QUIET)]));
        suspects(&before, &side(after)).len()
    };
    assert_eq!(suspect(case(&[(Subject::Typical, &[1.2e6])])), 1);
    assert_eq!(suspect(case(&[(Subject::Typical, &[1.05e6])])), 0);
    assert_eq!(suspect(case(&[(Subject::Typical, &[0.5e6])])), 0);
    let mut off = case(&[(Subject::Typical, &[1.2e6])]);
    off.regression = Some(Regression {
        mode: Mode::Off,
        ..Regression::built_in()
    });
    assert_eq!(suspect(off), 0);
}

#[test]
fn cases_of_one_side_are_named_and_a_machine_that_moved_is_told() {
    let many = |typical: f64, number: usize| Side {
        name: "runs".to_owned(),
        cases: (0..number)
            .map(|n| {
                (
                    format!("a::{n}"),
                    case(&[(Subject::Typical, &[typical; 5])]),
                )
            })
            .collect(),
    };
    let (before, after) = (many(1e6, 5), many(1.08e6, 6));
    let question = Question {
        before: &before,
        after: &after,
        again: None,
        today: "2026-11-27",
    };
    let compared = compare(question);
    assert_eq!(compared.only_after, ["a::5"]);
    assert!(
        compared.warnings[0].contains("5 cases is slower by 8 %"),
        "{compared:?}"
    );
    assert!(!compared.fails() && compared.all_judged());
}
