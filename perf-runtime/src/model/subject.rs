//! How an annotated function is called: made, prepared, called, finished.

use std::fmt;
use std::sync::Arc;
use std::task::{Context, Poll};

use crate::model::sample::ChildUsage;

/// A function that can be measured, with its inputs and outputs.
///
/// The measuring loop calls `prepare`, then times `call` (or `call_all`), then
/// calls `finish`; so inputs are made and outputs are dropped outside the
/// timing. It is an object, not a generic parameter of the loop, so that the
/// loop is compiled once, in this crate.
pub trait Subject {
    /// Makes the inputs of the next `calls` calls. Not timed.
    fn prepare(&mut self, calls: usize);
    /// Makes one call with the prepared input and keeps its output. Timed.
    fn call(&mut self);
    /// Makes every prepared call in one go and keeps their outputs. Timed as
    /// one batch.
    fn call_all(&mut self);
    /// Drops the outputs; the text of the first `Err` among them. Not timed.
    fn finish(&mut self) -> Option<String>;
    /// What the programs used that the call before started and waited for;
    /// asked for before `finish`. `None` for every function that is called in
    /// this process.
    fn child(&mut self) -> Option<ChildUsage> {
        None
    }
}

/// Runs one round of a subject: what a [`Bencher`] hands its closure to.
pub(crate) trait Runner {
    /// Makes and times the calls of this round.
    fn run(&mut self, subject: &mut dyn Subject);
}

/// How a case is entered.
#[derive(Clone, Copy)]
pub enum Body {
    /// A function that is called directly; the maker builds it once a case,
    /// and again where it must start from scratch.
    Calls(fn() -> Box<dyn Subject>),
    /// A function that marks itself what is timed; called once a round, it
    /// returns the text of its `Err`.
    Bencher(fn(&mut Bencher<'_>) -> Option<String>),
    /// A function with `args`: a case for each. No case that is measured has
    /// such a body: the registry makes a [`Body::Member`] of each argument.
    Family(Family),
    /// One argument of a family, by its place.
    Member(Family, usize),
    /// A function that several users call at the same time, each on a thread.
    #[cfg(feature = "load")]
    Load(fn() -> Box<dyn Load>),
    /// An `async fn` that several users call at the same time, each as a task.
    #[cfg(feature = "load")]
    Tasks(fn() -> Box<dyn Tasks>),
}

impl Body {
    /// Whether several users can call it at the same time.
    pub(crate) fn is_of_users(&self) -> bool {
        #[cfg(feature = "load")]
        return matches!(self, Body::Load(_) | Body::Tasks(_));
        #[cfg(not(feature = "load"))]
        false
    }
}

/// The cases that one function makes with its `args`.
#[derive(Clone, Copy)]
pub struct Family {
    /// How each argument is called, in order.
    pub labels: fn() -> Vec<String>,
    /// Builds the subject of the argument at this place.
    pub make: fn(usize) -> Box<dyn Subject>,
}

/// A function that several users call at the same time: what they share is
/// built once for the case.
pub trait Load: Sync {
    /// What one user calls; asked for on the thread of that user.
    fn user(&self) -> Box<dyn Subject + '_>;
}

/// An `async fn` that several users call at the same time: what they share is
/// built once for the case.
pub trait Tasks {
    /// What one user calls who is alone.
    fn user(&self) -> Box<dyn Subject + '_>;
    /// Lets this many users call at the same time, until each has had its turns.
    fn run(&self, users: usize, turns: &Arc<dyn Turns>);
    /// The threads that they take turns on; `None` where that is the one which
    /// calls [`run`](Tasks::run).
    fn threads(&self) -> Option<usize>;
}

/// The turns of users that are tasks, in one round.
pub trait Turns: Send + Sync {
    /// Whether this user, who is ready for it, is to make another call; it is over
    /// for a user who is not. The time of a call begins when its user is ready.
    fn poll_turn(&self, user: usize, context: &mut Context<'_>) -> Poll<bool>;
    /// The time since all began, nanoseconds.
    fn now_ns(&self) -> u64;
    /// Does what is no part of any call.
    fn apart(&self, work: &mut dyn FnMut());
    /// A call of this user has ended at this moment; the text is that of its
    /// `Err`.
    fn called(&self, user: usize, ended_ns: u64, error: Option<String>);
    /// This user makes no more calls.
    fn left(&self, user: usize);
}

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Body::Calls(_) => "Body::Calls",
            Body::Bencher(_) => "Body::Bencher",
            Body::Family(_) => "Body::Family",
            Body::Member(..) => "Body::Member",
            #[cfg(feature = "load")]
            Body::Load(_) => "Body::Load",
            #[cfg(feature = "load")]
            Body::Tasks(_) => "Body::Tasks",
        })
    }
}

