//! A run among others: its name, its time and the code that it measured.

use crate::model::commit::Commit;
use crate::model::date;

/// One run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Moment {
    pub(crate) run: String,
    pub(crate) unix_time: u64,
    pub(crate) commit: Option<Commit>,
}

impl Moment {
    /// The code that was measured, or the name of the run where that is not known.
    pub(crate) fn code(&self) -> String {
        match &self.commit {
            Some(commit) => commit.short(),
            None => format!("run {}", self.run),
        }
    }

    /// `1a2b3c4d5e (2026-11-20 13:05)`
    pub(crate) fn words(&self) -> String {
        format!("{} ({})", self.code(), date::minute(self.unix_time))
    }
}
