//! Slow functions: what is broken is called broken, however few calls fit into
//! `max_time`, and what is sound is not, whatever its first call is like.

use perf_grammar::{Metric, Quantile};

use super::machine::{
    MS, P99, Run, START_NS, Script, Scripted, US, calm, case, run, run_one, suite_spec,
};
use super::schedule::{P50, check, constant, purposes};
use super::*;
use crate::judge::Undecided;
use crate::model::figure::PerCall;
use crate::model::note::Note;
use crate::model::sample::Disturbed;
use perf_statistics::{Random, fail_threshold};

const S: f64 = 1e9;
const DEADLINE: Decision = Decision::Undecided(Undecided::Deadline { ns: 72_000_000_000 });

fn quantile(millionths: u32) -> Metric {
    Metric::Quantile(Quantile::from_millionths(millionths))
}

/// Every quantile in use.
fn quantiles() -> Vec<Metric> {
    [500_000, 750_000, 900_000, 950_000, 990_000, 999_000]
        .map(quantile)
        .to_vec()
}

fn seconds(run: &Run) -> f64 {
    (run.ended_ns - START_NS) as f64 / S
}

/// A function whose calls vary by up to 5 % around this time.
fn varying(seed: u64, ns: f64) -> impl FnMut(u64, u64) -> Scripted {
    let mut random = Random::new(seed);
    move |_, _| calm(ns * (0.95 + 0.1 * random.unit()))
}

#[test]
fn what_takes_twice_its_limit_is_broken_from_nanoseconds_to_seconds() {
    let others = [Metric::Mean, Metric::Throughput, Metric::Min, Metric::Max];
    for ns in [
        10.0,
        1.0 * US,
        60.0 * US,
        3.0 * MS,
        70.0 * MS,
        0.5 * S,
        1.5 * S,
    ] {
        for metric in quantiles().into_iter().chain(others) {
            // The clock cannot time single calls as short as that.
            let is_of_single = !matches!(metric, Metric::Mean | Metric::Throughput);
            for (limits, factor) in [(1, 2.0), (6, 2.0), (50, 2.1), (1, 10.0), (6, 100.0)] {
                if is_of_single && ns / factor < 500.0 {
                    continue;
                }
                // Of a minimum the deadline holds this many calls, and no more.
                if metric == Metric::Min && limits == 50 && ns > S {
                    continue;
                }
                let spec = SuiteSpec {
                    time_limits_in_run: limits,
                    ..suite_spec()
                };
                let case = case(&[(metric, ns / factor)]);
                // 5 % around a factor of 2 are still twice the limit or nearly so.
                let found = run_one(spec, case, varying(limits, ns));
                assert_eq!(
                    found.decision(),
                    Decision::Broken,
                    "{metric} at {ns} ns, {factor} times, {limits} limits: {:?}",
                    found.outcome().judgements[0]
                );
                let effort = perf_statistics::effort(fail_threshold(limits, 1e-3));
                assert!(
                    seconds(&found) < 2.0 * 72.0 * effort + 1.1,
                    "{metric} at {ns} ns"
                );
            }
        }
    }
}

#[test]
fn a_tail_of_calls_of_twelve_seconds_is_broken_by_four_of_them_and_four_again() {
    for (metric, calls) in quantiles().into_iter().skip(2).zip([4, 3, 2, 2]) {
        let found = run_one(suite_spec(), case(&[(metric, 1.0 * S)]), constant(12.0 * S));
        check(&found, Decision::Broken);
        let judgement = &found.outcome().judgements[0];
        let again = judgement.confirmation.clone().map(|(_, again)| again.calls);
        assert_eq!(
            (judgement.evidence.calls, again),
            (calls, Some(calls)),
            "{metric}"
        );
        assert_eq!(judgement.evidence.above, calls);
        assert_eq!(found.outcome().summary.as_ref().unwrap().calls, calls);
    }
    // However many other limits the run has: each of them needs more evidence.
    for limits in [19, 100, 1_000] {
        let spec = SuiteSpec {
            time_limits_in_run: limits,
            ..suite_spec()
        };
        for metric in quantiles().into_iter().skip(2) {
            let found = run_one(spec, case(&[(metric, 6.0 * S)]), constant(12.0 * S));
            assert_eq!(found.decision(), Decision::Broken, "{metric}, {limits}");
        }
    }
    let both = case(&[(Metric::Max, 1.0 * S), (P99, 1.0 * S)]);
    let found = run_one(suite_spec(), both, constant(6.0 * S));
    for judgement in &found.outcome().judgements {
        assert_eq!(
            (judgement.decision, judgement.evidence.calls),
            (Decision::Broken, 2)
        );
    }
}

