//! The page of a history: a row and a chart for each series.

use perf_grammar::{Tally, Verdict, harmless};

use super::page::{Entry, Foot, List, Page, write};
use super::section::{Cell, Column, Detail, Place, Row};
use super::series::{Past, Series};
use crate::analysis::history::{SeriesAnalysis, Trend, sentence};
use crate::model::words::amount;

const COLUMNS: [Column; 6] = [
    Column::new("figure", "text", 2),
    Column::new("runs", "count", 3),
    Column::new("latest", "figure", 0),
    Column::new("trend", "trend", 1),
    Column::new("changes", "count", 2),
    Column::new("machine", "text", 4),
];

/// Renders everything.
pub(crate) fn render(trend: &Trend) -> String {
    let past = Past::of(std::slice::from_ref(trend));
    let runs = past.runs();
    let verdicts: Vec<Verdict> = trend.analyses.iter().map(verdict).collect();
    let tally = Tally::of(&verdicts);
    let page = Page {
        heading: "Performance over time",
        verdict: match (tally.failed, tally.waived) {
            (0, 0) => Verdict::Pass,
            (0, _) => Verdict::Waived,
            _ => Verdict::Fail,
        },
        status: match trend.alarms() {
            0 => "no regression".to_owned(),
            many => amount(many as u64, "regression"),
        },
        about: vec![amount(runs.len() as u64, "run")],
        tally,
        sum: vec![trend.closing()],
        lists: vec![List {
            head: "Regressions",
            entries: trend.analyses.iter().filter_map(entry).collect(),
        }],
        noun: "case",
        rows_head: format!(
            "{} series",
            perf_grammar::format_count(past.series().len() as f64)
        ),
        columns: COLUMNS.to_vec(),
        rows: (past.series().iter().enumerate())
            .map(|(nth, series)| row(series, nth))
            .collect(),
        runs,
        foot: vec![Foot {
            head: "Notes",
            lines: trend.remarks.clone(),
        }],
    };
    let details = past.series().iter().map(|series| Detail {
        id: harmless(&series.one.case).into_owned(),
        verdict: Place(verdict(series.one)),
        facts: series.one.others.clone(),
        sections: vec![series.section()],
    });
    write(page, details)
}

/// A regression that no waiver covers fails, as under `--check`.
fn verdict(one: &SeriesAnalysis) -> Verdict {
    match &one.alarm {
        Some(_) if one.is_alarming() => Verdict::Fail,
        Some(_) => Verdict::Waived,
        None => Verdict::Pass,
    }
}

fn entry(one: &SeriesAnalysis) -> Option<Entry> {
    Some(Entry {
        verdict: Some(verdict(one)),
        case: Some(one.case.clone()),
        sentence: sentence::alarming(one, one.alarm.as_ref()?),
        lines: Vec::new(),
        files: Vec::new(),
    })
}

fn row(series: &Series<'_>, nth: usize) -> Row {
    let one = series.one;
    let kind = one.figure.kind();
    let latest = one.values().last().copied();
    Row(
        Place(verdict(one)),
        nth,
        harmless(&one.case).into_owned(),
        format!("{} {}", one.place.machine, kind.word()),
        vec![
            Cell::Text(one.figure.word().to_owned()),
            Cell::Number(Some(one.points.len() as f64)),
            match latest {
                Some(value) => Cell::Figure(value, sentence::figure(kind, value)),
                None => Cell::Number(None),
            },
            series.trend(),
            Cell::Number(Some(one.changes.len() as f64)),
            Cell::Text(one.place.machine.clone()),
        ],
    )
}
