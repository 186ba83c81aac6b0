//! Stacks with the time they take, for flamegraphs: outermost frame first.

use std::collections::BTreeMap;

use super::part::{self, Part};
use super::tail::{Sort, Tail};
use crate::model::profile::{Origin, Profile};

/// Nanoseconds by stack, or instructions.
pub(crate) type Stacks = BTreeMap<Vec<String>, f64>;

/// The stacks of all calls. Where the calling thread waits for another, the stack of that
/// stands on the caller's.
pub(crate) fn stacks(profile: &Profile) -> Stacks {
    let parts = part::parts(profile);
    added_up(profile, parts.iter(), profile.unit())
}

/// The stacks of a typical call, and of a slow one; see [`Tail::of`].
pub(crate) fn tail(profile: &Profile, limit: Option<f64>) -> Option<[Stacks; 2]> {
    let tail = Tail::of(profile, limit)?;
    let parts = part::parts(profile);
    let of = |wanted: Sort, (_, mean): (usize, f64)| {
        let of = || parts.iter().filter(|part| tail.sorts[part.call] == wanted);
        let samples: f64 = of().map(|part| part.weight).sum();
        added_up(profile, of(), mean / samples.max(1.0))
    };
    let [typical, slow] = [of(Sort::Typical, tail.typical), of(Sort::Slow, tail.slow)];
    (!typical.is_empty() && !slow.is_empty()).then_some([typical, slow])
}

pub(super) fn added_up<'a>(
    profile: &Profile,
    parts: impl Iterator<Item = &'a Part>,
    ns: f64,
) -> Stacks {
    let mut stacks = Stacks::new();
    for part in parts {
        let mut frames = Vec::new();
        if let Some(caller) = part.caller {
            frames.extend(names(profile, caller));
            let thread = &profile.threads[profile.samples[part.sample].thread].name;
            frames.push(format!("[thread {thread}]"));
        }
        frames.extend(names(profile, part.sample));
        *stacks.entry(frames).or_default() += part.weight * ns;
    }
    stacks
}

/// The functions of a sample without those of the runtime, then the system call it is
/// blocked in.
fn names(profile: &Profile, sample: usize) -> Vec<String> {
    let sample = &profile.samples[sample];
    let frames = profile.stacks[sample.stack].iter().rev();
    let frames = frames.map(|frame| &profile.frames[*frame]);
    let names = frames.filter(|frame| frame.origin != Origin::Runtime);
    let mut names: Vec<String> = names.map(|frame| frame.function.clone()).collect();
    names.extend(sample.waits.as_ref().map(|call| format!("[{call}]")));
    names
}