#[test]
fn what_is_slowed_down_on_purpose_is_found_in_short_rounds() {
    for metric in [quantile(950_000), P99, Metric::Mean] {
        // Calls of the longest round, and of all.
        let took = |slowed| {
            let spec = SuiteSpec {
                time_limits_in_run: 50,
                ..suite_spec()
            };
            let case = CaseSpec {
                slowed,
                ..case(&[(metric, 2.0 * MS)])
            };
            let found = run_one(spec, case, varying(50, 4.2 * MS));
            check(&found, Decision::Broken);
            let rounds = found.rounds(0, Purpose::Measure);
            let calls = rounds.iter().map(|event| match event.request {
                Request::Round { round, .. } => round.calls,
                _ => 0,
            });
            (calls.clone().max(), calls.sum::<usize>())
        };
        let ((long, all), (short, few)) = (took(false), took(true));
        assert!(short == Some(1) && long > short, "{metric}: {long:?}");
        assert!(2 * few <= all, "{metric}: {few} of {all}");
    }
    // What holds in spite of it is not called broken.
    let case = CaseSpec {
        slowed: true,
        ..case(&[(P99, 10.0 * MS)])
    };
    let found = run_one(suite_spec(), case, varying(1, 2.0 * MS));
    assert_ne!(found.decision(), Decision::Broken);
}

#[test]
fn what_the_deadline_leaves_open_says_so() {
    let found = run_one(suite_spec(), case(&[(P50, 1.0 * S)]), constant(12.0 * S));
    check(&found, DEADLINE);
    let evidence = &found.outcome().judgements[0].evidence;
    assert_eq!((evidence.calls, evidence.above), (5, 5));
    assert_eq!(evidence.breaking_calls, Some(12));
    assert!(seconds(&found) < 72.0, "{}", seconds(&found));
    // The first time it was enough, the second time calls were slower still.
    let slower = |at: u64, _: u64| calm(if at < 12 { 5.0 * S } else { 20.0 * S });
    let found = run_one(suite_spec(), case(&[(P50, 1.0 * S)]), slower);
    check(&found, DEADLINE);
    assert!(found.outcome().judgements[0].confirmation.is_some());
}

