//! Systems on which resident memory is not read.

use perf_grammar::Metric;

use super::Resident;
use crate::model::sample::Used;

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
pub(crate) fn read() -> Result<Resident, String> {
    Err("resident memory is read on Linux, Windows and Apple's systems only".to_owned())
}
