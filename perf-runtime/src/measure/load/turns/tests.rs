//! What users see who are tasks.

use crate::model::sample::RoundSpec;
use std::cell::Cell;
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};

use super::*;
use crate::measure::load::tests::{closed, no_error, open, plan};
use crate::measure::load::{together, together_shared};
use crate::measure::meter::script::Script;

struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

/// Sleeps until the future was woken.
fn block_on<T>(future: impl Future<Output = T>) -> T {
    let mut future = pin!(future);
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let mut context = Context::from_waker(&waker);
    loop {
        match future.as_mut().poll(&mut context) {
            Poll::Ready(output) => return output,
            Poll::Pending => thread::park(),
        }
    }
}

impl Wake for Script {
    fn wake(self: Arc<Self>) {
        Script::wake(&self);
    }
}

/// Lets the scripted clock go on until the future was woken.
fn drive_by(script: &Script) -> impl Fn(Pin<Box<dyn Future<Output = ()>>>) + use<> {
    let script = script.clone();
    move |mut future| {
        let waker = Waker::from(Arc::new(script.clone()));
        let mut context = Context::from_waker(&waker);
        let _part = script.takes_part();
        while future.as_mut().poll(&mut context).is_pending() {
            script.idles();
        }
    }
}

fn judged_ms(round: &Round) -> Vec<f64> {
    let calls = round.calls.iter();
    calls.map(|call| call.judged_ns / 1e6).collect()
}

/// Ends after this many polls, and wakes itself in between.
struct Again(u32);

impl Future for Again {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        if self.0 == 0 {
            return Poll::Ready(());
        }
        self.0 -= 1;
        context.waker().wake_by_ref();
        Poll::Pending
    }
}

fn nothing() -> std::future::Ready<()> {
    std::future::ready(())
}

#[test]
fn all_tasks_call_at_the_same_time_on_one_thread() {
    // No user gets on before all four are inside a call.
    let inside = Rc::new((Cell::new(0), Cell::new(0)));
    let here = thread::current().id();
    let tasks = together_shared(
        block_on,
        move || inside,
        |_| unreachable!("no user is alone"),
        move |inside: Rc<Rc<(Cell<u32>, Cell<u32>)>>| async move {
            assert_eq!(thread::current().id(), here);
            let (now, most) = &**inside;
            now.set(now.get() + 1);
            most.set(most.get().max(now.get()));
            Again(3).await;
            now.set(now.get() - 1);
            most.get()
        },
        |most| (*most != 4).then(|| format!("{most} at a time")),
    );
    let plan = RoundPlan {
        tolerates_errors: true,
        ..plan(20)
    };
    let round = measure_tasks(tasks.as_ref(), closed(4), &plan);
    assert_eq!((round.calls.len(), round.failure), (20, None));
    let calls: Vec<u64> = round.users.iter().map(|user| user.calls).collect();
    assert_eq!(calls, [5; 4]);
    assert_eq!(
        round.error, None,
        "all four are inside from the first call on"
    );
    assert!(round.span_ns.unwrap() > 0.0 && round.elapsed_ns > 0);
}

#[test]
fn each_task_makes_its_own_inputs_outside_its_calls() {
    let made = Rc::new(Cell::new(0_u32));
    let counted = Rc::clone(&made);
    let tasks = together(
        block_on,
        move || {
            counted.set(counted.get() + 1);
            std::future::ready(counted.get())
        },
        |n| n,
        |n: u32| async move { n },
        |n| (*n == 0).then(|| "no input".to_owned()),
    );
    let round = measure_tasks(tasks.as_ref(), closed(3), &plan(6));
    assert_eq!((round.calls.len(), round.failure.clone()), (6, None));
    assert!(made.get() >= 6, "{}", made.get());
}

#[test]
fn what_keeps_the_one_thread_busy_and_is_no_call_is_in_no_time() {
    let passes = |crowd: Crowd, one_thread: bool| {
        let script = Script::default();
        let work = Work::new(script.clone(), crowd, &plan(1), one_thread);
        work.open(lock(&work.gate));
        let before = work.now_ns();
        work.apart(&mut || script.runs(100e6));
        work.now_ns() - before
    };
    assert_eq!(passes(closed(1), true), 0);
    // It keeps no other thread waiting, and a clock does not wait.
    assert_eq!(passes(closed(1), false), 100_000_000);
    assert_eq!(passes(open(1, 10), true), 100_000_000);
}

#[test]
fn a_call_that_blocks_the_thread_is_in_the_time_of_all_who_wait_for_it() {
    let script = Script::default();
    let calling = script.clone();
    let tasks = together(
        drive_by(&script),
        nothing,
        |()| (),
        move |()| {
            let calling = calling.clone();
            async move { calling.runs(4e6) }
        },
        no_error,
    );
    let round = measure_tasks_by(script, tasks.as_ref(), closed(5), &plan(20));
    // Five at a time, one after the other: all are ready when the last of them opens
    // the gate and goes on, and later each waits for the four before it.
    let first = [8.0, 12.0, 16.0, 20.0, 4.0];
    let expected = [&first[..], &[20.0; 15]].concat();
    assert_eq!(judged_ms(&round), expected);
    assert_eq!(round.span_ns, Some(80e6));
}

