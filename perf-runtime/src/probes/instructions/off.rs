//! Stands in for counted instructions where the Cargo feature `instructions` is off:
//! says so of each case.

use std::time::Duration;

use perf_grammar::Feature;

use crate::collections::names::Names;
use crate::model::case::Case;
use crate::model::problem::{Mistakes, Problem};
use crate::model::sample::Instructions;
use crate::model::unmeasured::{Cause, Unmeasured};
use crate::system::worker_env::WorkerEnv;

pub(crate) type Counted = Names<Result<Instructions, Unmeasured>>;

fn missing() -> Unmeasured {
    Cause::without(Feature::Instructions, "`instructions` needs").into()
}

pub(crate) fn on_hardware(cases: &[&'static Case]) -> Counted {
    let mut counted = Counted::new();
    for case in cases {
        counted.insert(case.id(), Err(missing()));
    }
    counted
}

pub(crate) fn under_callgrind(cases: &[&'static Case]) -> Counted {
    on_hardware(cases)
}

pub(crate) const LONGEST_DUMP: Duration = Duration::ZERO;

/// # Errors
/// Always: it needs the feature.
pub(crate) fn dumped(_: &'static Case) -> Result<String, Unmeasured> {
    Err(missing())
}

pub(crate) fn longest(_: usize) -> Duration {
    Duration::ZERO
}

/// # Errors
/// Always: nothing here asks for it.
pub(crate) fn serve(_: &WorkerEnv) -> Result<(), Mistakes> {
    Err(Problem::without(Feature::Instructions, "instructions").into())
}
