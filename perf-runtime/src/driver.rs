//! Makes the calls of one case: builds the subject, enters it, catches what it
//! throws, counts its memory.

#[cfg_attr(not(test), expect(dead_code, reason = "for failures to ask for"))]
mod capture;

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::alloc::{Counts, Region};
use crate::case::{Case, Clock};
use crate::meter::{Meter, RoundPlan, RoundRunner};
use crate::sample::{Failure, Memory, Round, Scope};
use crate::subject::{Bencher, Body, Runner, Subject};

/// Calls that are counted; each figure is the largest of them.
const COUNTED_CALLS: u64 = 3;

/// One case and what was built of it so far.
pub(crate) struct Driver {
    case: &'static Case,
    clock: Clock,
    subject: Option<Box<dyn Subject>>,
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
}

/// What counting found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Count {
    /// Exact figures.
    Exact(Memory),
    /// Another thread allocated during a call; the figures would be a guess.
    Foreign,
}

impl Driver {
    pub(crate) fn new(case: &'static Case, clock: Clock) -> Driver {
        Driver {
            case,
            clock,
            subject: None,
        }
    }

    /// Makes and times the calls of one round. Where the function fails, the
    /// round says so and holds no calls to judge.
    pub(crate) fn round(&mut self, meter: &mut Meter, ask: RoundAsk) -> Round {
        if ask.fresh {
            release(&mut self.subject);
        }
        let plan = RoundPlan {
            calls: ask.calls,
            batch: ask.batch,
            rewarm: ask.rewarm,
            clock: self.clock,
            typical_ns: ask.typical_ns,
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
    pub(crate) fn count(&mut self, scope: Scope) -> Result<Count, Failure> {
        let mut runner = CountRunner {
            scope,
            memory: None,
            foreign: false,
            error: None,
        };
        enter(self.case, &mut self.subject, &mut runner)?;
        if let Some(error) = runner.error {
            return Err(Failure::Error(error));
        }
        match runner.memory {
            Some(memory) if !runner.foreign => Ok(Count::Exact(memory)),
            _ => Ok(Count::Foreign),
        }
    }

    /// Drops what was built, so that the memory of a settled case is free
    /// while others are measured.
    pub(crate) fn release(&mut self) {
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
        Body::Bencher(function) => enter_bencher(function, runner),
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

/// Counts calls instead of timing them.
struct CountRunner {
    scope: Scope,
    memory: Option<Memory>,
    foreign: bool,
    error: Option<String>,
}

impl Runner for CountRunner {
    fn run(&mut self, subject: &mut dyn Subject) {
        for _ in 0..COUNTED_CALLS {
            subject.prepare(1);
            let region = Region::enter(self.scope);
            subject.call();
            let counted = region.leave();
            let error = subject.finish();
            self.foreign |= counted.foreign;
            self.memory = Some(largest(self.memory, self.scope, &counted.counts));
            if let Some(error) = error {
                self.error.get_or_insert(error);
                return;
            }
        }
    }
}

fn largest(so_far: Option<Memory>, scope: Scope, counts: &Counts) -> Memory {
    let one = Memory {
        calls: 1,
        scope,
        peak_bytes: counts.peak_bytes,
        allocs: counts.allocs,
        alloc_bytes: counts.alloc_bytes,
        retained_bytes: counts.retained_bytes,
    };
    so_far.map_or(one, |all| Memory {
        calls: all.calls + 1,
        scope,
        peak_bytes: all.peak_bytes.max(one.peak_bytes),
        allocs: all.allocs.max(one.allocs),
        alloc_bytes: all.alloc_bytes.max(one.alloc_bytes),
        retained_bytes: all.retained_bytes.max(one.retained_bytes),
    })
}
