//! Where memory goes: the places that allocate, as causes of a broken limit on memory or
//! of a build that allocates more than another.

use std::collections::BTreeMap;

use perf_grammar::{format_bytes, format_count};

use super::cause::{Cause, Kind, MIN_SHARE, SHOWN};
use super::names;
use super::share::Share;
use crate::model::record::{Allocations, Place, Site};
use crate::model::words::{amount, percent};

/// What a metric weighs of an allocation site.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Weight {
    /// Bytes live when the most memory was.
    Peak,
    /// Bytes live when the call ended.
    End,
    Bytes,
    Allocations,
}

/// Sites of one place.
struct Group<'a> {
    /// Of the heaviest of them.
    place: Place<'a>,
    heaviest: u64,
    weight: u64,
    /// Allocations; of memory that is held, its blocks.
    blocks: u64,
    bytes: u64,
}

/// The places behind a limit on memory with this key, the heaviest first, and what else is
/// to be said. `source` is the file in which the case is annotated. Nothing where the limit
/// is on something else.
pub(crate) fn causes(
    allocations: &Allocations,
    key: &str,
    source: &str,
) -> (Vec<Cause>, Vec<String>) {
    let Some(weight) = Weight::of(key) else {
        return (Vec::new(), Vec::new());
    };
    let whole: u64 = allocations
        .sites
        .iter()
        .map(|site| weight.weigh(site))
        .sum();
    let mut lines = Vec::new();
    if whole == 0 {
        lines.push("the call that was captured allocates nothing of it".to_owned());
        return (Vec::new(), lines);
    }
    let groups = groups(allocations, source, weight, |place| place.name());
    let mut groups: Vec<Group<'_>> = groups.into_values().collect();
    groups.sort_by_key(|group| std::cmp::Reverse(group.weight));
    let share = |weight: u64| weight as f64 / whole as f64;
    let is_shown =
        |nth: usize, group: &Group<'_>| nth == 0 || nth < SHOWN && share(group.weight) >= MIN_SHARE;
    let shown = groups.iter().enumerate();
    let shown = shown
        .take_while(|(nth, group)| is_shown(*nth, group))
        .count();
    let cause = |group: &Group<'_>| {
        Cause {
            share: Share::exact(group.weight as f64, whole as f64),
            // What is kept of one call is no rate of growth.
            saves: (key != "growth").then_some(group.weight as f64),
            figures: weight.figures(group, whole),
            ..group.cause()
        }
    };
    let causes: Vec<Cause> = groups[..shown].iter().map(cause).collect();
    let known: u64 = groups[..shown].iter().map(|group| group.weight).sum();
    if known < whole {
        let more = match groups.len() - shown {
            0 => "other places".to_owned(),
            more => amount(more as u64, "further place"),
        };
        let rest = whole - known;
        let percent = percent(share(rest));
        lines.push(format!("{more}: {} ({percent})", weight.amount(rest)));
    }
    if !allocations.complete {
        lines.push(
            "only the first allocations were recorded: the recorder holds no more".to_owned(),
        );
    }
    if groups[..shown]
        .iter()
        .any(|group| group.place.line.is_none())
    {
        lines.push("for files and lines, set `debug = \"line-tables-only\"` and `strip = \"none\"` in the profile of this build".to_owned());
    }
    (causes, lines)
}

/// The functions that allocate more than before of what a metric with this key weighs, by
/// how much; `sources` are the files in which the case is annotated.
pub(crate) fn changed(
    [before, after]: [&Allocations; 2],
    key: &str,
    sources: [&str; 2],
) -> Vec<Cause> {
    let Some(weight) = Weight::of(key) else {
        return Vec::new();
    };
    // Lines move, functions seldom.
    let function = |place: &Place<'_>| {
        let file = place.file.unwrap_or_default();
        format!("{file} {}", names::function(place.function))
    };
    let known = groups(before, sources[0], weight, function);
    let groups = groups(after, sources[1], weight, function);
    let mut gained: Vec<(u64, u64, &Group<'_>)> = groups
        .iter()
        .filter_map(|(name, group)| {
            let was = known.get(name).map_or(0, |known| known.weight);
            let gained = group.weight.checked_sub(was).filter(|gained| *gained > 0)?;
            Some((gained, was, group))
        })
        .collect();
    gained.sort_by_key(|(gained, ..)| std::cmp::Reverse(*gained));
    let shown = gained.into_iter().take(SHOWN);
    shown
        .map(|(gained, was, group)| Cause {
            saves: Some(gained as f64),
            figures: format!(
                "{} more, {} a call and {} before",
                weight.amount(gained),
                weight.amount(group.weight),
                weight.amount(was)
            ),
            ..group.cause()
        })
        .collect()
}

