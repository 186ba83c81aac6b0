//! Ends a program that runs for too long.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::system::clock::Stopwatch;
use crate::system::counters::child_usage;
use crate::system::mailbox::{Nothing, Sender, mailbox};
use crate::system::threads;

/// A thread that looks at the program now and then. It sleeps in between and
/// is never woken for a start: to wake it would cost the program that starts.
pub(super) struct Watchdog {
    longest: Duration,
    watched: Arc<Mutex<Watched>>,
    /// The thread ends when this is dropped; `None` until there is one.
    stop: Option<Sender<()>>,
}

#[derive(Default)]
struct Watched {
    program: Option<(u32, Stopwatch)>,
    killed: bool,
}

impl Watchdog {
    pub(super) fn new(longest: Duration) -> Watchdog {
        Watchdog {
            longest,
            watched: Arc::default(),
            stop: None,
        }
    }

    /// The longest that a program may run.
    pub(super) fn longest(&self) -> Duration {
        self.longest
    }

    /// Makes sure that the thread is there.
    pub(super) fn wake(&mut self) {
        if self.stop.is_some() {
            return;
        }
        let (stop, stopped) = mailbox(1);
        let watched = Arc::clone(&self.watched);
        let longest = self.longest;
        let glance = (longest / 20).clamp(Duration::from_millis(1), Duration::from_secs(1));
        let watch = move || {
            while stopped.receive(glance) == Err(Nothing::Timeout) {
                lock(&watched).kill_after(longest);
            }
        };
        // Where there is no thread, no program is ended for taking too long.
        self.stop = threads::start("perf-watchdog", Box::new(watch))
            .ok()
            .map(|_| stop);
    }

    /// A program was started.
    pub(super) fn watch(&self, pid: u32) {
        *lock(&self.watched) = Watched {
            program: Some((pid, Stopwatch::start())),
            killed: false,
        };
    }

    /// It ended, and its number may soon be another's. Whether it was killed.
    pub(super) fn forget(&self) -> bool {
        let mut watched = lock(&self.watched);
        watched.program = None;
        watched.killed
    }
}

impl Watched {
    fn kill_after(&mut self, longest: Duration) {
        if let Some((pid, since)) = &self.program
            && since.elapsed() > longest
            && !self.killed
        {
            self.killed = true;
            child_usage::kill(*pid);
        }
    }
}

fn lock(watched: &Mutex<Watched>) -> MutexGuard<'_, Watched> {
    watched.lock().unwrap_or_else(PoisonError::into_inner)
}
