//! Measures a set of cases from start to record: what every entry point runs.

mod planned;
pub(super) mod settle;

use std::mem;
use std::path::PathBuf;
use std::time::Duration;

use perf_grammar::{Tally, Verdict};

use self::planned::Planned;
use crate::collections::{mapped, position};
use crate::engine::{Confirm, Progress, Purpose as EnginePurpose, Request, Suite, SuiteSpec};
use crate::harness::resolve::resolve;
use crate::harness::watchdog::{self, Watchdog};
use crate::measure::diagnose;
use crate::measure::driver::RoundAsk;
use crate::measure::meter::{Meter, Threads};
use crate::measure::mutation;
use crate::model::case::Case;
use crate::model::note::Note;
use crate::model::problem::Mistakes;
use crate::model::sample::{Failure, Kind, Loss};
use crate::probes::count::{Counted, Counter, Purpose};
use crate::probes::{attribution, isolate};
use crate::report::case_report::CaseReport;
use crate::report::record::Run;
use crate::system::counters::Counters;
use crate::system::files::{self, Unwritten};
use crate::system::worker_env::WorkerEnv;
use crate::system::{clock, environment, exit, lock};

/// The longest a case may measure by default, under the command line.
pub(crate) const DEFAULT_WORKER_MAX_TIME_NS: u64 = 10_000_000_000;

/// What a session is asked to do.
#[derive(Clone)]
pub(crate) struct Options {
    /// The cases to measure.
    pub(crate) cases: Vec<&'static Case>,
    /// Nothing else can run in this process, so what other threads allocate
    /// belongs to the case.
    pub(crate) alone: bool,
    /// How a broken time limit is confirmed.
    pub(crate) confirm: Confirm,
    /// The longest a case may measure by default.
    pub(crate) default_max_time_ns: u64,
    /// Cases that hang, or ended a process: they fail, and are not called.
    pub(crate) lost: Vec<Lost>,
}

/// A case that is not called again, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Lost {
    pub(crate) id: String,
    pub(crate) loss: Loss,
}

/// What happens while a session runs.
pub(crate) trait Observer {
    /// The first round of this case starts.
    fn begin(&mut self, _id: &str) {}
    /// A round of this case starts.
    fn at(&mut self, _id: &str) {}
    /// Keeps the record of the case that settles next: in a file, unless another
    /// process writes it.
    ///
    /// # Errors
    /// Why there is no file of it.
    fn record(&mut self, record: &Recorded) -> Result<(), Unwritten> {
        record.write()
    }
    /// The function of this case, or its setup, is called next: what for.
    fn calls(&mut self, _id: &str, _phase: &'static str) {}
    /// A case is settled.
    fn settled(&mut self, report: &CaseReport);
    /// Another process has been measuring for this long.
    fn waiting(&mut self, _waited: Duration) {}
    /// Something is to be said once, of the run as a whole.
    fn note(&mut self, _text: &str) {}
    /// Every case is settled.
    fn done(&mut self, _tally: &Tally) {}
}

/// The record of a case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Recorded {
    /// The folder of its run.
    pub(crate) folder: PathBuf,
    /// The name of its file.
    pub(crate) file: String,
    pub(crate) text: String,
}

impl Recorded {
    /// Writes the file.
    ///
    /// # Errors
    /// If it cannot be written.
    pub(crate) fn write(&self) -> Result<(), Unwritten> {
        files::write(&self.folder, &self.file, &self.text).map(drop)
    }
}

/// How a sweep ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// Every open case had a turn.
    Swept,
    /// Nothing is due before this time.
    Idle {
        /// On the clock of [`clock::now_ns`].
        until_ns: u64,
    },
    /// Every case is settled.
    Done,
}

/// A set of cases that are measured in turns.
pub(crate) struct Session {
    suite: Suite,
    cases: Vec<Planned>,
    /// Whose processor time may be a call's.
    threads: Threads,
    confirm: Confirm,
    run: Run,
    /// Where the records of this run go.
    folder: PathBuf,
    counter: Counter,
    /// Whether, and of which threads, allocations are captured.
    blame: attribution::Options,
    /// Which counters this system has.
    counters: Counters,
    /// The watcher for cases that hang, and the grace it gives.
    watchdog: Watchdog,
    grace_ns: u64,
    meter: Meter,
    /// What to say beside every case.
    notes: Vec<Note>,
    /// What to say once.
    said_once: Vec<Note>,
    /// The verdict of every limit that is settled.
    verdicts: Vec<Verdict>,
}

