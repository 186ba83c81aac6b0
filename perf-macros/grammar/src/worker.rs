//! What a test binary does that another process starts: words of the worker protocol and
//! of its records.

use crate::list::of_word;

/// What is wanted of a worker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Task {
    /// Say which cases there are.
    List,
    /// Measure them, a sweep at a time.
    Measure,
    /// Judge candidates again, from scratch.
    Confirm,
    /// Make bursts of calls, in turns with another build or for a profile.
    Bursts,
    /// Count the memory of one case, alone in a separate process.
    Count,
    /// Count the instructions of cases, in a process that nothing else uses.
    Instructions,
    /// See how much memory one case makes resident, alone in a process.
    Resident,
    /// Read meters around calls of one case, alone in a process.
    Meters,
    /// Record the counters, events and spans of one case, alone in a process.
    Trace,
    /// Make the first call of one case, which is all that the process does.
    First,
    /// Measure for the process that started this one, and say how each case ended.
    Session,
}

impl Task {
    /// All.
    pub const ALL: [Task; 11] = [
        Task::List,
        Task::Measure,
        Task::Confirm,
        Task::Bursts,
        Task::Count,
        Task::Instructions,
        Task::Resident,
        Task::Meters,
        Task::Trace,
        Task::First,
        Task::Session,
    ];

    /// Whether a command line asks for it, and not a test binary.
    #[must_use]
    pub const fn is_of_the_command_line(self) -> bool {
        matches!(
            self,
            Task::List | Task::Measure | Task::Confirm | Task::Bursts
        )
    }

    /// The value of [`WORKER_TASK`](crate::variable::WORKER_TASK).
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Task::List => "list",
            Task::Measure => "measure",
            Task::Confirm => "confirm",
            Task::Bursts => "bursts",
            Task::Count => "count",
            Task::Instructions => "instructions",
            Task::Resident => "resident",
            Task::Meters => "meters",
            Task::Trace => "trace",
            Task::First => "first",
            Task::Session => "session",
        }
    }

    /// The task of a word; `None` where it is none.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Task> {
        of_word(&Task::ALL, Task::word, word)
    }
}

/// Which part of a run a record is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// All of it: every verdict is final.
    Whole,
    /// The first part: a candidate is to be confirmed in a fresh process.
    First,
    /// The confirmation of a candidate, in a file beside the first.
    Confirm,
}

impl Phase {
    /// All.
    pub const ALL: [Phase; 3] = [Phase::Whole, Phase::First, Phase::Confirm];

    /// The word of records.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Phase::Whole => "whole",
            Phase::First => "first",
            Phase::Confirm => "confirm",
        }
    }
}
