//! Makes the calls of one case: builds the subject, enters it, catches what it
//! throws, counts its memory.

mod against;
#[cfg(feature = "alloc-sites")]
mod capture;
mod count;
mod errors;
#[cfg(feature = "load")]
mod load;
mod profile;
mod programs;
mod trace;
#[cfg(feature = "tracing")]
mod watch;
#[cfg(not(feature = "tracing"))]
#[path = "driver/watch/off.rs"]
mod watch;

use perf_grammar::Metric;
use std::sync::Arc;

use crate::measure::meter::{Meter, RoundPlan, RoundRunner, Threads};
use crate::measure::mutation::{self, MutatedRunner, Mutation};
use crate::model::case::{Case, Clock};
use crate::model::misuse::Misuse;
use crate::model::plan::{Crowd, Plan};
use crate::model::sample::{
    Failure, Growth, Kind, LoadFigures, Memory, Program, Round, RoundSpec, Traced, caught,
};
use crate::model::subject::{Bencher, Body, Runner, Subject};
#[cfg(feature = "load")]
use crate::model::subject::{Load, Tasks};
use crate::system::alloc::Watch;
use crate::system::counters;

pub(crate) use self::against::Other;
use self::count::{CountRunner, GrowthRunner};
pub(crate) use self::count::{Repeats, WHILE_TOO_FEW, WarmUp};
use self::errors::Lenient;
pub(crate) use self::profile::Profiled;
use self::programs::Programs;
pub(crate) use self::trace::TraceOptions;
use self::trace::TraceRunner;
use self::watch::Watching;

/// One case and what was built of it so far.
pub(crate) struct Driver {
    case: &'static Case,
    clock: Clock,
    built: Built,
    /// Calls since the subject was built.
    made: u64,
    /// What `prove` adds to its calls.
    mutation: Option<&'static Mutation>,
    /// The case it is compared with.
    other: Option<Other>,
    /// What the programs used that its rounds started.
    programs: Programs,
    /// Each `Err` is counted; otherwise the first is the failure of the case.
    tolerates_errors: bool,
    /// Which spans have limits.
    watching: Watching,
    /// Whether all users went before the one in the last pair of rounds.
    #[cfg(feature = "load")]
    crowd_first: bool,
    /// What several users saw, where they called.
    load: Option<LoadFigures>,
}

/// What was made of a case: one of them, or none.
#[derive(Default)]
struct Built {
    subject: Option<Box<dyn Subject>>,
    /// What several users share; one alone calls it as well.
    #[cfg(feature = "load")]
    load: Option<Box<dyn Load>>,
    #[cfg(feature = "load")]
    tasks: Option<Box<dyn Tasks>>,
}

/// The round that is asked for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct RoundAsk {
    pub(crate) round: RoundSpec,
    /// The typical time of one call, where it is known.
    pub(crate) typical_ns: Option<f64>,
    /// Whose processor time may be a call's.
    pub(crate) threads: Threads,
    /// The users of a case that several call; `None` for one who calls alone.
    pub(crate) crowd: Option<Crowd>,
}

impl Driver {
    pub(crate) fn new(case: &'static Case, clock: Clock) -> Driver {
        Driver {
            mutation: mutation::of(case),
            ..Driver::without_mutation(case, clock)
        }
    }

    /// One whose calls are as the code has them: what another case is compared with.
    fn without_mutation(case: &'static Case, clock: Clock) -> Driver {
        let mut tolerates_errors = false;
        for limit in case.limits {
            tolerates_errors |= limit.metric == Metric::Errors;
        }
        Driver {
            case,
            clock,
            built: Built::default(),
            made: 0,
            mutation: None,
            other: None,
            programs: Programs::default(),
            tolerates_errors,
            watching: Watching::default(),
            #[cfg(feature = "load")]
            crowd_first: false,
            load: None,
        }
    }

    /// Whether `prove` makes its calls slower.
    pub(crate) fn is_slowed(&self) -> bool {
        self.mutation.is_some_and(Mutation::is_slow)
    }

    /// Takes from the time of a case what proves nothing of its mutation.
    pub(crate) fn shorten(&self, plan: &mut Plan) {
        if let Some(mutation) = self.mutation {
            mutation.shorten(plan);
        }
    }

