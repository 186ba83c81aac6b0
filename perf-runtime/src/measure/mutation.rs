//! What `cargo xtask perf prove` adds to the calls of a case: time, memory, events,
//! failures. Each has to turn a limit red.
//!
//! Only a worker of the command line has mutations; see `system::worker_env`. A driver
//! looks its case up when it is made, so an ordinary run pays for one comparison a round.

#[cfg(feature = "tracing")]
mod emit;

use std::hint::black_box;
use std::sync::OnceLock;
use std::thread;
use std::time::Duration;

use perf_grammar::Effect;

use crate::measure::trace;
use crate::model::case::{Case, Warmup};
use crate::model::note::Note;
use crate::model::plan::Plan;
use crate::model::problem::Problem;
use crate::model::sample::ChildUsage;
#[cfg(feature = "load")]
use crate::model::subject::{Load, Tasks, Turns};
use crate::model::subject::{Runner, Subject};
use crate::system::clock::Stopwatch;
use crate::system::worker_env::Mutated;

/// Between two readings of the clock a spin counts no more: the processor was taken away.
const STEP_NS: u64 = 20_000;
/// A page of memory, or a part of one.
const PAGE: usize = 4096;
/// How long a case is measured whose mutation is counted.
const MOST_BESIDE_NS: u64 = 100_000_000;
/// The text of a planted `Err` or panic.
const PLANTED: &str = "planted by `prove`";

/// What is added to each call of a case.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Mutation {
    effect: Effect,
    amount: u64,
    /// Of which counter, target or span.
    of: &'static str,
}

/// The mutations of this process, and the limits that it judges by instead of the
/// declared ones.
static PLANTED_HERE: OnceLock<Vec<(&'static Mutated, Option<Mutation>)>> = OnceLock::new();

/// Takes the mutations that a worker was asked for.
///
/// # Errors
/// If one is in words that this runtime does not know.
pub(crate) fn plant(asked: &[Mutated]) -> Result<(), Problem> {
    let mut read = Vec::new();
    for one in asked {
        let one: &'static Mutated = Box::leak(Box::new(one.clone()));
        let mutation = match &*one.kind {
            "limit" => None,
            kind => Some(Mutation {
                effect: Effect::from_word(kind).ok_or_else(|| Problem::unknown_mutation(kind))?,
                amount: one.amount,
                of: &one.of,
            }),
        };
        read.push((one, mutation));
    }
    // A worker reads its environment once.
    PLANTED_HERE.get_or_init(|| read);
    Ok(())
}

/// The mutation of a case.
pub(crate) fn of(case: &Case) -> Option<&'static Mutation> {
    let planted = PLANTED_HERE.get()?;
    if planted.is_empty() {
        return None;
    }
    let id = case.id();
    for (asked, mutation) in planted {
        if asked.id == id && mutation.is_some() {
            return mutation.as_ref();
        }
    }
    None
}

/// The value that a limit of a case is judged by instead of the declared one.
pub(crate) fn limit(id: &str, name: &str) -> Option<u64> {
    for (asked, mutation) in PLANTED_HERE.get()? {
        if mutation.is_none() && asked.id == id && asked.of == name {
            return Some(asked.amount);
        }
    }
    None
}

/// Whether calls or limits of this process are changed.
pub(crate) fn is_planted() -> bool {
    (PLANTED_HERE.get()).is_some_and(|planted| !planted.is_empty())
}

/// What a record says that a process with mutations writes.
pub(crate) fn note() -> Option<Note> {
    is_planted().then(Note::mutated)
}

impl Mutation {
    /// Whether one user who calls alone feels it.
    pub(crate) fn is_of_one(&self) -> bool {
        self.effect != Effect::SpinTogether
    }

    /// Whether it makes calls slower.
    pub(crate) fn is_slow(&self) -> bool {
        self.effect.is_slow()
    }

    /// Whether it takes time and does nothing else.
    pub(crate) fn is_time(&self) -> bool {
        matches!(
            self.effect,
            Effect::Spin | Effect::SpinTogether | Effect::Wait
        )
    }

    /// Takes from the time of a case what proves nothing of this mutation: what is slow on
    /// purpose gets no faster by a warm-up, and what is counted needs no rounds but those
    /// that show a limit of time to be broken too, which go on past `max_time`.
    pub(crate) fn shorten(&self, plan: &mut Plan) {
        match self.effect {
            Effect::Spin | Effect::SpinTogether | Effect::Wait | Effect::Work | Effect::Span => {
                plan.warmup = Some(Warmup::Calls(1))
            }
            Effect::Alloc
            | Effect::Spike
            | Effect::Touch
            | Effect::Leak
            | Effect::Count
            | Effect::Emit => plan.max_time_ns = plan.max_time_ns.min(MOST_BESIDE_NS),
            // Errors are told by rounds, and a panic ends the case.
            Effect::Fail | Effect::Panic => {}
        }
    }

