//! Slow calls against typical ones, and what is known of the slowest.

use perf_grammar::{format_count, format_duration};

use crate::analysis::statistics::quantile::upper_quantile;
use crate::model::profile::{Profile, Worst};
use crate::model::words::amount;

/// Fewer calls have no tail to speak of.
const FEW: usize = 20;
/// The share of calls that are slow, where not the limit says which are.
const SLOWEST: f64 = 0.05;
/// A limit that more calls than this are above separates no tail.
const MANY: f64 = 0.25;
/// Slow calls take this many times as long as the median, or they are no tail.
const LONGER: f64 = 1.25;

/// The calls of a profile, sorted into slow and typical ones.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Tail {
    /// By the place of the call.
    pub(crate) sorts: Vec<Sort>,
    /// How many are slow, and how long they take on average, nanoseconds.
    pub(crate) slow: (usize, f64),
    pub(crate) typical: (usize, f64),
    /// Whether they are slow because they are above the limit.
    pub(crate) is_above: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sort {
    Slow,
    /// Between the quartiles.
    Typical,
    Other,
}

impl Tail {
    /// Of calls that were timed one by one; `limit` is what none should exceed,
    /// nanoseconds. `None` where slow calls differ little from typical ones.
    pub(crate) fn of(profile: &Profile, limit: Option<f64>) -> Option<Tail> {
        // Without counts of the slowest a stretch is no call, see the format.
        if profile.calls.batch > 1 || profile.calls.worst.is_none() {
            return None;
        }
        let times: Vec<u64> = profile.calls.timed.iter().map(|[_, ns]| *ns).collect();
        if times.len() < FEW {
            return None;
        }
        let mut sorted = times.clone();
        sorted.sort_unstable();
        let quantile = |share: f64| upper_quantile(&sorted, share);
        let above = |limit: f64| times.iter().filter(|ns| **ns as f64 > limit).count();
        if limit.is_some_and(|limit| above(limit) as f64 > MANY * times.len() as f64) {
            return None;
        }
        let limit = limit.filter(|limit| above(*limit) > 0);
        let slow_from = limit.unwrap_or_else(|| quantile(1.0 - SLOWEST) as f64 - 0.5);
        let (low, high) = (quantile(0.25), quantile(0.75));
        let sort = |ns: &u64| match *ns {
            ns if ns as f64 > slow_from => Sort::Slow,
            ns if (low..=high).contains(&ns) => Sort::Typical,
            _ => Sort::Other,
        };
        let sorts: Vec<Sort> = times.iter().map(sort).collect();
        let mean = |wanted: Sort| {
            let of = sorts
                .iter()
                .zip(&times)
                .filter(|(sort, _)| **sort == wanted);
            let of: Vec<u64> = of.map(|(_, ns)| *ns).collect();
            (
                of.len(),
                of.iter().sum::<u64>() as f64 / of.len().max(1) as f64,
            )
        };
        let (slow, typical) = (mean(Sort::Slow), mean(Sort::Typical));
        let median = quantile(0.5) as f64;
        (typical.0 > 0 && slow.1 >= LONGER * median).then_some(Tail {
            sorts,
            slow,
            typical,
            is_above: limit.is_some(),
        })
    }

    /// `12 of 400 calls are above the limit: they take 9.1 ms on average, typical ones 1 ms`.
    pub(crate) fn words(&self) -> String {
        let (slow, all) = (
            format_count(self.slow.0 as f64),
            format_count(self.sorts.len() as f64),
        );
        let which = match self.is_above {
            true => format!("the {slow} of {all} calls above the limit"),
            false => format!("the {slow} slowest of {all} calls"),
        };
        format!(
            "why the tail: {which} take {} on average, typical ones {}",
            format_duration(self.slow.1),
            format_duration(self.typical.1)
        )
    }
}

/// What the system did to the slowest call, in one line.
pub(crate) fn worst(profile: &Profile, argument: Option<&str>) -> Option<String> {
    let worst = profile.calls.worst.as_ref()?;
    let calls = profile.calls.timed.len();
    let what = match profile.calls.batch {
        0 | 1 => "call".to_owned(),
        batch => format!("batch of {} calls", format_count(batch as f64)),
    };
    let first = if worst.index == 0 { ", the first" } else { "" };
    let argument = argument.map_or(String::new(), |argument| {
        format!(", with the argument {argument}")
    });
    let spent = spent(worst);
    let spent = match &*spent {
        [] => String::new(),
        spent => format!(": {}", spent.join(", ")),
    };
    Some(format!(
        "the slowest {what} took {}, number {} of {}{first}{argument}{spent}",
        format_duration(worst.ns as f64),
        format_count((worst.index + 1) as f64),
        format_count(calls as f64)
    ))
}

fn spent(worst: &Worst) -> Vec<String> {
    let counted = |number: Option<u64>, noun: &str| {
        let number = number.filter(|number| *number > 0)?;
        Some(amount(number, noun))
    };
    let cpu = worst
        .cpu_ns
        .map(|ns| format!("{} on a processor", format_duration(ns as f64)));
    let waited = worst
        .waited_ns
        .filter(|ns| *ns as f64 >= 0.01 * worst.ns as f64);
    let waited = waited.map(|ns| format!("{} ready without one", format_duration(ns as f64)));
    let parts = [
        cpu,
        waited,
        counted(worst.page_faults, "page fault"),
        counted(worst.voluntary_switches, "wait"),
        counted(worst.involuntary_switches, "pre-emption"),
    ];
    parts.into_iter().flatten().collect()
}

/// The first call against the median of all, where it took much longer.
pub(crate) fn cold(profile: &Profile) -> Option<String> {
    let mut times: Vec<u64> = profile.calls.timed.iter().map(|[_, ns]| *ns).collect();
    let first = *times.first()?;
    times.sort_unstable();
    let median = upper_quantile(&times, 0.5);
    (times.len() > 2 && profile.calls.batch <= 1 && first as f64 >= 1.5 * median as f64).then(
        || {
            format!(
                "cold: the first call took {}, the median {}",
                format_duration(first as f64),
                format_duration(median as f64)
            )
        },
    )
}
