//! Entry point of a comparison of builds, and of a profile: times a short burst of
//! calls on request.
//!
//! Another process of another build makes its own in turns with it; who is next,
//! and how many calls a burst holds, is decided by the command line, so that both
//! do the same. The words are described in `schema/worker-protocol-1.md`.

mod ask;
mod counting;

#[cfg(any(test, fuzzing))]
pub(crate) use self::ask::fuzz;

use perf_grammar::Metric;

use self::ask::{Ask, Command, Verb};
use crate::collections::names::Names;
use crate::harness::output::{say, say_waiting};
use crate::harness::resolve::{Resolved, resolve};
use crate::harness::watchdog;
use crate::harness::watchdog::Watchdog;
use crate::measure::driver::{Driver, Profiled, RoundAsk};
use crate::measure::meter::{Meter, TOO_LONG_TO_FEEL_NS, Threads};
use crate::model::case::Case;
use crate::model::misuse::Misuse;
use crate::model::plan::{Budget, Crowd, Plan};
use crate::model::problem::Mistakes;
use crate::model::sample::{Disturbed, Failure, Memory, Round, RoundSpec};
use crate::model::unmeasured::Unmeasured;
use crate::probes::attribution;
use crate::probes::count::{Counted, Counter, Purpose};
use crate::report::record;
use crate::system::clock::Stopwatch;
use crate::system::worker_env::WorkerEnv;
use crate::system::{channel, counters};

/// A case is warm after this many calls and this long, or after the longer time.
const WARM_CALLS: usize = 20;
const WARM_ENOUGH_NS: u64 = 5_000_000;
const WARM_NS: u64 = 100_000_000;
/// The most calls of one round of a warm-up.
const MOST_WARM: usize = 10_000;
/// Before each burst the caches are brought back for so long: other processes
/// ran meanwhile.
const BRING_BACK_NS: f64 = 200e3;
const MOST_REWARM: usize = 10_000;
/// The time of a case of which counting its memory may take a part.
const MOST_COUNTED_OF_NS: u64 = 3_000_000_000;
/// The most units that are reported for a burst.
const MOST_UNITS: usize = 5_000;
/// Commands that came after the first version, and work with these features.
const KNOWN: &[&str] = match (
    cfg!(feature = "alloc-sites"),
    cfg!(feature = "instructions"),
) {
    (true, true) => &["sites", "callgrind"],
    (true, false) => &["sites"],
    (false, true) => &["callgrind"],
    (false, false) => &[],
};

/// A case of this binary and what was built of it.
struct Player {
    case: &'static Case,
    plan: Plan,
    tolerates_errors: bool,
    /// Built at the first call, and dropped when it is asked to.
    driver: Option<Driver>,
    /// How long it just waited for others that measure on this machine.
    queued_ns: u64,
    /// Its memory, where that was counted.
    memory: Option<Memory>,
}

