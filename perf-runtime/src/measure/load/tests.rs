//! What users see who call at the same time, on threads and by a scripted clock.

use std::cell::Cell;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Barrier, Mutex};
use std::thread;

use super::open;
use super::round::measure_by;
use super::starts::Starts;
use super::time::Timer as _;
use super::*;
use crate::measure::meter::script::Script;
use crate::measure::meter::{RoundPlan, Threads};
use crate::model::case::Clock;
use crate::model::plan::Crowd;
use crate::model::sample::{Failure, Round, RoundSpec};

pub(super) fn plan(calls: usize) -> RoundPlan {
    RoundPlan {
        round: RoundSpec {
            calls,
            batch: 1,
            ..RoundSpec::default()
        },
        clock: Clock::Wall,
        typical_ns: Some(2e6),
        threads: Threads::Others,
        tolerates_errors: false,
        crowded: true,
    }
}

pub(super) fn closed(users: usize) -> Crowd {
    Crowd { users, rate: None }
}

/// Calls a second, as `rate` is written.
pub(super) fn open(users: usize, per_s: u64) -> Crowd {
    Crowd {
        users,
        rate: Some(per_s * 1000),
    }
}

pub(super) fn no_error<O>(_: &O) -> Option<String> {
    None
}

#[test]
fn all_users_call_at_the_same_time() {
    // No user gets on before all four are inside a call.
    let all_inside = Barrier::new(4);
    let load = load_plain(move || all_inside.wait().is_leader(), no_error);
    let round = measure(load.as_ref(), closed(4), &plan(20));
    assert_eq!((round.calls.len(), round.failure), (20, None));
    let calls: Vec<u64> = round.users.iter().map(|user| user.calls).collect();
    assert_eq!(calls, [5; 4]);
    assert!(round.span_ns.unwrap() > 0.0 && round.elapsed_ns > 0);
}

#[test]
fn each_user_makes_its_own_inputs_and_all_share_one_state() {
    let made = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&made);
    let owned = load_owned(
        move || seen.lock().unwrap().push(thread::current().id()),
        |()| (),
        no_error,
    );
    measure(owned.as_ref(), closed(3), &plan(6));
    let mut makers = made.lock().unwrap().clone();
    assert_eq!(makers.len(), 6);
    makers.sort_by_key(|id| format!("{id:?}"));
    makers.dedup();
    assert_eq!(makers.len(), 3);

    let built = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&built);
    let shared = load_shared(
        move || {
            counted.fetch_add(1, Ordering::Relaxed);
            AtomicUsize::new(0)
        },
        |calls: &AtomicUsize| calls.fetch_add(1, Ordering::Relaxed),
        |before: &usize| (*before == 13).then(|| "the last one".to_owned()),
    );
    // Fourteen calls in two rounds: state outlives a round.
    assert_eq!(measure(shared.as_ref(), closed(2), &plan(6)).failure, None);
    let round = measure(shared.as_ref(), closed(2), &plan(8));
    let last = Failure::Error("the last one".to_owned());
    assert_eq!(
        (round.failure, built.load(Ordering::Relaxed)),
        (Some(last), 1)
    );
}

#[test]
fn one_error_in_five_calls_is_counted_exactly() {
    #[track_caller]
    fn check(crowd: Crowd) {
        let made = AtomicUsize::new(0);
        let load = load_plain(
            move || made.fetch_add(1, Ordering::Relaxed),
            |call: &usize| (call % 5 == 4).then(|| "busy".to_owned()),
        );
        let plan = RoundPlan {
            tolerates_errors: true,
            ..plan(200)
        };
        let round = measure_by(&Script::of(crowd.users), load.as_ref(), crowd, &plan);
        let errors: u64 = round.users.iter().map(|user| user.errors).sum();
        let failed = round.calls.iter().filter(|call| call.failed).count();
        assert_eq!((round.calls.len(), failed, errors), (200, 40, 40));
        assert_eq!(round.failure, None);
        assert_eq!(round.error.as_deref(), Some("busy"));
    }
    check(closed(10));
    check(open(10, 20_000));
}