fn groups<'a>(
    allocations: &'a Allocations,
    source: &str,
    weight: Weight,
    name: impl Fn(&Place<'_>) -> String,
) -> BTreeMap<String, Group<'a>> {
    let mut groups: BTreeMap<String, Group<'a>> = BTreeMap::new();
    for (place, site) in allocations.located(source) {
        let (weighs, blocks) = (weight.weigh(site), weight.blocks(site));
        let Some(place) = place.filter(|_| weighs > 0) else {
            continue;
        };
        let group = groups.entry(name(&place)).or_insert(Group {
            place,
            heaviest: 0,
            weight: 0,
            blocks: 0,
            bytes: 0,
        });
        if weighs > group.heaviest {
            (group.place, group.heaviest) = (place, weighs);
        }
        group.weight += weighs;
        group.blocks += blocks;
        group.bytes += site.total.bytes;
    }
    groups
}

impl Group<'_> {
    /// It as a cause, without figures.
    fn cause(&self) -> Cause {
        let Place {
            function,
            line,
            callee,
            ..
        } = self.place;
        let place = line.map(|_| self.place.name());
        let mut headline = names::short(function, true);
        if let Some(place) = &place {
            headline += &format!(" ({place})");
        }
        headline += " allocates";
        if let Some(callee) = callee {
            headline += &format!(" in {}", names::short(callee, false));
        }
        Cause::new(Kind::Allocation, headline, place)
    }
}

impl Weight {
    fn of(key: &str) -> Option<Weight> {
        match key {
            "mem" => Some(Weight::Peak),
            "retained" | "growth" => Some(Weight::End),
            "allocs" | "deny_alloc" => Some(Weight::Allocations),
            "alloc_bytes" => Some(Weight::Bytes),
            _ => None,
        }
    }

    fn weigh(self, site: &Site) -> u64 {
        match self {
            Weight::Peak => site.at_peak.bytes,
            Weight::End => site.at_end.bytes,
            Weight::Bytes => site.total.bytes,
            Weight::Allocations => site.total.allocations,
        }
    }

    fn blocks(self, site: &Site) -> u64 {
        match self {
            Weight::Peak => site.at_peak.blocks,
            Weight::End => site.at_end.blocks,
            Weight::Bytes | Weight::Allocations => site.total.allocations,
        }
    }

    /// `3 allocations`, `2 MB`.
    fn amount(self, weight: u64) -> String {
        match self {
            Weight::Allocations => allocations(weight),
            Weight::Peak | Weight::End | Weight::Bytes => format_bytes(weight as f64),
        }
    }

    /// `1.6 MB of 2 MB at the peak (80 %), in 4 allocations`.
    fn figures(self, group: &Group<'_>, whole: u64) -> String {
        let percent = percent(group.weight as f64 / whole as f64);
        let what = match self {
            Weight::Peak => "at the peak",
            Weight::End => "kept at the end",
            Weight::Bytes => "allocated",
            Weight::Allocations => {
                let (weight, bytes) = (format_count(group.weight as f64), group.bytes as f64);
                let (all, bytes) = (allocations(whole), format_bytes(bytes));
                return format!("{weight} of {all} ({percent}), {bytes} in all");
            }
        };
        let (weight, all) = (self.amount(group.weight), self.amount(whole));
        let blocks = allocations(group.blocks);
        format!("{weight} of {all} {what} ({percent}), in {blocks}")
    }
}

