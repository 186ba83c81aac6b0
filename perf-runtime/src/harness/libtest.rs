//! Entry point of the standard harness: every case is a separate `#[test]`.
//!
//! The first budget test that starts leads: it measures every case that the
//! command line selects, in turns, in a separate process. The others wait for
//! their own result. So budgets never run beside each other, their rounds are
//! spread over the whole run, and a test's own pass or failure is still its own.

#![allow(
    clippy::disallowed_macros,
    clippy::disallowed_methods,
    reason = "prints for the standard harness"
)]

use std::env;
use std::panic::resume_unwind;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, TryLockError};
use std::time::Duration;

use perf_grammar::{Tally, variable};

use crate::collections::{mapped, owned};
use crate::engine::Confirm;
use crate::harness::arguments::{self, Arguments};
use crate::harness::session::Options;
use crate::harness::supervisor::{self, Harness, Listener, Settled};
use crate::harness::test_output::{self, TestOutput};
use crate::harness::worker;
use crate::measure::registry::{Entry, by_id, members, registered};
use crate::model::case::Case;
use crate::policy::DEFAULT_MAX_TIME_NS;
use crate::system::exit;
use crate::system::worker_env::WorkerEnv;

/// What is said where budget tests were to run and were not begun.
const NOT_BEGUN: &str = "the process ended before its performance budgets were judged; look for a test that calls `exit`, or, where the target has `harness = false`, for a `main` without `perf_runtime::main!()`";

/// What the budget tests of this process know of each other.
struct Floor {
    state: Mutex<State>,
    changed: Condvar,
}

struct State {
    leading: bool,
    /// By the address of the case, which is its identity within a process.
    output: Vec<(usize, Arc<TestOutput>)>,
}

impl State {
    fn output(&self, case: &'static Case) -> Option<&Arc<TestOutput>> {
        let case = address(case);
        for (known, output) in &self.output {
            if *known == case {
                return Some(output);
            }
        }
        None
    }
}

static FLOOR: Floor = Floor {
    state: Mutex::new(State {
        leading: false,
        output: Vec::new(),
    }),
    changed: Condvar::new(),
};

/// The budget tests that have their result, by the address of what their attribute
/// registered.
static ENDED: Mutex<Vec<usize>> = Mutex::new(Vec::new());

// Unit tests of this crate register cases that have no budget test.
#[cfg(not(test))]
inventory::submit! { exit::NotBegun(not_begun) }

/// The budget tests that were to run and have no result, where the process ends now: an
/// ordinary test ended it, or its `main` runs no tests.
#[cfg_attr(test, allow(dead_code, reason = "it is not registered"))]
fn not_begun() -> Option<String> {
    // The harness itself refuses what cannot be read.
    let arguments = Arguments::read(arguments::given()).ok()?;
    if arguments.runs_nothing() {
        return None;
    }
    let ended = match ENDED.try_lock() {
        Ok(ended) => ended,
        Err(TryLockError::Poisoned(ended)) => ended.into_inner(),
        // A budget test holds it: the process does not end by the end of its tests.
        Err(TryLockError::WouldBlock) => return Some(owned(NOT_BEGUN)),
    };
    let mut text = owned(NOT_BEGUN);
    for entry in inventory::iter::<Entry>() {
        let name = entry.0.harness_name();
        if arguments.selects(&name, entry.0.ignore.is_some()) && !ended.contains(&address(entry.0))
        {
            text.push_str(&format!("\nnot judged: {}", entry.0.id()));
        }
    }
    (text.len() > NOT_BEGUN.len()).then_some(text)
}

/// The body of a generated `#[test]`.
#[track_caller]
pub(crate) fn run(case: &'static Case) {
    match worker::serve_once() {
        worker::Served::NoWorker => {}
        worker::Served::Done => return,
        worker::Served::Refused(why) => {
            ended(case);
            fail(&why.line())
        }
    }
    let own = members(case);
    let parts = mapped(&own, |case| FLOOR.result_of(case, &own));
    let output = TestOutput::together(&parts);
    ended(case);
    if let Some(text) = &output.aloud {
        test_output::aloud(&format!("{text}\n"));
    }
    if output.fails {
        fail(&output.text);
    }
    // The harness may have begun a line, `test name ... `.
    println!("\n{}", output.text);
}

