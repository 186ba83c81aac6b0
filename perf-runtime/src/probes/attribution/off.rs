//! Stands in for allocation sites where the Cargo feature `alloc-sites` is off: a broken
//! budget on memory says how they are switched on.

use perf_grammar::{Feature, Metric, Source, Verdict};

use crate::measure::driver::Driver;
use crate::model::case::Case;
use crate::model::sample::Memory;
use crate::report::alloc_sites::Allocations;
use crate::verdict::Judgement;
use crate::verdict::figures::Figures;

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
    for judgement in judgements {
        let source = judgement.limit.metric.source();
        if matches!(judgement.verdict, Verdict::Fail | Verdict::Warn)
            && matches!(source, Source::Allocator | Source::Trend)
        {
            let off = Feature::AllocSites.off();
            let text = format!("the list of the places that allocate needs {off}");
            judgement.details.push(text);
            break;
        }
    }
    None
}
