//! A heap profile in DHAT's format, version 2: what `dh_view.html` of valgrind and the Firefox Profiler open.
//!
//! The format is described in valgrind's manual and in the comment of its
//! `dhat/dh_main.c`. DHAT counts time in instructions; here it is counted in
//! events of the heap (allocations, reallocations, frees), and says so.

use std::collections::HashMap;

use serde::Serialize;

use crate::model::record::{Allocations, Frame, Site};

/// The version of the format.
const VERSION: u32 = 2;
/// Blocks that live for at most this share of the call are short-lived.
const SHORT_LIVED_PERCENT: u64 = 1;
/// What stands for a stack that is not known.
const NO_STACK: &str = "[places that were not looked up]";

#[derive(Serialize)]
#[allow(non_snake_case, reason = "the names are the format's")]
struct Wire<'a> {
    dhatFileVersion: u32,
    mode: &'static str,
    verb: &'static str,
    /// Whether lifetimes of blocks are known.
    bklt: bool,
    /// Whether accesses of blocks are known.
    bkacc: bool,
    /// The unit of time, and a million of it.
    tu: &'static str,
    Mtu: &'static str,
    /// Up to which time a block is short-lived.
    tuth: u64,
    cmd: &'a str,
    pid: u32,
    /// The end, and the moment of the peak.
    te: u64,
    tg: u64,
    pps: Vec<Point>,
    ftbl: Vec<String>,
}

/// A place that allocates: bytes and blocks in all, their lifetimes, the most
/// of the place, at the peak, at the end, and its stack from the allocation on.
#[derive(Default, Serialize)]
struct Point {
    tb: u64,
    tbk: u64,
    tl: u64,
    mb: u64,
    mbk: u64,
    gb: u64,
    gbk: u64,
    eb: u64,
    ebk: u64,
    fs: Vec<usize>,
}

/// Renders what one call of a case allocated.
pub(crate) fn render(case: &str, allocations: &Allocations) -> String {
    let mut table = Table::new();
    let pps = points(&allocations.sites, &mut table);
    let command = if allocations.complete {
        format!("one call of {case}")
    } else {
        format!("the beginning of one call of {case}; the recorder holds no more")
    };
    let wire = Wire {
        dhatFileVersion: VERSION,
        mode: "heap",
        verb: "Allocated",
        bklt: true,
        bkacc: false,
        tu: "events",
        Mtu: "Mevent",
        tuth: allocations.events * SHORT_LIVED_PERCENT / 100,
        cmd: &command,
        // A record is of a case, not of a process.
        pid: 0,
        te: allocations.events,
        tg: allocations.peak_event,
        pps,
        ftbl: table.lines,
    };
    crate::render::to_json(&wire)
}

/// A viewer refuses two points with the same stack, and sites may have one:
/// two calls in one line, or in one function without debug information. Their
/// figures are added; the most of both together is not known, and is at most
/// the sum.
fn points(sites: &[Site], table: &mut Table) -> Vec<Point> {
    let mut points: Vec<Point> = Vec::new();
    let mut stacks: HashMap<Vec<usize>, usize> = HashMap::new();
    for site in sites {
        let mut stack: Vec<usize> = site.frames.iter().map(|frame| table.frame(frame)).collect();
        if stack.is_empty() {
            stack.push(table.line(NO_STACK.to_owned()));
        }
        let at = *stacks.entry(stack).or_insert_with_key(|stack| {
            points.push(Point {
                fs: stack.clone(),
                ..Point::default()
            });
            points.len() - 1
        });
        points[at].add(site);
    }
    points
}

impl Point {
    fn add(&mut self, site: &Site) {
        self.tb += site.total.bytes;
        self.tbk += site.total.allocations;
        self.tl += site.lifetime;
        self.mb += site.most.bytes;
        self.mbk += site.most.blocks;
        self.gb += site.at_peak.bytes;
        self.gbk += site.at_peak.blocks;
        self.eb += site.at_end.bytes;
        self.ebk += site.at_end.blocks;
    }
}

