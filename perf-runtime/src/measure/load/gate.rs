//! Where users wait until all of them can begin.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// Opens once, when all have come.
///
/// NOTE: `std::sync::Barrier` has to know how many will come before the first
/// thread is started, and waits for ever where one of them cannot be started.
pub(super) struct Gate<W> {
    state: Mutex<State<W>>,
    changed: Condvar,
}

struct State<W> {
    /// Users who have come.
    here: usize,
    opened: Option<W>,
}

/// The place of one user; dropped early, by a panic for example, it counts as
/// come, so that no thread waits for a user who will not begin.
pub(super) struct Place<'gate, W> {
    gate: &'gate Gate<W>,
    has_come: bool,
}

impl<W> Gate<W> {
    pub(super) fn new() -> Gate<W> {
        Gate {
            state: Mutex::new(State {
                here: 0,
                opened: None,
            }),
            changed: Condvar::new(),
        }
    }

    pub(super) fn place(&self) -> Place<'_, W> {
        Place {
            gate: self,
            has_come: false,
        }
    }

    /// Waits until this many users have come, and lets them begin at this moment.
    pub(super) fn open_for(&self, users: usize, start: impl FnOnce() -> W) {
        let mut state = self.state();
        while state.here < users {
            state = self.wait(state);
        }
        state.opened = Some(start());
        self.changed.notify_all();
    }

    fn state(&self) -> MutexGuard<'_, State<W>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wait<'a>(&'a self, state: MutexGuard<'a, State<W>>) -> MutexGuard<'a, State<W>> {
        self.changed
            .wait(state)
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl<W: Clone> Place<'_, W> {
    /// Waits until all have come; the moment at which they began.
    pub(super) fn begin(&mut self) -> W {
        self.come();
        let mut state = self.gate.state();
        loop {
            if let Some(start) = &state.opened {
                return start.clone();
            }
            state = self.gate.wait(state);
        }
    }
}

impl<W> Place<'_, W> {
    fn come(&mut self) {
        if !self.has_come {
            self.has_come = true;
            self.gate.state().here += 1;
            self.gate.changed.notify_all();
        }
    }
}

impl<W> Drop for Place<'_, W> {
    fn drop(&mut self) {
        self.come();
    }
}
