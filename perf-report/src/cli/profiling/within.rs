//! Of what a sampler saw, the samples of timed calls, cut where the runtime makes the
//! call.

use std::collections::HashMap;
use std::hash::Hash;

use crate::infra::sampler::{Sample, Thread};
use crate::model::profile::{self, Frame, Origin, Profile, Worst};
use crate::model::protocol::Profiled;

/// Functions of the runtime inside of which there are no more of its own, but for those
/// that the user's code calls: they make calls, or drive futures that do.
const CALLERS: [&str; 2] = [
    "perf_runtime::measure::",
    "perf_runtime::system::clock::time_",
];

/// What a sampler saw.
pub(super) struct Seen<'a> {
    pub(super) threads: &'a [Thread],
    /// In the order of time.
    pub(super) samples: &'a [Sample],
    pub(super) stacks: &'a [Vec<u64>],
}

/// When calls were made, and by which thread.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct TimedCalls {
    pub(super) process: u32,
    /// `None` where several threads made them.
    thread: Option<u32>,
    batch: u64,
    /// When each stretch began, by CLOCK_MONOTONIC, and how long it took, nanoseconds.
    pub(super) timed: Vec<(u64, u64)>,
    worst: Option<Worst>,
}

/// What a stack is the stack of.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Stack {
    /// A call: the frames inside of what makes it.
    Call(Vec<Frame>),
    /// A thread that makes no calls itself.
    Other(Vec<Frame>),
    /// The runtime, between calls or on a thread that it has started.
    Runtime,
}

impl TimedCalls {
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

impl Seen<'_> {
    /// Puts the samples within timed calls into a profile. `source` is where the case is
    /// annotated; `frames` names an address.
    pub(super) fn within(
        &self,
        calls: TimedCalls,
        source: &str,
        frames: &mut dyn FnMut(u64) -> Vec<Frame>,
        profile: &mut Profile,
    ) {
        let begin_ns = calls.timed.first().map_or(0, |(start_ns, _)| *start_ns);
        let mut cut: HashMap<usize, Stack> = HashMap::new();
        let mut named = |place: usize| {
            let stack = cut.entry(place).or_insert_with(|| {
                let addresses = self.stacks[place].iter();
                Stack::of(addresses.flat_map(|address| frames(*address)).collect())
            });
            stack.clone()
        };
        let (mut threads, mut stacks, mut known) = (HashMap::new(), HashMap::new(), HashMap::new());
        for sample in self.samples {
            let Some(call) = calls.at(sample.at_ns) else {
                continue;
            };
            let id = self.threads[sample.thread].id;
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
            unwrap(&mut stack, source);
            name_closures(&mut stack);
            let stack = stack
                .into_iter()
                .map(|frame| place_of(frame, &mut known, &mut profile.frames));
            let stack = place_of(stack.collect(), &mut stacks, &mut profile.stacks);
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

impl Stack {
    /// Of frames, innermost first.
    fn of(mut frames: Vec<Frame>) -> Stack {
        let calls = |frame: &Frame| {
            frame.origin == Origin::Runtime
                && CALLERS.iter().any(|caller| frame.function.contains(caller))
        };
        if let Some(caller) = frames.iter().position(calls) {
            frames.truncate(caller);
            // What the runtime wraps a call in, and the standard library around that.
            match frames.iter().rposition(is_of_case) {
                Some(outermost) => frames.truncate(outermost + 1),
                None => frames.retain(|frame| frame.origin != Origin::Runtime),
            }
            return match frames.is_empty() {
                true => Stack::Runtime,
                false => Stack::Call(frames),
            };
        }
        let whose = frames.iter().rev().map(|frame| frame.origin);
        let mut whose = whose.filter(|origin| !matches!(origin, Origin::Std | Origin::System));
        match whose.next() {
            Some(Origin::Runtime) => Stack::Runtime,
            _ => Stack::Other(frames),
        }
    }
}

/// Takes away the closures that the attribute makes around the function, outermost: they
/// stand where it does.
fn unwrap(stack: &mut Vec<Frame>, source: &str) {
    let is_made = |frame: &Frame| match (&frame.file, frame.line) {
        (Some(file), Some(line)) => source == format!("{file}:{line}"),
        _ => false,
    };
    while let [inside @ .., outermost] = &**stack
        && is_made(outermost)
        && inside.iter().any(is_of_case)
    {
        stack.pop();
    }
}

/// A closure that was inlined is called `{closure}`: it gets the name of the function that
/// it stands in. That is the next one around it of the same file, unless the frame just
/// around it is generic over the closure of another: so are an iterator that a function
/// has returned and the start of a thread.
fn name_closures(stack: &mut [Frame]) {
    for at in (0..stack.len()).rev() {
        let (inside, outside) = stack.split_at_mut(at + 1);
        let Some(frame) = inside
            .last_mut()
            .filter(|frame| is_of_case(frame) && frame.function.starts_with(CLOSURE))
        else {
            continue;
        };
        let around = outside.iter().find(|one| one.file == frame.file);
        let around = around.map(|around| &*around.function);
        let called_with = outside.first().and_then(|one| owner(&one.function));
        let owner = match (around, called_with) {
            // A closure may run after the function that made it has returned.
            (Some(around), Some(owner)) if !around.contains(last_word(owner)) => Some(owner),
            (around, called_with) => around.or(called_with),
        };
        if let Some(owner) = owner {
            frame.function = format!("{owner}::{}", frame.function);
        }
    }
}

/// What a closure is called that has lost its path.
const CLOSURE: &str = "{closure}";

/// The function whose closure a generic function is called with.
fn owner(function: &str) -> Option<&str> {
    let (before, _) = function.split_once("::{closure}")?;
    let is_of_path = |c: char| c.is_alphanumeric() || c == '_' || c == ':';
    let start = before.rfind(|c| !is_of_path(c)).map_or(0, |at| at + 1);
    Some(&before[start..]).filter(|owner| !owner.is_empty())
}

/// `fold` of `app::fold`.
fn last_word(function: &str) -> &str {
    function.rsplit("::").next().unwrap_or(function)
}

/// Whether it is no frame that every program has.
fn is_of_case(frame: &Frame) -> bool {
    matches!(frame.origin, Origin::User | Origin::Dependency)
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
