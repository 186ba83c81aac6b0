//! Makes the calls of one round, and reads clock and counters around them.

mod machine;
mod processor;
#[cfg(test)]
#[cfg_attr(
    not(feature = "load"),
    expect(dead_code, reason = "several threads take part where users do")
)]
pub(crate) mod script;
mod watch;

pub(crate) use self::machine::{Machine, System};
pub(crate) use self::processor::Watched;
pub(crate) use self::watch::TOO_LONG_TO_FEEL_NS;
use self::watch::Watch;
use crate::measure::adjust::{self, Overhead, Reading};
use crate::model::case::Clock;
use crate::model::sample::{Call, ChildUsage, Failure, Kind, Round, RoundSpec};
use crate::model::subject::{Runner, Subject};
use crate::system::counters::{self, Counters};

/// What one round is to be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct RoundPlan {
    pub(crate) round: RoundSpec,
    /// The time that is judged.
    pub(crate) clock: Clock,
    /// The typical time of one call, where it is known; until then the counters
    /// are read around every call.
    pub(crate) typical_ns: Option<f64>,
    /// Whose processor time may be a call's, where its clocks are read.
    pub(crate) threads: Threads,
    /// Whether an `Err` is an outcome to be counted, and not the end. A batch
    /// has one outcome: to be counted, calls are timed one by one.
    pub(crate) tolerates_errors: bool,
    /// Whether others call at the same time: then their taking the processor
    /// is part of what is measured, and no call is put off for it.
    pub(crate) crowded: bool,
}

impl RoundPlan {
    /// Whose time on processors is read, if any.
    pub(crate) fn processor(&self) -> Option<Threads> {
        self.round.processor.then_some(self.threads)
    }
}

/// Whose processor time may be a call's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Threads {
    /// That of every thread: nothing else runs in this process.
    All,
    /// That of the calling thread; what others use may be the call's or not.
    Others,
}

/// The measuring loop, with buffers that are kept from round to round.
#[derive(Debug)]
pub(crate) struct Meter<M = System> {
    machine: M,
    overhead: Overhead,
    readings: Vec<Reading>,
    programs: Vec<ChildUsage>,
}

/// Which counters are read around each call or batch.
#[derive(Clone, Copy, PartialEq)]
enum Around {
    All,
    Cpu,
    Nothing,
}

impl Meter {
    /// Measures what its own clocks cost, when the first of a process is made.
    pub(crate) fn new() -> Meter {
        Meter::on(System::start())
    }
}

impl<M: Machine> Meter<M> {
    /// By the clock and the counters of this machine.
    pub(crate) fn on(machine: M) -> Meter<M> {
        Meter {
            overhead: machine.overhead(),
            machine,
            readings: Vec::new(),
            programs: Vec::new(),
        }
    }

    /// What the programs used that the calls of the last round started.
    pub(crate) fn programs(&self) -> &[ChildUsage] {
        &self.programs
    }

    /// What an empty call reads, and with that the shortest call that a clock
    /// can time by itself.
    pub(crate) fn overhead(&self) -> Overhead {
        self.overhead
    }

