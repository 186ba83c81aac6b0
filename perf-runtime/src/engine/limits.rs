//! Tests of what becomes of limits: time, caps, reach, batches, disturbance.

use perf_grammar::{Metric, Quantile, Statistic};

use super::machine::{MS, P99, Scripted, US, calm, case, run_one, suite_spec};
use super::schedule::{P50, check, constant, purposes};
use super::*;
use crate::judge::Undecided;
use crate::model::case::Clock;
use crate::model::figure::PerCall;
use crate::model::note::Note;
use crate::model::sample::{Call, Disturbed, RoundSpec};

#[test]
fn a_function_far_inside_its_p99_is_decided_with_about_the_calls_it_needs() {
    let run = run_one(
        suite_spec(),
        case(&[(P99, 10.0 * MS)]),
        constant(100.0 * US),
    );
    let judgement = &run.outcome().judgements[0];
    assert_eq!(judgement.decision, Decision::Holds);
    assert!(
        (339..=390).contains(&judgement.evidence.calls),
        "{}",
        judgement.evidence.calls
    );
    assert_eq!(
        run.events.last().map(|event| event.request),
        Some(Request::Finished { case: 0 })
    );
    assert!(
        run.ended_ns < 300_000_000,
        "{} ms",
        run.ended_ns / 1_000_000
    );
}

#[test]
fn the_time_of_a_case_is_a_hard_bound() {
    for call_ms in [1.0, 7.0, 40.0, 200.0, 700.0, 1_400.0, 2_900.0, 5_000.0] {
        let run = run_one(
            suite_spec(),
            case(&[(P99, 1e4 * MS)]),
            constant(call_ms * MS),
        );
        let own = (run.ended_ns - machine::START_NS) as f64 / MS;
        assert!(
            own <= 3_000.0 || own <= call_ms + 2.0,
            "{call_ms} ms: {own}"
        );
        let summary = run.outcome().summary.as_ref().unwrap();
        assert!(summary.calls >= 1);
        let evidence = &run.outcome().judgements[0].evidence;
        match run.decision() {
            Decision::Holds => assert!(call_ms < 8.0 && evidence.calls >= 339, "{call_ms}"),
            other => assert_eq!(
                other,
                Decision::Undecided(Undecided::TooFewCalls),
                "{call_ms}"
            ),
        }
    }
}

#[test]
fn a_slow_function_is_alone_decided_within_its_time() {
    let run = run_one(suite_spec(), case(&[(P99, 9.0 * MS)]), constant(5.0 * MS));
    check(&run, Decision::Holds);
}

#[test]
fn a_first_call_that_takes_all_the_time_is_all_there_is() {
    let run = run_one(
        suite_spec(),
        case(&[(Metric::First, 9_000.0 * MS), (P99, 9_000.0 * MS)]),
        constant(4_000.0 * MS),
    );
    check(&run, Decision::Undecided(Undecided::TooFewCalls));
    let outcome = run.outcome();
    assert_eq!(purposes(&run), [Purpose::First]);
    assert_eq!(
        outcome.judgements[1].decision,
        Decision::Undecided(Undecided::TooFewCalls)
    );
    assert_eq!(
        (
            outcome.judgements[1].evidence.calls,
            outcome.judgements[1].evidence.measured
        ),
        (1, Some(PerCall(4_000.0 * MS)))
    );
    assert_eq!(outcome.notes, [Note::only_first_call()]);
}

#[test]
fn a_slow_function_still_fails() {
    let run = run_one(
        suite_spec(),
        case(&[(P50, 100.0 * MS), (P99, 150.0 * MS)]),
        constant(200.0 * MS),
    );
    check(&run, Decision::Broken);
    let judgements = &run.outcome().judgements;
    assert_eq!(judgements[0].evidence.calls, 12, "a median takes a dozen");
    assert_eq!(judgements[1].decision, Decision::Broken, "2 of the first 2");
}

#[test]
fn a_slow_first_call_does_not_set_the_pace() {
    let script = |at: u64, _: u64| calm(if at == 0 { 1_000.0 * MS } else { 100.0 * US });
    let run = run_one(suite_spec(), case(&[(P99, 200.0 * US)]), script);
    check(&run, Decision::Holds);
    assert!(run.outcome().judgements[0].evidence.calls < 400);
}