    /// Adds itself to a call that is being made.
    fn act(&self, leaked: &mut Vec<Vec<u8>>) {
        let bytes = usize::try_from(self.amount).unwrap_or(usize::MAX);
        match self.effect {
            Effect::Spin | Effect::SpinTogether => spin(self.amount),
            Effect::Wait => thread::sleep(Duration::from_nanos(self.amount)),
            Effect::Work => {
                for n in 0..self.amount {
                    black_box(n);
                }
            }
            Effect::Alloc => {
                for _ in 0..self.amount {
                    drop(memory(1));
                }
            }
            Effect::Spike => drop(memory(bytes)),
            Effect::Touch => {
                let mut memory = memory(bytes);
                for page in memory.spare_capacity_mut().chunks_mut(PAGE) {
                    black_box(page[0].write(1));
                }
            }
            Effect::Leak => leaked.push(memory(bytes)),
            Effect::Count => trace::count(self.of, self.amount),
            #[cfg(feature = "tracing")]
            Effect::Emit => (0..self.amount).for_each(|_| emit::event(self.of)),
            #[cfg(feature = "tracing")]
            Effect::Span => (0..3).for_each(|_| emit::span(self.of, || spin(self.amount))),
            #[cfg(not(feature = "tracing"))]
            Effect::Emit | Effect::Span => {}
            Effect::Fail => {}
            Effect::Panic => panic!("{PLANTED}"),
        }
    }

    fn error(&self) -> Option<String> {
        (self.effect == Effect::Fail).then(|| PLANTED.to_owned())
    }
}

/// Memory that was asked for, and is not optimised away.
fn memory(bytes: usize) -> Vec<u8> {
    black_box(Vec::with_capacity(bytes))
}

/// Uses the processor for so long: time in which others had it does not count.
fn spin(ns: u64) {
    let (clock, mut last_ns, mut spun_ns) = (Stopwatch::start(), 0, 0);
    while spun_ns < ns {
        let now_ns = clock.elapsed_ns();
        spun_ns += (now_ns - last_ns).min(STEP_NS);
        last_ns = now_ns;
    }
}

/// Hands on a subject with a mutation of its calls.
pub(crate) struct MutatedRunner<'a> {
    pub(crate) mutation: &'static Mutation,
    pub(crate) runner: &'a mut dyn Runner,
}

impl Runner for MutatedRunner<'_> {
    fn run(&mut self, subject: &mut dyn Subject) {
        let mut subject = MutatedSubject::new(subject, self.mutation);
        self.runner.run(&mut subject);
    }
}

/// A subject each call of which has a mutation. What was leaked is freed with it, once
/// its round or count is over.
struct MutatedSubject<S> {
    subject: S,
    mutation: &'static Mutation,
    calls: usize,
    leaked: Vec<Vec<u8>>,
}

impl<S> MutatedSubject<S> {
    fn new(subject: S, mutation: &'static Mutation) -> Self {
        MutatedSubject {
            subject,
            mutation,
            calls: 0,
            leaked: Vec::new(),
        }
    }
}

impl<S: std::ops::DerefMut<Target: Subject>> Subject for MutatedSubject<S> {
    fn prepare(&mut self, calls: usize) {
        self.calls = calls;
        if self.mutation.effect == Effect::Leak {
            // Where the list grows is not to be counted.
            self.leaked.reserve(calls);
        }
        self.subject.prepare(calls);
    }

    fn call(&mut self) {
        self.subject.call();
        self.mutation.act(&mut self.leaked);
    }

    fn call_all(&mut self) {
        self.subject.call_all();
        (0..self.calls).for_each(|_| self.mutation.act(&mut self.leaked));
    }

    fn finish(&mut self) -> Option<String> {
        let error = self.subject.finish();
        error.or_else(|| self.mutation.error())
    }

    fn child(&mut self) -> Option<ChildUsage> {
        self.subject.child()
    }
}

/// Several users whose calls have a mutation.
#[cfg(feature = "load")]
pub(crate) struct MutatedLoad<'a> {
    pub(crate) mutation: &'static Mutation,
    pub(crate) load: &'a dyn Load,
}

#[cfg(feature = "load")]
impl Load for MutatedLoad<'_> {
    fn user(&self) -> Box<dyn Subject + '_> {
        Box::new(MutatedSubject::new(self.load.user(), self.mutation))
    }
}

/// Tasks whose calls have a mutation.
#[cfg(feature = "load")]
pub(crate) struct MutatedTasks<'a> {
    pub(crate) mutation: &'static Mutation,
    pub(crate) tasks: &'a dyn Tasks,
}

#[cfg(feature = "load")]
impl Tasks for MutatedTasks<'_> {
    fn user(&self) -> Box<dyn Subject + '_> {
        self.tasks.user()
    }

    fn run(&self, users: usize, turns: &std::sync::Arc<dyn Turns>) {
        let turns: std::sync::Arc<dyn Turns> = std::sync::Arc::new(MutatedTurns {
            mutation: self.mutation,
            turns: std::sync::Arc::clone(turns),
        });
        self.tasks.run(users, &turns);
    }

    fn threads(&self) -> Option<usize> {
        self.tasks.threads()
    }
}

/// A task reads the time where its call ends: until then, the call goes on.
#[cfg(feature = "load")]
struct MutatedTurns {
    mutation: &'static Mutation,
    turns: std::sync::Arc<dyn Turns>,
}

#[cfg(feature = "load")]
impl Turns for MutatedTurns {
    fn poll_turn(
        &self,
        user: usize,
        context: &mut std::task::Context<'_>,
    ) -> std::task::Poll<bool> {
        self.turns.poll_turn(user, context)
    }

    fn now_ns(&self) -> u64 {
        self.mutation.act(&mut Vec::new());
        self.turns.now_ns()
    }

    fn apart(&self, work: &mut dyn FnMut()) {
        self.turns.apart(work);
    }

    fn called(&self, user: usize, ended_ns: u64, error: Option<String>) {
        let error = error.or_else(|| self.mutation.error());
        self.turns.called(user, ended_ns, error);
    }

    fn left(&self, user: usize) {
        self.turns.left(user);
    }
}

#[cfg(test)]
mod tests;
