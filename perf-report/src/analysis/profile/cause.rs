//! Where the time of calls goes: by function and wait, the heaviest first.

use std::collections::{BTreeMap, HashMap};

use super::Whole;
use super::part::{Marks, Part};
use super::wait::WaitKind;
use crate::analysis::cause::{Cause, Kind};
use crate::analysis::names;
use crate::analysis::share::Share;
use crate::model::profile::{Frame, Origin, Profile};
use crate::model::words::percent;

/// The share of a cause from which on one callee of it stands in its headline.
const DOMINATES: f64 = 0.5;
/// The share from which on something is worth a line.
const WORTH_A_LINE: f64 = 0.2;
/// Page faults may take this much of the time before they are said to be the cause:
/// nanoseconds a fault.
const FAULT_NS: u64 = 6_000;
/// Fewer page faults are those of any call.
const FAULTS: u64 = 200;
/// Functions that allocate and free memory, by the beginnings of their names.
const ALLOCATOR: &str = "\
    malloc calloc realloc free _int_malloc _int_free _int_realloc __libc_malloc \
    __libc_free __libc_calloc __libc_realloc cfree malloc_consolidate sysmalloc \
    unlink_chunk __rust_alloc __rust_dealloc __rust_realloc __rustc";

/// Said of a future that waits.
const NO_FRAME: &str = "what is awaited is on no stack; a `tracing` span around each part shows which one takes the time";

/// What parts are put down to: the function, what it waits for, and whether another
/// thread than the caller's does so.
pub(crate) type Key<'a> = (&'a str, Option<WaitKind>, bool);

/// Parts that are put down to the same.
pub(crate) struct Group<'a> {
    pub(crate) key: Key<'a>,
    pub(crate) weight: f64,
    pub(crate) parts: Vec<&'a Part>,
}

/// Parts by the function and by what it does, the heaviest first.
pub(crate) fn groups<'a>(
    profile: &'a Profile,
    parts: impl Iterator<Item = &'a Part>,
) -> Vec<Group<'a>> {
    let mut groups: BTreeMap<Key<'a>, Group<'a>> = BTreeMap::new();
    for part in parts {
        let function = place_of(profile, part).map_or("", |frame| names::function(&frame.function));
        let key = (function, part.wait, part.caller.is_some());
        let group = groups.entry(key).or_insert_with(|| Group {
            key,
            weight: 0.0,
            parts: Vec::new(),
        });
        group.weight += part.weight;
        group.parts.push(part);
    }
    let mut groups: Vec<Group<'a>> = groups.into_values().collect();
    groups.sort_by(|a, b| b.weight.total_cmp(&a.weight));
    groups
}

/// The share that parts have of all.
pub(crate) fn share(parts: &[&Part], all: &Whole) -> Option<Share> {
    let calls = &all.calls;
    if all.is_exact {
        let part = parts.iter().map(|part| part.weight).sum();
        return Share::exact(part, calls.values().sum());
    }
    let mut counts: HashMap<usize, f64> = HashMap::new();
    for part in parts {
        *counts.entry(part.call).or_default() += part.weight;
    }
    let count = |call: &usize| counts.get(call).copied().unwrap_or_default();
    let mut calls: Vec<(usize, f64)> = calls.iter().map(|(call, all)| (*call, *all)).collect();
    calls.sort_by_key(|(call, _)| *call);
    let calls: Vec<(f64, f64)> = calls
        .iter()
        .map(|(call, all)| (count(call), *all))
        .collect();
    Share::of(&calls)
}