#[test]
fn a_limit_on_single_calls_that_the_clock_cannot_reach_is_never_measured_as_pass() {
    for metric in [P99, Metric::Max, Metric::Min, Metric::First] {
        let run = run_one(suite_spec(), case(&[(metric, 400.0)]), constant(50.0));
        check(
            &run,
            Decision::Unreachable {
                reach: PerCall(500.0),
            },
        );
        assert_eq!(run.outcome().judgements[0].evidence.calls, 0);
    }
    let spec = SuiteSpec {
        overhead_ns: 60.0,
        cpu_overhead_ns: 420.0,
        ..suite_spec()
    };
    let run = run_one(spec, case(&[(P99, 1_100.0)]), constant(50.0));
    check(
        &run,
        Decision::Unreachable {
            reach: PerCall(1_200.0),
        },
    );
    assert_eq!(run.suite.outcome(0).summary.as_ref().unwrap().batch, 150);
}

#[test]
fn the_mean_of_a_short_function_is_measured_in_batches_and_its_quantile_is_not() {
    let limits = [
        (Metric::Mean, 100.0),
        (P99, 900.0),
        (Metric::Throughput, 90.0),
    ];
    let run = run_one(suite_spec(), case(&limits), constant(75.0));
    let outcome = run.outcome();
    for judgement in &outcome.judgements {
        assert_eq!(judgement.decision, Decision::Holds, "{judgement:?}");
        assert_eq!(
            judgement.evidence.batch,
            if judgement.metric == P99 { 1 } else { 100 }
        );
    }
    assert_eq!(
        outcome.summary.as_ref().unwrap().batch,
        1,
        "quantiles in the table are of single calls"
    );
    assert!((outcome.judgements[0].evidence.measured.unwrap().0 - 75.0).abs() < 1e-9);
    let run = run_one(suite_spec(), case(&[(Metric::Mean, 100.0)]), constant(75.0));
    assert_eq!(
        run.outcome().summary.as_ref().unwrap().batch,
        100,
        "no limit is about single calls"
    );
}

#[test]
fn a_case_without_limits_is_measured_for_its_table_only() {
    let run = run_one(suite_spec(), case(&[]), constant(1.0 * MS));
    assert_eq!(run.rounds(0, Purpose::Measure).len(), 5);
    let run = run_one(suite_spec(), case(&[]), constant(300.0 * MS));
    assert_eq!(run.outcome().summary.as_ref().unwrap().calls, 1);
    let mut off = case(&[(P99, 50.0 * US)]);
    off.limits[0].judged = false;
    let run = run_one(suite_spec(), off, constant(100.0 * US));
    check(&run, Decision::NotJudged);
    assert_eq!(run.rounds(0, Purpose::Measure).len(), 5);
    assert!(run.outcome().judgements[0].evidence.above >= 200);
}

#[test]
fn who_asks_for_calls_gets_them_unless_the_time_is_up() {
    let mut asking = case(&[(P50, 200.0 * US)]);
    asking.plan.samples = Some(2_000);
    let run = run_one(suite_spec(), asking.clone(), constant(100.0 * US));
    assert!((2_000..2_100).contains(&run.outcome().summary.as_ref().unwrap().calls));
    assert!(run.outcome().notes.is_empty());
    asking.plan.max_time_ns = 200_000_000;
    let run = run_one(suite_spec(), asking, constant(100.0 * US));
    let [note] = &run.outcome().notes[..] else {
        panic!("{:?}", run.outcome().notes);
    };
    let line = note.line();
    let made = line.split(' ').next().unwrap_or_default();
    assert!((300..1_000).contains(&made.parse().unwrap_or(0)), "{line}");
    assert_eq!(*note, Note::fewer_calls(made, "2000"));
}

#[test]
fn no_call_of_ten_users_is_left_out_of_the_evidence() {
    let mut crowd = case(&[(P99, 20.0 * MS)]);
    (crowd.plan.threads, crowd.batches) = (10, false);
    crowd.plan.max_time_ns = 60_000_000_000;
    let run = run_one(suite_spec(), crowd, constant(2.0 * MS));
    check(&run, Decision::Holds);
    let evidence = &run.outcome().judgements[0].evidence;
    // Three of each user a round, and a slot for each ten.
    assert_eq!((evidence.slots, evidence.rounds), (339, 113));
    assert_eq!(evidence.calls, 3_390);
}

#[test]
fn users_who_wait_for_each_other_are_judged_by_the_pace_they_keep_together() {
    // Nine calls of ten meet no other, and in the short rounds of the warm-up none
    // does: a slot of a hundred microseconds of those would hold as many calls as a
    // round.
    for alone in [0, 600_000] {
        let mut crowd = case(&[(P99, 10.0 * MS)]);
        (crowd.plan.threads, crowd.batches) = (10, false);
        let run = run_one(suite_spec(), crowd, |at, _| {
            let meets = at >= alone && at % 10 == 9;
            calm(if meets { 5.0 * US } else { 1.0 })
        });
        check(&run, Decision::Holds);
        let evidence = &run.outcome().judgements[0].evidence;
        assert!((339..=400).contains(&evidence.slots), "{evidence:?}");
        assert!(evidence.rounds <= 30, "{evidence:?}");
    }
}

