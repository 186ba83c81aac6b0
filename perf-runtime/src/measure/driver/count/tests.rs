//! Which calls are counted, and what they come to.

use std::cell::Cell;
use std::hint::black_box;

use perf_grammar::Metric;

use super::*;
use crate::measure::driver::Driver;
use crate::model::case::{Case, Clock};
use crate::model::subject::Body;
use crate::system::alloc::alone::alone;

/// As many calls as are counted at most, however busy the machine.
const ALL: Repeats = Repeats {
    within_ns: u64::MAX,
};

#[test]
fn a_hundred_calls_are_counted_as_far_as_their_time_goes() {
    let made = |each_ns: u64, within_ns: u64| {
        let repeats = Repeats { within_ns };
        let mut calls = 0;
        while repeats.go_on(calls, calls * each_ns) {
            calls += 1;
        }
        calls
    };
    assert_eq!(made(1_000, 300_000_000), 100);
    assert_eq!(made(3_000_000, 300_000_000), 100);
    assert_eq!(made(5_000_000, 300_000_000), 60);
    assert_eq!(made(1_000_000_000, 300_000_000), 3);
    assert_eq!(made(12_000_000_000, 0), 3);
}

#[test]
fn stretches_that_tell_nothing_yet_may_take_longer() {
    const CAP_NS: u64 = 750_000_000;
    let watch = Watch::Ours(Scope::Thread);
    let stretches = |each_ns: u64, gained_bytes: i64| {
        let mut runner = GrowthRunner::new(watch, 30, 1_000, CAP_NS);
        while let Some(calls) = runner.growth.next() {
            if !runner.goes_on(runner.calls() * each_ns, calls) {
                break;
            }
            runner.growth.stretches.push(Stretch {
                calls,
                gained_bytes: gained_bytes * calls as i64,
            });
        }
        runner.growth.stretches.len()
    };
    // 30, 60 and 120 calls of 10 ms, of a leak and of none; no fourth stretch.
    assert_eq!(
        (stretches(10_000_000, 5_000), stretches(10_000_000, 0)),
        (3, 3)
    );
    // Not for longer than the deadline of the case allows.
    assert_eq!(stretches(100_000_000, 5_000), 2);
    // What is quick goes on as before.
    assert!(stretches(10_000, 5_000) > 8);
}

#[test]
fn a_case_is_warmed_up_where_it_is_not_warm() {
    let made = |warm_up: WarmUp, each_ns: u64| {
        let within = Repeats {
            within_ns: 300_000_000,
        };
        let mut calls = 0;
        while warm_up.goes_on(calls, calls * each_ns, within) {
            calls += 1;
        }
        calls
    };
    // The warm-up of its times was made in this process, and its state is kept.
    assert_eq!(made(WarmUp::after(25, false), 1_000), 0);
    // Its state is built anew each time it is entered.
    assert_eq!(made(WarmUp::after(25, true), 1_000), 20);
    assert_eq!(made(WarmUp::after(2, true), 1_000_000_000), 1);
    // A separate process.
    assert_eq!(made(WarmUp::after(0, false), 1_000), 20);
    assert_eq!(made(WarmUp::after(0, false), 50_000_000), 3);
    assert_eq!(made(WarmUp::after(0, true), 1_000_000_000), 2);
}

thread_local! {
    static CALLS: Cell<u64> = const { Cell::new(0) };
}

/// Takes 1,000 bytes in every call with this number, nothing in the others.
fn every<const NTH: u64>() {
    let call = CALLS.get() + 1;
    CALLS.set(call);
    if call.is_multiple_of(NTH) {
        drop(black_box(Vec::<u8>::with_capacity(1_000)));
    }
}

static EVERY_7TH: Case = Case::fixture(Body::Calls(|| {
    crate::private::calls(|| (), |()| every::<7>(), |()| None)
}));
static EVERY_50TH: Case = Case::fixture(Body::Calls(|| {
    crate::private::calls(|| (), |()| every::<50>(), |()| None)
}));
/// Fills a cache of 56,000 bytes, and then finds it.
static CACHE: Case = Case::fixture(Body::Bencher(|b| {
    let mut cache: Option<Vec<u8>> = None;
    b.iter(|| {
        let cache = cache.get_or_insert_with(|| Vec::with_capacity(56_000));
        black_box(cache.capacity())
    });
    None
}));

fn counted_of(case: &'static Case, warm_calls: usize) -> Memory {
    let mut driver = Driver::new(case, Clock::Wall);
    driver.made = warm_calls as u64;
    match driver.count(Watch::Ours(Scope::Thread), ALL) {
        Ok(Some(memory)) => memory,
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_seldom_calls_take_is_seen() {
    alone(module_path!(), "what_seldom_calls_take_is_seen", || {
        for (case, often) in [(&EVERY_7TH, 14), (&EVERY_50TH, 2)] {
            CALLS.set(0);
            let memory = counted_of(case, 25);
            assert_eq!(memory.calls, 100);
            assert_eq!(memory.largest.of(Metric::Mem), Some(1_000.0));
            let spread = memory.spreads.of(Metric::Mem).unwrap();
            assert_eq!(
                (spread.calls_at_largest, spread.calls_at_least),
                (often, 100 - often)
            );
        }
    });
}

#[test]
fn a_cache_that_the_first_call_fills_is_that_calls_alone() {
    alone(
        module_path!(),
        "a_cache_that_the_first_call_fills_is_that_calls_alone",
        || {
            for warm_calls in [0, 25] {
                let memory = counted_of(&CACHE, warm_calls);
                assert_eq!(memory.largest.of(Metric::Mem), Some(0.0));
                assert_eq!(memory.largest.of(Metric::DenyAlloc), Some(0.0));
                let first = memory.first.unwrap();
                assert_eq!(first.of(Metric::Mem), Some(56_000.0));
                assert_eq!(first.allocs, 1);
            }
        },
    );
}

#[test]
fn an_error_and_a_stranger_end_the_count() {
    static FAILS: Case = Case::fixture(Body::Calls(|| {
        crate::private::calls(|| (), |()| (), |()| Some("no".to_owned()))
    }));
    static SPAWNS: Case = Case::fixture(Body::Calls(|| {
        let call = || thread::spawn(|| drop(black_box(vec![1_u8; 50]))).join();
        crate::private::calls(|| (), move |()| call().is_ok(), |_| None)
    }));
    alone(
        module_path!(),
        "an_error_and_a_stranger_end_the_count",
        || {
            let count = |case| {
                let mut driver = Driver::new(case, Clock::Wall);
                driver.made = 25;
                let counted = driver.count(Watch::Ours(Scope::Thread), ALL);
                (counted, driver.made)
            };
            let (failed, made) = count(&FAILS);
            assert_eq!(failed, Err(Failure::Error("no".to_owned())));
            assert_eq!(made, 26);
            assert_eq!(count(&SPAWNS), (Ok(None), 26));
        },
    );
}
