//! Where users wait until all of them can begin.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use crate::clock::Stopwatch;

/// Opens once, when all have come.
///
/// NOTE: `std::sync::Barrier` has to know how many will come before the first
/// thread is started, and waits for ever where one of them cannot be started.
#[derive(Debug, Default)]
pub(super) struct Gate {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    /// Users who have come.
    here: usize,
    opened: Option<Stopwatch>,
}

/// The place of one user; dropped early, by a panic for example, it counts as
/// come, so that nobody waits for a user who will not begin.
#[derive(Debug)]
pub(super) struct Place<'gate> {
    gate: &'gate Gate,
    has_come: bool,
}

impl Gate {
    pub(super) fn place(&self) -> Place<'_> {
        Place {
            gate: self,
            has_come: false,
        }
    }

    /// Waits until so many users have come, and lets them begin; the moment.
    pub(super) fn open_for(&self, users: usize) -> Stopwatch {
        let mut state = self.state();
        while state.here < users {
            state = self.wait(state);
        }
        let start = Stopwatch::start();
        state.opened = Some(start);
        self.changed.notify_all();
        start
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wait<'a>(&'a self, state: MutexGuard<'a, State>) -> MutexGuard<'a, State> {
        self.changed
            .wait(state)
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl Place<'_> {
    /// Waits until all have come; the moment at which they began.
    pub(super) fn begin(&mut self) -> Stopwatch {
        self.come();
        let mut state = self.gate.state();
        loop {
            if let Some(start) = state.opened {
                return start;
            }
            state = self.gate.wait(state);
        }
    }

    fn come(&mut self) {
        if !self.has_come {
            self.has_come = true;
            self.gate.state().here += 1;
            self.gate.changed.notify_all();
        }
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.come();
    }
}
