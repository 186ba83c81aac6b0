//! The page of a run.

use perf_grammar::{Metric, Mode, Verdict, format_count, format_duration, harmless};

use super::figures::{self, breakdown, words};
use super::page::{Entry, Foot, List, Page, write};
use super::section::{Cell, Column, Detail, Item, Mark, Place, Row, Section, Side, place};
use super::series::{Past, Series};
use crate::analysis::distribution::Distribution;
use crate::analysis::report::{Explanation, Report, tightest, value};
use crate::analysis::run::{Case, Limit};
use crate::model::profile::View;
use crate::model::record::Environment;
use crate::model::words::amount;

/// Renders everything.
pub(crate) fn render(report: &Report) -> String {
    let environments = environments(report);
    let past = Past::of(&report.past);
    let (verdict, status) = report.status();
    let about = [Some(format!("run {}", report.run)), report.machine.clone()];
    let page = Page {
        heading: "Performance budgets",
        verdict,
        status: status.to_owned(),
        about: about.into_iter().flatten().collect(),
        tally: report.tally,
        sum: report.closing(),
        lists: lists(report),
        noun: "case",
        rows_head: amount(report.cases.len() as u64, "case"),
        columns: COLUMNS.to_vec(),
        rows: (report.cases.iter().enumerate())
            .map(|(nth, case)| row(&past, case, nth))
            .collect(),
        runs: past.runs(),
        foot: foot(report, &environments),
    };
    let one_place = environments.len() < 2;
    let details = report.cases.iter().map(|case| {
        let mut sections = sections(report, &past, case);
        let functions = report.functions(&case.id);
        sections.extend(functions.map(|table| breakdown("Functions", table)));
        sections.extend(figures::flamegraphs(case));
        if let Some(environment) = case.environment.as_ref().filter(|_| !one_place) {
            sections.push(words("Environment", environment_words(environment)));
        }
        Detail {
            id: harmless(&case.id).into_owned(),
            verdict: Place(case.outcome),
            facts: facts(case),
            sections,
        }
    });
    write(page, details)
}

/// The forms of a profile, where it is known in which folder they are.
fn files(report: &Report, one: &Explanation) -> Vec<(&'static str, String)> {
    let folder = report
        .records_from_page
        .as_ref()
        .or(report.records.as_ref());
    let views = one.views.iter().filter_map(|(view, file)| {
        let name = match view {
            View::Flamegraph => "flamegraph",
            View::Tail => "slow calls",
            View::Folded => "folded stacks (speedscope.app)",
            View::Firefox => "profile (profiler.firefox.com)",
            View::Change => return None,
        };
        Some((name, format!("{}/{file}", folder?)))
    });
    views.collect()
}

/// What keeps the run from being whole, what was not judged, then what is broken.
fn lists(report: &Report) -> Vec<List> {
    let of = |head, wanted: &[Verdict]| List {
        head,
        entries: (report.explanations.iter())
            .filter(|one| wanted.contains(&one.verdict))
            .map(|one| Entry {
                files: files(report, one),
                ..Entry::of(one)
            })
            .collect(),
    };
    vec![
        List::plain("Incomplete", &report.problems),
        of("Not judged", &[Verdict::Unmeasured, Verdict::Undecided]),
        of("Broken", &[Verdict::Fail, Verdict::Warn, Verdict::Waived]),
        List::plain("Unfit environment", &report.unfit),
        of("Passes with a remark", &[Verdict::Pass]),
    ]
}

/// The columns after verdict and name.
const COLUMNS: [Column; 9] = [
    Column::new("nearest limit", "share", 0),
    Column::new("p50", "ns", 1),
    Column::new("p99", "ns", 2),
    Column::new("mean", "ns", 3),
    Column::new("max", "ns", 4),
    Column::new("allocs", "count", 3),
    Column::new("peak", "bytes", 4),
    Column::new("calls", "count", 4),
    Column::new("trend", "trend", 2),
];

