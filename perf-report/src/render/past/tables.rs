//! The tables of a history: which columns there are, and what stands in them.

use crate::analysis::history::{Figure, Point, SeriesAnalysis, sentence, sparkline};
use crate::model::date;
use crate::model::scale;
use crate::model::words::counted;
use crate::render::table::{Align, Column};

/// A row for each run of one case.
pub(super) fn runs(analysis: &SeriesAnalysis) -> Vec<Column> {
    let points = &analysis.points;
    let text = |head, cell: fn(&Point) -> String| Column::of(head, Align::Left, 0, points, cell);
    let mut columns = vec![
        text("when", |point| date::minute(point.at.unix_time)),
        text("commit", |point| match &point.at.commit {
            Some(commit) => commit.short(),
            None => String::new(),
        }),
    ];
    type Value = fn(&Point) -> Option<f64>;
    let figures: [(Figure, Value); 4] = [
        (Figure::P50, |point| point.p50),
        (Figure::P99, |point| point.p99),
        (Figure::Allocs, |point| point.allocs),
        (Figure::Mem, |point| point.peak),
    ];
    let shown = figures.iter().any(|(figure, _)| *figure == analysis.figure);
    if !shown {
        columns.extend(number(analysis.figure, points, 0, |point| point.value));
    }
    for (figure, value) in figures {
        let rank = if figure == analysis.figure { 0 } else { 2 };
        columns.extend(number(figure, points, rank, value));
    }
    columns.push(Column::of(
        "change",
        Align::Right,
        0,
        changes(points),
        |cell| cell,
    ));
    columns.push(text("verdict", |point| point.outcome.word().to_owned()));
    columns
}

/// Against the run before that has a value.
fn changes(points: &[Point]) -> Vec<String> {
    let mut before = None;
    let cell = |point: &Point| {
        let text = before
            .zip(point.value)
            .map(|(before, value)| sentence::change(before, value));
        before = point.value.or(before);
        text.unwrap_or_default()
    };
    points.iter().map(cell).collect()
}

/// A row for each series.
pub(super) fn lines(analysis: &[&SeriesAnalysis]) -> Vec<Column> {
    let column = |head, align, rank, cell: &dyn Fn(&SeriesAnalysis) -> String| {
        Column::of(head, align, rank, analysis, |one| cell(one))
    };
    let end = |one: &SeriesAnalysis, first: bool| {
        let values = one.values();
        let value = if first { values.first() } else { values.last() };
        value.copied()
    };
    vec![
        column("case", Align::Left, 0, &|one| one.case.clone()),
        column("runs", Align::Right, 3, &|one| {
            one.values().len().to_string()
        }),
        column("figure", Align::Left, 4, &|one| {
            one.figure.word().to_owned()
        }),
        column("trend", Align::Left, 1, &|one| sparkline(&one.values())),
        column("latest", Align::Right, 0, &|one| match end(one, false) {
            Some(latest) => sentence::figure(one.figure.kind(), latest),
            None => String::new(),
        }),
        column(
            "since first",
            Align::Right,
            2,
            &|one| match (end(one, true), end(one, false)) {
                (Some(first), Some(latest)) => sentence::change(first, latest),
                _ => String::new(),
            },
        ),
        column("", Align::Left, 0, &|one| marks(one)),
    ]
}

/// What is reported of a series below the table, in words.
fn marks(analysis: &SeriesAnalysis) -> String {
    let mut marks = Vec::new();
    if let Some(alarm) = &analysis.alarm {
        marks.push(match &alarm.waiver {
            Some(_) => "waived".to_owned(),
            None => "REGRESSION".to_owned(),
        });
    }
    if !analysis.changes.is_empty() {
        marks.push(counted(analysis.changes.len(), "change"));
    }
    if analysis.drift.is_some() {
        marks.push("drift".to_owned());
    }
    marks.join(", ")
}

/// `None` where no run has a value.
fn number(
    figure: Figure,
    points: &[Point],
    rank: u8,
    value: impl Fn(&Point) -> Option<f64>,
) -> Option<Column> {
    let values: Vec<Option<f64>> = points.iter().map(value).collect();
    let kind = figure.kind();
    let prefix = scale::prefix(kind, &values);
    Column::of_numbers(figure.word(), rank, kind, prefix, &values)
}