/// The table of frames: each is written once.
struct Table {
    lines: Vec<String>,
    places: HashMap<String, usize>,
}

impl Table {
    fn new() -> Table {
        Table {
            // The first line is the root of the tree.
            lines: vec!["[root]".to_owned()],
            places: HashMap::new(),
        }
    }

    /// Viewers expect an address in front of the function. Records hold none,
    /// since it means nothing outside the process: the number of the frame
    /// stands there.
    fn frame(&mut self, frame: &Frame) -> usize {
        let place = match (&frame.file, frame.line, frame.column) {
            (Some(file), Some(line), Some(column)) => format!(" ({file}:{line}:{column})"),
            (Some(file), Some(line), None) => format!(" ({file}:{line})"),
            (Some(file), None, _) => format!(" ({file})"),
            (None, ..) => String::new(),
        };
        self.line(format!("{}{place}", frame.function))
    }

    fn line(&mut self, text: String) -> usize {
        let number = self.lines.len();
        *self.places.entry(text).or_insert_with_key(|text| {
            self.lines.push(format!("{number:#x}: {text}"));
            number
        })
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    /// A record's field, as the runtime writes it.
    const FIELD: &str = include_str!("../../tests/golden/allocations.json");

    fn rendered(change: impl FnOnce(&mut Allocations)) -> String {
        let mut allocations = serde_json::from_str(FIELD).expect("the file is such a field");
        change(&mut allocations);
        render("guard::parser::reads_all", &allocations)
    }

    #[test]
    fn a_profile_holds_every_site_and_frame() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/dhat.json");
        let found = rendered(|_| ());
        if std::env::var_os("PERF_REPORT_BLESS").is_some() {
            std::fs::write(&path, &found).expect("the golden file can be written");
        }
        let expected = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(
            found == expected,
            "dhat.json differs; if that is meant, set PERF_REPORT_BLESS=1\n{found}"
        );
    }

    #[test]
    fn frames_are_written_once_and_indices_point_at_them() {
        let profile: serde_json::Value = serde_json::from_str(&rendered(|_| ())).unwrap();
        let table = profile["ftbl"].as_array().unwrap();
        let mut lines: Vec<&str> = table.iter().filter_map(|line| line.as_str()).collect();
        assert_eq!(lines[0], "[root]");
        assert!(lines[1].starts_with("0x1: "), "{}", lines[1]);
        let all = lines.len();
        let text = |line: &'_ str| line.split_once(": ").map(|(_, text)| text.to_owned());
        lines.sort_by_key(|line| text(line));
        lines.dedup_by_key(|line| text(line));
        assert_eq!(lines.len(), all);
        for point in profile["pps"].as_array().unwrap() {
            let stack = point["fs"].as_array().unwrap();
            assert!(!stack.is_empty());
            for index in stack {
                assert!(
                    (1..all as u64).contains(&index.as_u64().unwrap()),
                    "{index}"
                );
            }
        }
    }

    #[test]
    fn no_stack_occurs_twice_and_every_byte_is_kept() {
        let profile: serde_json::Value = serde_json::from_str(&rendered(|_| ())).unwrap();
        let points = profile["pps"].as_array().unwrap();
        let mut stacks: Vec<String> = points.iter().map(|point| point["fs"].to_string()).collect();
        stacks.sort();
        stacks.dedup();
        assert_eq!(stacks.len(), points.len());
        let field: Allocations = serde_json::from_str(FIELD).unwrap();
        assert!(
            field.sites.len() > points.len(),
            "the file has no such stacks"
        );
        let written: u64 = points.iter().filter_map(|point| point["tb"].as_u64()).sum();
        assert_eq!(
            written,
            field.sites.iter().map(|site| site.total.bytes).sum::<u64>()
        );
    }

    #[test]
    fn a_profile_of_the_beginning_says_so() {
        let cut = rendered(|allocations| allocations.complete = false);
        assert!(cut.contains("the beginning of one call of guard::parser::reads_all"));
        let empty = rendered(|allocations| allocations.sites.clear());
        assert!(empty.contains("\"pps\": []"));
    }
}