fn row(past: &Past<'_>, case: &Case, nth: usize) -> Row {
    let cells = COLUMNS.iter().map(|column| match column.kind {
        "share" => match tightest(case) {
            Some((limit, share)) => Cell::Share(share, limit.metric.clone(), place(limit.verdict)),
            None => Cell::Number(None),
        },
        "trend" => match past.series_of(&case.id).next() {
            Some(series) => series.trend(),
            None => Cell::Number(None),
        },
        "bytes" => Cell::Number(value(case, "mem")),
        _ => Cell::Number(value(case, column.head)),
    });
    let labels = [&case.class, &case.group, &case.requirement];
    let labels = labels.into_iter().flatten().chain(&case.tags);
    let also: Vec<&str> = labels.map(String::as_str).chain([&*case.source]).collect();
    Row(
        Place(case.outcome),
        nth,
        harmless(&case.id).into_owned(),
        also.join(" "),
        cells.collect(),
    )
}

fn facts(case: &Case) -> Vec<String> {
    let mut facts = vec![case.source.clone()];
    let labels = [
        ("class", &case.class),
        ("group", &case.group),
        ("requirement", &case.requirement),
    ];
    let labelled = labels
        .into_iter()
        .filter_map(|(word, value)| Some((word, value.as_ref()?)));
    facts.extend(labelled.map(|(word, value)| format!("{word} {value}")));
    facts.extend(case.tags.iter().map(|tag| format!("tag {tag}")));
    if case.items > 1 {
        let items = format_count(case.items as f64);
        facts.push(format!("times are per item, of {items} a call"));
    }
    facts
}

fn sections<'a>(report: &'a Report, past: &Past<'_>, case: &'a Case) -> Vec<Section<'a>> {
    let mut sections = Vec::new();
    if let Some(failure) = &case.failure {
        sections.push(Section::Text {
            head: "Why it failed",
            pre: true,
            lines: vec![case.brief(&failure.text).into_owned()],
        });
    }
    sections.push(Section::Limits {
        head: "Limits",
        items: case
            .limits
            .iter()
            .map(|limit| item(report, case, limit))
            .collect(),
    });
    sections.extend(times(case));
    sections.extend(timeline(case));
    sections.extend(figures::sections(case));
    let spans = report.spans(&case.id);
    sections.extend(spans.map(|table| breakdown("Spans", table)));
    sections.extend(figures::growths(case));
    sections.extend(past.series_of(&case.id).map(Series::section));
    if !case.notes.is_empty() {
        sections.push(Section::Text {
            head: "Notes",
            pre: false,
            lines: case
                .notes
                .iter()
                .map(|note| case.brief(note).into_owned())
                .collect(),
        });
    }
    sections
}

fn item(report: &Report, case: &Case, limit: &Limit) -> Item {
    let at = limit
        .source
        .as_ref()
        .map_or(String::new(), |at| format!(" at {at}"));
    let origin = format!("{}, from {}{at}", limit.mode.word(), limit.layer);
    Item {
        verdict: Place(limit.verdict),
        sentence: case.brief(&limit.sentence).into_owned(),
        lines: [report.below(case, limit), vec![origin]].concat(),
    }
}

/// The limits on times of calls, for charts of them.
fn marks(case: &Case) -> Vec<Mark> {
    let mark = |limit: &Limit| {
        let q = match Metric::from_key(&limit.metric)? {
            Metric::Quantile(quantile) => Some(quantile.share()),
            Metric::Min | Metric::Mean | Metric::Max => None,
            _ => return None,
        };
        Some(Mark {
            label: limit.metric.clone(),
            value: limit.bound?,
            q,
            verdict: place(limit.verdict),
        })
    };
    case.limits.iter().filter_map(mark).collect()
}

fn times(case: &Case) -> Option<Section<'_>> {
    let distribution = Distribution::of(case.histogram.as_ref())?;
    let summary = case.summary.as_ref()?;
    let batches = match summary.batch {
        0 | 1 => String::new(),
        batch => format!(
            "; each is the mean of a batch of {} calls",
            format_count(batch as f64)
        ),
    };
    Some(Section::Times {
        head: "Distribution",
        note: format!(
            "{} in {}{batches}",
            amount(summary.calls, "call"),
            amount(summary.rounds, "round")
        ),
        sides: vec![Side::of("", &distribution, summary.max)],
        marks: marks(case),
    })
}