impl Session {
    /// Resolves every case and prepares the measurement; nothing is called yet.
    ///
    /// # Errors
    /// Every mistake of the configuration, a line each: nothing is measured
    /// before it is mended.
    pub(crate) fn new(options: &Options, surroundings: &WorkerEnv) -> Result<Session, Mistakes> {
        // Every registered case is resolved, selected or not: the budget file
        // is right or wrong as a whole, and the share of the error rate that
        // a limit may use depends on all limits of the run.
        let registered = crate::measure::registry::registered();
        let all = resolve(&registered, surroundings, options.default_max_time_ns)?;
        let budget_file = all.budget_file();
        let mut said_once = all.remarks();
        if let Some(note) = not_isolated(&options.cases) {
            said_once.push(note);
        }
        let mut here = 0;
        for one in &all.cases {
            here += one.judged_time_limits();
        }
        let time_limits = surroundings.time_limits.unwrap_or(here).max(1);
        let confirms = options.confirm == Confirm::IsConfirmation;
        let cases = planned::all(all.cases, options, &registered);
        let purpose = Purpose {
            alone: options.alone,
            confirms,
            callgrind: surroundings.instructions,
        };
        let counted = mapped(&cases, |planned| (planned.case, &planned.budget));
        let counter = Counter::new(purpose, &counted);
        let seed = surroundings
            .seed
            .unwrap_or_else(|| clock::unix_seconds() ^ u64::from(std::process::id()));
        // One for all cases: it keeps the readings of its longest round.
        let meter = Meter::new();
        let overhead = meter.overhead();
        let counters = Counters::before();
        let grace_ns = watchdog::grace_ns(surroundings.deadline.as_deref())?;
        let spec = SuiteSpec {
            time_limits_in_run: time_limits,
            seed,
            overhead_ns: overhead.wall_ns,
            cpu_overhead_ns: overhead.cpu_ns,
            confirm: options.confirm,
            clean_clock_available: counters.complete(),
            grace_ns,
        };
        let mut suite = Suite::new(spec);
        for planned in &cases {
            suite.add(planned.spec(&counter));
        }
        let id = files::run_id(&files::environment)?;
        let folder = folder_of(&cases, &id);
        let environment = environment::read();
        let run = Run {
            id,
            budget_file,
            steal_percent: None,
            unfit: environment.unfit(),
            environment,
            time_limits,
        };
        for lost in &options.lost {
            if let Some(case) = position(&cases, |planned| planned.id == lost.id) {
                suite.failed(case, Failure::Lost(lost.loss.clone()));
            }
        }
        Ok(Session {
            suite,
            cases,
            threads: if options.alone {
                Threads::All
            } else {
                Threads::Others
            },
            confirm: options.confirm,
            run,
            folder,
            counter,
            blame: attribution::Options {
                alone: options.alone,
                profile: surroundings.alloc_profile,
            },
            counters,
            watchdog: Watchdog::default(),
            grace_ns,
            meter,
            notes: match mutation::note() {
                Some(note) => vec![note],
                None => Vec::new(),
            },
            said_once,
            verdicts: Vec::new(),
        })
    }

    /// Sets the watcher for cases that hang.
    pub(crate) fn watch(&mut self, watchdog: Watchdog) {
        self.watchdog = watchdog;
    }

    /// Runs until every case is settled.
    pub(crate) fn run(&mut self, observer: &mut dyn Observer) {
        loop {
            match self.sweep(observer) {
                Step::Done => break,
                Step::Idle { until_ns } => clock::sleep_until(until_ns),
                Step::Swept => {}
            }
        }
        observer.done(&Tally {
            limits: self.declared(),
            ..Tally::of(&self.verdicts)
        });
    }

