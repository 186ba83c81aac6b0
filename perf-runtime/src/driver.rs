//! Makes the calls of one case: builds the subject, enters it, catches what it
//! throws, counts its memory.

mod capture;
mod count;
mod trace;

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::alloc::Watch;
use crate::case::{Case, Clock};
use crate::meter::{Meter, RoundPlan, RoundRunner, Threads};
use crate::sample::{Failure, Growth, Memory, Round, Traced};
use crate::subject::{Bencher, Body, Runner, Subject};

pub(crate) use self::count::Count;
use self::count::{COUNTED_CALLS, CountRunner, GrowthRunner};
pub(crate) use self::trace::TraceWish;
use self::trace::{TraceRunner, WatchRunner};

/// One case and what was built of it so far.
pub(crate) struct Driver {
    case: &'static Case,
    clock: Clock,
    subject: Option<Box<dyn Subject>>,
    /// Calls since the subject was built.
    made: u64,
}

/// The round that is asked for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct RoundAsk {
    pub(crate) calls: usize,
    pub(crate) batch: usize,
    pub(crate) rewarm: usize,
    /// Build the subject anew first.
    pub(crate) fresh: bool,
    pub(crate) typical_ns: Option<f64>,
    /// Read the clocks of the processor around the calls.
    pub(crate) processor: Option<Threads>,
}

impl Driver {
    pub(crate) fn new(case: &'static Case, clock: Clock) -> Driver {
        Driver {
            case,
            clock,
            subject: None,
            made: 0,
        }
    }

    /// Makes and times the calls of one round. Where the function fails, the
    /// round says so and holds no calls to judge.
    pub(crate) fn round(&mut self, meter: &mut Meter, ask: RoundAsk) -> Round {
        if ask.fresh {
            self.release();
        }
        self.made += (ask.calls * ask.batch + ask.rewarm) as u64;
        let plan = RoundPlan {
            calls: ask.calls,
            batch: ask.batch,
            rewarm: ask.rewarm,
            clock: self.clock,
            typical_ns: ask.typical_ns,
            processor: ask.processor,
        };
        let mut runner = RoundRunner::new(meter, plan);
        let entered = enter(self.case, &mut self.subject, &mut runner);
        let mut round = runner.result.unwrap_or_default();
        if let Err(failure) = entered {
            round.failure.get_or_insert(failure);
        }
        round
    }

    /// Counts the memory of a few calls.
    ///
    /// # Errors
    /// If the function panics, or returns an `Err`.
    pub(crate) fn count(&mut self, watch: Watch) -> Result<Count<Memory>, Failure> {
        let mut runner = CountRunner::new(watch);
        self.made += COUNTED_CALLS;
        enter(self.case, &mut self.subject, &mut runner)?;
        runner.found()
    }

    /// Counts how the live heap goes while the function is called again and
    /// again, for `cap_ns` or until the limit holds beyond doubt.
    ///
    /// # Errors
    /// If the function panics, or returns an `Err`.
    pub(crate) fn grow(
        &mut self,
        watch: Watch,
        limit_bytes: u64,
        cap_ns: u64,
    ) -> Result<Count<Growth>, Failure> {
        let mut runner = GrowthRunner::new(watch, self.made, limit_bytes, cap_ns);
        enter(self.case, &mut self.subject, &mut runner)?;
        self.made += runner.calls();
        runner.found()
    }

    /// Records what single calls do: counters, events, spans. Nothing else may
    /// run in this process, because recording covers all of it.
    ///
    /// # Errors
    /// If the function panics, or returns an `Err`.
    pub(crate) fn traced(&mut self, wish: &TraceWish) -> Result<Traced, Failure> {
        let mut runner = TraceRunner::new(wish, self.made);
        enter(self.case, &mut self.subject, &mut runner)?;
        self.made += runner.made();
        runner.found()
    }

    /// Makes the calls of one round and times the spans with these names in
    /// them, rather than the calls: the round holds no calls to judge. Where
    /// something else may run in the process, `caller_only`, spans of other
    /// threads are left out and counted.
    ///
    /// # Errors
    /// Why spans cannot be seen.
    #[expect(dead_code, reason = "the engine does not ask for it yet")]
    pub(crate) fn watched_round(
        &mut self,
        ask: RoundAsk,
        spans: &[String],
        caller_only: bool,
    ) -> Result<Round, String> {
        if ask.fresh {
            self.release();
        }
        self.made += (ask.calls + ask.rewarm) as u64;
        let mut runner = WatchRunner::new(&ask, spans, caller_only)?;
        let entered = enter(self.case, &mut self.subject, &mut runner);
        let mut round = runner.found();
        if let Err(failure) = entered {
            round.failure.get_or_insert(failure);
        }
        Ok(round)
    }

    /// Hands the subject, built where it is missing, to a runner.
    ///
    /// # Errors
    /// If the function panics, or has a shape that cannot be measured.
    pub(crate) fn enter(&mut self, runner: &mut dyn Runner) -> Result<(), Failure> {
        enter(self.case, &mut self.subject, runner)
    }

    /// Drops what was built, so that the memory of a settled case is free
    /// while others are measured.
    pub(crate) fn release(&mut self) {
        self.made = 0;
        release(&mut self.subject);
    }
}

/// Enters the function once, with what it throws turned into a failure.
fn enter(
    case: &Case,
    subject: &mut Option<Box<dyn Subject>>,
    runner: &mut dyn Runner,
) -> Result<(), Failure> {
    let entered = catch_unwind(AssertUnwindSafe(|| match case.body {
        Body::Calls(make) => {
            runner.run(subject.get_or_insert_with(make).as_mut());
            Ok(())
        }
        Body::Member(family, at) => {
            let subject = subject.get_or_insert_with(|| (family.make)(at));
            runner.run(subject.as_mut());
            Ok(())
        }
        Body::Bencher(function) => enter_bencher(function, runner),
        Body::Family(_) | Body::Load(_) => Err(Failure::Misuse(
            "this kind of case cannot be measured here".to_owned(),
        )),
    }));
    entered.unwrap_or_else(|payload| {
        // What a panic left half done must not be called again.
        release(subject);
        Err(Failure::Panic(panic_text(&*payload)))
    })
}

/// Drops a subject; a panic in the drop of the user's state must not end the
/// other cases.
fn release(subject: &mut Option<Box<dyn Subject>>) {
    let subject = subject.take();
    let _ = catch_unwind(AssertUnwindSafe(|| drop(subject)));
}

fn enter_bencher(
    function: fn(&mut Bencher<'_>) -> Option<String>,
    runner: &mut dyn Runner,
) -> Result<(), Failure> {
    let mut bencher = Bencher::new(runner);
    let error = function(&mut bencher);
    match (error, bencher.used()) {
        (Some(error), _) => Err(Failure::Error(error)),
        (None, 1) => Ok(()),
        (None, 0) => Err(Failure::Misuse(
            "the function returned without marking what is timed; call `b.iter(|| ..)` once"
                .to_owned(),
        )),
        (None, times) => Err(Failure::Misuse(format!(
            "the function marked {times} timed parts; a budget holds one: call `b.iter(|| ..)` once, and give each further part a function of its own"
        ))),
    }
}

fn panic_text(payload: &(dyn Any + Send)) -> String {
    let text = payload.downcast_ref::<&str>().copied();
    text.or_else(|| payload.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("a panic whose payload is no text")
        .to_owned()
}
