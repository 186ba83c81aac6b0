//! The clock and the counters by which a round is measured: those of the calling
//! thread, or a script.

use std::sync::LazyLock;

use crate::measure::adjust::Overhead;
use crate::model::subject::Subject;
use crate::system::clock::{self, Stopwatch};
use crate::system::counters::{self, Counters, Turns};

/// What a meter asks; clones are the same one.
///
/// PERF: programs know one of them, whose functions are inlined: what surrounds
/// a call is the code of [`clock::time_call`].
pub(crate) trait Machine: Clone {
    /// Nanoseconds since some moment.
    fn now_ns(&self) -> u64;
    /// Makes the one call that is prepared; how long it took, nanoseconds.
    fn time_call(&self, subject: &mut dyn Subject) -> u64;
    /// The same of all that are prepared.
    fn time_batch(&self, subject: &mut dyn Subject) -> u64;
    /// The counters in front of a stretch of time, and behind it.
    fn before(&self) -> Counters;
    fn after(&self) -> Counters;
    fn cpu_ns(&self) -> Option<u64>;
    fn turns(&self) -> Option<Turns>;
    /// Voluntary and involuntary switches.
    fn switches(&self) -> (Option<u64>, Option<u64>);
    /// Processor time of the other threads of the process.
    fn others_cpu_ns(&self) -> Option<u64>;
    /// What an empty call reads.
    fn overhead(&self) -> Overhead;
}

/// That of the system.
#[derive(Clone, Copy, Debug)]
pub(crate) struct System(Stopwatch);

impl System {
    pub(crate) fn start() -> System {
        System(Stopwatch::start())
    }
}

impl Machine for System {
    fn now_ns(&self) -> u64 {
        self.0.elapsed_ns()
    }

    fn time_call(&self, subject: &mut dyn Subject) -> u64 {
        clock::time_call(subject)
    }

    fn time_batch(&self, subject: &mut dyn Subject) -> u64 {
        clock::time_batch(subject)
    }

    fn before(&self) -> Counters {
        Counters::before()
    }

    fn after(&self) -> Counters {
        Counters::after()
    }

    fn cpu_ns(&self) -> Option<u64> {
        counters::cpu_ns()
    }

    fn turns(&self) -> Option<Turns> {
        counters::turns()
    }

    fn switches(&self) -> (Option<u64>, Option<u64>) {
        counters::switches()
    }

    fn others_cpu_ns(&self) -> Option<u64> {
        counters::others_cpu_ns()
    }

    /// Measured once a process, the processor time as the meter reads it.
    #[inline(never)]
    fn overhead(&self) -> Overhead {
        static OVERHEAD: LazyLock<Overhead> = LazyLock::new(|| {
            let cpu_ns = clock::least_typical(&mut |subject| {
                let before = counters::cpu_ns();
                clock::time_call(subject);
                counters::increase(before, counters::cpu_ns()).unwrap_or(0) as f64
            });
            Overhead {
                wall_ns: clock::overhead_ns(),
                cpu_ns,
            }
        });
        *OVERHEAD
    }
}