    /// Names the case that this one is compared with.
    pub(crate) fn compare_with(&mut self, other: Other) {
        self.other = Some(other);
    }

    /// Makes the calls of one round, whatever its kind.
    pub(crate) fn round_of_kind(&mut self, meter: &mut Meter, ask: RoundAsk) -> Round {
        let before = counters::waited_ns();
        let mut round = match ask.round.kind {
            Kind::Single | Kind::Batched | Kind::Cold => self.round(meter, ask),
            Kind::AgainstOther => self.against_other(meter, ask),
            #[cfg(feature = "load")]
            Kind::AgainstAlone => self.beside_one_user(ask),
            #[cfg(not(feature = "load"))]
            Kind::AgainstAlone => Round::default(),
            Kind::Watched => self.spans_of_a_round(ask),
        };
        round.kind = ask.round.kind;
        let waited_ns = counters::increase(before, counters::waited_ns()).unwrap_or(0);
        let users = ask.crowd.map_or(1, |crowd| crowd.users.max(1) as u64);
        round.waited_ns = waited_ns
            .max(round.waiting_ns / users)
            .min(round.elapsed_ns);
        round
    }

    /// What the users saw in all rounds of evidence so far; `None` where no
    /// crowd called.
    pub(crate) fn load(&self) -> Option<&LoadFigures> {
        self.load.as_ref()
    }

    /// What the programs used that the rounds started; `None` where the
    /// function is called in this process, or no round was made.
    pub(crate) fn program(&self) -> Option<Program> {
        self.programs.medians()
    }

    /// Says whether each `Err` is counted, where other layers than the
    /// attribute decide it; otherwise the first is the failure of the case.
    pub(crate) fn tolerate_errors(&mut self, tolerates: bool) {
        self.tolerates_errors = tolerates;
    }

    /// Makes and times the calls of one round. Where the function fails, the
    /// round says so and holds no calls to judge.
    pub(crate) fn round(&mut self, meter: &mut Meter, ask: RoundAsk) -> Round {
        if ask.round.fresh {
            self.release();
        }
        let plan = self.plan(&ask);
        #[cfg(feature = "load")]
        if let Some(crowd) = ask.crowd.filter(|_| self.case.body.is_of_users()) {
            return self.evidence_of(crowd, &plan);
        }
        self.made += (ask.round.calls * ask.round.batch + ask.round.rewarm) as u64;
        let mut runner = RoundRunner::new(meter, plan);
        let entered = self.enter_with(&mut runner);
        let result = runner.result;
        if result.is_some() {
            self.programs.take(meter.programs());
        }
        let mut round = result.unwrap_or_default();
        if let Err(failure) = entered {
            round.failure.get_or_insert(failure);
        }
        round
    }

    /// Counts the memory of calls, one by one, once they are warm; `None` where another
    /// thread allocated during one.
    ///
    /// # Errors
    /// If the function panics, or returns an `Err`.
    pub(crate) fn count(
        &mut self,
        watch: Watch,
        repeats: Repeats,
    ) -> Result<Option<Memory>, Failure> {
        let mut runner = CountRunner::new(watch, self.warm_up(), repeats);
        let entered = self.enter_to_count(&mut runner);
        self.made += runner.made();
        entered?;
        runner.found()
    }

    /// The calls that make it warm, beyond those that were made; those that were slowed
    /// down were few.
    fn warm_up(&self) -> WarmUp {
        let made = if self.is_slowed() { 0 } else { self.made };
        WarmUp::after(made, matches!(self.case.body, Body::Bencher(_)))
    }

    /// Counts how the live heap goes while the function is called again and
    /// again, for `cap_ns` or until the limit holds beyond doubt; `None` where another
    /// thread allocated meanwhile.
    ///
    /// # Errors
    /// If the function panics, or returns an `Err`.
    pub(crate) fn grow(
        &mut self,
        watch: Watch,
        limit_bytes: u64,
        cap_ns: u64,
    ) -> Result<Option<Growth>, Failure> {
        let mut runner = GrowthRunner::new(watch, self.made, limit_bytes, cap_ns);
        self.enter_to_count(&mut runner)?;
        self.made += runner.calls();
        runner.found()
    }

