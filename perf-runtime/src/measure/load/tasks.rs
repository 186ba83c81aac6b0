//! Users that are tasks: each calls an `async fn` again and again, and all take
//! turns on the runtime of the case.

use std::future::poll_fn;
use std::hint::black_box;
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::sync::Arc;
use std::task::Poll;

use super::together::{Task, Together};
use crate::model::runtime::Spreads;
use crate::model::subject::{Calls, Subject, Tasks, Turns};

/// Drives one future to its end, on the thread that calls.
type Drive = dyn Fn(Pin<Box<dyn Future<Output = ()>>>);

/// Tasks that are polled together on one thread; each makes a fresh input for
/// each of its calls. `call` is one that blocks, for a user who is alone;
/// `begin` is the same as a future.
pub fn together<T: 'static, O: 'static, I, F>(
    drive: impl Fn(Pin<Box<dyn Future<Output = ()>>>) + 'static,
    make: impl Fn() -> I + 'static,
    call: impl Fn(T) -> O + 'static,
    begin: impl Fn(T) -> F + 'static,
    judge: impl Fn(&O) -> Option<String> + 'static,
) -> Box<dyn Tasks>
where
    I: Future<Output = T> + 'static,
    F: Future<Output = O> + 'static,
{
    let drive: Rc<Drive> = Rc::new(drive);
    let work = Rc::new(Work { make, begin, judge });
    let (alone, judged) = (Rc::clone(&work), Rc::clone(&work));
    let driven = Rc::clone(&drive);
    Box::new(Users {
        setup: move || {
            let slot = Rc::new(std::cell::RefCell::new(None));
            let (filled, future) = (Rc::clone(&slot), (alone.make)());
            driven(Box::pin(async move {
                filled.replace(Some(future.await));
            }));
            let made = slot.take();
            made.expect("a future is driven to its end")
        },
        call,
        judge: move |output: &O| (judged.judge)(output),
        run: move |users, turns: &Arc<dyn Turns>| {
            let task = |at| -> Task { Box::pin(user(at, Arc::clone(turns), Rc::clone(&work))) };
            drive(Box::pin(Together::new((0..users).map(task).collect())));
        },
        threads: None,
    })
}

/// As [`together`]; all tasks share a state that was made once.
pub fn together_shared<T: 'static, O: 'static, F>(
    drive: impl Fn(Pin<Box<dyn Future<Output = ()>>>) + 'static,
    setup: impl FnOnce() -> T + 'static,
    call: impl Fn(&T) -> O + 'static,
    begin: impl Fn(Rc<T>) -> F + 'static,
    judge: impl Fn(&O) -> Option<String> + 'static,
) -> Box<dyn Tasks>
where
    F: Future<Output = O> + 'static,
{
    let state = Rc::new(setup());
    together(
        drive,
        move || std::future::ready(Rc::clone(&state)),
        move |state: Rc<T>| call(&state),
        begin,
        judge,
    )
}

/// Tasks that are spawned on a runtime of several threads; each makes a fresh
/// input for each of its calls.
pub fn spread<T, O: 'static, I, F>(
    runtime: impl Spreads,
    make: impl Fn() -> I + Send + Sync + 'static,
    call: impl Fn(T) -> O + 'static,
    begin: impl Fn(T) -> F + Send + Sync + 'static,
    judge: impl Fn(&O) -> Option<String> + Send + Sync + 'static,
) -> Box<dyn Tasks>
where
    T: Send + 'static,
    I: Future<Output = T> + Send + 'static,
    F: Future<Output = O> + Send + 'static,
{
    let work = Arc::new(Work { make, begin, judge });
    let (alone, judged) = (Arc::clone(&work), Arc::clone(&work));
    let (driven, threads) = (runtime.clone(), runtime.threads());
    Box::new(Users {
        setup: move || driven.drive((alone.make)()),
        call,
        judge: move |output: &O| (judged.judge)(output),
        run: move |users, turns: &Arc<dyn Turns>| {
            let task = |at| user(at, Arc::clone(turns), Arc::clone(&work));
            runtime.spread((0..users).map(task).collect());
        },
        threads: Some(threads),
    })
}

/// As [`spread`]; all tasks share a state that was made once.
pub fn spread_shared<T, O: 'static, F>(
    runtime: impl Spreads,
    setup: impl FnOnce() -> T,
    call: impl Fn(&T) -> O + 'static,
    begin: impl Fn(Arc<T>) -> F + Send + Sync + 'static,
    judge: impl Fn(&O) -> Option<String> + Send + Sync + 'static,
) -> Box<dyn Tasks>
where
    T: Send + Sync + 'static,
    F: Future<Output = O> + Send + 'static,
{
    let state = Arc::new(setup());
    spread(
        runtime,
        move || std::future::ready(Arc::clone(&state)),
        move |state: Arc<T>| call(&state),
        begin,
        judge,
    )
}

/// What every user does again and again.
struct Work<M, B, J> {
    make: M,
    begin: B,
    judge: J,
}

struct Users<S, C, J, R> {
    setup: S,
    call: C,
    judge: J,
    run: R,
    threads: Option<usize>,
}

impl<T, O, S, C, J, R> Tasks for Users<S, C, J, R>
where
    T: 'static,
    O: 'static,
    S: Fn() -> T,
    C: Fn(T) -> O,
    J: Fn(&O) -> Option<String>,
    R: Fn(usize, &Arc<dyn Turns>),
{
    fn user(&self) -> Box<dyn Subject + '_> {
        Box::new(Calls::new(&self.setup, &self.call, &self.judge))
    }

    fn run(&self, users: usize, turns: &Arc<dyn Turns>) {
        (self.run)(users, turns);
    }

    fn threads(&self) -> Option<usize> {
        self.threads
    }
}

/// Says that a user is gone, however it ends.
struct Leaving {
    at: usize,
    turns: Arc<dyn Turns>,
}

impl Drop for Leaving {
    fn drop(&mut self) {
        self.turns.left(self.at);
    }
}

/// One user: makes an input, waits for its turn, calls, and looks at what came
/// of it. Input and output are no part of the call.
async fn user<T, O, M, I, B, F, J, W>(at: usize, turns: Arc<dyn Turns>, work: W)
where
    M: Fn() -> I,
    I: Future<Output = T>,
    B: Fn(T) -> F,
    F: Future<Output = O>,
    J: Fn(&O) -> Option<String>,
    W: std::ops::Deref<Target = Work<M, B, J>>,
{
    let leaving = Leaving { at, turns };
    let turns = &*leaving.turns;
    loop {
        let mut making = pin!((work.make)());
        let input = poll_fn(|context| {
            let mut polled = Poll::Pending;
            turns.apart(&mut || polled = making.as_mut().poll(context));
            polled
        });
        let input = input.await;
        if !poll_fn(|context| turns.poll_turn(at, context)).await {
            break;
        }
        let output = black_box((work.begin)(black_box(input)).await);
        let ended_ns = turns.now_ns();
        let (mut output, mut error) = (Some(output), None);
        turns.apart(&mut || error = output.take().and_then(|output| (work.judge)(&output)));
        turns.called(at, ended_ns, error);
    }
}
