//! The clock of a round of users: that of the system, or a script.

use std::time::Duration;

use crate::system::clock::Stopwatch;

/// Starts stretches of time.
pub(super) trait Timer: Send + Sync + 'static {
    type Watch: Time;

    fn start(&self) -> Self::Watch;
}

/// A stretch of time that has begun.
pub(super) trait Time: Clone + Send + Sync + 'static {
    /// Nanoseconds since it began.
    fn elapsed_ns(&self) -> f64;
    /// Waits for a moment of it, awake for the last `awake_ns`.
    fn wait_until(&self, moment_ns: f64, awake_ns: f64);
}

/// The clock of the system.
pub(super) struct System;

impl Timer for System {
    type Watch = Stopwatch;

    fn start(&self) -> Stopwatch {
        Stopwatch::start()
    }
}

impl Time for Stopwatch {
    fn elapsed_ns(&self) -> f64 {
        Stopwatch::elapsed_ns(*self) as f64
    }

    fn wait_until(&self, moment_ns: f64, awake_ns: f64) {
        let asleep_ns = moment_ns - awake_ns - Time::elapsed_ns(self);
        if asleep_ns > 0.0 {
            std::thread::sleep(Duration::from_nanos(asleep_ns as u64));
        }
        while Time::elapsed_ns(self) < moment_ns {
            std::hint::spin_loop();
        }
    }
}

/// A clock that goes on when a call says so, and to the moment that a thread waits
/// for: at once, or when all that is left to do is to wait for it.
#[cfg(test)]
pub(super) mod script {
    use std::sync::{Arc, Condvar, Mutex, MutexGuard};

    use super::{Time, Timer};

    /// One clock for all threads of a test.
    #[derive(Clone, Default)]
    pub(in crate::measure::load) struct Script(Arc<(Mutex<State>, Condvar)>);

    #[derive(Default)]
    struct State {
        now_ns: f64,
        /// It goes on to an awaited moment only while [`Script::idle`] waits.
        driven: bool,
        /// The moment that a thread waits for.
        awaited_ns: Option<f64>,
        woken: bool,
    }

    impl Script {
        /// For a round with two threads, one of which calls and is idle else.
        pub(in crate::measure::load) fn driven() -> Script {
            let script = Script::default();
            script.state().driven = true;
            script
        }

        /// Something took so long.
        pub(in crate::measure::load) fn pass(&self, ns: f64) {
            self.change(|state| state.now_ns += ns);
        }

        /// What an idle thread waits for has come.
        pub(in crate::measure::load) fn wake(&self) {
            self.change(|state| state.woken = true);
        }

        /// Waits until it is woken. Meanwhile the clock goes on to the moment that
        /// another thread waits for, because nothing else happens before.
        pub(in crate::measure::load) fn idle(&self) {
            let mut state = self.state();
            while !std::mem::take(&mut state.woken) {
                if let Some(moment_ns) = state.awaited_ns.take() {
                    state.now_ns = state.now_ns.max(moment_ns);
                    self.0.1.notify_all();
                }
                state = self.wait(state);
            }
        }

        fn state(&self) -> MutexGuard<'_, State> {
            self.0.0.lock().expect("no test panics with it")
        }

        fn wait<'a>(&self, state: MutexGuard<'a, State>) -> MutexGuard<'a, State> {
            self.0.1.wait(state).expect("no test panics with it")
        }

        fn change(&self, change: impl FnOnce(&mut State)) {
            change(&mut self.state());
            self.0.1.notify_all();
        }
    }

    impl Timer for Script {
        type Watch = Since;

        fn start(&self) -> Since {
            Since {
                began_ns: self.state().now_ns,
                script: self.clone(),
            }
        }
    }

    /// A stretch of scripted time.
    #[derive(Clone)]
    pub(in crate::measure::load) struct Since {
        script: Script,
        began_ns: f64,
    }

    impl Time for Since {
        fn elapsed_ns(&self) -> f64 {
            self.script.state().now_ns - self.began_ns
        }

        fn wait_until(&self, moment_ns: f64, _: f64) {
            let moment_ns = self.began_ns + moment_ns;
            let mut state = self.script.state();
            if !state.driven {
                state.now_ns = state.now_ns.max(moment_ns);
            }
            while state.now_ns < moment_ns {
                state.awaited_ns = Some(moment_ns);
                self.script.0.1.notify_all();
                state = self.script.wait(state);
            }
            state.awaited_ns = None;
        }
    }
}
