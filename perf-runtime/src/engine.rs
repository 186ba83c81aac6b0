//! The schedule of a suite of cases: rounds in, the next request out.
//!
//! A pure state machine. It is told the time, asks for one thing, and is given
//! what came of it; so every entry point of this crate uses the same one, and it is
//! tested without a clock.
//!
//! Each case is measured in a `trial`: its first call, a warm-up, a count of
//! its memory where asked for, then rounds until each limit is decided or has
//! had its calls or its time. `max_time` ends no case whose evidence points to a
//! broken limit: that goes on until it is proved, or points there no more, or the
//! deadline is reached. The cases take turns, in a fresh random order
//! each sweep, and rounds of one case lie at least 20 ms apart: a disturbance
//! that lasts then touches few rounds of each. Limits found broken wait until
//! all else is done and at least a second has passed, and must then be found
//! broken again in a second trial from scratch.

mod counts;
mod outcome;
mod pace;
mod time;
mod warmup;

mod entry;
mod suite;
mod trial;

use perf_grammar::Metric;

use crate::model::figure::PerCall;
use crate::model::plan::Plan;
use crate::model::sample::RoundSpec;

pub(crate) use self::outcome::{CaseOutcome, Decision, TimeJudgement};
pub(crate) use self::suite::{Progress, Suite};

/// A case of the suite.
#[derive(Clone, Debug)]
pub(crate) struct CaseSpec {
    /// How it is run.
    pub(crate) plan: Plan,
    /// Its time limits, at most one a metric.
    pub(crate) limits: Vec<TimeLimit>,
    /// Whether its memory must be counted.
    pub(crate) count_memory: bool,
    /// Whether short calls may be made in batches: a batch has one outcome, and
    /// one user.
    pub(crate) batches: bool,
    /// Whether its calls are slowed down on purpose: what proves that takes a number of
    /// rounds, and their length adds nothing to it.
    pub(crate) slowed: bool,
}

/// A limit that is judged by calls.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct TimeLimit {
    /// What is limited.
    pub(crate) metric: Metric,
    /// The spans it is about.
    pub(crate) of: Option<String>,
    /// The most it may be: nanoseconds, of a throughput too; a share in millionths, a
    /// factor in thousandths.
    pub(crate) limit: PerCall,
    /// Whether it is judged, or only measured; what is only measured never
    /// prolongs a case.
    pub(crate) judged: bool,
    /// Whether the trial goes on past `max_time` while its evidence points to broken.
    pub(crate) pursued: bool,
}

/// How a limit that was found broken is confirmed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Confirm {
    /// By a second trial at the end of this suite.
    InProcess,
    /// By another process: it stays [`Decision::Candidate`].
    Elsewhere,
    /// This suite is the confirmation: found broken, it is broken.
    IsConfirmation,
}

/// What is true of the whole suite.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct SuiteSpec {
    /// Judged time limits in the whole run, other processes included: the
    /// false-fail rate is divided among them.
    pub(crate) time_limits_in_run: u64,
    /// Where the order of turns comes from.
    pub(crate) seed: u64,
    /// What timing one call costs, nanoseconds.
    pub(crate) overhead_ns: f64,
    /// What reading the processor's clock around one call costs, nanoseconds.
    pub(crate) cpu_overhead_ns: f64,
    /// How a limit that was found broken is confirmed.
    pub(crate) confirm: Confirm,
    /// Whether this machine can take waiting for a processor off a call.
    pub(crate) clean_clock_available: bool,
    /// The deadline of a case is so much more than a multiple of its `max_time`,
    /// nanoseconds.
    pub(crate) grace_ns: u64,
}

/// What the engine asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Request {
    /// Make and time a few calls, then tell [`Suite::accept`].
    Round {
        /// The case, as an index into the suite.
        case: usize,
        /// What the round is for.
        purpose: Purpose,
        /// What it is to be.
        round: RoundSpec,
    },
    /// Count the memory of this case, then tell [`Suite::counted`].
    Count {
        /// The case.
        case: usize,
    },
    /// Nothing is due before this time.
    Wait {
        /// When to ask again.
        until_ns: u64,
    },
    /// This case is settled; said once for each, and nothing is to be told.
    Finished {
        /// The case.
        case: usize,
    },
    /// Every case is settled.
    Done,
}

/// What a round is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// The first call in a fresh state.
    First,
    /// Warming up, and finding out how long a call takes.
    Warmup,
    /// Evidence.
    Measure,
    /// Evidence for a confirmation.
    Confirm,
}

#[cfg(test)]
mod acceptance;
#[cfg(test)]
mod calibration;
#[cfg(test)]
mod cold;
#[cfg(test)]
mod dependence;
#[cfg(test)]
mod distributions;
#[cfg(test)]
mod limits;
#[cfg(test)]
mod machine;
#[cfg(test)]
mod schedule;
#[cfg(test)]
mod slow;
#[cfg(test)]
mod traces;