#[test]
fn a_user_who_panics_is_the_rounds_failure_and_leaves_no_thread_behind() {
    #[track_caller]
    fn check(crowd: Crowd, rewarm: usize, panics_at: usize) {
        thread_local!(static HELD: Cell<Option<Arc<()>>> = const { Cell::new(None) });
        let held = Arc::new(());
        let hold = Arc::clone(&held);
        let made = AtomicUsize::new(0);
        let load = load_plain(
            move || {
                HELD.set(Some(Arc::clone(&hold)));
                assert_ne!(made.fetch_add(1, Ordering::SeqCst), panics_at, "on purpose");
            },
            no_error,
        );
        let plan = RoundPlan {
            round: RoundSpec {
                rewarm,
                ..plan(40).round
            },
            ..plan(40)
        };
        let round = measure_by(&Script::of(crowd.users), load.as_ref(), crowd, &plan);
        let Some(Failure::Panic(text)) = round.failure else {
            panic!("{:?}", round.failure);
        };
        assert!(text.contains("on purpose"), "{text}");
        // What belongs to a thread goes when the thread does.
        drop(load);
        assert_eq!(Arc::strong_count(&held), 1);
    }
    check(closed(4), 0, 7);
    check(open(4, 10_000), 0, 7);
    // Before the others begin: they do not wait for it.
    check(closed(4), 8, 2);
    check(open(4, 10_000), 8, 2);
}

#[test]
fn an_error_before_the_others_begin_ends_the_round_without_a_call() {
    let load = load_plain(|| (), |()| Some("no database".to_owned()));
    let plan = RoundPlan {
        round: RoundSpec {
            rewarm: 4,
            ..plan(40).round
        },
        ..plan(40)
    };
    let round = measure(load.as_ref(), closed(4), &plan);
    let failure = Failure::Error("no database".to_owned());
    assert_eq!((round.failure, round.calls.len()), (Some(failure), 0));
}

#[cfg(target_os = "linux")]
#[test]
fn the_users_threads_are_no_others_and_their_time_is_the_calls() {
    let work = || (0..2_000_000_u64).fold(0, |sum, n| std::hint::black_box(sum ^ n));
    let load = load_plain(work, no_error);
    let plan = RoundPlan {
        round: RoundSpec {
            processor: true,
            ..plan(8).round
        },
        threads: Threads::Others,
        ..plan(8)
    };
    let round = measure(load.as_ref(), closed(2), &plan);
    let processor = round.processor.unwrap();
    assert_eq!(processor.calls, 8);
    assert!(processor.least_ns > 100e3, "{processor:?}");
    assert!(processor.most_ns >= processor.least_ns, "{processor:?}");
}

/// One user whose calls take this many milliseconds each, at one call in 10 ms.
fn scripted(took_ms: &[f64]) -> Round {
    let script = Script::default();
    let (making, calling) = (script.clone(), script.clone());
    let mut script_of_calls = took_ms.iter();
    let mut subject = Calls::new(
        // Making the input takes time as well, before the call is due.
        move || making.runs(0.5e6),
        move |()| {
            let took = script_of_calls.next().expect("a call a row");
            calling.runs(took * 1e6);
        },
        no_error,
    );
    let starts = Starts::new(100_000, took_ms.len());
    let done = open::calls(&mut subject, &starts, &script.start(), &plan(0), &|| false);
    assert_eq!(done.places, (0..took_ms.len()).collect::<Vec<_>>());
    done.round
}

#[test]
fn a_call_that_comes_too_late_has_taken_longer() {
    #[track_caller]
    fn check(took_ms: &[f64], expected_ms: &[f64]) {
        let round = scripted(took_ms);
        assert_eq!(judged_ms(&round), expected_ms);
        assert!(
            round
                .calls
                .iter()
                .all(|call| call.wall_ns == call.judged_ns)
        );
    }
    check(&[2.0, 3.0, 4.0], &[2.0, 3.0, 4.0]);
    // The stall of one call is in the time of those that had to wait for it,
    // until the user has caught up; half a millisecond is the next input's.
    check(
        &[35.0, 2.0, 2.0, 2.0, 2.0, 2.0],
        &[35.0, 27.5, 20.0, 12.5, 5.0, 2.0],
    );
    // Who is always too slow falls further and further behind.
    check(&[15.0; 4], &[15.0, 20.5, 26.0, 31.5]);
}

