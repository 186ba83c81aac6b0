//! The cases that one function makes with its arguments: who belongs together, and what they show together.

use perf_grammar::{Metric, Quantile};

use crate::collections::{cut_last, owned, parsed, replaced};
use crate::engine::CaseOutcome;
use crate::judge::complexity::{self, Growth, Point};
use crate::model::case::Case;
use crate::model::plan::Limit;
use crate::model::subject::Body;
use crate::model::unmeasured::{Cause, Unmeasured};
use crate::verdict::figures::{Figures, Observed};
use crate::verdict::{Open, messages};

/// What is left of a single call's time that is shorter, when the cost of the clock is
/// taken off, is mostly the error of that cost.
const SHORTEST_CALL_NS: f64 = 100.0;

/// The family of a case, and its place in it; `None` for a case without a family.
pub(crate) fn of(case: &Case) -> Option<(String, usize)> {
    let Body::Member(_, at) = case.body else {
        return None;
    };
    let id = case.id();
    let (family, _) = cut_last(&id, '/')?;
    Some((owned(family), at))
}

/// Whether a case speaks for its family: the last of its arguments does.
pub(crate) fn speaks(case: &Case, all: &[&'static Case]) -> bool {
    let Some((family, at)) = of(case) else {
        return false;
    };
    for other in all {
        if let Some((of, place)) = of(other)
            && of == family
            && place > at
        {
            return false;
        }
    }
    true
}

/// The argument of a member, where it is a number.
fn argument(id: &str) -> Option<f64> {
    let (_, label) = cut_last(id, '/')?;
    parsed(&replaced(label, "_", ""))
}

/// What is known of a settled member.
///
/// # Errors
/// If its argument is no number.
pub(crate) fn point(
    id: &str,
    outcome: &CaseOutcome,
    figures: &Figures,
) -> Result<Point, Unmeasured> {
    let n =
        argument(id).ok_or_else(|| Cause::no_number(cut_last(id, '/').unwrap_or(("", id)).1))?;
    let memory = figures.memory.as_ref().ok();
    let instructions = figures
        .instructions
        .as_ref()
        .and_then(|found| found.as_ref().ok());
    Ok(Point {
        n,
        time_ns: outcome.summary.as_ref().map(|times| match times.batch {
            1 => times.quantile(Quantile::P50).unwrap_or(times.mean).0,
            _ => times.mean.0,
        }),
        shortest_ns: match outcome.summary.as_ref() {
            Some(times) if times.batch == 1 => SHORTEST_CALL_NS,
            _ => 0.0,
        },
        allocs: memory.map(|memory| memory.largest.allocs as f64),
        alloc_bytes: memory.map(|memory| memory.largest.alloc_bytes as f64),
        instructions: instructions.map(|found| found.count as f64),
    })
}

/// What the members show of a limit on their growth.
///
/// # Errors
/// Why they show nothing.
pub(crate) fn observed(limit: &Limit, points: &[Point]) -> Result<Observed, Unmeasured> {
    debug_assert!(limit.metric == Metric::Complexity);
    let class = limit.value as usize;
    let fits = complexity::judge(points, class)?;
    let (mut worst, mut value) = (Growth::Within, class);
    for fit in &fits {
        if fit.growth > worst {
            worst = fit.growth;
        }
        if fit.growth == Growth::Above {
            // The class that fits what grows fastest; never the limit's own.
            value = value.max(fit.best).max(class + 1);
        }
    }
    let details = messages::complexity_how(&fits);
    Ok(Observed {
        open: (worst == Growth::Near).then_some(Open::NearClass),
        fits,
        ..Observed::of(value as f64, details)
    })
}
