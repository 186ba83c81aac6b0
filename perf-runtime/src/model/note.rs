//! What a reader should know beside the figures and the verdicts.

use std::fmt;

/// One of these, of a case or of a whole run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Note {
    /// No second call fitted into the time; the figures are those of the first.
    OnlyFirstCall,
    /// The first call was slow and later ones were not: it was cold.
    ColdFirstCall,
    /// The warm-up was ended because it had used half of the time.
    WarmupCut,
    /// Fewer calls were timed than asked for, because the time was up.
    FewerCalls {
        /// Calls that were asked for.
        asked: u64,
        /// Calls that were timed.
        made: u64,
    },
    /// Calls or limits were changed by mutations.
    Mutated,
    /// The lock file that keeps processes apart could not be locked: its path, and why.
    NotLocked(String, String),
    /// There is no file of the record: why.
    NotWritten(String),
    /// A case that asks for its own process, and shared one.
    NotIsolated(String),
    /// A budget file hides another one above it.
    HidesAnother {
        /// The one that judges.
        file: String,
        /// The one above it.
        hidden: String,
    },
    /// A key of the budget file has an old name.
    OldKey {
        /// `file:line:column`.
        place: String,
        /// What it is called there.
        word: String,
        /// What it is called now.
        name: &'static str,
    },
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Note::OnlyFirstCall => {
                f.write_str("only the first call was made: what it left of the time was too short for a second")
            }
            Note::ColdFirstCall => {
                f.write_str("the first call was cold: a later one took less than two thirds of its time, so it counts for nothing but a limit on `first`")
            }
            Note::WarmupCut => {
                f.write_str("the warm-up was ended when it had used half of `max_time`")
            }
            Note::FewerCalls { asked, made } => write!(
                f,
                "{made} of the {asked} calls that `samples` asks for were timed: `max_time` was up"
            ),
            Note::Mutated => {
                f.write_str("calls or limits were changed by `prove`: this says nothing of the code")
            }
            Note::NotLocked(file, why) => write!(
                f,
                "other processes may measure at the same time: {file} could not be locked: {why}"
            ),
            Note::NotWritten(why) => write!(f, "the record was not written: {why}"),
            Note::NotIsolated(id) => write!(
                f,
                "{id} has `isolate` and was measured in one process with others: this system or PERF_IN_PROCESS=1 starts no further one; cargo nextest run does"
            ),
            Note::HidesAnother { file, hidden } => write!(
                f,
                "{file} judges, the nearest to its package, and {hidden} above it does not: its rules do not add up with those of the other"
            ),
            Note::OldKey { place, word, name } => write!(
                f,
                "{place}: `{word}` is called `{name}` now; the old name will not be read by a later version"
            ),
        }
    }
}
