//! A limit that is broken: by how much, how sure that is, and who decides.

use perf_grammar::{Direction, Metric, Source as From, Unit};

use super::Timed;
use super::holds::beyond_reach;
use super::numbers::{
    A_FACTOR, chance, counted, noun, number, observations, percent, place, quantiles, shown,
    source, spread, times,
};
use crate::judge::evidence::Evidence;
use crate::judge::{Claim, Observations};
use crate::model::case::Build;
use crate::model::figure::{PerCall, PerItem};
use crate::model::plan::{Layer, Limit, Waiver};

/// `p99 12.4 ms is over its budget of 10 ms by 24 %`.
pub(crate) fn broken(limit: &Limit, measured: PerItem) -> String {
    broken_in("is", limit, measured)
}

/// The same of the first of two measurements, told after the second.
pub(super) fn was_broken(limit: &Limit, measured: PerItem) -> String {
    broken_in("was", limit, measured)
}

fn broken_in(is: &str, limit: &Limit, PerItem(measured): PerItem) -> String {
    let (metric, PerItem(of)) = (limit.metric, limit.bound());
    if matches!(metric, Metric::DenyAlloc) {
        return format!(
            "one call made {}, and `deny_alloc` allows none",
            counted(measured as u64, "allocation")
        );
    }
    if matches!(metric, Metric::Complexity) {
        return format!(
            "it grows like {}, faster than its budget of {}",
            shown(metric, measured),
            number(limit)
        );
    }
    let name = limit.name();
    let start = format!("{name} {}", shown(metric, measured));
    let budget = format!("its {} of {}", noun(limit), number(limit));
    let (over, factor) = match metric.direction() {
        Direction::AtMost => ("over", measured / of),
        Direction::AtLeast => ("under", of / measured),
    };
    let by = match (metric.direction(), factor) {
        // The tests may find a limit broken where the sample's own figure is
        // at it: then the figure is no argument, and is left to the details.
        (_, factor) if factor <= 1.0 => return format!("{name} {is} {over} {budget}"),
        (Direction::AtLeast, factor) if factor.is_nan() => {
            return format!("{name} {is} {over} {budget}");
        }
        (Direction::AtMost, _) if metric.unit() == Unit::Count => {
            perf_grammar::format_count(measured - of)
        }
        (_, factor) if !factor.is_finite() => return format!("{start} {is} {over} {budget}"),
        (Direction::AtMost, factor) if factor >= A_FACTOR => {
            return format!("{start} {is} {} times {budget}", times(factor));
        }
        (Direction::AtLeast, factor) if factor >= A_FACTOR => {
            format!("a factor of {}", times(factor))
        }
        (Direction::AtMost, factor) => percent(factor - 1.0),
        (Direction::AtLeast, _) => percent(1.0 - measured / of),
    };
    format!("{start} {is} {over} {budget} by {by}")
}

/// How sure a breach is, where its limit stands, and the calls around it.
pub(crate) fn how_broken(timed: &Timed<'_>) -> Vec<String> {
    let (limit, evidence) = (timed.limit, timed.evidence);
    let metric = limit.metric;
    let made = observations(metric, evidence.calls);
    let wrong = chance(timed.plan.false_fail);
    let sure = match Claim::of(metric) {
        (Claim::Maximum, Observations::Calls) => format!(
            "{} of {made} were above it, in more than one round; a single call says nothing about how often",
            perf_grammar::format_count(evidence.above as f64)
        ),
        (Claim::Minimum, _) => format!(
            "{} of {made} were above it ({wrong})",
            perf_grammar::format_count(evidence.above as f64)
        ),
        (_, Observations::FirstCalls) => {
            let least = timed.shown(evidence.lower.unwrap_or(PerCall(0.0)));
            format!("at least {least} ({wrong}), the median of {made}, each in a separate process")
        }
        (Claim::Median, _) => format!("the median of {made} ({wrong})"),
        _ => match evidence.lower {
            Some(least) => format!("at least {} ({wrong}), from {made}", timed.shown(least)),
            None => format!(
                "from {made} in {} ({wrong})",
                counted(evidence.rounds, "round")
            ),
        },
    };
    let mut lines = vec![format!("{sure}; {}", source(limit))];
    lines.extend(spread(timed));
    lines.extend(quantiles(timed));
    lines.extend(beyond_reach(timed));
    lines
}

/// What the confirmation from scratch found.
pub(crate) fn again(limit: &Limit, items: u64, confirmation: &Evidence, broken: bool) -> String {
    let value = match confirmation.measured {
        Some(call) => {
            let PerItem(value) = call.per_item(limit.metric, items);
            format!("{} {}", limit.name(), shown(limit.metric, value))
        }
        None => "nothing was timed".to_owned(),
    };
    let found = if broken { "broken again" } else { "not broken" };
    format!(
        "measured again from scratch: {value} from {}, {found}",
        observations(limit.metric, confirmation.calls)
    )
}

/// A breach that only warns because a setting says so.
pub(crate) fn warns(limit: &Limit) -> String {
    let mode = &limit.mode_source;
    let by_default = matches!(mode.layer, Layer::BuiltIn | Layer::Defaults);
    if by_default && limit.metric.source() == From::System {
        return format!(
            "only a warning: `{}` is advisory, unless the case itself, its class or a `[budget]` says `mode = \"hard\"`",
            limit.name()
        );
    }
    match &mode.place {
        Some(_) => format!(
            "only a warning: mode is soft at {}",
            place(mode.place.as_deref())
        ),
        None => format!("only a warning: mode is soft by the {}", mode.layer.word()),
    }
}

/// A breach that only warns because the build is slow by nature.
pub(crate) fn unoptimised(build: Build) -> String {
    let seen = match build.opt_level {
        Some(level) => format!("opt-level = {level}"),
        None => "debug assertions are on".to_owned(),
    };
    format!(
        "only a warning: an unoptimised build ({seen}) says little about time; one with `opt-level` 1 or more enforces it, as `cargo test --release` is unless its profile says otherwise"
    )
}

/// What a time was measured with that a release usually lacks.
pub(crate) fn debug_assertions(build: Build) -> String {
    let level = build.opt_level.unwrap_or("unknown");
    format!(
        "built with debug assertions (opt-level = {level}), which take time that a release without them does not"
    )
}

/// A breach that is known.
pub(crate) fn waived(waiver: &Waiver) -> String {
    format!(
        "waived through {}: {} ({})",
        waiver.until,
        waiver.why(),
        place(Some(&waiver.place))
    )
}
