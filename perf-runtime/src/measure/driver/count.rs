//! Counts calls instead of timing them.

use std::thread;
use std::time::Duration;

use crate::model::sample::{By, CallMemory, Failure, Growth, Memory, Scope, Stretch};
use crate::model::subject::{Runner, Subject};
use crate::system::alloc::{Counted, Watch};
use crate::system::clock::Stopwatch;
use crate::system::counters;

/// The least calls that are counted, and the most.
const LEAST_CALLS: u64 = 3;
const MOST_CALLS: u64 = 100;
/// Calls that are made first where something is not warm.
const WARM_CALLS: u64 = 20;
/// How many times as long stretches may take while they are too few to tell a leak from a
/// cache: 3.5 times `max_time`, within the deadline of a case. Three stretches are seven
/// times the calls of a warm-up, which takes half of `max_time` at most.
pub(crate) const WHILE_TOO_FEW: u64 = 14;
/// How often to look, where all threads are counted, whether those have ended that a
/// call started and did not join: for a tenth of a second, and for longer where the
/// processors are busy, for which such a thread waits as well.
const LOOKS: u32 = 1_000;
/// The time between two looks; the system adds as much.
const LOOK: Duration = Duration::from_micros(50);

/// How often something is done again to see whether calls differ: 100 calls, as far
/// as the time for them goes; at least three, however long they take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Repeats {
    pub(crate) within_ns: u64,
}

impl Repeats {
    /// Of what a limit is on, in a process that is not told of the case's time: a
    /// tenth of the time that a case has by default.
    pub(crate) const OF_A_LIMIT: Repeats = Repeats {
        within_ns: 300_000_000,
    };

    /// Whether another call is to be made after this many, which took this long.
    pub(crate) fn go_on(self, calls: u64, elapsed_ns: u64) -> bool {
        let each_ns = elapsed_ns / calls.max(1);
        calls < LEAST_CALLS || (calls < MOST_CALLS && elapsed_ns + each_ns <= self.within_ns)
    }
}

/// How many calls are made before any counts: those which fill what later calls
/// find ready.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct WarmUp {
    /// At least these, however long they take.
    least: u64,
    most: u64,
}

impl WarmUp {
    /// After this many calls of the case in this process, where each entry of the
    /// function builds its state `anew` or not.
    pub(crate) fn after(made: u64, anew: bool) -> WarmUp {
        let (least, most) = match (made, anew) {
            // One for what the process builds once, one for what that leaves to do.
            (0, _) => (2, WARM_CALLS),
            (_, true) => (1, WARM_CALLS),
            (_, false) => (0, 0),
        };
        WarmUp { least, most }
    }

    /// Whether another call is to be made after this many, which took this long.
    pub(crate) fn goes_on(self, calls: u64, elapsed_ns: u64, within: Repeats) -> bool {
        calls < self.least || (calls < self.most && elapsed_ns < within.within_ns / 2)
    }
}

/// Counts what single calls allocate, once they are warm as those are that are
/// timed.
pub(super) struct CountRunner {
    watch: Watch,
    warm_up: WarmUp,
    repeats: Repeats,
    made: u64,
    calls: Vec<CallMemory>,
    first: Option<CallMemory>,
    foreign: bool,
    error: Option<String>,
}

impl CountRunner {
    pub(super) fn new(watch: Watch, warm_up: WarmUp, repeats: Repeats) -> CountRunner {
        CountRunner {
            watch,
            warm_up,
            repeats,
            made: 0,
            calls: Vec::with_capacity(MOST_CALLS as usize),
            first: None,
            foreign: false,
            error: None,
        }
    }

    /// Calls that were made.
    pub(super) fn made(&self) -> u64 {
        self.made
    }

    /// `None` where another thread allocated during a call: the figures would be a
    /// guess.
    pub(super) fn found(self) -> Result<Option<Memory>, Failure> {
        if let Some(error) = self.error {
            return Err(Failure::Error(error));
        }
        if self.foreign {
            return Ok(None);
        }
        let (scope, by) = (self.watch.scope(), self.watch.by());
        Ok(Memory::of(&self.calls, self.first, scope, by))
    }

