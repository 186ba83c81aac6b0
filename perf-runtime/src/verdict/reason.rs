//! Why a limit is undecided or unmeasured: a code for programs, and words for people.

use std::fmt;

use crate::judge::Undecided;
use crate::model::unmeasured::Unmeasured;

/// Why a limit is neither kept nor broken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Reason {
    /// Its mode is off.
    Off,
    /// It was found broken, and a separate process has to find that again.
    NotConfirmedYet,
    /// What the test of a time limit came to.
    Undecided(Undecided),
    /// A single call is too short for the clock.
    OutOfReach,
    /// There is a value, from which neither follows.
    Open(Open),
    /// There is no value.
    NoValue(Unmeasured),
}

/// Why a value that no test judges allows no verdict.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Open {
    /// The heap gains less with each call.
    FillsUp,
    /// Too few calls show how the heap goes.
    TooFewForTrend,
    /// The system gives an upper bound, which is above the limit.
    UpperBound,
    /// It grows a little faster than its class.
    NearClass,
    /// Some calls keep the limit and some break it.
    CallsDiffer,
}

impl Open {
    /// What to do about it.
    pub(crate) const fn help(self) -> Option<&'static str> {
        Some(match self {
            Open::FillsUp => "give it more `max_time`, or fill it in `setup`",
            Open::TooFewForTrend => "give it more `max_time`",
            Open::UpperBound => return None,
            Open::NearClass => "spread `args` wider, or declare the next class",
            Open::CallsDiffer => "raise the limit, or make the calls alike",
        })
    }
}

impl fmt::Display for Open {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Open::FillsUp => "it gains less with each call, as a cache does that fills up",
            Open::TooFewForTrend => "too few calls to tell a leak from a cache that fills up",
            Open::UpperBound => {
                "the program may have held less: this system's figure is at least what the process held that started it"
            }
            Open::NearClass => {
                "it grows a little faster, as code does whose inputs no longer fit the caches"
            }
            Open::CallsDiffer => {
                "some calls kept it and some did not, and what is counted may differ from call to call"
            }
        })
    }
}

impl Reason {
    /// The `kind` of records.
    pub(crate) const fn code(&self) -> &'static str {
        match self {
            Reason::Off => "off",
            Reason::NotConfirmedYet => "not_confirmed_yet",
            Reason::OutOfReach => "out_of_reach",
            Reason::Open(_) | Reason::Undecided(Undecided::Boundary) => "boundary",
            Reason::NoValue(_) => "no_value",
            Reason::Undecided(Undecided::TooFewCalls) => "too_few_calls",
            Reason::Undecided(Undecided::Deadline { .. }) => "deadline",
            Reason::Undecided(Undecided::NotReproduced) => "not_reproduced",
            Reason::Undecided(Undecided::Contaminated) => "contaminated",
            Reason::Undecided(Undecided::SingleRound) => "single_round",
            Reason::Undecided(Undecided::Failed) => "failed",
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Reason::OutOfReach => "out of reach of the clock",
            Reason::NotConfirmedYet => "not confirmed yet",
            Reason::Open(why) => return why.fmt(f),
            Reason::NoValue(why) => return why.fmt(f),
            Reason::Undecided(Undecided::TooFewCalls) => "too few calls",
            Reason::Undecided(Undecided::NotReproduced) => "not reproduced",
            Reason::Undecided(Undecided::SingleRound) => "single round",
            Reason::Off | Reason::Undecided(_) => self.code(),
        })
    }
}