/// The budget test of this case has its result.
fn ended(case: &'static Case) {
    let mut ended = ENDED.lock().unwrap_or_else(PoisonError::into_inner);
    ended.push(address(case));
}

/// Ends the test as failed, without a second message about where this crate
/// unwinds.
fn fail(text: &str) -> ! {
    exit::broken();
    eprintln!("\n{text}\n");
    resume_unwind(Box::new(text.to_owned()))
}

fn address(case: &'static Case) -> usize {
    std::ptr::from_ref(case).addr()
}

impl Floor {
    /// A panic of a leader is no reason to doubt what others were told.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The result of a case; `own` are all cases of its test.
    fn result_of(&self, case: &'static Case, own: &[&'static Case]) -> Arc<TestOutput> {
        let mut state = self.lock();
        loop {
            if let Some(output) = state.output(case) {
                return Arc::clone(output);
            }
            if !state.leading {
                state.leading = true;
                drop(state);
                {
                    // Gone before the state is locked again: its drop locks it.
                    let _leader = Leader;
                    self.lead(own);
                }
                // Whatever happened, the leader's own cases have results now.
                for case in own {
                    self.tell(&[case], &TestOutput::broken_off(&case.id()));
                }
                state = self.lock();
                continue;
            }
            state = self
                .changed
                .wait(state)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Measures these cases and all others that will be asked for.
    fn lead(&self, own: &[&'static Case]) {
        let refused = |text: &str| self.tell(own, &TestOutput::refused(text));
        // The harness has refused what is wrong already.
        let arguments = match Arguments::read(arguments::given()) {
            Ok(arguments) => arguments,
            Err(problem) => return refused(&problem.line()),
        };
        let mut cases = Vec::new();
        for &case in &registered() {
            let is_asked = || arguments.selects(&case.harness_name(), case.ignore.is_some());
            if self.lock().output(case).is_none() && (case.is_among(own) || is_asked()) {
                cases.push(case);
            }
        }
        let output = |text: &str| self.tell(&cases, &TestOutput::refused(text));
        let surroundings = match WorkerEnv::read() {
            Ok(surroundings) => surroundings,
            Err(problem) => return output(&problem.line()),
        };
        let threads = arguments.test_threads.or(surroundings.test_threads);
        let alone = surroundings.nextest
            || threads == Some(1)
            || (arguments.exact && arguments.filters.len() == 1);
        let options = Options {
            cases: cases.clone(),
            alone,
            confirm: Confirm::InProcess,
            default_max_time_ns: DEFAULT_MAX_TIME_NS,
            lost: Vec::new(),
        };
        let harness = Harness::Standard {
            captures: !arguments.nocapture && !surroundings.nocapture,
        };
        if let Err(why) = supervisor::run(options, &surroundings, harness, || &FLOOR) {
            output(&why.line());
        }
    }

    fn tell(&self, cases: &[&'static Case], output: &TestOutput) {
        let mut state = self.lock();
        for case in cases {
            if state.output(case).is_none() {
                state.output.push((address(case), Arc::new(output.clone())));
            }
        }
        drop(state);
        self.changed.notify_all();
    }
}

/// Gives the lead up again, however the leader ends.
struct Leader;

impl Drop for Leader {
    fn drop(&mut self) {
        FLOOR.lock().leading = false;
        FLOOR.changed.notify_all();
    }
}

impl Listener for &Floor {
    fn settled(&mut self, settled: Settled) {
        if let Some(case) = by_id(&settled.id) {
            self.tell(&[case], &settled.output);
        }
    }

    fn waiting(&mut self, waited: Duration) {
        test_output::aloud(&test_output::waiting_for_lock(waited));
    }

    fn note(&mut self, text: &str) {
        test_output::aloud(&format!("note: {text}\n"));
    }

    fn done(&mut self, tally: &Tally, unoptimised: usize) {
        // One case of many processes has no sum worth a line.
        if tally.limits > 0 && env::var_os(variable::NEXTEST).is_none() {
            test_output::aloud(&format!("performance budgets: {tally}\n"));
        }
        debug_assert!(tally.adds_up(), "every limit has one verdict: {tally}");
        if unoptimised > 0 {
            test_output::aloud(&test_output::unoptimised(unoptimised));
        }
    }
}
