//! Every sentence about one limit: what was found, how sure it is, what to do.

mod broken;
mod holds;
mod numbers;
mod observed;
mod undecided;
mod unmeasured;

pub(crate) use broken::{again, broken, debug_assertions, how_broken, unoptimised, waived, warns};
pub(crate) use holds::{holds, how_it_holds};
pub(crate) use observed::{
    complexity_how, counted_how, growth_how, instructions_how, metered_how, never_seen,
    observed_at, observed_open, repeated, rss_how, traced_how, used,
};
pub(crate) use undecided::{open, what_would_decide};
pub(crate) use unmeasured::{not_judged, out_of_reach, unmeasured};

use crate::judge::evidence::Evidence;
use crate::judge::summary::Summary;
use crate::model::plan::{Limit, Plan};

/// A time limit and all that is known about it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Timed<'a> {
    /// The limit.
    pub(crate) limit: &'a Limit,
    /// How the case was run.
    pub(crate) plan: &'a Plan,
    /// What stands behind the verdict.
    pub(crate) evidence: &'a Evidence,
    /// All timed calls of the case.
    pub(crate) summary: Option<&'a Summary>,
    /// The share of the time in calls that was spent waiting for a processor.
    pub(crate) waiting: f64,
    /// Calls that were left out because the counters contradicted each other.
    pub(crate) dropped: u64,
}

#[cfg(test)]
pub(crate) mod fixtures;
#[cfg(test)]
mod open_tests;
#[cfg(test)]
mod tests;
