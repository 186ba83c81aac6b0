//! Tests of the schedule: order, turns, gaps, warm-up, confirmation.

use std::collections::HashSet;

use perf_grammar::{Metric, Quantile};

use super::machine::{MS, P99, Run, US, calm, case, run, run_one, suite_spec};
use super::*;
use crate::judge::Undecided;
use crate::model::case::Warmup;
use crate::model::figure::PerCall;
use crate::model::note::Note;
use crate::model::sample::{Call, Disturbed, Failure, Kind, Round, RoundSpec};

pub(super) const P50: Metric = Metric::Quantile(Quantile::P50);

pub(super) fn constant(ns: f64) -> impl FnMut(u64, u64) -> machine::Scripted {
    move |_, _| calm(ns)
}

#[track_caller]
pub(super) fn check(run: &Run, expected: Decision) {
    assert_eq!(
        run.decision(),
        expected,
        "{:?}",
        run.outcome().judgements[0]
    );
}

pub(super) fn purposes(run: &Run) -> Vec<Purpose> {
    let purpose = |event: &machine::Event| match event.request {
        Request::Round { purpose, .. } => Some(purpose),
        _ => None,
    };
    let mut all: Vec<Purpose> = run.events.iter().filter_map(purpose).collect();
    all.dedup();
    all
}

#[test]
fn a_case_goes_from_its_first_call_over_the_warmup_to_rounds() {
    let mut case = case(&[(P99, 200.0 * US)]);
    case.count_memory = true;
    let run = run_one(suite_spec(), case, constant(100.0 * US));
    check(&run, Decision::Holds);
    assert_eq!(
        purposes(&run),
        [Purpose::First, Purpose::Warmup, Purpose::Measure]
    );
    let fresh = |event: &&machine::Event| {
        matches!(
            event.request,
            Request::Round {
                round: RoundSpec { fresh: true, .. },
                ..
            }
        )
    };
    assert_eq!(run.events.iter().filter(fresh).count(), 1);
    let count = run
        .events
        .iter()
        .position(|event| matches!(event.request, Request::Count { .. }))
        .unwrap();
    let before = run.events[..count].iter().all(|event| {
        matches!(
            event.request,
            Request::Round {
                purpose: Purpose::First | Purpose::Warmup,
                ..
            }
        )
    });
    assert!(
        before && count > 2,
        "memory is counted after the warm-up and before the timing"
    );
    let outcome = run.outcome();
    assert_eq!(
        (
            outcome.first,
            outcome.typical_ns.map(|ns| (ns / US).round())
        ),
        (Some(PerCall(100.0 * US)), Some(100.0))
    );
    assert!(
        outcome.warmup_calls >= 100,
        "10 ms of 100 µs: {}",
        outcome.warmup_calls
    );
}

#[test]
fn a_single_limit_decided_ends_the_case_without_another_wait() {
    let run = run_one(suite_spec(), case(&[(P50, 10.0 * MS)]), constant(1.0 * MS));
    let last = run.events.iter().rev().nth(1).unwrap();
    assert!(matches!(last.request, Request::Round { .. }), "{last:?}");
}

