//! Calls of which each says when it ran, so that a sampler outside of the process knows
//! what it saw.

use super::{Driver, RoundAsk};
use crate::measure::meter::{Meter, rewarm};
use crate::model::misuse::Misuse;
use crate::model::sample::Failure;
use crate::model::subject::{Runner, Subject};
use crate::system::clock;
use crate::system::counters::{self, Counters};

/// Timed stretches of calls.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Profiled {
    /// Calls in each stretch.
    pub(crate) batch: usize,
    /// When each began, by the clock that all processes share, and how long it took,
    /// nanoseconds.
    pub(crate) timed: Vec<(u64, u64)>,
    /// The slowest; `None` where several threads made the calls.
    pub(crate) worst: Option<Worst>,
    /// The thread that made the calls; `None` where several did.
    pub(crate) thread: Option<u64>,
}

/// What the system counted in the slowest stretch, for the calling thread.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Worst {
    /// Its place among all.
    pub(crate) index: usize,
    pub(crate) ns: u64,
    pub(crate) counters: Counters,
    pub(crate) page_faults: Option<u64>,
}

impl Driver {
    /// Makes calls as a round does, and says when each ran. Where several users call,
    /// the whole round is one stretch.
    ///
    /// # Errors
    /// If the function fails, or this system cannot say when.
    pub(crate) fn profiled(
        &mut self,
        meter: &mut Meter,
        ask: RoundAsk,
    ) -> Result<Profiled, Failure> {
        if ask.crowd.is_some() {
            let start_ns = now_ns()?;
            let failure = self.round(meter, ask).failure;
            let ns = now_ns()?.saturating_sub(start_ns);
            return match failure {
                Some(failure) => Err(failure),
                None => Ok(Profiled {
                    batch: ask.round.calls,
                    timed: vec![(start_ns, ns)],
                    ..Profiled::default()
                }),
            };
        }
        self.made += (ask.round.calls * ask.round.batch + ask.round.rewarm) as u64;
        let mut runner = StretchRunner {
            ask: &ask,
            profiled: None,
        };
        self.enter(&mut runner)?;
        runner.profiled.unwrap_or_else(|| Ok(Profiled::default()))
    }
}

/// Makes the calls.
struct StretchRunner<'ask> {
    ask: &'ask RoundAsk,
    profiled: Option<Result<Profiled, Failure>>,
}

impl Runner for StretchRunner<'_> {
    fn run(&mut self, subject: &mut dyn Subject) {
        if self.profiled.is_none() {
            self.profiled = Some(stretches(subject, self.ask));
        }
    }
}

fn stretches(subject: &mut dyn Subject, ask: &RoundAsk) -> Result<Profiled, Failure> {
    let batch = ask.round.batch.max(1);
    let mut profiled = Profiled {
        batch,
        timed: Vec::with_capacity(ask.round.calls),
        worst: None,
        thread: counters::thread_id(),
    };
    let mut error = rewarm(subject, ask.round.rewarm, false);
    for index in 0..ask.round.calls {
        if error.is_some() {
            break;
        }
        subject.prepare(batch);
        let faults_before = counters::page_faults();
        let before = Counters::before();
        let start_ns = now_ns()?;
        let ns = match batch {
            1 => clock::time_call(subject),
            _ => clock::time_batch(subject),
        };
        let after = Counters::after();
        let faults_after = counters::page_faults();
        error = subject.finish();
        profiled.timed.push((start_ns, ns));
        if profiled.worst.is_none_or(|worst| worst.ns < ns) {
            profiled.worst = Some(Worst {
                index,
                ns,
                counters: after.since(&before),
                page_faults: counters::increase(faults_before, faults_after),
            });
        }
    }
    match error {
        Some(error) => Err(Failure::Error(error)),
        None => Ok(profiled),
    }
}

fn now_ns() -> Result<u64, Failure> {
    counters::monotonic_ns().ok_or_else(|| Failure::Misuse(Misuse::no_clock()))
}

#[cfg(target_os = "linux")]
#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;
    use crate::measure::meter::Threads;
    use crate::model::case::{Case, Clock};
    use crate::model::sample::RoundSpec;
    use crate::model::subject::Body;

    static CALLS: AtomicUsize = AtomicUsize::new(0);

    fn ask(calls: usize, batch: usize) -> RoundAsk {
        RoundAsk {
            round: RoundSpec {
                calls,
                batch,
                rewarm: 2,
                ..RoundSpec::default()
            },
            typical_ns: None,
            threads: Threads::Others,
            crowd: None,
        }
    }

    fn profiled(case: &'static Case, ask: RoundAsk) -> Result<Profiled, Failure> {
        Driver::new(case, Clock::Clean).profiled(&mut Meter::new(), ask)
    }

    #[test]
    fn each_stretch_says_when_it_ran_and_the_slowest_what_was_counted() {
        static COUNTED: Case = Case::fixture(Body::Calls(|| {
            crate::private::calls(
                || (),
                |()| {
                    CALLS.fetch_add(1, Ordering::Relaxed);
                },
                |()| None,
            )
        }));
        let found = profiled(&COUNTED, ask(5, 3)).unwrap();
        assert_eq!(CALLS.load(Ordering::Relaxed), 5 * 3 + 2);
        assert_eq!((found.timed.len(), found.batch), (5, 3));
        assert_eq!(found.thread, counters::thread_id());
        for pair in found.timed.windows(2) {
            assert!(pair[0].0 + pair[0].1 <= pair[1].0, "{pair:?}");
        }
        let worst = found.worst.unwrap();
        assert_eq!(found.timed.iter().map(|(_, ns)| *ns).max(), Some(worst.ns));
        assert_eq!(found.timed[worst.index].1, worst.ns);
        assert!(worst.page_faults.is_some() && worst.counters.cpu_ns.is_some());
    }

    #[test]
    fn an_error_ends_it_unless_the_case_counts_them() {
        static FAILING: Case = Case::fixture(Body::Calls(|| {
            crate::private::calls(|| (), |()| (), |()| Some("no".to_owned()))
        }));
        let error = Err(Failure::Error("no".to_owned()));
        assert_eq!(profiled(&FAILING, ask(5, 1)), error);
        let mut driver = Driver::new(&FAILING, Clock::Clean);
        driver.tolerate_errors(true);
        let found = driver.profiled(&mut Meter::new(), ask(5, 1));
        assert_eq!(found.unwrap().timed.len(), 5);
    }

    #[test]
    fn a_panic_is_the_failure_of_the_case() {
        static PANICS: Case = Case::fixture(Body::Calls(|| {
            crate::private::calls(|| (), |()| panic!("oh"), |()| None)
        }));
        let panic = Err(Failure::Panic("oh".to_owned()));
        assert_eq!(profiled(&PANICS, ask(5, 1)), panic);
    }

    #[cfg(feature = "load")]
    #[test]
    fn a_round_of_several_users_is_one_stretch_of_no_thread() {
        static USERS: Case = Case::fixture(Body::Load(|| {
            crate::measure::load::load_plain(|| (), |()| None)
        }));
        let users = crate::model::plan::Crowd {
            users: 2,
            rate: None,
        };
        let found = profiled(
            &USERS,
            RoundAsk {
                crowd: Some(users),
                ..ask(6, 1)
            },
        );
        let found = found.unwrap();
        assert_eq!((found.timed.len(), found.batch), (1, 6));
        assert_eq!((found.thread, found.worst), (None, None));
    }
}