    /// Runs one round of every open case, holding the machine for itself.
    pub(crate) fn sweep(&mut self, observer: &mut dyn Observer) -> Step {
        // Turns are this process's own, the lock is the whole machine's.
        let _turn = lock::process();
        let mut machine = None;
        for note in &mem::take(&mut self.said_once) {
            observer.note(&note.line());
        }
        let sweep = self.suite.sweep();
        loop {
            match self.suite.next(clock::now_ns()) {
                Request::Round {
                    case,
                    purpose,
                    round: spec,
                } => {
                    self.lock(&mut machine, observer);
                    self.announce(case, observer);
                    let ask = RoundAsk {
                        round: spec,
                        typical_ns: self.suite.typical_ns(case),
                        threads: self.threads,
                        crowd: self.cases[case].crowd(purpose),
                    };
                    self.begin(case, phase(purpose, spec.kind), 0, observer);
                    let round = self.cases[case].round(&mut self.meter, ask);
                    self.watchdog.end();
                    exit::end_of_a_copy();
                    diagnose::round(&self.cases[case].id, &round);
                    if let Some(failure) = round.failure.clone() {
                        self.suite.failed(case, failure);
                    } else {
                        self.suite.accept(case, &round, clock::now_ns());
                    }
                }
                Request::Count { case } => {
                    self.lock(&mut machine, observer);
                    self.announce(case, observer);
                    let grace_ns = self.counter.grace_ns();
                    self.begin(case, "the count of its memory", grace_ns, observer);
                    let planned = &mut self.cases[case];
                    let of = Counted {
                        case: planned.case,
                        plan: &planned.plan,
                        budget: &planned.budget,
                        driver: &mut planned.driver,
                    };
                    let counted = self.counter.count(of);
                    self.watchdog.end();
                    exit::end_of_a_copy();
                    match counted {
                        Ok(figures) => {
                            planned.figures = figures;
                            self.suite.counted(case, clock::now_ns());
                        }
                        Err(failure) => self.suite.failed(case, failure),
                    }
                }
                Request::Finished { case } => self.finished(case, observer),
                Request::Wait { until_ns } => return Step::Idle { until_ns },
                Request::Done => return Step::Done,
            }
            if self.suite.sweep() != sweep {
                return Step::Swept;
            }
        }
    }

    fn lock(&mut self, machine: &mut Option<lock::MachineLock>, observer: &mut dyn Observer) {
        if machine.is_none() {
            let mut tell = |waited| {
                diagnose::waiting(waited);
                observer.waiting(waited);
            };
            let lock = self.watchdog.lock_machine(&mut tell);
            if let Some(note) = lock.note()
                && !self.notes.contains(note)
            {
                self.notes.push(note.clone());
            }
            *machine = Some(lock);
        }
    }

    /// A case is called from now on.
    fn begin(&self, case: usize, phase: &'static str, more_ns: u64, observer: &mut dyn Observer) {
        let planned = &self.cases[case];
        observer.calls(&planned.id, phase);
        let grace_ns = self.grace_ns.saturating_add(more_ns);
        self.watchdog
            .begin(&planned.id, phase, planned.plan.max_time_ns, grace_ns);
    }

    /// Limits of all cases.
    fn declared(&self) -> usize {
        let mut limits = 0;
        for planned in &self.cases {
            limits += planned.budget.limits.len();
        }
        limits
    }

    /// How far the session is.
    pub(crate) fn progress(&self) -> Progress {
        self.suite.progress()
    }

    fn announce(&mut self, case: usize, observer: &mut dyn Observer) {
        let planned = &mut self.cases[case];
        if planned.for_others {
            return;
        }
        if !planned.begun {
            planned.begun = true;
            observer.begin(&planned.id);
        }
        observer.at(&planned.id);
    }
}

/// Where the records of a run go.
#[allow(
    clippy::disallowed_methods,
    reason = "asks for the path of this program"
)]
fn folder_of(cases: &[Planned], run: &str) -> PathBuf {
    let package = match cases.first() {
        Some(planned) => planned.case.manifest_dir,
        None => "",
    };
    let exe = isolate::this_program().ok();
    files::out_dir(package.as_ref(), exe.as_deref(), &files::environment)
        .join("runs")
        .join(run)
}

/// What a case is called for, in words.
fn phase(purpose: EnginePurpose, kind: Kind) -> &'static str {
    match (purpose, kind) {
        (_, Kind::Cold) => "the first call of a fresh process",
        (EnginePurpose::First, _) => "its first call",
        (EnginePurpose::Warmup, _) => "its warm-up",
        (EnginePurpose::Measure, _) => "a round of timed calls",
        (EnginePurpose::Confirm, _) => "a round of its confirmation",
    }
}

/// That cases share this process though one of them is to have its own: no other can be
/// started.
fn not_isolated(cases: &[&'static Case]) -> Option<Note> {
    for case in cases {
        if case.shape.isolate && cases.len() > 1 {
            return Some(Note::not_isolated(&case.id()));
        }
    }
    None
}
