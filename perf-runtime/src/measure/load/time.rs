//! The clock of a round of users: that of the system, or a script.

use std::time::Duration;

use crate::measure::meter::{self, Machine};
use crate::system::clock::Stopwatch;

/// Starts stretches of time.
pub(crate) trait Timer: Send + Sync + 'static {
    type Watch: Time;
    type Machine: Machine;

    fn start(&self) -> Self::Watch;
    /// What measures the calls of one user, on its thread.
    fn machine(&self) -> Self::Machine;
    /// Threads that can run at the same time.
    fn processors(&self) -> f64;
}

/// A stretch of time that has begun.
pub(crate) trait Time: Clone + Send + Sync + 'static {
    /// Nanoseconds since it began.
    fn elapsed_ns(&self) -> f64;
    /// Waits for a moment of it, awake for the last `awake_ns`.
    fn wait_until(&self, moment_ns: f64, awake_ns: f64);
}

/// The clock of the system.
pub(super) struct System;

impl Timer for System {
    type Watch = Stopwatch;
    type Machine = meter::System;

    fn start(&self) -> Stopwatch {
        Stopwatch::start()
    }

    fn machine(&self) -> meter::System {
        meter::System::start()
    }

    fn processors(&self) -> f64 {
        std::thread::available_parallelism().map_or(1.0, |number| number.get() as f64)
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

/// Users by a script; each that waits for the beginning of a round takes part in it.
#[cfg(test)]
mod scripted {
    use super::{Time, Timer};
    use crate::measure::meter::script::{Script, TakesPart};

    impl Timer for Script {
        type Watch = Since;
        type Machine = Script;

        fn start(&self) -> Since {
            Since {
                began_ns: self.exact_ns(),
                script: self.clone(),
                _part: None,
            }
        }

        fn machine(&self) -> Script {
            self.clone()
        }

        fn processors(&self) -> f64 {
            2.0
        }
    }

    /// A stretch of scripted time.
    pub(crate) struct Since {
        script: Script,
        began_ns: f64,
        _part: Option<TakesPart>,
    }

    impl Clone for Since {
        fn clone(&self) -> Since {
            Since {
                script: self.script.clone(),
                began_ns: self.began_ns,
                _part: Some(self.script.takes_part()),
            }
        }
    }

    impl Time for Since {
        fn elapsed_ns(&self) -> f64 {
            self.script.exact_ns() - self.began_ns
        }

        fn wait_until(&self, moment_ns: f64, _: f64) {
            self.script.sleeps_until(self.began_ns + moment_ns);
        }
    }
}
