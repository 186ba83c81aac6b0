//! The door of the standard harness: every case is a `#[test]` of its own.
//!
//! The first budget test that starts leads: it measures every case that the
//! command line selects, in turns, on its own thread. The others wait for
//! their own result. So budgets never run beside each other, their rounds are
//! spread over the whole run, and a test's own pass or failure is still its own.

use std::collections::HashMap;
use std::env;
use std::io::Write as _;
use std::panic::resume_unwind;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::arguments::Arguments;
use crate::case::Case;
use crate::case_report::CaseReport;
use crate::engine::Confirm;
use crate::policy::DEFAULT_MAX_TIME_NS;
use crate::registry::{members, registered};
use crate::session::{Observer, Wish};
use crate::surroundings::Surroundings;
use crate::told::{self, Told};
use crate::verdict::Tally;
use crate::{watched, worker};

/// What the budget tests of this process know of each other.
struct Floor {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    leading: bool,
    /// By the address of the case, which is its identity within a process.
    told: HashMap<usize, Arc<Told>>,
}

static FLOOR: std::sync::LazyLock<Floor> = std::sync::LazyLock::new(|| Floor {
    state: Mutex::default(),
    changed: Condvar::new(),
});

/// The body of a generated `#[test]`.
#[track_caller]
pub(crate) fn run(case: &'static Case) {
    match worker::serve_once() {
        worker::Served::NoWorker => {}
        worker::Served::Done => return,
        worker::Served::Refused(why) => fail(&why),
    }
    let own = members(case);
    let parts: Vec<Arc<Told>> = own.iter().map(|case| FLOOR.result_of(case, &own)).collect();
    let told = Told::together(&parts);
    if let Some(text) = &told.aloud {
        // Not `eprintln`: the harness keeps that from people when a test passes.
        let _ = std::io::stderr().write_all(format!("{text}\n").as_bytes());
    }
    if told.fails {
        fail(&told.text);
    }
    println!("{}", told.text);
}

/// Ends the test as failed, without a second message about where this crate
/// unwinds.
fn fail(text: &str) -> ! {
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
    fn result_of(&self, case: &'static Case, own: &[&'static Case]) -> Arc<Told> {
        let mut state = self.lock();
        loop {
            if let Some(told) = state.told.get(&address(case)) {
                return Arc::clone(told);
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
                    self.tell(&[case], &Told::broken_off(&case.id()));
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
        let arguments = Arguments::read(env::args().skip(1));
        let done: Vec<usize> = self.lock().told.keys().copied().collect();
        let cases: Vec<&'static Case> = registered()
            .into_iter()
            .filter(|case| !done.contains(&address(case)))
            .filter(|case| {
                own.iter().any(|own| std::ptr::eq(*case, *own))
                    || arguments.selects(&case.harness_name(), case.ignore.is_some())
            })
            .collect();
        let told = |text: &str| self.tell(&cases, &Told::refused(text));
        let surroundings = match Surroundings::read() {
            Ok(surroundings) => surroundings,
            Err(why) => return told(&why),
        };
        let threads = arguments.test_threads.or(surroundings.test_threads);
        let alone = surroundings.nextest
            || threads == Some(1)
            || (arguments.exact && arguments.filters.len() == 1);
        let wish = Wish {
            cases: cases.clone(),
            alone,
            confirm: Confirm::InProcess,
            default_max_time_ns: DEFAULT_MAX_TIME_NS,
            hung: Vec::new(),
        };
        let listener = || Listener {
            floor: &FLOOR,
            unoptimised: 0,
        };
        if let Err(why) = watched::run(wish, &surroundings, listener) {
            told(&why);
        }
    }

    fn tell(&self, cases: &[&'static Case], told: &Told) {
        let mut state = self.lock();
        for case in cases {
            state
                .told
                .entry(address(case))
                .or_insert_with(|| Arc::new(told.clone()));
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

struct Listener<'floor> {
    floor: &'floor Floor,
    unoptimised: usize,
}

impl Observer for Listener<'_> {
    fn settled(&mut self, report: CaseReport) {
        self.unoptimised += report.unoptimised_warnings();
        self.floor.tell(&[report.case], &Told::of(&report));
    }

    fn waiting(&mut self, waited: Duration) {
        let _ = std::io::stderr().write_all(told::waiting_for_lock(waited).as_bytes());
    }

    fn note(&mut self, text: &str) {
        let _ = std::io::stderr().write_all(format!("note: {text}\n").as_bytes());
    }

    fn done(&mut self, tally: &Tally) {
        // One case of many processes has no sum worth a line.
        if tally.limits > 0 && env::var_os("NEXTEST").is_none() {
            let _ =
                std::io::stderr().write_all(format!("\nperformance budgets: {tally}\n").as_bytes());
        }
        debug_assert!(tally.adds_up(), "every limit has one verdict: {tally}");
        if self.unoptimised > 0 {
            let _ = std::io::stderr().write_all(told::unoptimised(self.unoptimised).as_bytes());
        }
    }
}