#[test]
fn several_slow_cases_do_not_take_each_others_time() {
    let specs = vec![case(&[(P50, 10.0 * MS)]); 5];
    let scripts = (0..5).map(|_| Box::new(constant(1.5 * S)) as Script<'_>);
    let spec = SuiteSpec {
        time_limits_in_run: 5,
        ..suite_spec()
    };
    let found = run(spec, specs, scripts.collect());
    for at in 0..5 {
        let judgement = &found.suite.outcome(at).judgements[0];
        assert_eq!(judgement.decision, Decision::Broken, "{at}");
    }
}

#[test]
fn a_limit_that_points_to_broken_gets_the_rounds_and_one_that_does_not_gets_none() {
    let limits = [(P50, 10.0 * S), (P99, 0.9 * S)];
    let found = run_one(suite_spec(), case(&limits), constant(0.9 * S));
    check(&found, Decision::Undecided(Undecided::TooFewCalls));
    assert!(seconds(&found) <= 3.0, "nothing points to broken");
    let limits = [(P50, 10.0 * S), (quantile(750_000), 0.5 * S)];
    let found = run_one(suite_spec(), case(&limits), constant(0.9 * S));
    // Those calls also prove the other.
    check(&found, Decision::Holds);
    assert_eq!(found.outcome().judgements[1].decision, Decision::Broken);
}

/// Of slow calls of which the share `above` is over the limit, the first of all
/// cold or not.
fn slow_calls(seed: u64, ns: f64, above: f64, cold: f64) -> impl FnMut(u64, u64) -> Scripted {
    let mut random = Random::new(seed);
    move |at, _| {
        let slow = random.unit() < above;
        let factor = if at == 0 { cold } else { 1.0 };
        calm(ns * factor * if slow { 1.5 } else { 1.0 })
    }
}

#[test]
fn sound_slow_calls_are_never_red_and_end_in_time() {
    // The limit is between the usual call and a slow one, and the share of slow ones
    // is exactly what it allows, a half of that, and none.
    let metrics = [(P50, 0.5), (quantile(900_000), 0.1), (P99, 0.01)];
    let (mut red, mut runs, mut longest) = (0, 0, 0.0_f64);
    for (metric, allowed) in metrics {
        for ns in [70.0 * MS, 0.5 * S, 1.5 * S, 4.0 * S] {
            for share in [allowed, allowed / 2.0, 0.0] {
                for cold in [1.0, 3.0, 20.0] {
                    for seed in 0..40 {
                        let spec = SuiteSpec {
                            seed,
                            ..suite_spec()
                        };
                        let case = case(&[(metric, 1.2 * ns)]);
                        let script = slow_calls(seed, ns, share, cold);
                        let found = run_one(spec, case, script);
                        let is_red = found.decision() == Decision::Broken;
                        red += u32::from(is_red);
                        runs += 1;
                        longest = longest.max(seconds(&found));
                        assert!(!is_red || share > 0.0, "{metric} at {ns}, first x{cold}");
                    }
                }
            }
        }
    }
    println!("| sound slow calls | {red} red of {runs} | longest {longest:.0} s |");
    // A thousandth is promised.
    assert!(f64::from(red) <= 1e-3 * f64::from(runs) + 4.0 * (1e-3 * f64::from(runs)).sqrt());
    assert!(longest < 2.0 * 72.0 + 2.0, "{longest}");
}

#[test]
fn a_cold_first_call_breaks_no_limit_but_one_on_first() {
    let metrics = [Metric::Mean, Metric::Min, Metric::Max, Metric::Throughput];
    for metric in quantiles().into_iter().chain(metrics) {
        for (cold, warm) in [(2.0 * S, 0.5 * S), (8.0 * S, 0.1 * S), (30.0 * S, 1.0 * S)] {
            // Each fresh process or state of the case has a cold call.
            let mut since = u64::MAX;
            let script = move |_: u64, now: u64| {
                let is_new = now.abs_diff(since) > 900_000_000 || since == u64::MAX;
                let ns = if is_new { cold } else { warm };
                since = now + ns as u64;
                calm(ns)
            };
            let found = run_one(suite_spec(), case(&[(metric, 1.5 * S)]), script);
            assert_ne!(
                found.decision(),
                Decision::Broken,
                "{metric}: {cold}, {warm}"
            );
            assert!(seconds(&found) < 40.0, "{metric}: {}", seconds(&found));
            if warm < S {
                assert_eq!(
                    found.outcome().notes.first(),
                    Some(&Note::cold_first_call()),
                    "{metric}"
                );
            }
        }
    }
}

#[test]
fn a_first_call_without_a_second_is_evidence_of_itself() {
    let found = run_one(suite_spec(), case(&[(P99, 5.0 * S)]), constant(1.6 * S));
    check(&found, Decision::Undecided(Undecided::TooFewCalls));
    assert_eq!(purposes(&found), [Purpose::First]);
    let evidence = &found.outcome().judgements[0].evidence;
    assert_eq!((evidence.calls, evidence.above), (1, 0));
    assert_eq!(evidence.measured, Some(PerCall(1.6 * S)));
    assert_eq!(found.outcome().notes, [Note::only_first_call()]);
    let text = Note::only_first_call().to_string();
    assert!(!text.contains("all of"), "{text}");
    // A minimum that was reached is a fact.
    let found = run_one(
        suite_spec(),
        case(&[(Metric::Min, 5.0 * S)]),
        constant(4.0 * S),
    );
    check(&found, Decision::Holds);
}

/// Calls that share a processor with many others: for each nanosecond of work
/// they wait this many.
fn starved(mut own: impl FnMut(u64) -> f64, waits: f64) -> impl FnMut(u64, u64) -> Scripted {
    move |at, _| {
        let ns = own(at);
        let mut call = calm(ns).call;
        call.wall_ns = ns * (1.0 + waits);
        call.disturbed = Disturbed::Preempted;
        Scripted {
            call,
            waited_ns: ns * waits,
            beside_ns: 0.0,
        }
    }
}

#[test]
fn waiting_for_a_processor_uses_no_time_of_a_case() {
    let spikes = |seed: u64| {
        let mut random = Random::new(seed);
        move |_: u64| {
            if random.unit() < 0.02 {
                2.0 * MS
            } else {
                0.4 * MS
            }
        }
    };
    for seed in 0..40 {
        let spec = SuiteSpec {
            seed,
            ..suite_spec()
        };
        for waits in [0.0, 8.0] {
            let found = run_one(spec, case(&[(P99, 1.0 * MS)]), starved(spikes(seed), waits));
            check(&found, Decision::Broken);
        }
        // Of calls of 10 ms with twelve times headroom, 300 fit into 3 s.
        let found = run_one(
            spec,
            case(&[(quantile(980_000), 120.0 * MS)]),
            starved(|_| 10.0 * MS, 4.0),
        );
        check(&found, Decision::Holds);
        assert!(seconds(&found) <= 15.1, "{}", seconds(&found));
    }
}

#[test]
fn what_is_done_around_calls_is_in_the_plan_of_rounds() {
    let drops = |ns: f64, beside_ns: f64| {
        move |_: u64, _: u64| Scripted {
            beside_ns,
            ..calm(ns)
        }
    };
    for ns in [15.0, 1.0 * US, 60.0 * US] {
        for metric in [P99, P50, Metric::Mean, Metric::Max] {
            let reachable = ns > 500.0 || metric == Metric::Mean;
            if !reachable {
                continue;
            }
            for factor in [0.5, 3.0] {
                let mut spec = case(&[(metric, (factor * ns).max(2.0))]);
                spec.plan.max_time_ns = 500_000_000;
                let found = run_one(suite_spec(), spec, drops(ns, 1.0 * MS));
                assert!(
                    seconds(&found) < 3.5,
                    "{metric} at {ns}: {}",
                    seconds(&found)
                );
                let wrong = if factor < 1.0 {
                    Decision::Holds
                } else {
                    Decision::Broken
                };
                assert_ne!(found.decision(), wrong, "{metric} at {ns}");
                if factor < 1.0 {
                    check(&found, Decision::Broken);
                }
            }
        }
    }
    // Where the outputs take no time, nothing is different.
    let found = run_one(
        suite_spec(),
        case(&[(P99, 3.0 * US)]),
        drops(1.0 * US, 8.0 * US),
    );
    check(&found, Decision::Holds);
}

/// Of a hundred runs with this many calls above a limit: those that are red, and how
/// long one takes on average.
fn of_a_hundred(share: f64, ns: f64, metric: Metric) -> (u32, f64) {
    let (mut red, mut taken) = (0, 0.0);
    for seed in 0..100 {
        let spec = SuiteSpec {
            seed,
            ..suite_spec()
        };
        let mut random = Random::new(seed);
        let script = move |_: u64, _: u64| calm(if random.unit() < share { 2.0 * ns } else { ns });
        let found = run_one(spec, case(&[(metric, 1.5 * ns)]), script);
        red += u32::from(found.decision() == Decision::Broken);
        taken += seconds(&found) / 100.0;
    }
    (red, taken)
}

#[test]
fn going_on_finds_rare_slow_calls_and_costs_sound_functions_little() {
    // The rows of METHODOLOGY: red of a hundred, and seconds.
    #[track_caller]
    fn check(share: f64, ns: f64, metric: Metric, red: u32, longest: f64) {
        let (found, taken) = of_a_hundred(share, ns, metric);
        println!("| {metric} of {ns} ns, {share} above | {found} | {taken:.1} s |");
        assert!(
            if red > 0 { found >= red } else { found == 0 },
            "{found} red"
        );
        assert!(taken <= longest, "{taken} s");
    }
    check(0.02, 20.0 * US, P99, 100, 3.0);
    check(0.02, 0.4 * MS, P99, 97, 15.0);
    check(0.02, 3.0 * MS, P99, 80, 30.0);
    check(0.005, 0.4 * MS, P99, 0, 3.0);
    check(0.007, 3.0 * MS, P99, 0, 5.0);
    // At the limit itself.
    check(0.01, 0.4 * MS, P99, 0, 6.0);
    check(0.1, 0.1 * S, quantile(900_000), 0, 15.0);
    check(0.5, 1.0 * S, P50, 0, 18.0);
}