/// Marks what is timed inside a function `fn(b: &mut Bencher)`.
///
/// The function is called once a round, and calls [`iter`](Bencher::iter) or
/// [`iter_with_setup`](Bencher::iter_with_setup) exactly once.
pub struct Bencher<'runner> {
    runner: &'runner mut dyn Runner,
    used: u32,
}

impl<'runner> Bencher<'runner> {
    pub(crate) fn new(runner: &'runner mut dyn Runner) -> Self {
        Bencher { runner, used: 0 }
    }

    /// How often a timed part was marked so far.
    pub(crate) fn used(&self) -> u32 {
        self.used
    }

    /// Times calls of `f`; what it returns is dropped outside the timing.
    pub fn iter<O>(&mut self, mut f: impl FnMut() -> O) {
        self.iter_with_setup(|| (), move |()| f());
    }

    /// Times calls of `f`, each with a fresh input from `setup`, which is not
    /// timed.
    pub fn iter_with_setup<T, O>(&mut self, setup: impl FnMut() -> T, f: impl FnMut(T) -> O) {
        self.used += 1;
        self.runner.run(&mut Calls::new(setup, f, |_: &O| None));
    }
}

impl fmt::Debug for Bencher<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Bencher")
            .field("used", &self.used)
            .finish_non_exhaustive()
    }
}

/// A subject made of three closures: input, call, and what is an error.
pub(crate) struct Calls<T, O, S, F, J> {
    setup: S,
    call: F,
    judge: J,
    input: Option<T>,
    inputs: Vec<T>,
    output: Option<O>,
    outputs: Vec<O>,
}

impl<T, O, S, F, J> Calls<T, O, S, F, J>
where
    S: FnMut() -> T,
    F: FnMut(T) -> O,
    J: FnMut(&O) -> Option<String>,
{
    pub(crate) fn new(setup: S, call: F, judge: J) -> Self {
        Calls {
            setup,
            call,
            judge,
            input: None,
            inputs: Vec::new(),
            output: None,
            outputs: Vec::new(),
        }
    }
}

impl<T, O, S, F, J> Subject for Calls<T, O, S, F, J>
where
    S: FnMut() -> T,
    F: FnMut(T) -> O,
    J: FnMut(&O) -> Option<String>,
{
    fn prepare(&mut self, calls: usize) {
        if calls == 1 {
            self.input = Some((self.setup)());
        } else {
            self.inputs.clear();
            self.inputs.reserve(calls);
            for _ in 0..calls {
                self.inputs.push((self.setup)());
            }
            self.outputs.reserve(calls);
        }
    }

    #[inline]
    fn call(&mut self) {
        if let Some(input) = self.input.take() {
            let output = (self.call)(std::hint::black_box(input));
            self.output = Some(std::hint::black_box(output));
        }
    }

    #[inline]
    fn call_all(&mut self) {
        for input in self.inputs.drain(..) {
            let output = (self.call)(std::hint::black_box(input));
            self.outputs.push(std::hint::black_box(output));
        }
    }

    fn finish(&mut self) -> Option<String> {
        let outputs = self.output.take().into_iter().chain(self.outputs.drain(..));
        first_error(outputs, &mut self.judge)
    }
}

/// Drops every output; the text of the first that is an error.
pub(crate) fn first_error<O>(
    outputs: impl Iterator<Item = O>,
    judge: &mut impl FnMut(&O) -> Option<String>,
) -> Option<String> {
    let mut error = None;
    for output in outputs {
        if error.is_none() {
            error = judge(&output);
        }
    }
    error
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subject_makes_each_call_once_with_its_own_input() {
        let mut made = 0;
        let setup = || {
            made += 1;
            made
        };
        let judge = |o: &u32| (*o == 12).then(|| "twelve".to_owned());
        let mut subject = Calls::new(setup, |n: u32| n * 4, judge);
        subject.prepare(1);
        subject.call();
        assert_eq!(subject.finish(), None);
        subject.prepare(3);
        subject.call_all();
        assert_eq!(subject.finish().as_deref(), Some("twelve"));
        assert_eq!(subject.finish(), None);
        assert_eq!(made, 4);
    }
}
