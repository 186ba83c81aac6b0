//! Tests of what a proof says, on made-up runs.

use perf_grammar::{Effect, Mode, Verdict};

use super::fixture::{found, of_everything, proved};
use super::*;
use crate::analysis::fixture as runs;

fn of_all(change: impl Fn(&Mutant, &mut Run)) -> Proved {
    proved(&runs::quiet_run(), Effort::new(false), change)
}

#[test]
fn a_limit_is_caught_if_every_mutation_of_it_breaks_it() {
    let proved = of_all(|_, _| {});
    let counts = proved.counts();
    assert_eq!(counts.not_caught, 0, "{proved:#?}");
    assert!(!proved.fails() && counts.caught >= 5, "{counts:?}");
    assert!(
        proved
            .failures
            .iter()
            .all(|failure| failure.missed.is_none())
    );
    assert_eq!(
        proved.failures.len(),
        6,
        "an error and a panic of each case"
    );
    // Of time, work and waiting are two ways.
    let p99 = proved.limits.iter().find(|limit| limit.limit == "p99");
    let Some(Proof::Caught { by, .. }) = p99.map(|limit| &limit.proof) else {
        panic!("{p99:?}")
    };
    let kinds: Vec<Effect> = by.iter().map(|mutation| mutation.kind).collect();
    assert_eq!(kinds, [Effect::Spin, Effect::Wait]);
}

#[test]
fn one_mutation_that_breaks_nothing_is_enough_to_fail() {
    let proved = of_all(|mutant, run| {
        if mutant.mutation.kind == Effect::Wait {
            found(run, &mutant.case).limits[0].verdict = Verdict::Pass;
        }
    });
    assert!(proved.fails());
    let missed = proved.limits.iter().find_map(|limit| match &limit.proof {
        Proof::NotCaught { by, found } => Some((by.kind, found.clone())),
        _ => None,
    });
    let (kind, found) = missed.expect("one is missed");
    assert_eq!(kind, Effect::Wait);
    assert!(found.starts_with("pass: p99"), "{found}");
}

#[test]
fn a_panic_that_is_not_seen_as_one_fails() {
    let proved = of_all(|mutant, run| {
        if mutant.mutation.kind == Effect::Panic {
            found(run, &mutant.case).failure = None;
        }
    });
    assert!(proved.fails());
    assert_eq!(proved.missed_failures().count(), 3);
}

#[test]
fn what_breaks_beside_its_limit_is_related_or_stray() {
    // A spike takes microseconds: of calls of one the limit may break by it, of calls of
    // a millisecond it may not, and the growth of the third may come of it.
    let spike = of_all(|mutant, run| {
        if mutant.mutation.kind == Effect::Spike {
            found(run, &mutant.case).limits[0].verdict = Verdict::Fail;
        }
    });
    assert!(spike.fails() && spike.counts().not_caught == 0);
    let stray: Vec<&str> = spike
        .stray
        .iter()
        .map(|stray| &*stray.moved.limit)
        .collect();
    assert_eq!(stray, ["p99"], "{:?}", spike.stray);
    // A slowdown breaks the growth of time, which is of time too.
    let related = of_all(|mutant, run| {
        if mutant.mutation.kind == Effect::Spin {
            found(run, &mutant.case).limits[0].verdict = Verdict::Fail;
        }
    });
    assert!(!related.fails(), "{:?}", related.stray);
}

#[test]
fn what_is_red_without_a_mutation_is_not_green_again() {
    let before = runs::quiet_run();
    let mut after = before.clone();
    found(&mut after, "parser::lines").limits[0].verdict = Verdict::Fail;
    let plans = fixture::plans(&before);
    let passes = plan(&before.cases, &plans, Effort::new(true));
    let mutated: Vec<Run> = passes
        .passes
        .iter()
        .map(|pass| fixture::mutated(&before, pass))
        .collect();
    let proved = Proved::of(&Runs {
        before: &before,
        plans: &plans,
        passes: &passes,
        mutated: &mutated,
        after: Some(&after),
        off_everywhere: &|_, _| false,
    });
    let lines = proved
        .limits
        .iter()
        .find(|limit| limit.case == "parser::lines");
    assert!(
        matches!(
            lines.map(|limit| &limit.proof),
            Some(Proof::NotGreen { .. })
        ),
        "{lines:?}"
    );
    assert!(proved.fails());
}

#[test]
fn every_limit_is_counted_once_and_says_why_it_could_never_fire() {
    let proved = of_everything();
    let counts = proved.counts();
    let all =
        counts.caught + counts.not_caught + counts.not_applicable + counts.left_out + counts.off;
    assert_eq!(all, proved.limits.len());
    let never = proved.limits.iter().filter_map(ProvedLimit::never_fires);
    let never: Vec<String> = never.map(|why| why.to_string()).collect();
    for part in [
        "50 times what is measured",
        "no allocator is installed",
        "`off` under every profile",
    ] {
        assert!(never.iter().any(|why| why.contains(part)), "{never:?}");
    }
    assert!(!proved.is_complete());
    // A limit so far off that no slowdown is tried which would reach it.
    let limit = proved.limits.iter().find(|limit| limit.far().is_some());
    let deaf = ProvedLimit {
        smallest: Smallest::None,
        ..limit.expect("one is far off").clone()
    };
    let far = NeverFires::Far("50 times".to_owned());
    assert_eq!(deaf.never_fires(), Some(far));
    let near = ProvedLimit {
        headroom: Some(2.0),
        ..deaf
    };
    assert_eq!(near.never_fires(), Some(NeverFires::TooFewCalls));
}

#[test]
fn unchanged_code_is_judged_at_its_own_figures() {
    let mut run = runs::quiet_run();
    let set = quiet_limits(&run, 1.5);
    let of = |case: &str, limit: &str| set.get(&(case.to_owned(), limit.to_owned())).copied();
    assert_eq!(of("parser::lines", "p99"), Some(12_600_000));
    assert_eq!(of("parser::lines", "mem"), None, "it is counted");
    found(&mut run, "parser::lines").limits[0].mode = Mode::Off;
    assert_eq!(quiet_limits(&run, 1.5).len(), set.len() - 1);
    let mut red = run.clone();
    found(&mut red, "parser::tokens").limits[0].verdict = Verdict::Fail;
    let alarms = Alarms::of(&[run, red], 1.5, &set);
    assert_eq!((alarms.runs, alarms.broken, alarms.names.len()), (2, 1, 1));
    assert!(alarms.at_most() > 0.25 && alarms.at_most() <= 1.0);
}