#[test]
fn rounds_of_one_case_lie_at_least_twenty_milliseconds_apart() {
    for cases in [1, 2, 8] {
        let specs = vec![case(&[(P99, 200.0 * US)]); cases];
        let scripts = (0..cases)
            .map(|_| Box::new(constant(100.0 * US)) as machine::Script<'_>)
            .collect();
        let run = run(suite_spec(), specs, scripts);
        for of in 0..cases {
            let rounds = run.rounds(of, Purpose::Measure);
            assert!(rounds.len() >= 7);
            for pair in rounds.windows(2) {
                assert!(
                    pair[1].at_ns >= pair[0].until_ns + 20_000_000,
                    "{cases} cases"
                );
            }
        }
    }
}

#[test]
fn cases_take_turns_in_changing_order_and_each_is_finished_once() {
    let specs = vec![case(&[(P99, 2.0 * MS)]); 6];
    let scripts = (0..6)
        .map(|_| Box::new(constant(1.0 * MS)) as machine::Script<'_>)
        .collect();
    let run = run(suite_spec(), specs, scripts);
    let turn = |event: &machine::Event| match event.request {
        Request::Round {
            case,
            purpose: Purpose::Measure,
            ..
        } => Some(case),
        _ => None,
    };
    let turns: Vec<usize> = run.events.iter().filter_map(turn).collect();
    let sweeps: Vec<&[usize]> = turns.chunks_exact(6).collect();
    for sweep in &sweeps {
        assert_eq!(
            sweep.iter().collect::<HashSet<_>>().len(),
            6,
            "each case once in {sweep:?}"
        );
    }
    assert!(
        sweeps.iter().collect::<HashSet<_>>().len() > sweeps.len() / 2,
        "the order changes"
    );
    let finished = run
        .events
        .iter()
        .filter(|event| matches!(event.request, Request::Finished { .. }))
        .count();
    assert_eq!(finished, 6);
    assert!(run.suite.sweep() >= sweeps.len() as u64);
    let progress = run.suite.progress();
    assert_eq!(
        (progress.settled, progress.share, progress.left_ns),
        (6, 1.0, 0)
    );
}

#[test]
fn a_sweep_ends_when_every_open_case_had_its_turn() {
    let mut suite = Suite::of(
        suite_spec(),
        vec![case(&[(P99, 2.0 * MS)]), case(&[(P99, 2.0 * MS)])],
    );
    let (mut now, mut measured, mut last_share) = (0, 0, 0.0);
    for _ in 0..200 {
        match suite.next(now) {
            request @ Request::Round {
                case,
                purpose,
                round: RoundSpec { calls, .. },
            } => {
                assert_eq!(suite.next(now + 5), request, "asked again it says the same");
                let call = Call {
                    judged_ns: MS,
                    wall_ns: MS,
                    disturbed: Disturbed::No,
                    failed: false,
                };
                let round = Round {
                    calls: vec![call; calls],
                    batch: 1,
                    elapsed_ns: calls as u64 * 1_000_000,
                    ..Round::default()
                };
                now += round.elapsed_ns;
                suite.accept(case, &round, now);
                measured += u64::from(purpose == Purpose::Measure);
                let share = suite.progress().share;
                assert!(share >= last_share, "{share} after {last_share}");
                last_share = share;
            }
            Request::Wait { until_ns } => now = until_ns,
            _ => break,
        }
        assert_eq!(suite.sweep(), measured / 2);
    }
    assert!(measured > 20);
}

#[test]
fn a_broken_limit_is_looked_at_again_a_second_later_after_all_others() {
    let specs = vec![
        case(&[(P99, 50.0 * US), (P50, 60.0 * US)]),
        case(&[(P99, 900.0 * US)]),
    ];
    let run = run(
        suite_spec(),
        specs,
        vec![
            Box::new(constant(100.0 * US)),
            Box::new(constant(800.0 * US)),
        ],
    );
    let outcome = run.suite.outcome(0);
    for judgement in &outcome.judgements {
        assert_eq!(judgement.decision, Decision::Broken);
        assert!(judgement.confirmation.as_ref().unwrap().0);
    }
    let last = run.rounds(0, Purpose::Measure).last().unwrap().until_ns;
    let others = run.rounds(1, Purpose::Measure).last().unwrap().until_ns;
    let again = run
        .events
        .iter()
        .rfind(|event| {
            matches!(
                event.request,
                Request::Round {
                    purpose: Purpose::First,
                    ..
                }
            )
        })
        .unwrap();
    assert!(again.at_ns >= last + 1_000_000_000 && again.at_ns >= others);
    assert!(matches!(
        again.request,
        Request::Round {
            case: 0,
            round: RoundSpec { fresh: true, .. },
            ..
        }
    ));
    assert!(!run.rounds(0, Purpose::Confirm).is_empty());
    assert_eq!(run.suite.outcome(1).judgements[0].decision, Decision::Holds);
}

#[test]
fn what_is_not_broken_again_is_undecided() {
    let script = |_: u64, now: u64| {
        calm(if now < 500_000_000 {
            100.0 * US
        } else {
            40.0 * US
        })
    };
    let run = run_one(suite_spec(), case(&[(P99, 50.0 * US)]), script);
    check(&run, Decision::Undecided(Undecided::NotReproduced));
    let (again, evidence) = run.outcome().judgements[0].confirmation.clone().unwrap();
    assert!(!again && evidence.calls > 300 && evidence.above == 0);
    assert!(
        run.outcome().judgements[0].evidence.above > 50,
        "the first trial is what was found broken"
    );
}

#[test]
fn elsewhere_a_broken_limit_stays_a_candidate_and_a_confirmation_decides() {
    let spec = SuiteSpec {
        confirm: Confirm::Elsewhere,
        ..suite_spec()
    };
    let run = run_one(spec, case(&[(P99, 50.0 * US)]), constant(100.0 * US));
    check(&run, Decision::Candidate);
    let spec = SuiteSpec {
        confirm: Confirm::IsConfirmation,
        ..suite_spec()
    };
    let run = run_one(spec, case(&[(P99, 50.0 * US)]), constant(100.0 * US));
    check(&run, Decision::Broken);
    assert!(run.rounds(0, Purpose::Confirm).is_empty());
}

#[test]
fn a_warmup_is_as_long_as_asked() {
    let with = |warmup| {
        let mut spec = case(&[(P50, 200.0 * US)]);
        spec.plan.warmup = Some(warmup);
        run_one(suite_spec(), spec, constant(100.0 * US))
            .suite
            .outcome(0)
            .clone()
    };
    assert_eq!(with(Warmup::Calls(37)).warmup_calls, 37);
    assert_eq!(with(Warmup::Calls(0)).warmup_calls, 0);
    let half_a_second = with(Warmup::Time(500_000_000)).warmup_calls;
    assert!((4_990..5_300).contains(&half_a_second), "{half_a_second}");
    let cut = with(Warmup::Time(60_000_000_000));
    assert_eq!(cut.notes, [Note::warmup_cut()]);
    assert_eq!(cut.judgements[0].decision, Decision::Holds);
}

#[test]
fn a_failure_ends_its_case_and_no_other() {
    let mut suite = Suite::of(
        suite_spec(),
        vec![case(&[(P50, 2.0 * MS)]), case(&[(P50, 2.0 * MS)])],
    );
    let (mut now, mut rounds, mut finished) = (0, 0, Vec::new());
    loop {
        match suite.next(now) {
            Request::Round {
                case,
                purpose,
                round: RoundSpec { calls, .. },
            } => {
                rounds += u64::from(case == 0 && purpose == Purpose::Measure);
                let call = Call {
                    judged_ns: MS,
                    wall_ns: MS,
                    disturbed: Disturbed::No,
                    failed: false,
                };
                let mut round = Round {
                    calls: vec![call; calls],
                    batch: 1,
                    elapsed_ns: calls as u64 * 1_000_000,
                    ..Round::default()
                };
                now += round.elapsed_ns;
                if rounds == 2 && case == 0 {
                    round.failure = Some(Failure::Panic("out of cheese".to_owned()));
                }
                suite.accept(case, &round, now);
            }
            Request::Wait { until_ns } => now = until_ns,
            Request::Finished { case } => finished.push(case),
            Request::Count { .. } => unreachable!("no memory is limited"),
            Request::Done => break,
        }
    }
    assert_eq!(finished, [0, 1]);
    assert_eq!(
        suite.outcome(0).failure,
        Some(Failure::Panic("out of cheese".to_owned()))
    );
    assert_eq!(
        suite.outcome(0).judgements[0].decision,
        Decision::Undecided(Undecided::Failed)
    );
    assert!(suite.outcome(0).summary.is_some());
    assert_eq!(suite.outcome(1).judgements[0].decision, Decision::Holds);
}

#[test]
fn a_round_without_calls_ends_the_case() {
    let mut suite = Suite::of(suite_spec(), vec![case(&[(P50, 2.0 * MS)])]);
    for _ in 0..10 {
        match suite.next(0) {
            Request::Round { case, .. } => suite.accept(case, &Round::default(), 0),
            Request::Finished { .. } => {}
            Request::Done => return check_empty(&suite),
            other => panic!("{other:?}"),
        }
    }
    panic!("it goes on");
}

fn check_empty(suite: &Suite) {
    let outcome = suite.outcome(0);
    assert_eq!(
        (outcome.summary.clone(), outcome.judgements[0].decision),
        (None, Decision::Undecided(Undecided::TooFewCalls))
    );
}

/// Calls of which nothing is left once the clock's cost is taken off are no shorter
/// for that: batches for no time at all would be hundreds of milliseconds long.
#[test]
fn how_long_the_shortest_calls_take_is_found_out_in_batches() {
    let case = || case(&[(Metric::Mean, 60.0)]);
    let one_by_one = |event: &machine::Event| match event.request {
        Request::Round {
            round: RoundSpec {
                calls, batch: 1, ..
            },
            ..
        } => calls as u64,
        _ => 0,
    };
    let run = run_one(suite_spec(), case(), constant(1.0));
    let warm: u64 = run.events.iter().map(one_by_one).sum();
    assert!(warm > 1_000, "{warm} calls");
    // One by one they seem to take a nanosecond.
    let script = |nth: u64, _| calm(if nth < warm { 1.0 } else { 40.0 });
    let run = run_one(suite_spec(), case(), script);
    check(&run, Decision::Holds);
    let warm = run.rounds(0, Purpose::Warmup);
    let Some(Request::Round {
        round: RoundSpec { kind, batch, .. },
        ..
    }) = warm.last().map(|event| event.request)
    else {
        panic!("there is a warm-up");
    };
    assert_eq!((kind, batch), (Kind::Batched, pace::PROBE.batch));
    for event in run.rounds(0, Purpose::Measure) {
        let Request::Round {
            round: RoundSpec { calls, batch, .. },
            ..
        } = event.request
        else {
            continue;
        };
        assert_eq!(batch, 188, "7.5 us of calls of 40 ns");
        assert!(calls * batch < 150_000, "{calls} units of {batch}");
    }
}

#[test]
fn calls_that_a_clock_can_time_are_not_looked_at_again() {
    let run = run_one(suite_spec(), case(&[(Metric::Mean, 60.0)]), constant(40.0));
    for event in run.rounds(0, Purpose::Warmup) {
        assert!(
            matches!(
                event.request,
                Request::Round {
                    round: RoundSpec { batch: 1, .. },
                    ..
                }
            ),
            "{event:?}"
        );
    }
}
