//! Why a limit is undecided or unmeasured: a code for programs, and words for people.

use std::fmt;

use crate::judge::Undecided;

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
    Open(String),
    /// There is no value.
    NoValue(String),
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
            Reason::Open(why) | Reason::NoValue(why) => why,
            Reason::Undecided(Undecided::TooFewCalls) => "too few calls",
            Reason::Undecided(Undecided::NotReproduced) => "not reproduced",
            Reason::Undecided(Undecided::SingleRound) => "single round",
            Reason::Off | Reason::Undecided(_) => self.code(),
        })
    }
}
