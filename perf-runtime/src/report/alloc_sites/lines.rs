//! The places that weigh most, as lines for people.

use std::collections::HashMap;

use perf_grammar::{format_bytes, format_count};

use super::owner::{Owner, owner, plain, short, shown};
use super::{Allocations, Frame, Site, Tally, Weight};

/// The largest places of a captured call, at most `most` of them, the first
/// frame inside the user's own code each.
#[must_use]
pub(crate) fn lines(
    allocations: &Allocations,
    weight: Weight,
    home: Home<'_>,
    most: usize,
) -> Vec<String> {
    let groups = groups(allocations, weight, home);
    let whole: u64 = groups.iter().map(|group| weight.weigh(&group.tally)).sum();
    if whole == 0 {
        return vec![format!(
            "{}: nothing, in the call that was captured",
            title(weight)
        )];
    }
    let mut lines: Vec<String> = groups
        .iter()
        .take(most)
        .enumerate()
        .map(|(at, group)| {
            let start = if at == 0 { title(weight) } else { "then" };
            line(start, group, weight, whole)
        })
        .collect();
    lines.extend(rest(groups.get(most..).unwrap_or_default(), weight, whole));
    lines.extend(limits(allocations, &groups[..groups.len().min(most)]));
    lines
}

/// A stack as lines, from the first frame that the user can change on, at most
/// `most` of them.
#[must_use]
pub(crate) fn backtrace(frames: &[Frame], home: Home<'_>, most: usize) -> Vec<String> {
    let first = shown(frames, home.crates).unwrap_or(0);
    let shown = &frames[first.saturating_sub(1)..];
    let mut lines: Vec<String> = shown
        .iter()
        .take(most)
        .map(|frame| format!("  {}", place(frame, home.folder)))
        .collect();
    if shown.len() > most {
        let rest = format_count((shown.len() - most) as f64);
        lines.push(format!("  and {rest} callers above"));
    }
    lines
}

/// Where the user's own code is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Home<'a> {
    /// The folder of the package, from which paths are shown.
    pub(crate) folder: &'a str,
    /// The names of its crates: the library's, and that of the test target.
    pub(crate) crates: &'a [&'a str],
}

/// Stacks that meet in the same frame of the user's code.
struct Group {
    /// `src/parser.rs:42 app::parser::read_all`; empty where it is not known.
    place: String,
    has_line: bool,
    /// What the user's code called, of the heaviest stack.
    via: Option<String>,
    /// Whether other stacks of the group came another way.
    several: bool,
    tally: Tally,
}

fn groups(allocations: &Allocations, weight: Weight, home: Home<'_>) -> Vec<Group> {
    let mut sites: Vec<&Site> = allocations
        .sites
        .iter()
        .filter(|site| weight.weigh(&site.tally) > 0)
        .collect();
    sites.sort_by_key(|site| std::cmp::Reverse(weight.weigh(&site.tally)));
    let mut groups: Vec<Group> = Vec::new();
    let mut places: HashMap<String, usize> = HashMap::new();
    for site in sites {
        let at = shown(&site.frames, home.crates);
        let place = at.map_or_else(String::new, |at| place(&site.frames[at], home.folder));
        let via = at.and_then(|at| via(&site.frames[..at]));
        match places.get(&place) {
            Some(&group) => {
                let group: &mut Group = &mut groups[group];
                group.several |= group.via != via;
                group.tally.add(&site.tally);
            }
            None => {
                places.insert(place.clone(), groups.len());
                groups.push(Group {
                    place,
                    has_line: at.is_some_and(|at| site.frames[at].line.is_some()),
                    via,
                    several: false,
                    tally: site.tally,
                });
            }
        }
    }
    // A stable sort, so that equal groups stay in the order of their sites.
    groups.sort_by_key(|group| std::cmp::Reverse(weight.weigh(&group.tally)));
    groups
}

fn place(frame: &Frame, home: &str) -> String {
    let function = plain(&frame.function);
    match (&frame.file, frame.line) {
        (Some(file), Some(line)) => format!("{}:{line} {function}", from_home(file, home)),
        (Some(file), None) => format!("{} {function}", from_home(file, home)),
        (None, _) => function,
    }
}