#[test]
fn users_who_share_processors_need_no_more_rounds() {
    // Ten users of two processors: each call works for 2 ms, and ends 10 ms
    // after the user's last.
    let mut crowd = case(&[(P99, 20.0 * MS)]);
    (crowd.plan.threads, crowd.batches) = (10, false);
    crowd.plan.max_time_ns = 60_000_000_000;
    let run = run_one(suite_spec(), crowd, |_, _| Scripted {
        call: Call {
            judged_ns: 2.0 * MS,
            wall_ns: 10.0 * MS,
            disturbed: Disturbed::No,
            failed: false,
        },
        waited_ns: 0.0,
        beside_ns: 0.0,
    });
    check(&run, Decision::Holds);
    let evidence = &run.outcome().judgements[0].evidence;
    assert_eq!((evidence.slots, evidence.rounds), (339, 113));
}

#[test]
fn a_limit_at_the_boundary_ends_at_its_cap() {
    // Exactly 1 in 100, spread evenly: neither side.
    let mut long = case(&[(P99, 110.0 * US)]);
    long.plan.max_time_ns = 60_000_000_000;
    let run = run_one(suite_spec(), long, |at, _| {
        calm(if at % 100 == 99 {
            120.0 * US
        } else {
            100.0 * US
        })
    });
    check(&run, Decision::Undecided(Undecided::Boundary));
    let evidence = &run.outcome().judgements[0].evidence;
    assert!(
        (14_900..15_000).contains(&evidence.slots),
        "{}",
        evidence.slots
    );
    assert!(evidence.lower.unwrap().0 <= 120.0 * US && evidence.upper.unwrap().0 >= 100.0 * US);
}

/// A call that waited for a processor most of its time.
fn waiting(judged_ns: f64, waited_ns: f64) -> Scripted {
    let call = Call {
        judged_ns,
        wall_ns: judged_ns.max(waited_ns * 1.5),
        disturbed: Disturbed::Preempted,
        failed: false,
    };
    Scripted {
        call,
        waited_ns,
        beside_ns: 0.0,
    }
}

#[test]
fn on_the_wall_clock_a_machine_that_mostly_waits_breaks_no_limit() {
    let mut wall = case(&[(P99, 200.0 * US)]);
    wall.plan.clock = Clock::Wall;
    let run = run_one(suite_spec(), wall.clone(), |_, _| {
        waiting(300.0 * US, 200.0 * US)
    });
    check(&run, Decision::Undecided(Undecided::Contaminated));
    wall.plan.clock = Clock::Clean;
    let run = run_one(suite_spec(), wall.clone(), |_, _| {
        waiting(300.0 * US, 200.0 * US)
    });
    check(&run, Decision::Broken);
    assert!(run.outcome().waiting_share() > 0.5 && run.outcome().preempted > 50);
    let spec = SuiteSpec {
        clean_clock_available: false,
        ..suite_spec()
    };
    let run = run_one(spec, wall, |_, _| waiting(300.0 * US, 200.0 * US));
    check(&run, Decision::Undecided(Undecided::Contaminated));
}

#[test]
fn an_open_limit_on_a_machine_that_mostly_waits_is_contaminated() {
    let run = run_one(suite_spec(), case(&[(P99, 110.0 * US)]), |at, _| {
        waiting(
            if at % 100 == 99 {
                120.0 * US
            } else {
                100.0 * US
            },
            400.0 * US,
        )
    });
    check(&run, Decision::Undecided(Undecided::Contaminated));
}

#[test]
fn where_most_calls_are_dropped_nothing_is_broken_and_what_is_below_by_the_wall_holds() {
    let contaminated = Decision::Undecided(Undecided::Contaminated);
    for (ns, expected) in [(100.0 * US, Decision::Holds), (300.0 * US, contaminated)] {
        let run = run_one(suite_spec(), case(&[(P99, 200.0 * US)]), |at, _| {
            let mut scripted = calm(ns);
            scripted.call.disturbed = if at % 5 < 3 {
                Disturbed::Dropped
            } else {
                Disturbed::No
            };
            scripted
        });
        check(&run, expected);
        assert!(run.outcome().dropped > 100);
    }
}