    /// Records what single calls do: counters, events, spans. Nothing else may
    /// run in this process, because recording covers all of it.
    ///
    /// # Errors
    /// If the function panics, or returns an `Err`.
    pub(crate) fn traced(&mut self, options: &TraceOptions) -> Result<Arc<Traced>, Failure> {
        let mut runner = TraceRunner::new(options, self.warm_up());
        self.enter_to_count(&mut runner)?;
        self.made += runner.made();
        runner.found()
    }

    /// Hands the subject, built where it is missing, to a runner that counts
    /// something else than errors.
    ///
    /// # Errors
    /// If the function panics, or has a shape that cannot be measured.
    pub(crate) fn enter(&mut self, runner: &mut dyn Runner) -> Result<(), Failure> {
        let mut lenient = Lenient(runner);
        let runner = match self.tolerates_errors {
            true => &mut lenient as &mut dyn Runner,
            false => lenient.0,
        };
        self.enter_with(runner)
    }

    /// The same for what takes no time: calls that are counted need not be slow.
    fn enter_to_count(&mut self, runner: &mut dyn Runner) -> Result<(), Failure> {
        let mutation = self.mutation;
        if mutation.is_some_and(Mutation::is_time) {
            self.mutation = None;
        }
        let entered = self.enter(runner);
        self.mutation = mutation;
        entered
    }

    /// Hands the subject with its mutation, if it has one, to a runner.
    fn enter_with(&mut self, runner: &mut dyn Runner) -> Result<(), Failure> {
        match self.mutation {
            Some(mutation) if mutation.is_of_one() => {
                let mut runner = MutatedRunner { mutation, runner };
                enter(self.case, &mut self.built, &mut runner)
            }
            _ => enter(self.case, &mut self.built, runner),
        }
    }

    /// Drops what was built, so that the memory of a settled case is free
    /// while others are measured.
    pub(crate) fn release(&mut self) {
        self.made = 0;
        if let Some(other) = &mut self.other {
            other.release();
        }
        release(&mut self.built);
    }

    fn plan(&self, ask: &RoundAsk) -> RoundPlan {
        RoundPlan {
            round: ask.round,
            clock: self.clock,
            typical_ns: ask.typical_ns,
            threads: ask.threads,
            tolerates_errors: self.tolerates_errors,
            crowded: ask.crowd.is_some(),
        }
    }
}

/// Enters the function once, with what it throws turned into a failure.
fn enter(case: &Case, built: &mut Built, runner: &mut dyn Runner) -> Result<(), Failure> {
    let entered = caught(|| match case.body {
        Body::Calls(make) => {
            runner.run(built.subject.get_or_insert_with(make).as_mut());
            Ok(())
        }
        Body::Member(family, at) => {
            let subject = built.subject.get_or_insert_with(|| (family.make)(at));
            runner.run(subject.as_mut());
            Ok(())
        }
        #[cfg(feature = "load")]
        Body::Load(make) => {
            let load = built.load.get_or_insert_with(make);
            runner.run(load.user().as_mut());
            Ok(())
        }
        #[cfg(feature = "load")]
        Body::Tasks(make) => {
            let tasks = built.tasks.get_or_insert_with(make);
            runner.run(tasks.user().as_mut());
            Ok(())
        }
        Body::Bencher(function) => enter_bencher(function, runner),
        Body::Family(_) => Err(Failure::Misuse(Misuse::not_here())),
    });
    entered.unwrap_or_else(|failure| {
        // What a panic left half done must not be called again.
        release(built);
        Err(failure)
    })
}

/// Drops what was built; a panic in the drop of the user's state must not end
/// the other cases.
fn release(built: &mut Built) {
    let built = std::mem::take(built);
    let _ = caught(|| drop(built));
}

fn enter_bencher(
    function: fn(&mut Bencher<'_>) -> Option<String>,
    runner: &mut dyn Runner,
) -> Result<(), Failure> {
    let mut bencher = Bencher::new(runner);
    let error = function(&mut bencher);
    match (error, bencher.used()) {
        (Some(error), _) => Err(Failure::Error(error)),
        (None, 1) => Ok(()),
        (None, 0) => Err(Failure::Misuse(Misuse::not_marked())),
        (None, times) => Err(Failure::Misuse(Misuse::marked_often(&format!("{times}")))),
    }
}