    /// Makes one round of calls. It ends at the first `Err` that is not
    /// tolerated, whose text is the round's failure; a panic of the subject
    /// passes through, and leaves the meter fit for use.
    pub(crate) fn measure(&mut self, subject: &mut dyn Subject, plan: &RoundPlan) -> Round {
        let machine = self.machine.clone();
        let start_ns = machine.now_ns();
        let others_before = machine.others_cpu_ns();
        let batch = plan.round.batch.max(1);
        let mut around = around(plan, batch);
        // Nothing is allocated from here to the last call.
        self.readings.clear();
        self.programs.clear();
        self.readings.reserve(plan.round.calls);
        let gave_up = || machine.switches().0;
        let gave_up_before = gave_up();
        let mut error = rewarm(subject, plan.round.rewarm, plan.tolerates_errors);
        let mut tolerated = None;
        if around == Around::Nothing && gave_up() > gave_up_before {
            // Short calls that give the processor up may wait for one each time,
            // too shortly to be noticed by the clock.
            around = Around::All;
        }
        let waited_ns = || machine.turns().map(|turns| turns.waited_ns);
        let waited_before = waited_ns();
        let calling_ns = machine.now_ns();
        let mut watch = Watch::new(machine.clone(), plan, batch, around);
        let mut processor = plan.processor().map(Watched::new);
        for _ in 0..plan.round.calls {
            error = error.or_else(|| prepare(subject, batch, &mut watch, plan.tolerates_errors));
            if error.is_some() {
                break;
            }
            let one = one(subject, batch, around, processor.as_mut(), &mut watch);
            let mut reading = one.reading;
            self.programs.extend(one.programs);
            if plan.tolerates_errors {
                reading.failed = one.error.is_some();
                tolerated = tolerated.or(one.error);
            } else {
                error = one.error;
            }
            self.readings.push(reading);
        }
        let waited_ns = counters::increase(waited_before, waited_ns());
        let able_ns = (machine.now_ns() - calling_ns).saturating_sub(waited_ns.unwrap_or(0));

        let mut waiting_ns = 0.0;
        let mut calls: Vec<Call> = Vec::with_capacity(self.readings.len());
        // What the caller waited says nothing of the program that it started: the
        // two may wait for the same processor, and one of them have it.
        let clock = match (plan.clock, self.programs.is_empty()) {
            (Clock::Clean, false) => Clock::Wall,
            (clock, _) => clock,
        };
        for reading in &self.readings {
            let (call, waited_ns) = adjust::call(reading, &self.overhead, clock);
            waiting_ns += waited_ns;
            calls.push(call);
        }
        share(&mut calls, batch);
        let mut calls_ns = 0.0;
        for call in &calls {
            calls_ns += call.wall_ns;
        }
        let clean_ns = calls_ns * batch as f64;
        let processor = processor.and_then(|watched| {
            watched.total(calls.len() * batch, (clean_ns - waiting_ns).max(0.0))
        });
        Round {
            kind: Kind::Single,
            calls,
            batch: batch as u64,
            elapsed_ns: machine.now_ns() - start_ns,
            waiting_ns: waiting_ns as u64,
            waited_ns: 0,
            each_ns: (!self.readings.is_empty())
                .then(|| able_ns as f64 / (self.readings.len() * batch) as f64),
            others_ns: counters::increase(others_before, machine.others_cpu_ns()).unwrap_or(0),
            processor,
            ratio: None,
            spans: Vec::new(),
            watched: 0,
            failure: error.map(Failure::Error),
            error: tolerated,
            users: Vec::new(),
            span_ns: None,
        }
    }
}

/// Takes the place of a round for a `Bencher` to run: the function under test
/// says what its subject is, and the round is found here afterwards.
#[derive(Debug)]
pub(crate) struct RoundRunner<'meter, M = System> {
    meter: &'meter mut Meter<M>,
    plan: RoundPlan,
    /// The round; `None` until the function marked what is timed. Where it
    /// marks several parts, this is the first: that is a misuse, which the
    /// bencher counts.
    pub(crate) result: Option<Round>,
}

impl<'meter, M: Machine> RoundRunner<'meter, M> {
    pub(crate) fn new(meter: &'meter mut Meter<M>, plan: RoundPlan) -> RoundRunner<'meter, M> {
        RoundRunner {
            meter,
            plan,
            result: None,
        }
    }
}

impl<M: Machine> Runner for RoundRunner<'_, M> {
    fn run(&mut self, subject: &mut dyn Subject) {
        if self.result.is_none() {
            self.result = Some(self.meter.measure(subject, &self.plan));
        }
    }
}

/// Short calls are read around only where the processor's clock itself is
/// asked for.
fn around(plan: &RoundPlan, batch: usize) -> Around {
    let long = plan
        .typical_ns
        .is_none_or(|ns| ns * batch as f64 >= adjust::SHORTEST_COUNTED_NS);
    match plan.clock {
        _ if long => Around::All,
        Clock::Cpu => Around::Cpu,
        Clock::Clean | Clock::Wall => Around::Nothing,
    }
}