#[test]
fn a_maximum_seen_late_takes_its_verdict_back() {
    // The p99_9 keeps the case open long after 690 calls.
    let p99_9 = Metric::Quantile(Quantile::from_millionths(999_000));
    let limits = [(Metric::Max, 150.0 * US), (p99_9, 300.0 * US)];
    let run = run_one(suite_spec(), case(&limits), |at, _| {
        calm(if at == 2_500 { 200.0 * US } else { 100.0 * US })
    });
    check(&run, Decision::Undecided(Undecided::SingleRound));
    let evidence = &run.outcome().judgements[0].evidence;
    assert_eq!(
        (evidence.above, evidence.measured),
        (1, Some(PerCall(200.0 * US)))
    );
    assert_eq!(run.outcome().judgements[1].decision, Decision::Holds);
}

#[test]
fn a_round_of_a_short_function_holds_fifty_thousand_calls() {
    let limits = [
        (P99, 900.0),
        (P50, 800.0),
        (Metric::Max, 1e6),
        (Metric::Min, 700.0),
    ];
    let run = run_one(suite_spec(), case(&limits), constant(75.0));
    let measured = run.rounds(0, Purpose::Measure);
    assert!(
        measured.iter().all(|event| matches!(
            event.request,
            Request::Round {
                round: RoundSpec {
                    calls: 45_000..=50_000,
                    ..
                },
                ..
            }
        )),
        "{measured:?}"
    );
    assert!(
        run.outcome()
            .judgements
            .iter()
            .all(|judgement| judgement.decision == Decision::Holds)
    );
}

#[test]
fn processor_time_is_judged_in_rounds_of_single_calls_or_of_batches() {
    for ns in [300.0, 10.0 * US, 100.0 * US, 3.0 * MS] {
        for (factor, expected) in [(2.0, Decision::Holds), (0.6, Decision::Broken)] {
            let limits = [(Metric::Cpu, factor * ns), (Metric::CpuShare, factor * 1e6)];
            let run = run_one(suite_spec(), case(&limits), constant(ns));
            for judgement in &run.outcome().judgements {
                assert_eq!(judgement.decision, expected, "{ns} ns: {judgement:?}");
            }
            let cpu = &run.outcome().judgements[0].evidence;
            assert!((cpu.measured.unwrap().0 - ns).abs() < ns / 1e6, "{cpu:?}");
            assert!(cpu.rounds <= 40 && cpu.calls >= cpu.rounds, "{cpu:?}");
        }
    }
}

#[test]
fn processor_time_and_single_calls_are_looked_at_in_turns() {
    let limits = [(P99, 20.0 * US), (Metric::Cpu, 20.0 * US)];
    let run = run_one(suite_spec(), case(&limits), constant(10.0 * US));
    for judgement in &run.outcome().judgements {
        assert_eq!(judgement.decision, Decision::Holds, "{judgement:?}");
    }
    let read = |event: &&machine::Event| {
        matches!(
            event.request,
            Request::Round {
                round: RoundSpec {
                    processor: true,
                    batch: 2..,
                    ..
                },
                ..
            }
        )
    };
    assert!(run.events.iter().filter(read).count() >= 5);
}

#[test]
fn a_ratio_is_judged_by_rounds_beside_those_of_another_case() {
    for (limit, expected) in [(600.0, Decision::Holds), (400.0, Decision::Broken)] {
        for metric in [Metric::Ratio, Metric::Degradation] {
            let run = run_one(suite_spec(), case(&[(metric, limit)]), constant(50.0 * US));
            check(&run, expected);
            let evidence = &run.outcome().judgements[0].evidence;
            assert_eq!(evidence.measured, Some(PerCall(500.0)));
        }
    }
}

#[test]
fn spans_are_judged_in_rounds_of_their_own_by_their_name() {
    let of = |name: &str, limit: f64| {
        let mut spec = case(&[
            (Metric::Span(Statistic::Quantile(Quantile::P99)), limit),
            (P99, 200.0 * US),
        ]);
        spec.limits[0].of = Some(name.to_owned());
        run_one(suite_spec(), spec, constant(100.0 * US))
    };
    let holds = of("half", 60.0 * US);
    check(&holds, Decision::Holds);
    assert_eq!(holds.outcome().judgements[1].decision, Decision::Holds);
    let summary = holds.outcome().summary.as_ref().unwrap();
    assert_eq!(summary.calls, holds.outcome().judgements[1].evidence.calls);
    check(&of("half", 40.0 * US), Decision::Broken);
    let unseen = of("other", 60.0 * US);
    check(&unseen, Decision::Undecided(Undecided::TooFewCalls));
    assert_eq!(unseen.outcome().judgements[0].evidence.measured, None);
}
