//! The child's side: counts the cases it was asked for, one after the other.

use super::answer::{self, Answer};
use super::counter::{Counter, KEEPS};
use crate::measure::driver::Driver;
use crate::model::case::{Case, Clock};
use crate::model::problem::Mistakes;
use crate::model::sample::{Failure, Instructions};
use crate::model::subject::{Runner, Subject};
use crate::model::unmeasured::{Cause, Unmeasured};
use crate::probes::isolate;
use crate::system::clock::Stopwatch;
use crate::system::worker_env::WorkerEnv;

/// Calls in front of the counted ones: what is built once is built then.
const WARMUP_CALLS: u64 = 2;

/// Calls that are counted. The state of the heap makes calls that allocate
/// differ a little; the least of them is the most repeatable.
const COUNTED_CALLS: u64 = 3;

/// Counting each instruction by itself is slow: no further call is made after so long.
const ENOUGH_NS: u64 = 2_000_000_000;

/// Counts each selected case, and answers for each.
///
/// # Errors
/// Never.
#[expect(
    clippy::unnecessary_wraps,
    reason = "without the feature it is refused"
)]
pub(crate) fn serve(surroundings: &WorkerEnv) -> Result<(), Mistakes> {
    let keeps = surroundings.count.as_deref() == Some(KEEPS);
    let mut counter = Counter::open(surroundings.callgrind.as_deref())
        .and_then(|mut counter| Ok((counter.overhead()?, counter)));
    for (id, case) in isolate::entrusted(surroundings) {
        if !answer::say(surroundings, &id, &Answer::At) {
            break;
        }
        let counted = match &mut counter {
            Ok((overhead, counter)) => count(case, counter, *overhead, keeps),
            Err(why) => Err(why.clone()),
        };
        answer::say(surroundings, &id, &Answer::Counted(counted));
    }
    Ok(())
}

fn count(
    case: &'static Case,
    counter: &mut Counter,
    overhead: u64,
    keeps: bool,
) -> Result<Instructions, Unmeasured> {
    let tier = counter.tier();
    let mut counting = Counting {
        counter,
        keeps,
        least: u64::MAX,
        calls: 0,
        error: None,
    };
    let entered = Driver::new(case, Clock::Wall).enter(&mut counting);
    if let Some(error) = counting.error {
        return Err(error);
    }
    entered.map_err(|failure| Cause::from(&failure))?;
    Ok(Instructions {
        tier,
        count: counting.least.saturating_sub(overhead),
        calls: counting.calls,
    })
}

struct Counting<'a> {
    counter: &'a mut Counter,
    /// Whether the dump of the least is kept.
    keeps: bool,
    least: u64,
    calls: u64,
    error: Option<Unmeasured>,
}

impl Runner for Counting<'_> {
    fn run(&mut self, subject: &mut dyn Subject) {
        let start = Stopwatch::start();
        let keeps = self.keeps;
        let is_enough = || keeps && start.elapsed_ns() > ENOUGH_NS;
        for _ in 0..WARMUP_CALLS {
            subject.prepare(1);
            subject.call();
            if self.finish(subject) {
                return;
            }
            if is_enough() {
                break;
            }
        }
        for _ in 0..COUNTED_CALLS {
            subject.prepare(1);
            match self.counter.count(subject) {
                Ok(count) => {
                    if self.keeps && count < self.least {
                        self.error = self.counter.keep().err();
                    }
                    self.least = self.least.min(count);
                    self.calls += 1;
                }
                Err(error) => self.error = Some(error),
            }
            if self.finish(subject) || is_enough() {
                return;
            }
        }
    }
}

impl Counting<'_> {
    /// Whether something went wrong, in this call or before.
    fn finish(&mut self, subject: &mut dyn Subject) -> bool {
        if let Some(error) = subject.finish() {
            let failure = Cause::from(&Failure::Error(error));
            self.error.get_or_insert(failure.into());
        }
        self.error.is_some()
    }
}
