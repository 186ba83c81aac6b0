//! Of what a sampler saw, the samples of timed calls, cut where the runtime makes the
//! call.

use std::collections::HashMap;
use std::hash::Hash;

use super::stack::{CaseName, Stack, is_of_case};
use crate::infra::sampler::{Sample, Thread};
use crate::model::profile::{self, Frame, Profile, Worst};
use crate::model::protocol::Profiled;

/// How the names of the threads begin that the runtime starts beside those of calls; the
/// second one is an earlier name of the first.
const WATCHES: [&str; 3] = ["perf-heartbeat", "perf-vigil", "perf-watchdog"];

/// What a sampler saw.
pub(super) struct Observation<'a> {
    pub(super) threads: &'a [Thread],
    /// In the order of time.
    pub(super) samples: &'a [Sample],
    pub(super) stacks: &'a [Vec<u64>],
}

/// When calls were made, and by which thread.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct TimedCalls {
    process: u32,
    /// `None` where several threads made them.
    thread: Option<u32>,
    batch: u64,
    /// When each stretch began, by CLOCK_MONOTONIC, and how long it took, nanoseconds.
    pub(super) timed: Vec<(u64, u64)>,
    worst: Option<Worst>,
}

impl TimedCalls {
    /// No calls yet of a process.
    pub(super) fn of(process: u32) -> TimedCalls {
        TimedCalls {
            process,
            ..TimedCalls::default()
        }
    }

    /// Adds those of one request.
    pub(super) fn add(&mut self, calls: Profiled) {
        let slowest = self.worst.as_ref().map(|worst| worst.ns);
        let slower = |worst: &Worst| Some(worst.ns) > slowest && worst.index < calls.timed.len();
        let slower = calls.worst.filter(slower);
        if let Some(worst) = slower {
            self.worst = Some(Worst {
                index: self.timed.len() + worst.index,
                ..worst
            });
        }
        (self.thread, self.batch) = (calls.thread, calls.batch);
        let absolute = |[at_ns, ns]: [u64; 2]| (calls.start_ns.saturating_add(at_ns), ns);
        self.timed.extend(calls.timed.into_iter().map(absolute));
    }

    /// The time within stretches, nanoseconds.
    pub(super) fn inside_ns(&self) -> u64 {
        self.timed.iter().map(|(_, ns)| ns).sum()
    }

    /// The stretch in which a moment lies.
    fn at(&self, at_ns: u64) -> Option<usize> {
        let after = self
            .timed
            .partition_point(|(start_ns, _)| *start_ns <= at_ns);
        let call = after.checked_sub(1)?;
        let (start_ns, ns) = self.timed[call];
        (at_ns - start_ns < ns).then_some(call)
    }
}

impl Observation<'_> {
    /// Puts the samples within timed calls into a profile; `frames` names an address.
    pub(super) fn within(
        &self,
        calls: TimedCalls,
        case: &CaseName<'_>,
        frames: &mut dyn FnMut(u64) -> Vec<Frame>,
        profile: &mut Profile,
    ) {
        let begin_ns = calls.timed.first().map_or(0, |(start_ns, _)| *start_ns);
        let mut cut: HashMap<usize, Stack> = HashMap::new();
        let mut named = |place: usize| {
            let stack = cut.entry(place).or_insert_with(|| {
                let mut inside = Vec::new();
                for address in &self.stacks[place] {
                    inside.extend(frames(*address));
                    if case.is_whole(&inside) {
                        break;
                    }
                }
                case.stack(inside)
            });
            stack.clone()
        };
        let (mut threads, mut known) = (HashMap::new(), Known::default());
        for sample in self.samples {
            let Some(call) = calls.at(sample.at_ns) else {
                continue;
            };
            let Thread { id, name } = &self.threads[sample.thread];
            let id = *id;
            if WATCHES.contains(&&**name) {
                continue;
            }
            let calls_alone = calls.thread.map(|one| one == id);
            let (mut stack, is_caller) = match (named(sample.stack), calls_alone) {
                (Stack::Call(stack), Some(is_caller)) => (stack, is_caller),
                // Those that wait for the users are inside of the runtime, too.
                (Stack::Call(stack), None) if stack.iter().any(is_of_case) => (stack, true),
                (Stack::Other(stack), Some(true)) => (stack, true),
                // The first thread is the harness's, and one that waits without code of
                // the case may be anybody's; of users, one that begins or ends.
                (Stack::Other(stack), calls_alone)
                    if id != calls.process
                        && (stack.iter().any(is_of_case)
                            || (sample.waits.is_none() && calls_alone.is_some())) =>
                {
                    (stack, false)
                }
                (Stack::Call(_) | Stack::Other(_) | Stack::Runtime, _) => continue,
            };
            if is_caller {
                case.own(&mut stack, &profile.case);
            }
            let stack = known.stack(stack, profile);
            let thread = *threads.entry(sample.thread).or_insert_with(|| {
                profile.threads.push(profile::Thread {
                    id,
                    name: self.threads[sample.thread].name.clone(),
                    is_caller: false,
                });
                profile.threads.len() - 1
            });
            profile.threads[thread].is_caller |= is_caller;
            profile.samples.push(profile::Sample {
                at_ns: sample.at_ns.saturating_sub(begin_ns),
                thread,
                stack,
                call,
                waits: sample.waits.clone(),
                instructions: None,
            });
        }
        let worst = calls
            .worst
            .map(|worst| self.undisturbed(worst, &calls.timed, calls.thread));
        let since = |(start_ns, ns): (u64, u64)| [start_ns.saturating_sub(begin_ns), ns];
        profile.calls = profile::Calls {
            batch: calls.batch,
            timed: calls.timed.into_iter().map(since).collect(),
            worst,
        };
    }

    /// Without the switches that sampling makes: one where a running thread is stopped,
    /// and two where one waits, which wakes for it.
    fn undisturbed(&self, worst: Worst, timed: &[(u64, u64)], thread: Option<u32>) -> Worst {
        let (start_ns, ns) = timed[worst.index];
        let mut stops = 0;
        let mut last = None;
        for sample in self.samples {
            let is_within = sample.at_ns >= start_ns && sample.at_ns - start_ns < ns;
            if !is_within || Some(self.threads[sample.thread].id) != thread {
                continue;
            }
            let wait = sample.waits.as_ref().map(|_| sample.stack);
            stops += match wait {
                None => 1,
                // A wait is looked at once.
                Some(_) if wait == last => 0,
                Some(_) => 2,
            };
            last = wait;
        }
        let without = |count: u64| count.saturating_sub(stops);
        Worst {
            voluntary_switches: worst.voluntary_switches.map(without),
            ..worst
        }
    }
}

/// Frames and stacks of a profile by what they are.
#[derive(Default)]
pub(super) struct Known {
    frames: HashMap<Frame, usize>,
    stacks: HashMap<Vec<usize>, usize>,
}

impl Known {
    /// The place of a stack in a profile.
    pub(super) fn stack(&mut self, stack: Vec<Frame>, profile: &mut Profile) -> usize {
        let frames = stack.into_iter();
        let frames = frames.map(|frame| place_of(frame, &mut self.frames, &mut profile.frames));
        place_of(frames.collect(), &mut self.stacks, &mut profile.stacks)
    }
}

/// The place of a value in a list, to which it is added where it is missing.
fn place_of<T: Clone + Eq + Hash>(
    value: T,
    known: &mut HashMap<T, usize>,
    all: &mut Vec<T>,
) -> usize {
    *known.entry(value).or_insert_with_key(|value| {
        all.push(value.clone());
        all.len() - 1
    })
}

#[cfg(test)]
mod tests;
