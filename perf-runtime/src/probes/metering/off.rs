//! Stands in for meters where the Cargo feature `meters` is off: a budget that names one
//! is a mistake, and nothing is measured.

use crate::collections::names::Names;
use crate::measure::driver::Driver;
use crate::model::case::Case;
use crate::model::plan::Budget;
use crate::model::problem::{Mistakes, Problem};
use crate::model::sample::{Failure, Metered};
use crate::model::unmeasured::Unmeasured;
use crate::system::worker_env::WorkerEnv;

/// # Errors
/// Never.
#[expect(clippy::unnecessary_wraps, reason = "with the feature a call may fail")]
pub(crate) const fn of_case(
    _: &'static Case,
    _: &Budget,
    _: &mut Driver,
    _: bool,
) -> Result<Names<Result<Metered, Unmeasured>>, Failure> {
    Ok(Names::new())
}

/// # Errors
/// Always: nothing here asks for it.
pub(crate) fn serve(_: &WorkerEnv) -> Result<(), Mistakes> {
    Err(Problem::wrong_meter("no meter is linked", "").into())
}
