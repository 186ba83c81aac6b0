//! Several users who call one function at the same time.

mod gate;
mod open;
mod round;
mod starts;
mod tasks;
mod time;
mod together;
mod turns;

pub(crate) use self::round::measure;
#[cfg(test)]
pub(crate) use self::round::measure_by;
pub use self::tasks::{spread, spread_shared, together, together_shared};
pub(crate) use self::turns::measure_tasks;
use crate::model::subject::{Calls, Load, Subject};

/// A function without input.
pub fn load_plain<O: 'static>(
    call: impl Fn() -> O + Sync + 'static,
    judge: impl Fn(&O) -> Option<String> + Sync + 'static,
) -> Box<dyn Load> {
    load_owned(|| (), move |()| call(), judge)
}

/// A function that takes its input by value: each user makes a fresh one for
/// each of its calls.
pub fn load_owned<T: 'static, O: 'static>(
    setup: impl Fn() -> T + Sync + 'static,
    call: impl Fn(T) -> O + Sync + 'static,
    judge: impl Fn(&O) -> Option<String> + Sync + 'static,
) -> Box<dyn Load> {
    Box::new(Owned { setup, call, judge })
}

/// A function that borrows a state which all users share; it is made here,
/// once.
pub fn load_shared<T: Sync + 'static, O: 'static>(
    setup: impl FnOnce() -> T + 'static,
    call: impl Fn(&T) -> O + Sync + 'static,
    judge: impl Fn(&O) -> Option<String> + Sync + 'static,
) -> Box<dyn Load> {
    Box::new(Shared {
        state: setup(),
        call,
        judge,
    })
}

struct Owned<S, F, J> {
    setup: S,
    call: F,
    judge: J,
}

impl<T, O, S, F, J> Load for Owned<S, F, J>
where
    T: 'static,
    O: 'static,
    S: Fn() -> T + Sync,
    F: Fn(T) -> O + Sync,
    J: Fn(&O) -> Option<String> + Sync,
{
    fn user(&self) -> Box<dyn Subject + '_> {
        Box::new(Calls::new(&self.setup, &self.call, &self.judge))
    }
}

struct Shared<T, F, J> {
    state: T,
    call: F,
    judge: J,
}

impl<T, O, F, J> Load for Shared<T, F, J>
where
    T: Sync,
    O: 'static,
    F: Fn(&T) -> O + Sync,
    J: Fn(&O) -> Option<String> + Sync,
{
    fn user(&self) -> Box<dyn Subject + '_> {
        Box::new(Calls::new(
            || &self.state,
            |state: &T| (self.call)(state),
            &self.judge,
        ))
    }
}

#[cfg(test)]
mod tests;
