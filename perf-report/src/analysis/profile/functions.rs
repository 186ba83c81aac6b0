//! Functions by the time they take: by themselves, and with what they call.

use std::collections::HashMap;

use super::cause::inside;
use super::part::Part;
use crate::analysis::names;
use crate::model::profile::{Origin, Profile};
use crate::model::words::percent;

/// The heads of the table.
const HEADS: [&str; 4] = ["function", "self", "total", "at"];

/// Functions of the user, and of others, that are shown.
const SHOWN: usize = 6;
/// A smaller share says nothing.
const LEAST: f64 = 0.01;

/// Where the time of one case goes, in functions or in spans.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct CaseTable<const N: usize> {
    pub(crate) case: String,
    /// What the figures are of.
    pub(crate) caption: String,
    pub(crate) heads: [&'static str; N],
    pub(crate) rows: Vec<[String; N]>,
}

/// A function, with the weight of the samples in it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Function {
    pub(crate) name: String,
    pub(crate) is_user: bool,
    pub(crate) is_inlined: bool,
    /// `src/store.rs:40`, the line that was seen most.
    pub(crate) place: Option<String>,
    /// Of the time of calls.
    pub(crate) own: f64,
    pub(crate) total: f64,
}

/// The functions on the stacks of the parts, by name. A function counts once a stack for
/// the total, however often it calls itself.
pub(crate) fn functions(profile: &Profile, parts: &[Part], root: &str) -> Vec<Function> {
    #[derive(Default)]
    struct Sums<'a> {
        own: f64,
        total: f64,
        inlined: f64,
        is_user: bool,
        lines: HashMap<(&'a str, u32), f64>,
    }
    let all: f64 = parts.iter().map(|part| part.weight).sum();
    let mut sums: HashMap<&str, Sums<'_>> = HashMap::new();
    let mut seen: Vec<&str> = Vec::new();
    for part in parts {
        seen.clear();
        let stack = &profile.stacks[profile.samples[part.sample].stack];
        for (at, frame) in stack.iter().enumerate() {
            let frame = &profile.frames[*frame];
            if frame.origin == Origin::Runtime {
                continue;
            }
            let function = names::function(&frame.function);
            let sum = sums.entry(function).or_default();
            if at == 0 {
                sum.own += part.weight;
            }
            if seen.contains(&function) {
                continue;
            }
            seen.push(function);
            sum.total += part.weight;
            sum.is_user |= frame.origin == Origin::User;
            if frame.inlined {
                sum.inlined += part.weight;
            }
            if let (Some(file), Some(line)) = (&frame.file, frame.line) {
                *sum.lines.entry((file, line)).or_default() += part.weight;
            }
        }
    }
    let mut functions: Vec<Function> = sums
        .into_iter()
        .map(|(function, sum)| {
            let line = sum
                .lines
                .iter()
                .max_by(|a, b| a.1.total_cmp(b.1).then(b.0.cmp(a.0)));
            let place = line.map(|((file, line), _)| format!("{}:{line}", inside(file, root)));
            Function {
                name: names::short(function, sum.is_user),
                is_user: sum.is_user,
                is_inlined: sum.inlined > 0.5 * sum.total,
                place: place.filter(|_| sum.is_user),
                own: sum.own / all.max(f64::MIN_POSITIVE),
                total: sum.total / all.max(f64::MIN_POSITIVE),
            }
        })
        .collect();
    functions.sort_by(|a, b| {
        let key = |one: &Function| if one.is_user { one.total } else { one.own };
        (b.is_user.cmp(&a.is_user))
            .then(key(b).total_cmp(&key(a)))
            .then(b.own.total_cmp(&a.own))
            .then(a.name.cmp(&b.name))
    });
    functions
}

/// The table: the user's functions by what they take in all, then those of others by what
/// they take themselves.
pub(crate) fn table(case: &str, caption: String, functions: &[Function]) -> Option<CaseTable<4>> {
    let of = |is_user: bool| {
        let shown = functions.iter().filter(move |one| {
            one.is_user == is_user && (if is_user { one.total } else { one.own }) >= LEAST
        });
        shown.take(SHOWN)
    };
    let rows: Vec<[String; 4]> = of(true).chain(of(false)).map(row).collect();
    (!rows.is_empty()).then(|| CaseTable {
        case: case.to_owned(),
        caption,
        heads: HEADS,
        rows,
    })
}

fn row(function: &Function) -> [String; 4] {
    let inlined = if function.is_inlined { ", inlined" } else { "" };
    [
        function.name.clone(),
        percent(function.own),
        percent(function.total),
        match &function.place {
            Some(place) => format!("{place}{inlined}"),
            None => inlined.trim_start_matches(", ").to_owned(),
        },
    ]
}