    /// Counts one call; `None` where another thread allocated meanwhile.
    fn one(&mut self, subject: &mut dyn Subject) -> Option<CallMemory> {
        subject.prepare(1);
        let counted = counted(self.watch, &mut || subject.call());
        self.error = subject.finish();
        self.made += 1;
        let counts = counted.counts;
        (!counted.foreign).then_some(CallMemory {
            peak_bytes: (self.watch.by() == By::Ours).then_some(counts.peak_bytes),
            allocs: counts.allocs,
            alloc_bytes: counts.alloc_bytes,
            retained_bytes: counts.retained_bytes,
        })
    }
}

impl Runner for CountRunner {
    fn run(&mut self, subject: &mut dyn Subject) {
        let start = Stopwatch::start();
        while self
            .warm_up
            .goes_on(self.made, start.elapsed_ns(), self.repeats)
        {
            let call = self.one(subject);
            if self.made == 1 {
                self.first = call;
            }
            if self.error.is_some() {
                return;
            }
        }
        let start = Stopwatch::start();
        while self
            .repeats
            .go_on(self.calls.len() as u64, start.elapsed_ns())
        {
            match self.one(subject) {
                Some(call) => self.calls.push(call),
                None => self.foreign = true,
            }
            if self.foreign || self.error.is_some() {
                return;
            }
        }
    }
}

/// Counts what more and more calls leave behind.
pub(super) struct GrowthRunner {
    watch: Watch,
    growth: Growth,
    limit_bytes: u64,
    cap_ns: u64,
    foreign: bool,
    error: Option<String>,
}

impl GrowthRunner {
    pub(super) fn new(watch: Watch, before: u64, limit_bytes: u64, cap_ns: u64) -> GrowthRunner {
        let growth = Growth {
            scope: watch.scope(),
            before,
            stretches: Vec::new(),
        };
        GrowthRunner {
            watch,
            growth,
            limit_bytes,
            cap_ns,
            foreign: false,
            error: None,
        }
    }

    pub(super) fn calls(&self) -> u64 {
        self.growth.calls()
    }

    /// `None` where another thread allocated meanwhile: the figures would be a guess.
    pub(super) fn found(self) -> Result<Option<Growth>, Failure> {
        match self.error {
            Some(error) => Err(Failure::Error(error)),
            None => Ok((!self.foreign).then_some(self.growth)),
        }
    }

    /// Whether the next stretch, which takes about as long as all calls before
    /// it, is to be made.
    fn goes_on(&self, elapsed_ns: u64, calls: u64) -> bool {
        let made = self.growth.calls();
        let next_ns = if made == 0 {
            0.0
        } else {
            elapsed_ns as f64 / made as f64 * calls as f64
        };
        let cap_ns = match self.growth.are_too_few() {
            true => self.cap_ns.saturating_mul(WHILE_TOO_FEW),
            false => self.cap_ns,
        };
        !self.growth.is_clear(self.limit_bytes)
            && elapsed_ns as f64 + next_ns <= cap_ns as f64
            && self.error.is_none()
            && !self.foreign
    }
}

impl Runner for GrowthRunner {
    fn run(&mut self, subject: &mut dyn Subject) {
        let start = Stopwatch::start();
        // The list of stretches grows outside the regions.
        while let Some(calls) = self.growth.next() {
            if !self.goes_on(start.elapsed_ns(), calls) {
                return;
            }
            let mut error = None;
            let counted = counted(self.watch, &mut || {
                for _ in 0..calls {
                    subject.prepare(1);
                    subject.call();
                    error = subject.finish();
                    if error.is_some() {
                        return;
                    }
                }
            });
            self.error = error;
            self.foreign |= counted.foreign;
            self.growth.stretches.push(Stretch {
                calls,
                gained_bytes: counted.counts.retained_bytes,
            });
        }
    }
}

/// Counts what `f` allocates. Where all threads are counted, those that it
/// started and did not wait for have a moment to end: a scope of threads
/// returns before the last of them has given its memory back.
fn counted(watch: Watch, f: &mut dyn FnMut()) -> Counted {
    // Asked before as well, because the first time it allocates.
    let before = counters::threads();
    watch.counted(&mut || {
        f();
        if watch.scope() == Scope::Process {
            wait_for_threads(before);
        }
    })
}

/// Gives the threads that were started since there were this many a moment to end.
#[inline(never)]
pub(super) fn wait_for_threads(before: Option<u64>) {
    let mut looks = 0;
    while counters::threads() > before && looks < LOOKS {
        thread::sleep(LOOK);
        looks += 1;
    }
}

#[cfg(test)]
mod tests;