#[test]
fn calls_that_cannot_be_made_in_time_are_given_up_and_have_failed() {
    let round = scripted(&[3000.0, 1.0, 1.0]);
    let judged = judged_ms(&round);
    let failed: Vec<bool> = round.calls.iter().map(|call| call.failed).collect();
    assert_eq!(judged, [3000.0, 2990.5, 2981.0]);
    assert_eq!(failed, [false, true, true]);
    assert_eq!((round.failure, round.error.is_some()), (None, true));
}

/// Times that are judged, in the order in which the calls were to begin.
fn judged_ms(round: &Round) -> Vec<f64> {
    let calls = round.calls.iter();
    calls.map(|call| call.judged_ns / 1e6).collect()
}

/// A round by a script, in which each call does this; it is given how many were made
/// before it.
fn round(crowd: Crowd, plan: &RoundPlan, call: impl Fn(&Script, usize) + Sync + 'static) -> Round {
    let script = Script::of(crowd.users);
    let calling = script.clone();
    let made = AtomicUsize::new(0);
    let load = load_plain(
        move || call(&calling, made.fetch_add(1, Ordering::SeqCst)),
        no_error,
    );
    measure_by(&script, load.as_ref(), crowd, plan)
}

#[test]
fn a_stall_is_in_the_time_of_every_call_that_was_due_meanwhile() {
    let stalls_first = |script: &Script, nth| script.runs(if nth == 0 { 60e6 } else { 0.0 });
    let alone = round(open(1, 200), &plan(12), stalls_first);
    // One is due each 5 ms; the first begins a millisecond after the gate opened.
    let expected: Vec<f64> = (0..12).map(|at| 60.0 - 5.0 * f64::from(at)).collect();
    assert_eq!(judged_ms(&alone), expected);
    assert_eq!((alone.span_ns, alone.elapsed_ns), (Some(60e6), 61_000_000));
    // A second user makes them in its place.
    let two = round(open(2, 200), &plan(12), stalls_first);
    assert_eq!(judged_ms(&two), [&[60.0][..], &[0.0; 11]].concat());
    let mut calls: Vec<u64> = two.users.iter().map(|user| user.calls).collect();
    calls.sort_unstable();
    assert_eq!(calls, [1, 11]);
}

#[test]
fn a_rate_takes_as_many_users_as_its_calls_need() {
    #[track_caller]
    fn check(users: usize, expected_ms: &[f64]) {
        // One is due each 5 ms, and takes 12.
        let round = round(open(users, 200), &plan(6), |script, _| script.sleeps(12e6));
        assert_eq!(judged_ms(&round), expected_ms);
        assert_eq!(round.calls.iter().filter(|call| call.failed).count(), 0);
    }
    check(4, &[12.0; 6]);
    check(3, &[12.0; 6]);
    check(2, &[12.0, 12.0, 14.0, 14.0, 16.0, 16.0]);
    check(1, &[12.0, 19.0, 26.0, 33.0, 40.0, 47.0]);
}

#[test]
fn users_of_a_closed_loop_call_one_after_the_other_and_beside_each_other() {
    // Four users take turns at what lets one in at a time.
    let free_ns = Mutex::new(0.0_f64);
    let round = round(closed(4), &plan(12), move |script, _| {
        let begins_ns = script.exact_ns().max(*free_ns.lock().unwrap());
        *free_ns.lock().unwrap() = begins_ns + 1e6;
        script.sleeps_until(begins_ns + 1e6);
    });
    let expected = [&[1.0, 2.0, 3.0][..], &[4.0; 9]].concat();
    assert_eq!(judged_ms(&round), expected);
    assert_eq!((round.span_ns, round.elapsed_ns), (Some(12e6), 12_000_000));
}

#[test]
fn a_wait_for_a_processor_is_felt_by_as_much_as_its_like_had_it() {
    #[track_caller]
    fn check(users: usize, expected_ms: f64) {
        let plan = RoundPlan {
            clock: Clock::Clean,
            ..plan(users)
        };
        // There are two processors.
        let round = round(closed(users), &plan, |script, _| {
            script.waits(6e6);
            script.runs(2e6);
        });
        assert_eq!(judged_ms(&round), vec![expected_ms; users]);
        assert!(round.calls.iter().all(|call| call.wall_ns == 8e6));
    }
    // Others had all of the two processors but an eighth, and then a half.
    check(1, 2.0 + 6.0 / 8.0);
    check(4, 2.0 + 6.0 / 2.0);
    check(8, 8.0);
}
