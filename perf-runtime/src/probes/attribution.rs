//! Attributes a broken budget on memory to allocation sites, by capturing a further
//! call that is as heavy as the largest that was counted.

use perf_grammar::{Metric, Verdict};

use crate::measure::driver::Driver;
use crate::model::case::Case;
use crate::model::sample::{Memory, Scope};
use crate::report::alloc_sites::{self, Allocations, Home, Weight};
use crate::verdict::Judgement;
use crate::verdict::figures::Figures;

/// Places that a failure lists.
const LISTED: usize = 5;
/// Places that a record keeps of each order.
const KEPT: usize = 8;
/// Places that a profile keeps of each order: all that a person could look at.
const PROFILED: usize = 2_000;
/// Places that a comparison looks at, of each order.
const COMPARED: usize = 200;
/// Frames of the first allocation that are shown.
const FRAMES: usize = 12;

/// What to capture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Options {
    /// Nothing else can run in this process, so all of its threads are the
    /// call's.
    pub(crate) alone: bool,
    /// A profile of every case was asked for.
    pub(crate) profile: bool,
}

/// Captures a further call that is as heavy as the largest, by what the metric weighs.
pub(crate) fn sites(driver: &mut Driver, counted: &Memory, metric: Metric) -> Option<Allocations> {
    let weight = Weight::of(metric);
    driver
        .capture(counted.scope, counted, weight, COMPARED)
        .ok()?
}

/// Captures a further call where a budget on memory is broken, or a profile
/// was asked for, and names the places as the causes of the broken limits.
pub(crate) fn blame(
    case: &Case,
    driver: &mut Driver,
    figures: &Figures,
    judgements: &mut [Judgement],
    options: Options,
) -> Option<Allocations> {
    let broken = |judgement: &Judgement| {
        matches!(judgement.verdict, Verdict::Fail | Verdict::Warn)
            && Weight::of(judgement.limit.metric).is_some()
    };
    let counted = figures.memory.as_ref().ok()?;
    let first_broken = judgements.iter().find(|one| broken(one));
    if !options.profile && first_broken.is_none() {
        return None;
    }
    let weight = first_broken.and_then(|judgement| Weight::of(judgement.limit.metric));
    // Where other tests run beside, what their threads allocate is not asked
    // for: it would be attributed to this case.
    let scope = if options.alone {
        counted.scope
    } else {
        Scope::Thread
    };
    let most = if options.profile { PROFILED } else { KEPT };
    let allocations = driver.capture(scope, counted, weight, most).ok()??;
    let of_library = case.package.replace('-', "_");
    let of_target = case.module_path.split("::").next().unwrap_or_default();
    let home = Home {
        folder: case.manifest_dir,
        crates: &[&of_library, of_target],
    };
    for judgement in judgements.iter_mut().filter(|one| broken(one)) {
        let Some(weight) = Weight::of(judgement.limit.metric) else {
            continue;
        };
        if matches!(judgement.limit.metric, Metric::DenyAlloc)
            && let Some(first) = &allocations.first
        {
            judgement.details.push("the first allocation:".to_owned());
            let lines = alloc_sites::backtrace(first, home, FRAMES);
            judgement.details.extend(lines);
        }
        judgement.causes = alloc_sites::lines(&allocations, weight, home, LISTED);
        if scope != counted.scope {
            judgement.details.push(
                "of the calling thread only, because other tests run in this process; `cargo perf-budget` names those of all threads"
                    .to_owned(),
            );
        }
    }
    Some(allocations)
}
