//! Tests of limits on the first call of a process.

use perf_grammar::Metric;

use super::machine::{MS, Run, START_NS, US, calm, case, run_one, suite_spec};
use super::schedule::{P50, check, constant};
use super::*;
use crate::judge::Undecided;
use crate::model::case::Warmup;
use crate::model::sample::{Kind, Round, RoundSpec};

/// The kinds of all rounds of evidence.
fn kinds(run: &Run) -> Vec<Kind> {
    let kind = |event: &machine::Event| match event.request {
        Request::Round {
            purpose: Purpose::Measure | Purpose::Confirm,
            round: RoundSpec { kind, .. },
            ..
        } => Some(kind),
        _ => None,
    };
    run.events.iter().filter_map(kind).collect()
}

#[test]
fn a_first_limit_is_judged_by_processes_and_confirmed_by_others() {
    let first = |limit_us: f64| case(&[(Metric::First, limit_us * US)]);
    let run = run_one(suite_spec(), first(150.0), constant(100.0 * US));
    check(&run, Decision::Holds);
    let cold = kinds(&run)
        .iter()
        .filter(|kind| **kind == Kind::Cold)
        .count();
    assert_eq!(cold, 5, "no more than it takes");
    let evidence = &run.outcome().judgements[0].evidence;
    assert_eq!((evidence.calls, evidence.rounds), (5, 5));
    let summary = run.outcome().summary.as_ref().unwrap();
    assert!(
        summary.calls >= 100,
        "a table shows later calls: {summary:?}"
    );

    let run = run_one(suite_spec(), first(50.0), constant(100.0 * US));
    check(&run, Decision::Broken);
    let again = run.rounds(0, Purpose::Confirm);
    assert_eq!(again.len(), 12, "nothing is measured for it twice");
    let single = |event: &&machine::Event| {
        matches!(
            event.request,
            Request::Round {
                round: RoundSpec {
                    calls: 1,
                    rewarm: 0,
                    kind: Kind::Cold,
                    ..
                },
                ..
            }
        )
    };
    assert!(again.iter().all(|event| single(&event)));
    let (broken, evidence) = run.outcome().judgements[0].confirmation.clone().unwrap();
    assert_eq!((broken, evidence.calls), (true, 12));

    let from_then_on = |_: u64, now: u64| {
        calm(if now < 1_000_000_000 {
            100.0 * US
        } else {
            10.0 * US
        })
    };
    let run = run_one(suite_spec(), first(50.0), from_then_on);
    check(&run, Decision::Undecided(Undecided::NotReproduced));
}

#[test]
fn slow_processes_leave_the_other_limits_their_time() {
    // A process is as slow as its call: 700 ms, of which three or four fit.
    let mut spec = case(&[(Metric::First, 900.0 * MS), (P50, 20.0 * MS)]);
    spec.plan.warmup = Some(Warmup::Calls(5));
    let mut made = 0_u32;
    let mut suite = Suite::of(suite_spec(), vec![spec]);
    let mut now = START_NS;
    loop {
        match suite.next(now) {
            Request::Round {
                case,
                round: RoundSpec { calls, kind, .. },
                ..
            } => {
                let ns = if kind == Kind::Cold {
                    700.0 * MS
                } else {
                    10.0 * MS
                };
                made += u32::from(kind == Kind::Cold);
                let round = Round {
                    kind,
                    calls: vec![calm(ns).call; calls],
                    batch: 1,
                    elapsed_ns: (ns * calls as f64) as u64,
                    ..Round::default()
                };
                now += round.elapsed_ns;
                suite.accept(case, &round, now);
            }
            Request::Wait { until_ns } => now = until_ns,
            Request::Count { case } => suite.counted(case, now),
            Request::Finished { .. } => {}
            Request::Done => break,
        }
    }
    let judgements = &suite.outcome(0).judgements;
    assert_eq!(
        judgements[0].decision,
        Decision::Undecided(Undecided::TooFewCalls)
    );
    assert_eq!(judgements[1].decision, Decision::Holds);
    assert!((2..=4).contains(&made), "{made}");
}
