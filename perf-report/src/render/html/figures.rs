//! The sections of a case that hold figures: times, memory, counts, users, spans, growth.

use perf_grammar::{Unit, format, format_bytes, format_count, format_duration, format_time};

use super::section::Section;
use crate::analysis::profile::{CaseTable, tail_limit, tail_stacks};
use crate::analysis::run::Case;
use crate::model::profile::Profile;
use crate::model::record::{Load, Memory, Summary, User};
use crate::model::words::amount;
use crate::render::flamegraph::{self, SLOW_CALLS, Viewer};

/// What was counted, and what the system said.
pub(super) fn sections(case: &Case) -> impl Iterator<Item = Section<'_>> {
    let sections = [
        case.summary.as_ref().map(times),
        case.memory.as_ref().map(memory),
        counts(case),
        case.load.as_ref().map(users),
    ];
    sections.into_iter().flatten()
}

/// A table of words and their values.
pub(super) fn words(head: &'static str, rows: Vec<(&str, String)>) -> Section<'static> {
    let row = |(word, value): (&str, String)| vec![word.to_owned(), value];
    Section::Table {
        head,
        note: String::new(),
        columns: Vec::new(),
        rows: rows.into_iter().map(row).collect(),
    }
}

fn times(summary: &Summary) -> Section<'static> {
    let times = [
        ("min", summary.min),
        ("p50", summary.p50),
        ("p75", summary.p75),
        ("p90", summary.p90),
        ("p95", summary.p95),
        ("p99", summary.p99),
        ("p99.9", summary.p999),
        ("max", summary.max),
        ("mean", summary.mean),
        ("standard deviation", summary.stddev),
        ("first call", summary.first),
        ("wall clock, p50", summary.wall_p50),
        ("wall clock, p99", summary.wall_p99),
    ];
    let known = times.into_iter();
    let shown = |(word, ns): (&'static str, Option<f64>)| {
        let shown = match word {
            // Calls may all be alike.
            "standard deviation" => format_duration,
            _ => format_time,
        };
        Some((word, shown(ns?)))
    };
    let known = known.filter_map(shown);
    let rate = summary.items_per_s;
    let rate = rate.map(|rate| ("throughput", format(Unit::Rate, rate * 1e3)));
    words("Times", known.chain(rate).collect())
}

fn memory(memory: &Memory) -> Section<'static> {
    let figures = |peak: Option<u64>, allocs: u64, all: u64, retained: i64| {
        [
            peak.map_or(String::new(), |bytes| format_bytes(bytes as f64)),
            format_count(allocs as f64),
            format_bytes(all as f64),
            format_bytes(retained as f64),
        ]
    };
    let (peak, allocs) = (memory.peak_bytes, memory.allocs);
    let values = figures(peak, allocs, memory.alloc_bytes, memory.retained_bytes);
    let first = memory.first.as_ref();
    let first = first.map(|one| {
        let (peak, allocs) = (one.peak_bytes, one.allocs);
        figures(peak, allocs, one.alloc_bytes, one.retained_bytes)
    });
    let names = [
        ("peak", "peak_bytes"),
        ("allocations", "allocs"),
        ("allocated in all", "alloc_bytes"),
        ("retained", "retained_bytes"),
    ];
    let rows = names.into_iter().zip(values).zip(first.unwrap_or_default());
    let row = |(((word, key), value), first): (((&str, &str), String), String)| {
        let spread = memory.spread.get(key).map_or(String::new(), |spread| {
            format!("{} of {} calls", spread.calls_at_largest, memory.calls)
        });
        vec![word.to_owned(), value, spread, first]
    };
    Section::Table {
        head: "Memory",
        note: format!("the largest of {}", amount(memory.calls, "call")),
        columns: vec!["", "a call", "as many as that", "first call"],
        rows: rows.map(row).collect(),
    }
}