/// Serves until the input ends.
///
/// # Errors
/// Every mistake of the configuration.
pub(crate) fn serve(
    cases: &[&'static Case],
    surroundings: &WorkerEnv,
    default_max_time_ns: u64,
    watchdog: &Watchdog,
) -> Result<(), Mistakes> {
    let all = resolve(
        &crate::measure::registry::registered(),
        surroundings,
        default_max_time_ns,
    )?;
    let mut players = Names::new();
    for one in all.cases {
        if one.case.is_among(cases) {
            players.insert(one.id.clone(), Player::new(one));
        }
    }
    let mut meter = Meter::new();
    say(&|json| {
        json.text("t", "ready");
        // A number says that it can be profiled, too.
        if counters::monotonic_ns().is_some() {
            json.whole("process", u64::from(std::process::id()));
        }
        // Words that an older worker takes for the end.
        json.texts("knows", KNOWN);
    });
    while let Some(line) = channel::next_command() {
        let command = match Ask::read(&line) {
            Some(Ask::One(command)) => command,
            Some(Ask::Instructions(ids)) => {
                counting::instructions(&ids, &players, watchdog);
                continue;
            }
            Some(Ask::Callgrind(id)) => {
                counting::under_callgrind(id, &players, watchdog);
                continue;
            }
            None => break,
        };
        let Some(player) = players.get_mut(command.id) else {
            failed(command.id, &Failure::Misuse(Misuse::no_such_case()));
            continue;
        };
        // Other measurements on this machine are waited for, a burst at a time; how
        // long that takes is no case's fault.
        let asked = Stopwatch::start();
        let machine = watchdog.lock_machine(&mut say_waiting);
        player.queued_ns = asked.elapsed_ns();
        watchdog.begin(
            command.id,
            command.verb.phase(),
            player.plan.max_time_ns,
            watchdog::GRACE_NS,
        );
        let done = player.obey(&command, &mut meter);
        watchdog.end();
        drop(machine);
        if let Err(failure) = done {
            player.driver = None;
            failed(command.id, &failure);
        }
    }
    Ok(())
}

impl Player {
    fn new(one: Resolved) -> Player {
        Player {
            case: one.case,
            tolerates_errors: one.budget.limit(Metric::Errors).is_some(),
            plan: one.plan,
            driver: None,
            queued_ns: 0,
            memory: None,
        }
    }

    fn obey(&mut self, command: &Command<'_>, meter: &mut Meter) -> Result<(), Failure> {
        let id = command.id;
        match command.verb {
            Verb::Warm => {
                let (typical_ns, calls) = self.warm(meter)?;
                say(&|json| {
                    json.text("t", "warm");
                    json.text("id", id);
                    json.number("typical_ns", typical_ns);
                    json.whole("calls", calls as u64);
                });
            }
            Verb::Burst {
                units,
                batch,
                typical_ns,
            } => {
                let round = self.round(meter, units, batch, Some(typical_ns))?;
                self.tell(id, &round);
            }
            Verb::Profile {
                units,
                batch,
                typical_ns,
            } => {
                let ask = self.ask(units, batch, Some(typical_ns));
                let profiled = self.driver().profiled(meter, ask)?;
                self.tell_profiled(id, &profiled);
            }
            Verb::Count => {
                let counted = self.count()?;
                say(&|json| {
                    json.text("t", "counted");
                    json.text("id", id);
                    json.maybe_object("memory", counted.as_ref().ok(), &|json, memory| {
                        json.text("scope", memory.scope.word());
                        json.text("by", memory.by.word());
                        record::of_call(json, &memory.largest);
                    });
                    json.maybe_text(
                        "why",
                        counted.as_ref().err().map(Unmeasured::line).as_deref(),
                    );
                });
                self.memory = counted.ok();
            }
            Verb::Sites(metric) => {
                if self.memory.is_none() {
                    self.memory = self.count()?.ok();
                }
                let memory = self.memory.take();
                let captured = memory
                    .as_ref()
                    .and_then(|memory| attribution::sites(self.driver(), memory, metric));
                self.memory = memory;
                say(&|json| {
                    json.text("t", "sites");
                    json.text("id", id);
                    json.maybe_object("allocations", captured.as_ref(), &record::allocations);
                });
            }
            Verb::Drop => self.driver = None,
        }
        Ok(())
    }

    /// The typical time of a call once it is warm, nanoseconds, and the calls that
    /// were made.
    fn warm(&mut self, meter: &mut Meter) -> Result<(f64, usize), Failure> {
        let (mut calls, mut spent_ns, mut next) = (0, 0, 1);
        loop {
            let round = self.round(meter, next, 1, None)?;
            calls += round.calls.len();
            spent_ns += round.elapsed_ns;
            let typical_ns = round.typical_ns();
            let enough = calls >= WARM_CALLS && spent_ns >= WARM_ENOUGH_NS;
            if enough || spent_ns >= WARM_NS || round.calls.is_empty() {
                return Ok((typical_ns, calls));
            }
            // Not twice as long as it needs to be.
            let each_ns = round.elapsed_ns as usize / round.calls.len() + 1;
            let left = WARM_ENOUGH_NS.saturating_sub(spent_ns) as usize / each_ns + 1;
            let few = WARM_CALLS.saturating_sub(calls);
            next = (next * 2).min(left.max(few)).min(MOST_WARM);
        }
    }

    fn round(
        &mut self,
        meter: &mut Meter,
        units: usize,
        batch: usize,
        typical_ns: Option<f64>,
    ) -> Result<Round, Failure> {
        let ask = self.ask(units, batch, typical_ns);
        let mut round = self.driver().round(meter, ask);
        match round.failure.take() {
            Some(failure) => Err(failure),
            None => Ok(round),
        }
    }

    /// The round of a burst: made by all users of a case that several call.
    fn ask(&self, units: usize, batch: usize, typical_ns: Option<f64>) -> RoundAsk {
        let crowd = Crowd::of(&self.case.body, &self.plan);
        // A long call hardly feels it, and a burst of one would be two of them.
        let rewarm = match typical_ns {
            Some(ns) if ns < TOO_LONG_TO_FEEL_NS => (BRING_BACK_NS / ns).ceil() as usize,
            _ => 0,
        };
        let rewarm = rewarm.min(MOST_REWARM);
        RoundAsk {
            round: RoundSpec {
                calls: units,
                batch: if crowd.is_some() || self.tolerates_errors {
                    1
                } else {
                    batch
                },
                rewarm,
                ..RoundSpec::default()
            },
            typical_ns,
            threads: Threads::Others,
            crowd,
        }
    }

    fn driver(&mut self) -> &mut Driver {
        let (case, clock, tolerates) = (self.case, self.plan.clock, self.tolerates_errors);
        self.driver.get_or_insert_with(|| {
            let mut driver = Driver::new(case, clock);
            driver.tolerate_errors(tolerates);
            driver
        })
    }

    /// The judged times of a burst, nanoseconds an item.
    fn tell(&self, id: &str, round: &Round) {
        let items = self.plan.items as f64;
        let mut calls_ns = 0.0;
        for call in &round.calls {
            calls_ns += call.wall_ns;
        }
        // Of more than are told, evenly many from everywhere.
        let step = round.calls.len().div_ceil(MOST_UNITS).max(1);
        say(&|json| {
            json.text("t", "burst");
            json.text("id", id);
            json.number("calls_ns", calls_ns * round.batch as f64);
            json.whole("waiting_ns", round.waiting_ns);
            json.whole("queued_ns", self.queued_ns);
            let mut blocked = 0;
            for chunk in round.calls.chunks(step) {
                blocked += u64::from(chunk[0].disturbed == Disturbed::Blocked);
            }
            json.whole("blocked", blocked);
            json.list("ns", &|json| {
                for chunk in round.calls.chunks(step) {
                    let call = &chunk[0];
                    let hundredths = (call.judged_ns / items * 100.0).round() / 100.0;
                    json.element();
                    json.float(hundredths);
                }
            });
        });
    }

    /// When the calls of a profile ran.
    fn tell_profiled(&self, id: &str, profiled: &Profiled) {
        let start_ns = match profiled.timed.first() {
            Some((start_ns, _)) => *start_ns,
            None => 0,
        };
        say(&|json| {
            json.text("t", "profiled");
            json.text("id", id);
            json.maybe_whole("thread", profiled.thread);
            json.whole("start_ns", start_ns);
            json.whole("batch", profiled.batch as u64);
            json.whole("queued_ns", self.queued_ns);
            json.list("timed", &|json| {
                for (at_ns, ns) in &profiled.timed {
                    json.element();
                    json.raw(&format_args!("[{},{ns}]", at_ns - start_ns));
                }
            });
            json.maybe_object("worst", profiled.worst.as_ref(), &|json, worst| {
                let counters = worst.counters;
                json.whole("index", worst.index as u64);
                json.whole("ns", worst.ns);
                for (name, count) in &[
                    ("cpu_ns", counters.cpu_ns),
                    ("waited_ns", counters.waited_ns),
                    ("page_faults", worst.page_faults),
                    ("voluntary_switches", counters.voluntary),
                    ("involuntary_switches", counters.involuntary),
                ] {
                    json.maybe_whole(name, *count);
                }
            });
        });
    }

    /// The memory of a call; not the breakdown of its spans, because recording
    /// those would stay switched on.
    fn count(&mut self) -> Result<Result<Memory, Unmeasured>, Failure> {
        let nothing = Budget {
            limits: Vec::new(),
            message: None,
        };
        let purpose = Purpose {
            alone: true,
            confirms: true,
            callgrind: false,
        };
        let (case, mut plan) = (self.case, self.plan.clone());
        // Several processes of either build count each case.
        plan.counting_ns = plan.counting_ns.min(MOST_COUNTED_OF_NS);
        let mut counter = Counter::new(purpose, &[]);
        let figures = counter.count(Counted {
            case,
            plan: &plan,
            budget: &nothing,
            driver: self.driver(),
        })?;
        Ok(figures.memory)
    }
}

fn failed(id: &str, failure: &Failure) {
    say(&|json| {
        json.text("t", "failed");
        json.text("id", id);
        record::failure(json, failure);
    });
}

#[cfg(feature = "load")]
#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::subject::{Body, Load, Subject, Tasks, Turns};

    /// Users of nothing: which of them there are is all that is asked.
    struct Nothing;

    impl Load for Nothing {
        fn user(&self) -> Box<dyn Subject + '_> {
            crate::private::calls(|| (), |()| (), |()| None)
        }
    }

    impl Tasks for Nothing {
        fn user(&self) -> Box<dyn Subject + '_> {
            crate::private::calls(|| (), |()| (), |()| None)
        }

        fn run(&self, _users: usize, _turns: &std::sync::Arc<dyn Turns>) {}

        fn threads(&self) -> Option<usize> {
            None
        }
    }

    static CALLS: Case = Case::fixture(Body::Calls(|| {
        crate::private::calls(|| (), |()| (), |()| None)
    }));
    static LOAD: Case = Case::fixture(Body::Load(|| Box::new(Nothing)));
    static TASKS: Case = Case::fixture(Body::Tasks(|| Box::new(Nothing)));

    #[test]
    fn a_burst_is_made_by_all_users_be_they_threads_or_tasks() {
        let asked = |case: &'static Case| {
            let mut plan = crate::verdict::messages::fixtures::plan();
            (plan.threads, plan.rate) = (4, Some(500_000));
            let player = Player {
                case,
                plan,
                tolerates_errors: false,
                driver: None,
                queued_ns: 0,
                memory: None,
            };
            let ask = player.ask(64, 8, Some(100.0));
            (ask.crowd, ask.round.batch)
        };
        let users = Some(Crowd {
            users: 4,
            rate: Some(500_000),
        });
        assert_eq!(asked(&CALLS), (None, 8));
        assert_eq!(asked(&LOAD), (users, 1));
        assert_eq!(asked(&TASKS), (users, 1));
    }
}
