//! Trends of a history in the form that a report shows beside its cases.

use std::collections::BTreeMap;

use super::figure::Figure;
use super::sentence;
use super::series_analysis::{Point, SeriesAnalysis};
use super::trend::Trend;
use crate::analysis::report::{Level, Moment, Past, PastFigure, PastRun, PastSeries};
use crate::model::date;

/// Puts together what trends of the same runs show: each follows one figure, with
/// its changes. The first says which runs there are; the tail and the peak of its
/// points are shown as well.
pub(crate) fn past(trends: &[Trend]) -> Past {
    let Some((first, others)) = trends.split_first() else {
        return Past::default();
    };
    let mut known: BTreeMap<(u64, &str), &Moment> = BTreeMap::new();
    for point in first.analyses.iter().flat_map(|one| &one.points) {
        let at = &point.at;
        known.insert((at.unix_time, &at.run), at);
    }
    let places: BTreeMap<(u64, &str), usize> = known
        .keys()
        .enumerate()
        .map(|(place, key)| (*key, place))
        .collect();
    let mut others: BTreeMap<(&str, &str), Vec<&SeriesAnalysis>> = {
        let mut found: BTreeMap<_, Vec<&SeriesAnalysis>> = BTreeMap::new();
        for one in others.iter().flat_map(|trend| &trend.analyses) {
            let same = found.entry((&*one.case, &*one.place.machine));
            same.or_default().push(one);
        }
        found
    };
    let mut past = Past::default();
    for one in &first.analyses {
        let beside = others.remove(&(&*one.case, &*one.place.machine));
        let place = |point: &Point| places[&(point.at.unix_time, &*point.at.run)];
        let runs: Vec<usize> = one.points.iter().map(place).collect();
        let series = PastSeries {
            place: sentence::place(one),
            verdicts: one.points.iter().map(|point| point.outcome).collect(),
            figures: figures(one, beside.unwrap_or_default(), &runs, &place),
            runs,
        };
        past.series
            .entry(one.case.clone())
            .or_default()
            .push(series);
    }
    past.runs = known.into_values().map(run).collect();
    past
}

fn run(at: &Moment) -> PastRun {
    PastRun {
        when: date::minute(at.unix_time),
        code: at.code(),
    }
}

/// The figures of a series that have any value.
fn figures(
    one: &SeriesAnalysis,
    beside: Vec<&SeriesAnalysis>,
    runs: &[usize],
    place: &impl Fn(&Point) -> usize,
) -> Vec<PastFigure> {
    let mut figures = vec![analysis(
        one,
        one.points.iter().map(|point| point.value).collect(),
    )];
    if one.figure != Figure::P99 {
        figures.push(plain(Figure::P99, one, |point| point.p99));
    }
    for other in beside {
        // Its runs may be others: who counted differently is left out of one and
        // not of the other.
        let values: BTreeMap<usize, Option<f64>> = (other.points.iter())
            .map(|point| (place(point), point.value))
            .collect();
        let values = runs.iter().map(|run| values.get(run).copied().flatten());
        let mut figure = analysis(other, values.collect());
        if figure.values.len() != other.points.len() {
            figure.changes.clear();
        }
        figures.push(figure);
    }
    figures.push(plain(Figure::Mem, one, |point| point.peak));
    figures.retain(|figure| figure.values.iter().any(Option::is_some));
    figures
}

fn plain(
    figure: Figure,
    one: &SeriesAnalysis,
    value: impl Fn(&Point) -> Option<f64>,
) -> PastFigure {
    PastFigure {
        metric: figure.word(),
        kind: figure.kind(),
        values: one.points.iter().map(value).collect(),
        changes: Vec::new(),
        said: Vec::new(),
    }
}

/// A figure with what was found of it.
fn analysis(one: &SeriesAnalysis, values: Vec<Option<f64>>) -> PastFigure {
    let alarm = one.alarm.iter().map(|alarm| sentence::alarming(one, alarm));
    let changes = one
        .changes
        .iter()
        .map(|change| sentence::changed(one, change));
    let drift = one.drift.iter().map(|drift| sentence::drifting(one, drift));
    let at = |run: &str| one.points.iter().position(|point| point.at.run == run);
    let levels = one.changes.iter().filter_map(|change| {
        Some(Level {
            at: at(&change.first.run)?,
            before: change.before,
            after: change.after,
        })
    });
    PastFigure {
        metric: one.figure.word(),
        kind: one.figure.kind(),
        values,
        changes: levels.collect(),
        said: alarm.chain(changes).chain(drift).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::history::{Choice, fixture};
    use crate::model::date::Date;
    use crate::model::words::percent;

    fn trend(
        runs: &[crate::analysis::history::archived::ArchivedRun],
        figure: Option<Figure>,
    ) -> Trend {
        let today = Date::parse("2026-12-01").expect("a day");
        let choice = Choice {
            figure,
            last: 100,
            machine: None,
            today,
        };
        Trend::of(runs, &choice)
    }

    #[test]
    fn a_case_shows_its_runs_its_changes_and_their_commits() {
        let values: Vec<f64> = (0..50)
            .map(|n| if n < 30 { 1e6 } else { 1.2e6 } + f64::from(n % 3))
            .collect();
        let mut runs = fixture::history("a::b", &values);
        for run in &mut runs[20..] {
            let measured = run.cases[0].measured.as_mut().expect("measured");
            measured.memory.as_mut().expect("counted").allocs = 13;
        }
        let past = past(&[trend(&runs, None), trend(&runs, Some(Figure::Allocs))]);
        let [series] = &*past.series["a::b"] else {
            panic!("one machine")
        };
        let words: Vec<&str> = series.figures.iter().map(|figure| figure.metric).collect();
        assert_eq!(words, ["p50", "p99", "allocs", "mem"]);
        assert_eq!(
            (past.runs.len(), series.runs.len(), series.runs[49]),
            (50, 50, 49)
        );
        let [time] = &*series.figures[0].changes else {
            panic!("{:?}", series.figures[0])
        };
        assert_eq!(
            (time.at, percent(time.after / time.before)),
            (30, "120 %".to_owned())
        );
        assert_eq!(series.figures[2].changes[0].at, 20);
        assert!(
            series.figures[0].said[0].contains(&*past.runs[30].code),
            "{:?}",
            series.figures[0].said
        );
        assert!(series.figures[0].change().is_some_and(|ratio| ratio > 1.19));
    }

    #[test]
    fn without_a_picture_there_is_no_past() {
        assert_eq!(past(&[]), Past::default());
    }
}
