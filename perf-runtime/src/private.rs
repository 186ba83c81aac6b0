//! What generated code may touch, and nothing else may.
//!
//! Not public API. Everything here may change with any version of the macros.

use std::fmt::Debug;

pub use inventory;
pub use perf_grammar::{Direction, Metric, Mode, Quantile, Statistic};

pub use crate::measure::command::command;
#[cfg(feature = "load")]
pub use crate::measure::load::{
    load_owned, load_plain, load_shared, spread, spread_shared, together, together_shared,
};
pub use crate::measure::registry::Entry;
pub use crate::model::case::{Build, Case, Clock, Declared, Place, Shape, Warmup};
pub use crate::model::params::{Answer, Arguments, DebugLabel, DisplayLabel, Label, family, given};
#[cfg(feature = "load")]
pub use crate::model::runtime::within_tasks;
pub use crate::model::runtime::{Runtime, Runtimes, Tokio, begun, within};
use crate::model::sample::Scope;
pub use crate::model::subject::{Bencher, Body, Family, Load, Subject, Tasks, Turns};
use crate::model::subject::{Calls, first_error};
use crate::system::alloc::Region;
#[cfg(feature = "stats_alloc")]
pub use crate::system::alloc::StatsSource;
pub use crate::system::exit::SerialTarget;

/// The body of a generated `#[test]`: measures the case and panics on a
/// failure.
#[track_caller]
pub fn run_libtest(case: &'static Case) {
    crate::harness::libtest::run(case);
}

/// A function that takes its input by value: a fresh one for each call.
pub fn calls<T: 'static, O: 'static>(
    setup: impl FnMut() -> T + 'static,
    call: impl FnMut(T) -> O + 'static,
    judge: impl FnMut(&O) -> Option<String> + 'static,
) -> Box<dyn Subject> {
    Box::new(Calls::new(setup, call, judge))
}

/// A function that borrows a state made once for the case.
pub fn shared<T: 'static, O: 'static>(
    setup: impl FnMut() -> T + 'static,
    mut call: impl FnMut(&T) -> O + 'static,
    judge: impl FnMut(&O) -> Option<String> + 'static,
) -> Box<dyn Subject> {
    exclusive(setup, move |state: &mut T| call(state), judge)
}

/// A function that borrows, and may change, a state made once for the case.
pub fn exclusive<T: 'static, O: 'static>(
    setup: impl FnMut() -> T + 'static,
    call: impl FnMut(&mut T) -> O + 'static,
    judge: impl FnMut(&O) -> Option<String> + 'static,
) -> Box<dyn Subject> {
    Box::new(Exclusive {
        setup,
        call,
        judge,
        state: None,
        calls: 0,
        output: None,
        outputs: Vec::new(),
    })
}

struct Exclusive<T, O, S, F, J> {
    setup: S,
    call: F,
    judge: J,
    state: Option<T>,
    calls: usize,
    output: Option<O>,
    outputs: Vec<O>,
}

impl<T, O, S, F, J> Subject for Exclusive<T, O, S, F, J>
where
    S: FnMut() -> T,
    F: FnMut(&mut T) -> O,
    J: FnMut(&O) -> Option<String>,
{
    fn prepare(&mut self, calls: usize) {
        if self.state.is_none() {
            self.state = Some((self.setup)());
        }
        self.calls = calls;
        if calls > 1 {
            self.outputs.reserve(calls);
        }
    }

    #[inline]
    fn call(&mut self) {
        if let Some(state) = &mut self.state {
            let output = (self.call)(std::hint::black_box(state));
            self.output = Some(std::hint::black_box(output));
        }
    }

    #[inline]
    fn call_all(&mut self) {
        if let Some(state) = &mut self.state {
            for _ in 0..self.calls {
                let output = (self.call)(std::hint::black_box(state));
                self.outputs.push(std::hint::black_box(output));
            }
        }
    }

    fn finish(&mut self) -> Option<String> {
        let outputs = self.output.take().into_iter().chain(self.outputs.drain(..));
        first_error(outputs, &mut self.judge)
    }
}

/// Counts what `work` allocates on this thread, and gives back how many
/// allocations that were: for measuring what counting costs.
pub fn count_thread(work: impl FnOnce()) -> u64 {
    count(Scope::Thread, work)
}

/// Counts what the process allocates during `work`, as [`count_thread`] does.
pub fn count_process(work: impl FnOnce()) -> u64 {
    count(Scope::Process, work)
}

fn count(scope: Scope, work: impl FnOnce()) -> u64 {
    let region = Region::enter(scope);
    work();
    region.leave().counts.allocs
}

/// What a call returned, looked at by autoref: a `Result` may be an error,
/// anything else is none.
///
/// `(&&&Output(&out)).failure()` picks, in this order: a `Result` whose error
/// has a `Debug`, any other `Result`, any other value.
pub struct Output<'out, O>(pub &'out O);

/// A `Result` whose error can be printed.
pub trait ErrOutput {
    /// The text of the error, if it is one.
    fn failure(&self) -> Option<String>;
}

impl<T, E: Debug> ErrOutput for &&Output<'_, Result<T, E>> {
    fn failure(&self) -> Option<String> {
        self.0.as_ref().err().map(|error| format!("{error:?}"))
    }
}

/// A `Result` whose error cannot be printed.
pub trait SilentErrOutput {
    /// A text that stands for the error, if it is one.
    fn failure(&self) -> Option<String>;
}

impl<T, E> SilentErrOutput for &Output<'_, Result<T, E>> {
    fn failure(&self) -> Option<String> {
        self.0.as_ref().err().map(|_| {
            format!(
                "an error of type {}, which has no `Debug`",
                std::any::type_name::<E>()
            )
        })
    }
}

/// Any other value.
pub trait AnyOutput {
    /// Never an error.
    fn failure(&self) -> Option<String>;
}

impl<O> AnyOutput for Output<'_, O> {
    fn failure(&self) -> Option<String> {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Silent;

    #[test]
    #[expect(
        clippy::needless_borrow,
        reason = "the expansion writes all three, whatever the type"
    )]
    fn only_an_err_is_a_failure_whatever_the_type() {
        let bad: Result<u8, String> = Err("broken".to_owned());
        let good: Result<u8, String> = Ok(1);
        let silent: Result<u8, Silent> = Err(Silent);
        assert_eq!((&&&Output(&bad)).failure().as_deref(), Some("\"broken\""));
        assert_eq!((&&&Output(&good)).failure(), None);
        assert!(
            (&&&Output(&silent))
                .failure()
                .is_some_and(|text| text.contains("Silent"))
        );
        assert_eq!((&&&Output(&())).failure(), None);
        assert_eq!((&&&Output(&Silent)).failure(), None);
    }

    #[test]
    fn a_state_is_made_once_and_lent_to_every_call() {
        let mut made = 0;
        let mut subject = Exclusive {
            setup: || {
                made += 1;
                0u32
            },
            call: |n: &mut u32| {
                *n += 1;
                *n
            },
            judge: |n: &u32| (*n == 4).then(|| "four".to_owned()),
            state: None,
            calls: 0,
            output: None,
            outputs: Vec::new(),
        };
        subject.prepare(1);
        subject.call();
        assert_eq!(subject.finish(), None);
        subject.prepare(3);
        subject.call_all();
        assert_eq!(subject.finish().as_deref(), Some("four"));
        assert_eq!(made, 1);
    }
}
