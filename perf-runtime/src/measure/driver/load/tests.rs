//! What becomes of a case that several users call.

use std::collections::HashSet;
use std::hint::black_box;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::{self, ThreadId};

use perf_grammar::Metric;

use super::*;
use crate::measure::driver::Repeats;
use crate::measure::load::{self, load_plain, load_shared};
use crate::measure::meter::script::Script;
use crate::measure::meter::{Meter, Threads};
use crate::model::case::{Case, Clock, Declared, Place};
use crate::model::sample::RoundSpec;
use crate::model::sample::Scope;
use crate::system::alloc::Watch;

const HERE: Place = Place {
    file: file!(),
    line: 1,
    column: 1,
};

const THREAD: Watch = Watch::Ours(Scope::Thread);
const FEW: Repeats = Repeats { within_ns: 0 };

const ERRORS: &[Declared] = &[Declared {
    metric: Metric::Errors,
    of: None,
    value: 200_000,
    place: HERE,
}];

const fn case(body: Body, limits: &'static [Declared]) -> Case {
    let mut case = Case::fixture(body);
    case.limits = limits;
    case.shape.threads = Some(4);
    case
}

static EMPTY: Case = case(Body::Load(|| load_plain(|| (), |()| None)), &[]);

fn alone(calls: usize) -> RoundAsk {
    RoundAsk {
        round: RoundSpec {
            calls,
            batch: 1,
            ..RoundSpec::default()
        },
        typical_ns: Some(2e6),
        threads: Threads::Others,
        crowd: None,
    }
}

fn together(users: usize, calls: usize) -> RoundAsk {
    RoundAsk {
        crowd: Some(Crowd { users, rate: None }),
        ..alone(calls)
    }
}

fn driver(case: &'static Case) -> (Driver, Meter) {
    (Driver::new(case, Clock::Wall), Meter::new())
}

#[test]
fn one_user_and_then_many_call_with_one_state() {
    static BUILT: AtomicUsize = AtomicUsize::new(0);
    static CALLED: AtomicUsize = AtomicUsize::new(0);
    static CASE: Case = case(
        Body::Load(|| {
            load_shared(
                || BUILT.fetch_add(1, Ordering::SeqCst),
                |_: &usize| CALLED.fetch_add(1, Ordering::SeqCst),
                |_| None,
            )
        }),
        &[],
    );
    let (mut driver, mut meter) = driver(&CASE);
    let first = driver.round(&mut meter, alone(1));
    assert_eq!((first.calls.len(), first.users.len()), (1, 0));
    assert_eq!(driver.load(), None);
    for _ in 0..2 {
        let round = driver.round(&mut meter, together(4, 10));
        assert_eq!((round.calls.len(), round.users.len()), (10, 4));
    }
    let calls: Vec<u64> = driver
        .load()
        .unwrap()
        .users
        .iter()
        .map(|user| user.calls)
        .collect();
    assert_eq!(calls, [6, 6, 4, 4]);
    let before = CALLED.load(Ordering::SeqCst);
    assert_eq!(before, 1 + 20);
    driver.count(THREAD, FEW).unwrap();
    assert!(CALLED.load(Ordering::SeqCst) > before);
    assert_eq!(BUILT.load(Ordering::SeqCst), 1);
    // From scratch, where that is asked for.
    let mut fresh = alone(1);
    fresh.round.fresh = true;
    driver.round(&mut meter, fresh);
    assert_eq!(BUILT.load(Ordering::SeqCst), 2);
}

#[test]
fn where_errors_are_limited_they_are_counted_and_end_nothing() {
    static CASE: Case = case(
        Body::Load(|| load_plain(|| (), |()| Some("busy".to_owned()))),
        ERRORS,
    );
    let (mut driver, mut meter) = driver(&CASE);
    for ask in [alone(5), together(4, 5)] {
        let round = driver.round(&mut meter, ask);
        assert!(round.calls.iter().all(|call| call.failed));
        assert_eq!((round.calls.len(), round.failure), (5, None));
        assert_eq!(round.error.as_deref(), Some("busy"));
    }
    assert_eq!(driver.load().unwrap().error_share(), Some(1.0));
    assert!(driver.count(THREAD, FEW).is_ok());
    // The budget file can take the limit away.
    driver.tolerate_errors(false);
    let busy = Failure::Error("busy".to_owned());
    for ask in [alone(5), together(4, 5)] {
        assert_eq!(driver.round(&mut meter, ask).failure, Some(busy.clone()));
    }
    assert_eq!(driver.count(THREAD, FEW), Err(busy));
}

