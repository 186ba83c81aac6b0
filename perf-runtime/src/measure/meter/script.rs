//! A scripted machine: its clock and its counters go on when a call says so.
//!
//! Each thread that takes part has a separate time, and goes on while no other's is
//! less: what users do at the same time happens in the same order on any
//! machine. A thread that takes no part has what has passed in all.

use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::thread::{self, ThreadId};
use std::time::Duration;

use super::Machine;
use crate::measure::adjust::Overhead;
use crate::model::subject::Subject;
use crate::system::counters::{Counters, Turns};

/// A script that stands still for so long is wrong.
const HANGS: Duration = Duration::from_secs(60);

/// One machine for all threads of a test.
#[derive(Clone, Default)]
pub(crate) struct Script(Arc<(Mutex<State>, Condvar)>);

#[derive(Default)]
struct State {
    /// What has passed for the threads that took part, and without any.
    passed: Line,
    parts: Vec<Part>,
    /// Processor time of those that took part.
    ended_cpu_ns: f64,
    /// Threads without which none of them goes on.
    missing: usize,
    woken: bool,
}

/// What has passed so far.
#[derive(Clone, Copy, Default)]
struct Line {
    now_ns: f64,
    cpu_ns: f64,
    waited_ns: f64,
    turns: u64,
    voluntary: u64,
    involuntary: u64,
}

struct Part {
    thread: ThreadId,
    /// Which of several goes first at the same time.
    name: String,
    line: Line,
    /// It waits to be woken.
    is_idle: bool,
}

/// A thread takes part until this is dropped.
pub(crate) struct TakesPart(Script);

impl Script {
    /// Goes on when this number of threads takes part.
    pub(crate) fn of(threads: usize) -> Script {
        let script = Script::default();
        script.state().missing = threads;
        script
    }

    /// The calling thread takes part from now on.
    pub(crate) fn takes_part(&self) -> TakesPart {
        let mut state = self.state();
        let line = Line {
            now_ns: state.now_ns(),
            ..Line::default()
        };
        state.missing = state.missing.saturating_sub(1);
        state.parts.push(Part {
            thread: thread::current().id(),
            name: thread::current().name().unwrap_or_default().to_owned(),
            line,
            is_idle: false,
        });
        self.0.1.notify_all();
        TakesPart(self.clone())
    }

    /// It ran for so long.
    pub(crate) fn runs(&self, ns: f64) {
        self.passes(ns, |line| line.cpu_ns += ns);
    }

    /// It gave its processor up for so long.
    pub(crate) fn sleeps(&self, ns: f64) {
        self.passes(ns, |line| {
            line.voluntary += 1;
            line.turns += 1;
        });
    }

    /// Its processor was taken away for so long.
    pub(crate) fn waits(&self, ns: f64) {
        self.passes(ns, |line| {
            line.waited_ns += ns;
            line.involuntary += 1;
            line.turns += 1;
        });
    }

    /// It sleeps until this moment, unless that has passed.
    pub(crate) fn sleeps_until(&self, moment_ns: f64) {
        let left_ns = moment_ns - self.exact_ns();
        if left_ns > 0.0 {
            self.sleeps(left_ns);
        }
    }

    /// What one thread waits for has come.
    pub(crate) fn wake(&self) {
        let mut state = self.state();
        let now_ns = state.own().now_ns;
        match state.parts.iter_mut().find(|part| part.is_idle) {
            Some(part) => {
                part.is_idle = false;
                part.line.now_ns = part.line.now_ns.max(now_ns);
            }
            None => state.woken = true,
        }
        self.0.1.notify_all();
    }

    /// Waits until it is woken; the others go on in the meantime.
    pub(crate) fn idles(&self) {
        let mut state = self.state();
        if std::mem::take(&mut state.woken) {
            return;
        }
        let at = state.place().expect("it takes part");
        state.parts[at].is_idle = true;
        drop(self.goes_on(state));
    }

    /// Nanoseconds since its beginning.
    pub(crate) fn exact_ns(&self) -> f64 {
        let mut state = self.goes_on(self.state());
        match state.place() {
            Some(_) => state.own().now_ns,
            None => state.now_ns(),
        }
    }

