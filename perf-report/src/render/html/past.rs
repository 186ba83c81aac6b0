//! The page of a history: a row and a chart for each series.

use perf_grammar::harmless;

use super::page::{Entry, Foot, List, Page, write};
use super::section::{Cell, Column, Detail, Place, Row, Section, trend};
use crate::analysis::history::{SeriesAnalysis, Trend, past, sentence};
use crate::analysis::report::PastSeries;
use crate::model::counts::{Tally, Verdict};
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
    let past = past(std::slice::from_ref(trend));
    // The series of a case stand in the order in which it is followed.
    let mut taken = std::collections::BTreeMap::<&str, usize>::new();
    let series: Vec<(&SeriesAnalysis, &PastSeries)> = (trend.analyses.iter())
        .map(|one| {
            let nth = taken.entry(&one.case).or_default();
            *nth += 1;
            (one, &past.series[&one.case][*nth - 1])
        })
        .collect();
    let verdicts = trend.analyses.iter().map(verdict);
    let tally = Tally::of(verdicts);
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
        about: vec![amount(past.runs.len() as u64, "run")],
        tally,
        sum: vec![trend.closing()],
        lists: vec![List {
            head: "Regressions",
            entries: trend.analyses.iter().filter_map(entry).collect(),
        }],
        noun: "case",
        rows_head: format!("{} series", perf_grammar::format_count(series.len() as f64)),
        columns: COLUMNS.to_vec(),
        rows: (series.iter().enumerate())
            .map(|(nth, (one, series))| row(one, series, nth))
            .collect(),
        runs: &past.runs,
        foot: vec![Foot {
            head: "Notes",
            lines: trend.remarks.clone(),
        }],
    };
    let details = series.iter().map(|(one, series)| Detail {
        id: harmless(&one.case).into_owned(),
        verdict: Place(verdict(one)),
        facts: one.others.clone(),
        sections: vec![Section::of_series(series)],
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

fn row(one: &SeriesAnalysis, series: &PastSeries, nth: usize) -> Row {
    let kind = one.figure.kind();
    let latest = one.values().last().copied();
    let analysis = series.figures.first();
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
            analysis.and_then(trend).unwrap_or(Cell::Number(None)),
            Cell::Number(Some(one.changes.len() as f64)),
            Cell::Text(one.place.machine.clone()),
        ],
    )
}
