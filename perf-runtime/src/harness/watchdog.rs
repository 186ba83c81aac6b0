//! Watches over the calls of a session: what a case does may not hang the run.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use perf_grammar::UnitError;

use crate::model::plan::deadline_ns;
use crate::model::problem::Problem;
use crate::model::sample::Loss;
use crate::system::clock::Stopwatch;
use crate::system::lock::{self, MachineLock};

/// How long one round, or one count, of a case may last beyond four times what it
/// may measure; and, over all rounds, evidence that points to a broken limit, if it is
/// the only one of its run.
pub(crate) const GRACE_NS: u64 = 60_000_000_000;
/// Which case is being called, and since when.
#[derive(Clone, Debug, Default)]
pub(crate) struct Watchdog(Arc<Watched>);

#[derive(Debug, Default)]
struct Watched {
    at: Mutex<Option<At>>,
    /// The machine is another process's.
    queued: AtomicBool,
}

#[derive(Clone, Debug)]
struct At {
    id: String,
    phase: &'static str,
    since: Stopwatch,
    within: Duration,
}

/// A case that was called for too long.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Overdue {
    pub(crate) id: String,
    /// What it was called for.
    pub(crate) phase: &'static str,
    pub(crate) seconds: u64,
}

impl Overdue {
    /// What is lost by it.
    pub(crate) fn loss(&self) -> Loss {
        Loss::Hung {
            phase: self.phase.to_owned(),
            seconds: self.seconds,
        }
    }
}

/// The grace that PERF_DEADLINE sets.
///
/// # Errors
/// If it is no duration.
pub(crate) fn grace_ns(deadline: Option<&str>) -> Result<u64, Problem> {
    let Some(text) = deadline else {
        return Ok(GRACE_NS);
    };
    let read = perf_grammar::DEADLINE.read_duration(text);
    read.map_err(|UnitError { error, .. }| {
        let name = format!("PERF_DEADLINE={text}");
        Problem::wrong_setting(&name, &error.text(), &error.help())
    })
}

impl Watchdog {
    /// A case is called from now on, and may take its `max_time_ns` several
    /// times over, and `grace_ns` more.
    pub(crate) fn begin(&self, id: &str, phase: &'static str, max_time_ns: u64, grace_ns: u64) {
        let within = Duration::from_nanos(deadline_ns(max_time_ns, grace_ns));
        self.set(Some(At {
            id: id.to_owned(),
            phase,
            since: Stopwatch::start(),
            within,
        }));
    }

    /// It has returned.
    pub(crate) fn end(&self) {
        self.set(None);
    }

    /// Waits for others that measure on this machine, which may take any time.
    pub(crate) fn lock_machine(&self, on_long_wait: &mut dyn FnMut(Duration)) -> MachineLock {
        self.0.queued.store(true, Ordering::Relaxed);
        let lock = lock::machine(on_long_wait);
        self.0.queued.store(false, Ordering::Relaxed);
        lock
    }

    /// Whether a case is being called, or waits for its turn.
    pub(crate) fn is_watching(&self) -> bool {
        self.at().is_some() || self.0.queued.load(Ordering::Relaxed)
    }

    /// The case that has been called for longer than it may.
    pub(crate) fn overdue(&self) -> Option<Overdue> {
        let at = self.at();
        let at = at.as_ref()?;
        (at.since.elapsed() > at.within).then(|| Overdue {
            id: at.id.clone(),
            phase: at.phase,
            seconds: at.within.as_secs(),
        })
    }

    fn set(&self, at: Option<At>) {
        *self.at() = at;
    }

    fn at(&self) -> MutexGuard<'_, Option<At>> {
        self.0.at.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_case_that_is_called_for_too_long_is_overdue() {
        let watchdog = Watchdog::default();
        assert_eq!(watchdog.overdue(), None);
        watchdog.begin("a::slow", "its warm-up", 0, 0);
        std::thread::sleep(Duration::from_millis(1));
        let overdue = watchdog.overdue().expect("no time at all is over at once");
        assert_eq!(overdue.id, "a::slow");
        assert_eq!((overdue.phase, overdue.seconds), ("its warm-up", 0));
        watchdog.begin("a::slow", "a round", 1_000_000_000, GRACE_NS);
        assert_eq!(watchdog.overdue(), None);
        watchdog.begin("a::slow", "a round", 0, 0);
        assert!(watchdog.is_watching());
        watchdog.end();
        assert_eq!(watchdog.overdue(), None);
        assert!(!watchdog.is_watching());
        watchdog.0.queued.store(true, Ordering::Relaxed);
        assert!(watchdog.is_watching());
        watchdog.0.queued.store(false, Ordering::Relaxed);
        assert!(!watchdog.is_watching());
    }
}