    fn passes(&self, ns: f64, change: impl FnOnce(&mut Line)) {
        let mut state = self.goes_on(self.state());
        let line = state.own();
        line.now_ns += ns;
        change(line);
        drop(self.goes_on(state));
    }

    fn line(&self) -> Line {
        *self.goes_on(self.state()).own()
    }

    /// Waits until the calling thread is the one that goes on.
    fn goes_on<'a>(&'a self, mut state: MutexGuard<'a, State>) -> MutexGuard<'a, State> {
        self.0.1.notify_all();
        while !state.is_due() {
            let waited = self.0.1.wait_timeout(state, HANGS).expect(NO_PANIC);
            assert!(!waited.1.timed_out(), "the script stands still");
            state = waited.0;
        }
        state
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.0.lock().expect(NO_PANIC)
    }
}

const NO_PANIC: &str = "no thread panics with it";

impl State {
    fn place(&self) -> Option<usize> {
        let here = thread::current().id();
        self.parts.iter().position(|part| part.thread == here)
    }

    fn own(&mut self) -> &mut Line {
        match self.place() {
            Some(at) => &mut self.parts[at].line,
            None => &mut self.passed,
        }
    }

    fn is_due(&self) -> bool {
        let Some(at) = self.place() else { return true };
        let own = &self.parts[at];
        let is_later = |other: &Part| {
            let times = other.line.now_ns.total_cmp(&own.line.now_ns);
            times.then_with(|| other.name.cmp(&own.name)).is_ge()
        };
        self.missing == 0
            && !own.is_idle
            && self.parts.iter().all(|one| one.is_idle || is_later(one))
    }

    /// That of the thread which is furthest.
    fn now_ns(&self) -> f64 {
        let times = self.parts.iter().map(|part| part.line.now_ns);
        times.fold(self.passed.now_ns, f64::max)
    }
}

impl Drop for TakesPart {
    fn drop(&mut self) {
        let mut state = self.0.state();
        let at = state.place().expect("it took part");
        let line = state.parts.swap_remove(at).line;
        state.passed.now_ns = state.passed.now_ns.max(line.now_ns);
        state.ended_cpu_ns += line.cpu_ns;
        drop(state);
        self.0.0.1.notify_all();
    }
}

impl Machine for Script {
    fn now_ns(&self) -> u64 {
        self.exact_ns() as u64
    }

    fn time_call(&self, subject: &mut dyn Subject) -> u64 {
        let start_ns = self.now_ns();
        subject.call();
        self.now_ns() - start_ns
    }

    fn time_batch(&self, subject: &mut dyn Subject) -> u64 {
        let start_ns = self.now_ns();
        subject.call_all();
        self.now_ns() - start_ns
    }

    fn before(&self) -> Counters {
        let line = self.line();
        Counters {
            cpu_ns: Some(line.cpu_ns as u64),
            voluntary: Some(line.voluntary),
            involuntary: Some(line.involuntary),
            waited_ns: Some(line.waited_ns as u64),
        }
    }

    fn after(&self) -> Counters {
        self.before()
    }

    fn cpu_ns(&self) -> Option<u64> {
        self.before().cpu_ns
    }

    fn turns(&self) -> Option<Turns> {
        let line = self.line();
        Some(Turns {
            count: line.turns,
            waited_ns: line.waited_ns as u64,
        })
    }

    fn switches(&self) -> (Option<u64>, Option<u64>) {
        let Counters {
            voluntary,
            involuntary,
            ..
        } = self.before();
        (voluntary, involuntary)
    }

    fn others_cpu_ns(&self) -> Option<u64> {
        let state = self.state();
        let own = state.place();
        let others = state.parts.iter().enumerate();
        let others = others.filter(|(at, _)| Some(*at) != own);
        let others_ns: f64 = others.map(|(_, part)| part.line.cpu_ns).sum();
        Some((others_ns + state.ended_cpu_ns) as u64)
    }

    fn overhead(&self) -> Overhead {
        Overhead {
            wall_ns: 0.0,
            cpu_ns: 0.0,
        }
    }
}
