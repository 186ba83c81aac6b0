//! Stands in for allocation sites where the Cargo feature `alloc-sites` is off: a broken
//! budget on memory says how they are switched on.

use perf_grammar::{Feature, Metric, Source};

use crate::measure::driver::Driver;
use crate::model::case::Case;
use crate::model::sample::Memory;
use crate::report::alloc_sites::Allocations;
use crate::verdict::figures::Figures;
use crate::verdict::{Judgement, Verdict};

/// What to capture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Options {
    pub(crate) alone: bool,
    pub(crate) profile: bool,
}

pub(crate) fn sites(_: &mut Driver, _: &Memory, _: Metric) -> Option<Allocations> {
    None
}

pub(crate) fn blame(
    _: &Case,
    _: &mut Driver,
    _: &Figures,
    judgements: &mut [Judgement],
    _: Options,
) -> Option<Allocations> {
    let broken = judgements.iter_mut().find(|judgement| {
        matches!(judgement.verdict, Verdict::Fail | Verdict::Warn)
            && matches!(
                judgement.limit.metric.source(),
                Source::Allocator | Source::Trend
            )
    });
    if let Some(judgement) = broken {
        let off = Feature::AllocSites.off();
        judgement
            .details
            .push(format!("the list of the places that allocate needs {off}"));
    }
    None
}