/// A path as it is written inside the package: `src/a.rs`; of a neighbouring
/// package `../other/src/a.rs`.
fn from_home(file: &str, home: &str) -> String {
    let home = home.trim_end_matches(['/', '\\']);
    let inside = |folder: &str| {
        let rest = file.strip_prefix(folder).filter(|_| !folder.is_empty())?;
        rest.strip_prefix(['/', '\\'])
    };
    if let Some(rest) = inside(home) {
        return rest.to_owned();
    }
    if let Some((parent, _)) = home.rsplit_once(['/', '\\'])
        && let Some(rest) = inside(parent)
    {
        return format!("../{rest}");
    }
    // Of a dependency its name and version, without where registries are kept.
    let file = file.replace('\\', "/");
    if let Some((_, rest)) = file.split_once("/registry/src/")
        && let Some((_, rest)) = rest.split_once('/')
    {
        return rest.to_owned();
    }
    match file.split_once("/git/checkouts/") {
        Some((_, rest)) => rest.to_owned(),
        None => file,
    }
}

/// The outermost call between the user's frame and the allocator.
fn via(above: &[Frame]) -> Option<String> {
    let called = above.last()?;
    (owner(called) != Owner::Machinery).then(|| short(called))
}

fn title(weight: Weight) -> &'static str {
    match weight {
        Weight::Peak => "largest at the peak",
        Weight::End => "largest kept at the end",
        Weight::Allocations => "most allocations",
        Weight::Bytes => "most bytes allocated",
    }
}

fn line(start: &str, group: &Group, weight: Weight, whole: u64) -> String {
    let Group { tally, place, .. } = group;
    let amount = amount(tally, weight);
    let share = share(weight.weigh(tally), whole);
    let place = if place.is_empty() {
        "places that were not looked up"
    } else {
        place
    };
    let via = match &group.via {
        Some(via) if group.several => format!(" (via {via} and others)"),
        Some(via) => format!(" (via {via})"),
        None => String::new(),
    };
    let colon = if start == "then" { "" } else { ":" };
    format!("{start}{colon} {amount} ({share})  {place}{via}")
}

fn amount(tally: &Tally, weight: Weight) -> String {
    let of = |bytes: u64, count: u64| {
        format!("{} in {}", format_bytes(bytes as f64), allocations(count))
    };
    match weight {
        Weight::Peak => of(tally.at_peak.bytes, tally.at_peak.blocks),
        Weight::End => of(tally.at_end.bytes, tally.at_end.blocks),
        Weight::Bytes => of(tally.total.bytes, tally.total.allocations),
        Weight::Allocations => format!(
            "{} of {} in all",
            allocations(tally.total.allocations),
            format_bytes(tally.total.bytes as f64)
        ),
    }
}

fn allocations(count: u64) -> String {
    let noun = if count == 1 {
        "allocation"
    } else {
        "allocations"
    };
    format!("{} {noun}", format_count(count as f64))
}

/// `and 12 further places, 2 MB (4 %)`.
fn rest(groups: &[Group], weight: Weight, whole: u64) -> Option<String> {
    if groups.is_empty() {
        return None;
    }
    let mut sum = Tally::default();
    groups.iter().for_each(|group| sum.add(&group.tally));
    let weighs = weight.weigh(&sum);
    let amount = match weight {
        Weight::Allocations => allocations(weighs),
        _ => format_bytes(weighs as f64),
    };
    let noun = if groups.len() == 1 { "place" } else { "places" };
    Some(format!(
        "and {} further {noun}, {amount} ({})",
        format_count(groups.len() as f64),
        share(weighs, whole)
    ))
}

/// In whole percent, and neither a 0 nor a 100 that is not one.
fn share(part: u64, whole: u64) -> String {
    match part as f64 * 100.0 / whole as f64 {
        p if p < 1.0 => "less than 1 %".to_owned(),
        p if p > 99.0 && part < whole => "more than 99 %".to_owned(),
        p => format!("{} %", format_count(p.round())),
    }
}

/// What the lines above cannot say.
fn limits(allocations: &Allocations, shown: &[Group]) -> Vec<String> {
    let mut lines = Vec::new();
    if !allocations.complete {
        let made: u64 = allocations
            .sites
            .iter()
            .map(|site| site.tally.total.allocations)
            .sum();
        lines.push(format!(
            "these are the first {} allocations; the recorder holds no more",
            format_count(made as f64)
        ));
    }
    let is_known = |group: &&Group| !group.place.is_empty();
    let has_names = shown.iter().any(|group| is_known(&group));
    let lacks_lines = shown.iter().filter(is_known).any(|group| !group.has_line);
    // Stripped of its symbols, no place has a name.
    if lacks_lines || !shown.is_empty() && !has_names {
        lines.push(
            "for files and lines, set `debug = \"line-tables-only\"` and `strip = \"none\"` in the profile of this build"
                .to_owned(),
        );
    }
    lines
}

#[cfg(test)]
mod tests;