fn counts(case: &Case) -> Option<Section<'static>> {
    let mut rows = Vec::new();
    if let Some(growth) = &case.growth {
        let gained = growth.stretches.iter().map(|(calls, gained)| {
            let calls = amount(*calls, "call");
            format!("{} by {calls}", format_bytes(*gained as f64))
        });
        let gained = gained.collect::<Vec<_>>().join(", ");
        let each = growth.bytes_per_1000_calls.map(format_bytes);
        rows.extend(each.map(|each| ("heap gained in 1,000 calls", each)));
        rows.push(("heap gained, in order", gained));
    }
    if let Some(rss) = &case.rss {
        let [peak, before] = [rss.peak_bytes, rss.before_bytes].map(|b| format_bytes(b as f64));
        rows.push(("resident set", format!("{peak}, {before} before")));
    }
    if let Some(instructions) = &case.instructions {
        let (count, tier) = (format_count(instructions.count as f64), &instructions.tier);
        rows.push(("instructions", format!("{count}, counted by {tier}")));
    }
    if let Some(program) = &case.program {
        let time = |ns: Option<f64>| ns.map_or("unknown".to_owned(), format_duration);
        let (user, system) = (time(program.user_ns), time(program.system_ns));
        let shown = format!("{user} user, {system} system");
        rows.push(("processor time of the program", shown));
    }
    if let Some(trace) = &case.trace {
        for (kind, counts) in [("counter", &trace.counters), ("events", &trace.events)] {
            let shown = counts.iter().map(|one| {
                let count = format_count(one.count as f64);
                (kind, format!("{count} {}", one.name))
            });
            rows.extend(shown);
        }
    }
    (!rows.is_empty()).then(|| words("Counts", rows))
}

fn users(load: &Load) -> Section<'static> {
    let row = |(nth, user): (usize, &User)| {
        vec![
            format!("user {}", nth + 1),
            format_count(user.calls as f64),
            format_time(user.mean),
            format_time(user.max),
            format_count(user.errors as f64),
        ]
    };
    Section::Table {
        head: "Users",
        note: load.calls_per_s.map_or(String::new(), |rate| {
            format!("{} together", format(Unit::Rate, rate * 1e3))
        }),
        columns: vec!["", "calls", "mean", "max", "errors"],
        rows: load.users.iter().enumerate().map(row).collect(),
    }
}

/// Where the time goes, in spans or in functions.
pub(super) fn breakdown<const N: usize>(
    head: &'static str,
    table: &CaseTable<N>,
) -> Section<'static> {
    Section::Table {
        head,
        note: table.caption.clone(),
        columns: table.heads.to_vec(),
        rows: table.rows.iter().map(|row| row.to_vec()).collect(),
    }
}

/// Flamegraphs of a case that was profiled: of all calls, and of what slow ones do more.
pub(super) fn flamegraphs(case: &Case) -> Vec<Section<'static>> {
    let sampled = |profile: &&Profile| !profile.samples.is_empty();
    let Some(profile) = case.time_profile.as_ref().filter(sampled) else {
        return Vec::new();
    };
    let mut sections = vec![Section::Picture {
        head: "Flamegraph",
        note: match profile.is_counted() {
            false => "of all calls; the callers stand below",
            true => "instructions of one call; the callers stand below",
        },
        svg: flamegraph::svg(profile, Viewer::Page),
    }];
    if let Some(tail) = tail_stacks(profile, tail_limit(case)) {
        sections.push(Section::Picture {
            head: "Slow calls",
            note: "a slow call; red is what takes longer than in a typical one",
            svg: flamegraph::differential(&case.id, SLOW_CALLS, &tail, Viewer::Page),
        });
    }
    sections
}

/// How the cost grows over the argument.
pub(super) fn growths(case: &Case) -> impl Iterator<Item = Section<'_>> {
    let fits = case.limits.iter().flat_map(|limit| &limit.fits);
    let fits = fits.filter(|fit| !fit.points.is_empty());
    fits.map(|fit| Section::Growth {
        head: format!("How {} grows", fit.of),
        note: format!("{} fits best", fit.best),
        unit: if fit.of == "time" { "ns" } else { "count" },
        points: &fit.points,
    })
}
