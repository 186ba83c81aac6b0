//! What the time of calls is spent on: each sample of the calling thread, put down to
//! what ran, or to what it waited for.

use std::collections::HashMap;

use super::wait::{self, WaitKind};
use crate::analysis::names;
use crate::model::profile::{Frame, Origin, Profile, Sample};

/// A sample of the calling thread, or a part of one.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Part {
    /// The timed stretch it lies in.
    pub(crate) call: usize,
    /// Parts of one sample add up to 1, or to the instructions that it stands for.
    pub(crate) weight: f64,
    /// What it is put down to: the place of a sample in the profile.
    pub(crate) sample: usize,
    /// The sample of the calling thread, where that waited for the thread of `sample`.
    pub(crate) caller: Option<usize>,
    pub(crate) wait: Option<WaitKind>,
    /// Frames of the stack, by their places in it.
    pub(crate) marks: Marks,
    /// What other threads did meanwhile that a lock or a system call may wait for:
    /// places of samples.
    pub(crate) beside: Vec<usize>,
}

/// The frames of a stack that name what happens.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Marks {
    /// The innermost of the user's code; else the first that is no runtime's.
    pub(crate) place: Option<usize>,
    pub(crate) is_user: bool,
    /// What that calls, of other people's code.
    pub(crate) callee: Option<usize>,
}

/// Functions of the standard library that only pass calls on.
const PLUMBING: [&str; 8] = [
    "core::ops::",
    "core::option::Option",
    "core::result::Result",
    "core::iter::",
    "core::slice::iter",
    "core::array",
    "core::cmp",
    "std::panic",
];

/// The parts of all samples of the threads that made the calls.
pub(crate) fn parts(profile: &Profile) -> Vec<Part> {
    let others = Others::of(profile);
    let is_caller = |sample: &Sample| profile.threads[sample.thread].is_caller;
    let mut parts = Vec::new();
    for (place, sample) in profile.samples.iter().enumerate() {
        if !is_caller(sample) {
            continue;
        }
        let own = Part::of(profile, place, sample);
        let Some(kind) = own.wait.filter(|kind| *kind != WaitKind::Sleep) else {
            parts.push(own);
            continue;
        };
        let beside = others.beside(profile, sample);
        if !kind.is_for_threads() || beside.is_empty() {
            parts.push(Part { beside, ..own });
            continue;
        }
        let weight = 1.0 / beside.len() as f64;
        parts.extend(beside.into_iter().map(|other| Part {
            call: sample.call,
            weight,
            caller: Some(place),
            ..Part::of(profile, other, &profile.samples[other])
        }));
    }
    parts
}

impl Part {
    pub(crate) fn of(profile: &Profile, place: usize, sample: &Sample) -> Part {
        let stack = &profile.stacks[sample.stack];
        let mut marks = Marks::of(profile, stack);
        let mut wait = None;
        if let Some(call) = &sample.waits {
            let inside = stack[..marks.inside(stack.len())].iter().enumerate();
            let inside = inside.map(|(at, frame)| (at, &profile.frames[*frame]));
            let (kind, by) = wait::classify(call, inside);
            wait = Some(kind);
            marks.callee = by.or(marks.callee);
        }
        Part {
            call: sample.call,
            weight: sample.instructions.map_or(1.0, |number| number as f64),
            sample: place,
            caller: None,
            wait,
            marks,
            beside: Vec::new(),
        }
    }
}

impl Marks {
    /// Of a stack, innermost first.
    pub(crate) fn of(profile: &Profile, stack: &[usize]) -> Marks {
        let frame = |at: usize| &profile.frames[stack[at]];
        let user = (0..stack.len()).find(|at| frame(*at).origin == Origin::User);
        let Some(place) = user else {
            let foreign = |at: &usize| frame(*at).origin == Origin::Dependency;
            let known = |at: &usize| frame(*at).origin != Origin::Runtime;
            let place = (0..stack.len()).rev().find(foreign);
            return Marks {
                place: place.or_else(|| (0..stack.len()).find(known)),
                is_user: false,
                callee: None,
            };
        };
        let called = || {
            (0..place)
                .rev()
                .filter(|at| frame(*at).origin != Origin::Runtime)
        };
        let telling = called().find(|at| !is_plumbing(frame(*at)));
        Marks {
            place: Some(place),
            is_user: true,
            callee: telling.or_else(|| called().next()),
        }
    }

    /// How many frames of a stack lie inside the place.
    fn inside(&self, all: usize) -> usize {
        self.place.filter(|_| self.is_user).unwrap_or(all)
    }
}

fn is_plumbing(frame: &Frame) -> bool {
    let function = frame.function.trim_start_matches(['<', '&']);
    frame.origin == Origin::Std
        && (PLUMBING.iter().any(|part| function.contains(part))
            || function != names::function(function))
}

/// The samples of the threads that made no calls.
struct Others {
    /// In the order of time.
    threads: Vec<Vec<usize>>,
    reach: u64,
}

impl Others {
    fn of(profile: &Profile) -> Others {
        let mut threads: HashMap<usize, Vec<usize>> = HashMap::new();
        for (place, sample) in profile.samples.iter().enumerate() {
            if !profile.threads[sample.thread].is_caller {
                threads.entry(sample.thread).or_default().push(place);
            }
        }
        let mut threads: Vec<(usize, Vec<usize>)> = threads.into_iter().collect();
        threads.sort_by_key(|(thread, _)| *thread);
        Others {
            threads: threads.into_iter().map(|(_, samples)| samples).collect(),
            reach: profile.interval_ns,
        }
    }

    /// What the threads did that a caller may wait for, while a sample of it was taken. On
    /// a busy machine a thread stops late for its sample: where none was seen then, what
    /// was seen of it next to that in the same call.
    fn beside(&self, profile: &Profile, of: &Sample) -> Vec<usize> {
        let is_near = |other: &Sample| other.at_ns.abs_diff(of.at_ns) <= self.reach;
        let found = self.seen(profile, of, &is_near);
        match found.is_empty() {
            true => self.seen(profile, of, &|other| other.call == of.call),
            false => found,
        }
    }

    /// They ran, or waited for something that is no thread, with the user's code on their
    /// stacks; where there is none of these, they ran anything. A thread that itself waits
    /// for work, as those of pools do, is left out.
    fn seen(&self, profile: &Profile, of: &Sample, wanted: &dyn Fn(&Sample) -> bool) -> Vec<usize> {
        let time = |place: usize| profile.samples[place].at_ns;
        let nearest = |samples: &Vec<usize>| {
            let next = samples.partition_point(|place| time(*place) < of.at_ns);
            let near = [next.checked_sub(1), Some(next)].into_iter().flatten();
            let near = near.filter_map(|at| samples.get(at).copied());
            let near = near.filter(|place| wanted(&profile.samples[*place]));
            near.min_by_key(|place| time(*place).abs_diff(of.at_ns))
        };
        let near: Vec<(usize, Part)> = (self.threads.iter().filter_map(nearest))
            .map(|place| (place, Part::of(profile, place, &profile.samples[place])))
            .collect();
        let works = |part: &Part| part.wait.is_none_or(|kind| !kind.is_for_threads());
        let with = |wanted: &dyn Fn(&Part) -> bool| -> Vec<usize> {
            let chosen = near.iter().filter(|(_, part)| wanted(part));
            chosen.map(|(place, _)| *place).collect()
        };
        let user = with(&|part| part.marks.is_user && works(part));
        if !user.is_empty() {
            return user;
        }
        with(&|part| part.marks.place.is_some() && part.wait.is_none())
    }
}
