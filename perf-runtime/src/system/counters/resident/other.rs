//! Systems on which resident memory is not read.

use perf_grammar::Metric;

use super::Resident;
use crate::model::sample::Used;
use crate::model::unmeasured::Cause;

/// There is no peak to reset.
pub(crate) fn reset() -> bool {
    false
}

/// Nothing is counted.
pub(crate) fn used() -> Used {
    [None; Metric::USED.len()]
}

/// Nothing is read.
///
/// # Errors
/// Always; the text says why.
pub(crate) fn read() -> Result<Resident, Cause> {
    Err(Cause::no_resident_here())
}