fn allocations(number: u64) -> String {
    amount(number, "allocation")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::record::{Frame, Held, Made};

    /// Stacks `function file:line < ..`, each with bytes and allocations.
    fn captured(sites: &[(&str, u64, u64)]) -> Allocations {
        let frame = |words: &str| {
            let (function, place) = words.split_once(' ').expect("a function and a place");
            let (file, line) = place.split_once(':').expect("a file and a line");
            Frame {
                function: function.to_owned(),
                file: Some(file.to_owned()),
                line: Some(line.parse().expect("a line")),
                column: None,
            }
        };
        let site = |(stack, bytes, blocks): &(&str, u64, u64)| {
            let held = Held {
                bytes: *bytes,
                blocks: *blocks,
            };
            Site {
                at_peak: held,
                at_end: Held {
                    bytes: 0,
                    blocks: 0,
                },
                most: held,
                total: Made {
                    bytes: *bytes,
                    allocations: *blocks,
                },
                lifetime: 1,
                frames: match *stack {
                    "" => Vec::new(),
                    stack => stack.split(" < ").map(frame).collect(),
                },
            }
        };
        Allocations {
            scope: "thread".to_owned(),
            events: 10,
            peak_event: 5,
            complete: true,
            sites: sites.iter().map(site).collect(),
            first: None,
        }
    }

    const READS: &str = "alloc::vec::Vec<T,A>::with_capacity /rustc/ab/library/alloc/src/vec.rs:480 < app::parser::read_all /src/app/src/parser.rs:42 < app::case /src/app/tests/case.rs:3";
    const SAVES: &str = "alloc::boxed::Box<T>::new /rustc/ab/library/alloc/src/boxed.rs:1 < app::cache::save::{{closure}} /src/app/src/cache.rs:7 < app::case /src/app/tests/case.rs:4";
    const CASE: &str = "tests/case.rs";

    fn texts(causes: &[Cause]) -> Vec<String> {
        causes.iter().map(Cause::text).collect()
    }

    #[test]
    fn places_are_ranked_by_what_the_limit_weighs() {
        let captured = captured(&[
            (READS, 600, 1),
            (READS, 200, 2),
            (SAVES, 150, 9),
            ("", 50, 8),
        ]);
        let (found, lines) = causes(&captured, "mem", CASE);
        assert_eq!(
            texts(&found),
            [
                "read_all (src/parser.rs:42) allocates in Vec::with_capacity: 800 B of 1 KB at the peak (80 %), in 3 allocations",
                "save (src/cache.rs:7) allocates in Box::new: 150 B of 1 KB at the peak (15 %), in 9 allocations",
            ]
        );
        assert_eq!(found[0].saves, Some(800.0));
        assert_eq!(lines, ["other places: 50 B (5 %)"]);
        let (found, _) = causes(&captured, "allocs", CASE);
        assert_eq!(
            texts(&found)[0],
            "save (src/cache.rs:7) allocates in Box::new: 9 of 20 allocations (45 %), 150 B in all"
        );
        let (found, lines) = causes(&captured, "retained", CASE);
        assert_eq!(found, []);
        assert_eq!(
            lines,
            ["the call that was captured allocates nothing of it"]
        );
        assert_eq!(causes(&captured, "p99", CASE), (Vec::new(), Vec::new()));
    }

    #[test]
    fn what_is_new_or_larger_than_before_is_named_wherever_its_line_went() {
        let moved = READS.replace(":42", ":50").replace("/src/app/", "/old/");
        let before = captured(&[
            (&moved, 600, 2),
            (&SAVES.replace("/src/app/", "/old/"), 90, 3),
        ]);
        let after = captured(&[(READS, 800, 3), (SAVES, 90, 3)]);
        let of = |key| texts(&changed([&before, &after], key, [CASE; 2]));
        assert_eq!(
            of("alloc_bytes"),
            [
                "read_all (src/parser.rs:42) allocates in Vec::with_capacity: 200 B more, 800 B a call and 600 B before"
            ]
        );
        assert_eq!(
            of("allocs"),
            [
                "read_all (src/parser.rs:42) allocates in Vec::with_capacity: 1 allocation more, 3 allocations a call and 2 allocations before"
            ]
        );
        let nothing = captured(&[]);
        let new = texts(&changed([&nothing, &after], "mem", [CASE; 2]));
        assert_eq!(new.len(), 2, "{new:?}");
        assert!(
            new[0].ends_with("800 B more, 800 B a call and 0 B before"),
            "{new:?}"
        );
    }
}