fn timeline(case: &Case) -> Option<Section<'_>> {
    let points = case.timeline.iter();
    let points: Vec<f64> = points
        .flat_map(|(at, units, min, median, max)| [*at as f64, *units as f64, *min, *median, *max])
        .collect();
    let batched = case
        .summary
        .as_ref()
        .is_some_and(|summary| summary.batch > 1);
    let disturbed = case.disturbed.as_ref().map_or(String::new(), |disturbed| {
        format!(
            "; {} interrupted, {} of {} spent waiting for a processor",
            match disturbed.preempted {
                1 => "1 was".to_owned(),
                many => format!("{} were", format_count(many as f64)),
            },
            format_duration(disturbed.waiting_ns as f64),
            format_duration(disturbed.calls_ns as f64),
        )
    });
    (!points.is_empty()).then(|| Section::Timeline {
        head: "Calls over time",
        note: format!("least, median and greatest of neighbours, in the order in which they were made{disturbed}"),
        unit: if batched { "batches" } else { "calls" },
        points,
        marks: marks(case),
    })
}

fn environments(report: &Report) -> Vec<&Environment> {
    let mut found: Vec<&Environment> = Vec::new();
    for environment in report
        .cases
        .iter()
        .filter_map(|case| case.environment.as_ref())
    {
        // Neighbours share it: the last is looked at first.
        let alike =
            |other: &&Environment| environment_words(other) == environment_words(environment);
        if found.len() < 8 && !found.iter().rev().any(alike) {
            found.push(environment);
        }
    }
    found
}

fn environment_words(environment: &Environment) -> Vec<(&'static str, String)> {
    let shown = |value: &Option<serde_json::Value>| {
        value.as_ref().map(|value| match value {
            serde_json::Value::String(text) => text.clone(),
            other => other.to_string(),
        })
    };
    let words = [
        ("processor", environment.processor.clone()),
        ("processors", Some(environment.cores.to_string())),
        (
            "system",
            Some(format!("{} {}", environment.os, environment.arch)),
        ),
        ("kernel", environment.kernel.clone()),
        ("virtual machine", environment.virtual_machine.clone()),
        ("governor", shown(&environment.governor)),
        ("turbo", shown(&environment.turbo)),
        ("cgroup quota", shown(&environment.cgroup_quota)),
        ("compiler", environment.rustc.clone()),
        ("build", Some(environment.build())),
    ];
    words
        .into_iter()
        .filter_map(|(word, value)| Some((word, value?)))
        .collect()
}

fn foot(report: &Report, environments: &[&Environment]) -> Vec<Foot> {
    let environment = match environments {
        [one] => environment_words(one),
        _ => Vec::new(),
    };
    let judged = report
        .budget_files
        .iter()
        .map(|file| format!("judged by {file}"));
    let stored = report
        .records
        .iter()
        .map(|folder| format!("records in {folder}"));
    let notes = report
        .notes
        .iter()
        .map(|note| format!("{} ({})", note.text, note.about()));
    let off = report
        .cases
        .iter()
        .flat_map(|case| &case.limits)
        .filter(|limit| limit.mode == Mode::Off);
    let off = match off.count() {
        0 => None,
        1 => Some("1 limit is measured only: mode is off".to_owned()),
        many => Some(format!(
            "{} limits are measured only: mode is off",
            format_count(many as f64)
        )),
    };
    vec![
        Foot {
            head: "Environment",
            lines: (environment.into_iter())
                .map(|(word, value)| format!("{word}: {value}"))
                .chain(judged)
                .chain(stored)
                .collect(),
        },
        Foot {
            head: "Notes",
            lines: notes
                .chain(report.warnings.iter().cloned())
                .chain(off)
                .collect(),
        },
    ]
}
