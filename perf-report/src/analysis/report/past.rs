//! What earlier runs measured of the cases of a report, in the form that charts need.

use std::collections::BTreeMap;

use crate::model::counts::Verdict;
use crate::model::scale::Kind;

/// Earlier runs, and the figures of each case over them.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Past {
    /// In order of time.
    pub(crate) runs: Vec<PastRun>,
    /// By case; one for each class of machines.
    pub(crate) series: BTreeMap<String, Vec<PastSeries>>,
}

/// One run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PastRun {
    /// `2026-11-20 13:05`.
    pub(crate) when: String,
    /// Its commit, or its name where that is not known.
    pub(crate) code: String,
}

/// The comparable runs of a case.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct PastSeries {
    /// The machine and the build in one line.
    pub(crate) place: String,
    /// Places in [`Past::runs`], ascending.
    pub(crate) runs: Vec<usize>,
    /// One a run.
    pub(crate) verdicts: Vec<Verdict>,
    pub(crate) figures: Vec<PastFigure>,
}

/// One figure over the runs of a series.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct PastFigure {
    pub(crate) metric: &'static str,
    pub(crate) kind: Kind,
    /// One a run.
    pub(crate) values: Vec<Option<f64>>,
    pub(crate) changes: Vec<Level>,
    /// What is said of changes, drift and regressions: sentences.
    pub(crate) said: Vec<String>,
}

/// A new level of a figure.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Level {
    /// The first run at it, by its place in the series.
    pub(crate) at: usize,
    pub(crate) before: f64,
    pub(crate) after: f64,
}

impl PastFigure {
    /// The last value over the first; `None` where there are no two.
    pub(crate) fn change(&self) -> Option<f64> {
        let mut values = self.values.iter().flatten();
        let first = *values.next()?;
        let last = *values.next_back()?;
        (first > 0.0).then(|| last / first)
    }
}