#[test]
fn one_error_in_five_calls_is_counted_exactly() {
    #[track_caller]
    fn check(crowd: Crowd) {
        let made = Rc::new(AtomicUsize::new(0));
        let calls = Rc::clone(&made);
        let script = Script::default();
        let tasks = together(
            drive_by(&script),
            nothing,
            |()| 0,
            move |()| std::future::ready(calls.fetch_add(1, Ordering::Relaxed)),
            |call: &usize| (call % 5 == 4).then(|| "busy".to_owned()),
        );
        let plan = RoundPlan {
            tolerates_errors: true,
            ..plan(200)
        };
        let round = measure_tasks_by(script, tasks.as_ref(), crowd, &plan);
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
fn a_task_that_panics_ends_the_round_and_keeps_no_user_waiting() {
    #[track_caller]
    fn check(crowd: Crowd, rewarm: usize, panics_at: usize) {
        let made = AtomicUsize::new(0);
        let script = Script::default();
        let tasks = together(
            drive_by(&script),
            nothing,
            |()| (),
            move |()| {
                assert_ne!(made.fetch_add(1, Ordering::SeqCst), panics_at, "on purpose");
                Again(1)
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
        let ended = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            measure_tasks_by(script, tasks.as_ref(), crowd, &plan)
        }));
        let Failure::Panic(text) = Failure::panic(ended.unwrap_err()) else {
            panic!("it is one");
        };
        assert!(text.contains("on purpose"), "{text}");
    }
    check(closed(4), 0, 7);
    check(open(4, 10_000), 0, 7);
    // Before the others begin.
    check(closed(4), 8, 2);
    check(open(4, 10_000), 8, 2);
}

#[test]
fn an_error_before_the_others_begin_ends_the_round_without_a_call() {
    let tasks = together(
        block_on,
        nothing,
        |()| (),
        |()| nothing(),
        |()| Some("no database".to_owned()),
    );
    for crowd in [closed(4), open(4, 1_000)] {
        let plan = RoundPlan {
            round: RoundSpec {
                rewarm: 4,
                ..plan(40).round
            },
            ..plan(40)
        };
        let round = measure_tasks(tasks.as_ref(), crowd, &plan);
        let failure = Failure::Error("no database".to_owned());
        assert_eq!((round.failure, round.calls.len()), (Some(failure), 0));
    }
}

/// Calls of one user, one due each 5 ms, of which the first takes `ns`.
fn stalled(ns: f64, calls: usize) -> Round {
    let script = Script::default();
    let calling = script.clone();
    let first = Cell::new(true);
    let tasks = together(
        drive_by(&script),
        nothing,
        |()| (),
        move |()| {
            calling.runs(if first.take() { ns } else { 0.0 });
            nothing()
        },
        no_error,
    );
    measure_tasks_by(script, tasks.as_ref(), open(1, 200), &plan(calls))
}

#[test]
fn a_stall_is_in_the_time_of_every_call_that_was_due_meanwhile() {
    let round = stalled(60e6, 12);
    let expected: Vec<f64> = (0..12).map(|at| 60.0 - 5.0 * f64::from(at)).collect();
    assert_eq!(judged_ms(&round), expected);
    assert_eq!(round.span_ns, Some(60e6));
}

#[test]
fn calls_that_came_too_late_are_given_up_and_are_no_failure_of_the_case() {
    let round = stalled(3e9, 3);
    assert_eq!(judged_ms(&round), [3000.0, 2995.0, 2990.0]);
    let failed: Vec<bool> = round.calls.iter().map(|call| call.failed).collect();
    assert_eq!(failed, [false, true, true]);
    assert_eq!((round.failure, round.error.is_some()), (None, true));
}

#[cfg(feature = "tokio")]
mod on_tokio {
    use super::*;
    use crate::measure::load::spread;
    use crate::model::runtime::{Runtimes, Tokio, within_tasks};

    #[test]
    fn spawned_tasks_end_together_and_a_panic_of_one_is_told_when_all_have() {
        let gone = Arc::new(AtomicUsize::new(0));
        let made = Arc::new(AtomicUsize::new(0));
        let (counted, ended) = (Arc::clone(&made), Arc::clone(&gone));
        struct Gone(Arc<AtomicUsize>);
        impl Drop for Gone {
            fn drop(&mut self) {
                self.0.fetch_add(1, Ordering::SeqCst);
            }
        }
        let tasks = within_tasks(Tokio::multi_thread(), |runtime| {
            spread(
                runtime,
                nothing,
                |()| (),
                move |()| {
                    let gone = Gone(Arc::clone(&ended));
                    let call = counted.fetch_add(1, Ordering::SeqCst);
                    async move {
                        Again(5).await;
                        assert_ne!(call, 30, "on purpose");
                        drop(gone);
                    }
                },
                no_error,
            )
        });
        let round = measure_tasks(tasks.as_ref(), closed(10), &plan(20));
        assert_eq!((round.calls.len(), round.failure), (20, None));
        assert_eq!(made.load(Ordering::SeqCst), 20);
        // More than can be made while the thread that panics waits for a processor.
        const MANY: usize = 1_000_000;
        let ended = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            measure_tasks(tasks.as_ref(), closed(10), &plan(MANY))
        }));
        let payload = ended.unwrap_err();
        assert!(
            matches!(Failure::panic(payload), Failure::Panic(text) if text.contains("on purpose"))
        );
        let calls = made.load(Ordering::SeqCst);
        assert_eq!(gone.load(Ordering::SeqCst), calls, "no call is left behind");
        assert!(calls < 20 + MANY, "the others end early: {calls}");
    }
}
