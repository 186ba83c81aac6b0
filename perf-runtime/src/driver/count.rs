//! Counts calls instead of timing them.

use std::thread;
use std::time::Duration;

use crate::alloc::{Counted, Counts, Watch};
use crate::clock::Stopwatch;
use crate::counters;
use crate::sample::{By, Failure, Growth, Memory, Scope, Stretch};
use crate::subject::{Runner, Subject};

/// Calls that are counted; each figure is the largest of them.
pub(super) const COUNTED_CALLS: u64 = 3;
/// How long to wait, where all threads are counted, for those that a call
/// started and did not join.
const LAST_BREATH: Duration = Duration::from_millis(100);

/// What counting found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Count<T> {
    /// Exact figures.
    Exact(T),
    /// Another thread allocated during a call; the figures would be a guess.
    Foreign,
}

/// Counts what single calls allocate.
pub(super) struct CountRunner {
    watch: Watch,
    memory: Option<Memory>,
    foreign: bool,
    error: Option<String>,
}

impl CountRunner {
    pub(super) fn new(watch: Watch) -> CountRunner {
        CountRunner {
            watch,
            memory: None,
            foreign: false,
            error: None,
        }
    }

    pub(super) fn found(self) -> Result<Count<Memory>, Failure> {
        match (self.error, self.memory) {
            (Some(error), _) => Err(Failure::Error(error)),
            (None, Some(memory)) if !self.foreign => Ok(Count::Exact(memory)),
            (None, _) => Ok(Count::Foreign),
        }
    }
}

impl Runner for CountRunner {
    fn run(&mut self, subject: &mut dyn Subject) {
        for _ in 0..COUNTED_CALLS {
            subject.prepare(1);
            let counted = counted(self.watch, || subject.call());
            self.error = subject.finish();
            self.foreign |= counted.foreign;
            self.memory = Some(largest(self.memory, self.watch, &counted.counts));
            if self.error.is_some() {
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

    pub(super) fn found(self) -> Result<Count<Growth>, Failure> {
        match self.error {
            Some(error) => Err(Failure::Error(error)),
            None if self.foreign => Ok(Count::Foreign),
            None => Ok(Count::Exact(self.growth)),
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
        !self.growth.is_clear(self.limit_bytes)
            && elapsed_ns as f64 + next_ns <= self.cap_ns as f64
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
            let counted = counted(self.watch, || {
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
fn counted(watch: Watch, f: impl FnOnce()) -> Counted {
    // Asked before as well, because the first time it allocates.
    let before = counters::threads();
    watch.counted(|| {
        f();
        if watch.scope() == Scope::Process {
            wait_for_threads(before);
        }
    })
}

/// Gives the threads that were started since there were so many a moment to end.
pub(super) fn wait_for_threads(before: Option<u64>) {
    let start = Stopwatch::start();
    while counters::threads() > before && start.elapsed() < LAST_BREATH {
        thread::sleep(Duration::from_micros(50));
    }
}

fn largest(so_far: Option<Memory>, watch: Watch, counts: &Counts) -> Memory {
    let one = Memory {
        calls: 1,
        scope: watch.scope(),
        by: watch.by(),
        peak_bytes: (watch.by() == By::Ours).then_some(counts.peak_bytes),
        allocs: counts.allocs,
        alloc_bytes: counts.alloc_bytes,
        retained_bytes: counts.retained_bytes,
    };
    so_far.map_or(one, |all| Memory {
        calls: all.calls + 1,
        peak_bytes: all.peak_bytes.max(one.peak_bytes),
        allocs: all.allocs.max(one.allocs),
        alloc_bytes: all.alloc_bytes.max(one.alloc_bytes),
        retained_bytes: all.retained_bytes.max(one.retained_bytes),
        ..all
    })
}