impl Group<'_> {
    /// The share of all.
    pub(crate) fn share(&self, all: &Whole) -> Option<Share> {
        share(&self.parts, all)
    }

    /// It as a cause, without figures.
    pub(crate) fn cause(&self, profile: &Profile, root: &str) -> Cause {
        let first = self.parts[0];
        let place = self.place(profile, root);
        let function = self.function();
        let mut headline = match &place {
            Some(place) => format!("{function} ({place})"),
            None => function,
        };
        if let Some(kind) = first.wait {
            headline += &format!(" {}", kind.words());
        }
        let callees = self.ranked(|part| callee(profile, part));
        let named = callees
            .first()
            .filter(|(_, weight)| first.wait.is_some() || *weight >= DOMINATES * self.weight);
        if let Some((callee, _)) = named {
            headline += &format!(" in {callee}");
        }
        if first.wait.is_some()
            && let Some((call, _)) = self.most(|part| profile.samples[part.sample].waits.clone())
            && named.is_none_or(|(callee, _)| *callee != call)
        {
            headline += &format!(" ({call})");
        }
        if first.caller.is_some() {
            headline += &self.threads(profile);
        }
        let mut lines = Vec::new();
        lines.extend(self.called_by(profile, root));
        lines.extend(self.meanwhile(profile, root));
        if first.wait == Some(WaitKind::Future) && first.caller.is_none() {
            lines.push(NO_FRAME.to_owned());
        }
        if named.is_none() && first.wait.is_none() {
            lines.extend(self.within(&callees));
        }
        lines.extend(self.allocating(profile, named.map(|(callee, _)| &**callee)));
        let kind = match (first.caller, first.wait) {
            (Some(_), _) => Kind::Thread,
            (None, Some(_)) => Kind::Wait,
            (None, None) if profile.is_counted() => Kind::Instructions,
            (None, None) => Kind::Function,
        };
        Cause {
            lines,
            ..Cause::new(kind, headline, place)
        }
    }

    fn function(&self) -> String {
        match self.key.0 {
            "" => "code without symbols".to_owned(),
            function => names::short(function, self.parts[0].marks.is_user),
        }
    }

    /// The function, and what it waits for.
    pub(crate) fn what(&self) -> String {
        match self.key.1 {
            Some(kind) => format!("{} {}", self.function(), kind.words()),
            None => self.function(),
        }
    }

    /// Where most of it is, in the user's code.
    pub(crate) fn place(&self, profile: &Profile, root: &str) -> Option<String> {
        let place = self.most(|part| {
            let frame = place_of(profile, part)?;
            let file = inside(frame.file.as_deref()?, root);
            Some(format!("{file}:{}", frame.line?))
        });
        let user = self.parts[0].marks.is_user;
        place.filter(|_| user).map(|(place, _)| place)
    }

    /// What most parts agree in, with their weight.
    fn most(&self, what: impl Fn(&Part) -> Option<String>) -> Option<(String, f64)> {
        self.ranked(what).into_iter().next()
    }

    fn ranked(&self, what: impl Fn(&Part) -> Option<String>) -> Vec<(String, f64)> {
        let mut weights: BTreeMap<String, f64> = BTreeMap::new();
        for part in &self.parts {
            if let Some(what) = what(part) {
                *weights.entry(what).or_default() += part.weight;
            }
        }
        let mut ranked: Vec<(String, f64)> = weights.into_iter().collect();
        ranked.sort_by(|a, b| b.1.total_cmp(&a.1));
        ranked
    }

    /// `, in thread "worker"`.
    fn threads(&self, profile: &Profile) -> String {
        let thread = |part: &Part| profile.samples[part.sample].thread;
        let mut threads: Vec<usize> = self.parts.iter().map(|part| thread(part)).collect();
        threads.sort_unstable();
        threads.dedup();
        match &*threads {
            [one] => format!(", in thread {:?}", profile.threads[*one].name),
            many => format!(", in {} threads", many.len()),
        }
    }

    /// What the caller does while another thread works for it, or what others do while
    /// it waits.
    fn meanwhile(&self, profile: &Profile, root: &str) -> Option<String> {
        let does = |place: usize| -> Option<String> {
            let sample = &profile.samples[place];
            let part = Part::of(profile, place, sample);
            let frame = place_of(profile, &part)?;
            let what = described(frame, part.marks.is_user, root);
            let does = part.wait.map_or("runs", WaitKind::words);
            let callee =
                callee(profile, &part).map_or(String::new(), |callee| format!(" in {callee}"));
            Some(format!("{what} {does}{callee}"))
        };
        if self.parts[0].caller.is_some() {
            let (text, _) = self.most(|part| does(part.caller?))?;
            return Some(format!("meanwhile {text}"));
        }
        let beside = |part: &Part| {
            let other = *part.beside.first()?;
            let thread = &profile.threads[profile.samples[other].thread].name;
            Some(format!("{}, in thread {thread:?}", does(other)?))
        };
        let (text, weight) = self.most(beside)?;
        let share = weight / self.weight;
        (share >= WORTH_A_LINE).then(|| format!("meanwhile {text}, {} of it", percent(share)))
    }

    /// The function of the user that calls it most, where that is not the case itself,
    /// which ends the stack of its thread.
    fn called_by(&self, profile: &Profile, root: &str) -> Option<String> {
        let caller = |part: &Part| {
            let stack = &profile.stacks[profile.samples[part.sample].stack];
            let at = part.marks.place.filter(|_| part.marks.is_user)?;
            let frame = |at: usize| &profile.frames[stack[at]];
            let is_other = |at: &usize, than: usize| {
                frame(*at).origin == Origin::User
                    && names::function(&frame(*at).function)
                        != names::function(&frame(than).function)
            };
            let by = (at + 1..stack.len()).find(|by| is_other(by, at))?;
            let is_case =
                part.caller.is_none() && !(by + 1..stack.len()).any(|of| is_other(&of, by));
            (!is_case).then(|| described(frame(by), true, root))
        };
        let (text, weight) = self.most(caller)?;
        let share = weight / self.weight;
        let share = match share < 0.95 {
            true => format!(", {} of it", percent(share)),
            false => String::new(),
        };
        Some(format!("called by {text}{share}"))
    }

    /// What it calls, where nothing of that dominates.
    fn within(&self, callees: &[(String, f64)]) -> Option<String> {
        let parts: Vec<String> = callees
            .iter()
            .filter(|(_, weight)| *weight >= 0.1 * self.weight)
            .take(3)
            .map(|(callee, weight)| format!("{} in {callee}", percent(weight / self.weight)))
            .collect();
        let inside: f64 = callees.iter().map(|(_, weight)| weight).sum();
        let own = percent((1.0 - inside / self.weight).max(0.0));
        (!parts.is_empty()).then(|| format!("of it {}, {own} by itself", parts.join(", ")))
    }

    /// How much of it goes into the allocator, where the headline does not say so.
    fn allocating(&self, profile: &Profile, named: Option<&str>) -> Option<String> {
        let allocates = |part: &&&Part| {
            let stack = &profile.stacks[profile.samples[part.sample].stack];
            let inner = &stack[..part.marks.place.unwrap_or(0)];
            let mut functions = inner.iter().map(|frame| &*profile.frames[*frame].function);
            functions.any(is_allocator)
        };
        let weight: f64 = self
            .parts
            .iter()
            .filter(allocates)
            .map(|part| part.weight)
            .sum();
        let share = weight / self.weight;
        (share >= WORTH_A_LINE && !named.is_some_and(is_allocator))
            .then(|| format!("{} of it allocates and frees memory", percent(share)))
    }
}