#[test]
fn what_a_panic_left_half_done_is_built_anew() {
    static BUILT: AtomicUsize = AtomicUsize::new(0);
    static CASE: Case = case(
        Body::Load(|| {
            load_shared(
                || BUILT.fetch_add(1, Ordering::SeqCst),
                |built: &usize| assert_eq!(*built, 1, "half done"),
                |()| None,
            )
        }),
        &[],
    );
    let (mut driver, mut meter) = driver(&CASE);
    let round = driver.round(&mut meter, together(3, 6));
    assert!(matches!(round.failure, Some(Failure::Panic(_))));
    assert_eq!(driver.round(&mut meter, together(3, 6)).failure, None);
    static NO_STATE: Case = case(
        Body::Load(|| load_shared(|| -> u8 { panic!("no database") }, |_| (), |()| None)),
        &[],
    );
    let round = Driver::new(&NO_STATE, Clock::Wall).round(&mut meter, together(3, 6));
    let failure = Failure::Panic("no database".to_owned());
    assert_eq!((round.failure, round.calls.len()), (Some(failure), 0));
}

#[test]
fn a_crowd_is_compared_with_one_user_in_either_order() {
    static CALLERS: Mutex<Vec<ThreadId>> = Mutex::new(Vec::new());
    static CASE: Case = case(
        Body::Load(|| {
            load_plain(
                || {
                    CALLERS.lock().unwrap().push(thread::current().id());
                    (0..20_000_u64).fold(0, |sum, n| black_box(sum ^ n))
                },
                |_| None,
            )
        }),
        &[],
    );
    let (mut driver, _) = driver(&CASE);
    for crowd_first in [true, false] {
        let against = driver.against_alone(together(4, 8), crowd_first).unwrap();
        assert!(against.ratio.is_some(), "{against:?}");
        let mut callers = std::mem::take(&mut *CALLERS.lock().unwrap());
        assert!(callers.len() >= 10, "{callers:?}");
        if crowd_first {
            callers.reverse();
        }
        // The thread of the one user calls before all others, or after them.
        let alone = callers[0];
        let calls = callers.iter().take_while(|caller| **caller == alone);
        assert!(calls.count() >= 2, "{callers:?}");
        let of_crowd = callers.iter().skip_while(|caller| **caller == alone);
        let of_crowd: HashSet<_> = of_crowd.collect();
        assert!(
            of_crowd.len() == 4 && !of_crowd.contains(&alone),
            "{callers:?}"
        );
    }
    assert_eq!(driver.load(), None, "no evidence for other limits");
    let misuse = driver.against_alone(alone(12), true);
    assert!(matches!(misuse, Err(Failure::Misuse(_))));
}

#[test]
fn users_who_wait_for_each_other_are_slower_by_their_number() {
    // Each call takes a millisecond of what lets one user in at a time, and a
    // further millisecond outside of it.
    let mut asked = Vec::new();
    for crowd_first in [true, false] {
        let against = against(4, 40, crowd_first, &mut |users, calls| {
            asked.push((users, calls));
            let script = Script::of(users);
            let (calling, free_ns) = (script.clone(), Mutex::new(0.0_f64));
            let load = load_plain(
                move || {
                    let begins_ns = calling.exact_ns().max(*free_ns.lock().unwrap());
                    *free_ns.lock().unwrap() = begins_ns + 1e6;
                    calling.sleeps_until(begins_ns + 1e6);
                    calling.runs(1e6);
                },
                |()| None,
            );
            let ask = together(users, calls);
            let plan = Driver::new(&EMPTY, Clock::Wall).plan(&ask);
            load::measure_by(&script, load.as_ref(), ask.crowd.unwrap(), &plan)
        });
        // Where four take turns, each has one in 4 ms.
        assert_eq!(
            against,
            Ok(Against {
                ratio: Some(2.0),
                elapsed_ns: 61_000_000,
            })
        );
    }
    assert_eq!(asked, [(4, 40), (1, 10), (1, 10), (4, 40)]);
}

#[test]
fn a_ratio_is_of_two_medians_that_a_clock_can_tell() {
    assert_eq!(ratio(Some(30.0), Some(20.0)), Some(1.5));
    for (many, one) in [(None, Some(1.0)), (Some(1.0), None), (Some(1.0), Some(0.0))] {
        assert_eq!(ratio(many, one), None);
    }
}