/// Calls that are not timed; the text of the first `Err`, unless it is
/// tolerated.
pub(crate) fn rewarm(
    subject: &mut dyn Subject,
    calls: usize,
    tolerates_errors: bool,
) -> Option<String> {
    for _ in 0..calls {
        subject.prepare(1);
        subject.call();
        let error = subject.finish();
        if error.is_some() && !tolerates_errors {
            return error;
        }
    }
    None
}

/// Prepares a call or batch that is timed next. Where the processor was taken away,
/// calls come first that are not timed; the text of the first `Err`, unless it is
/// tolerated.
fn prepare<M: Machine>(
    subject: &mut dyn Subject,
    batch: usize,
    watch: &mut Watch<M>,
    tolerates_errors: bool,
) -> Option<String> {
    let due = watch.calls_due();
    if let Some(error) = again(subject, due, watch, tolerates_errors) {
        return Some(error);
    }
    subject.prepare(batch);
    watch.begin();
    if !watch.is_cold() {
        return None;
    }
    // It was taken away while the input was made or the calls before were. That may
    // be so each time, so it is tried again once.
    if batch == 1 {
        subject.call();
    } else {
        subject.call_all();
    }
    let error = subject.finish().filter(|_| !tolerates_errors);
    let due = watch.calls_due();
    let error = error.or_else(|| again(subject, due, watch, tolerates_errors));
    if error.is_none() {
        subject.prepare(batch);
        watch.begin();
    }
    error
}

/// The same after the processor was taken away: this many calls, or as many as fit
/// into a multiple of their time where inputs and outputs take longer than they do.
fn again<M: Machine>(
    subject: &mut dyn Subject,
    calls: usize,
    watch: &Watch<M>,
    tolerates_errors: bool,
) -> Option<String> {
    let start_ns = watch.now_ns();
    for _ in 0..calls {
        if (watch.now_ns() - start_ns) as f64 >= watch::AGAIN_MOST_NS {
            break;
        }
        if let Some(error) = rewarm(subject, 1, tolerates_errors) {
            return Some(error);
        }
    }
    None
}

/// One call or batch, as it was read.
struct One {
    reading: Reading,
    /// What programs used that it started.
    programs: Option<ChildUsage>,
    error: Option<String>,
}

/// One call or batch that is prepared: counters, the time, counters, outputs.
fn one<M: Machine>(
    subject: &mut dyn Subject,
    batch: usize,
    around: Around,
    mut processor: Option<&mut Watched>,
    watch: &mut Watch<M>,
) -> One {
    let machine = &watch.machine;
    let before = match around {
        Around::All => machine.before(),
        Around::Cpu => Counters {
            cpu_ns: machine.cpu_ns(),
            ..Counters::default()
        },
        Around::Nothing => Counters::default(),
    };
    if let Some(watched) = &mut processor {
        watched.begin();
    }
    let wall_ns = if batch == 1 {
        machine.time_call(subject)
    } else {
        machine.time_batch(subject)
    };
    if let Some(watched) = &mut processor {
        watched.end();
    }
    let after = match around {
        Around::All => machine.after(),
        Around::Cpu => Counters {
            cpu_ns: machine.cpu_ns(),
            ..Counters::default()
        },
        Around::Nothing => Counters::default(),
    };
    let Counters {
        cpu_ns,
        voluntary,
        involuntary,
        waited_ns,
    } = after.since(&before);
    let mut reading = Reading {
        wall_ns,
        cpu_ns,
        voluntary,
        involuntary,
        waited_ns,
        ..Reading::default()
    };
    watch.end(&mut reading);
    let programs = subject.child();
    if let (Some(watched), Some(used)) = (processor, &programs) {
        watched.started(used);
    }
    One {
        reading,
        programs,
        error: subject.finish(),
    }
}

/// Makes times of one call out of times of batches.
fn share(calls: &mut [Call], batch: usize) {
    if batch > 1 {
        for call in calls {
            call.judged_ns /= batch as f64;
            call.wall_ns /= batch as f64;
        }
    }
}

#[cfg(test)]
mod tests;