/// Page faults, where they are so frequent that they may be what takes the time.
pub(crate) fn page_faults(profile: &Profile) -> Option<String> {
    let worst = profile.calls.worst.as_ref()?;
    let faults = worst.page_faults.filter(|faults| *faults >= FAULTS)?;
    let every = worst.cpu_ns.unwrap_or(worst.ns) / faults;
    (every <= FAULT_NS).then(|| {
        format!(
            "{} page faults in the slowest call, one every {}: memory is touched for the first time",
            perf_grammar::format_count(faults as f64),
            perf_grammar::format_duration(every as f64)
        )
    })
}

/// A function, and where it stands if it is the user's.
pub(super) fn described(frame: &Frame, is_user: bool, root: &str) -> String {
    let function = names::short(&frame.function, is_user);
    match (&frame.file, frame.line) {
        (Some(file), Some(line)) if is_user => {
            format!("{function} ({}:{line})", inside(file, root))
        }
        _ => function,
    }
}

/// The function that a part is put down to.
fn place_of<'a>(profile: &'a Profile, part: &Part) -> Option<&'a Frame> {
    frame(profile, part, |marks| marks.place)
}

/// What that calls: the first that has a name, because a closure or the body of an
/// `async fn` of another crate has none where it was inlined.
fn callee(profile: &Profile, part: &Part) -> Option<String> {
    let stack = &profile.stacks[profile.samples[part.sample].stack];
    let inside = stack[..=part.marks.callee?].iter().rev();
    let mut functions = inside.map(|frame| &*profile.frames[*frame].function);
    let function = functions.find(|function| !function.starts_with('{'))?;
    Some(names::short(function, false))
}

fn frame<'a>(
    profile: &'a Profile,
    part: &Part,
    which: impl Fn(&Marks) -> Option<usize>,
) -> Option<&'a Frame> {
    let stack = &profile.stacks[profile.samples[part.sample].stack];
    which(&part.marks).map(|at| &profile.frames[stack[at]])
}

fn is_allocator(function: &str) -> bool {
    let name = function.rsplit("::").next().unwrap_or_default();
    ALLOCATOR.split(' ').any(|known| known == name) || function.contains("GlobalAlloc")
}

/// A file seen from the root.
pub(crate) fn inside<'a>(file: &'a str, root: &str) -> &'a str {
    file.strip_prefix(root).unwrap_or(file)
}
