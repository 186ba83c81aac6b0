//! How often limits that unchanged code holds with room were called broken.

use perf_statistics::at_most;
use serde::Serialize;

use super::Moved;

/// Verdicts on unchanged code, and how many of them were wrong.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub(crate) struct Alarms {
    /// Runs that were judged again.
    pub(crate) runs: usize,
    /// Each limit was its own quiet figure times this.
    pub(crate) factor: f64,
    /// Verdicts on limits of time.
    pub(crate) verdicts: u64,
    /// Called broken, of which the run before a confirmation is one more.
    pub(crate) broken: u64,
    pub(crate) undecided: u64,
    /// The limits that were called broken.
    #[serde(skip)]
    pub(crate) names: Vec<Moved>,
}

impl Alarms {
    /// The highest share of false alarms that is left possible at 95 %.
    pub(crate) fn at_most(&self) -> f64 {
        at_most(self.broken, self.verdicts)
    }
}
