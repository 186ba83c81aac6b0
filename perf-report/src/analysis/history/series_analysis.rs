//! One series and all that is said of it: changes, drift, an alarm.

use std::sync::Arc;

use perf_grammar::{Date, Verdict};

use super::archived::{ArchivedLimit, ArchivedWaiver, Place};
use super::drift;
use super::figure::{Figure, Origin};
use super::moment::Moment;
use super::series::{Row, Series};
use super::shift;
use crate::analysis::statistics::e_divisive::{self, Settings};
use crate::analysis::statistics::quantile::median;

/// Everything that an output shows of a series.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct SeriesAnalysis {
    pub(crate) case: String,
    pub(crate) figure: Figure,
    pub(crate) place: Arc<Place>,
    /// `clean clock`, `counted by callgrind`.
    pub(crate) basis: String,
    pub(crate) points: Vec<Point>,
    pub(crate) changes: Vec<Change>,
    pub(crate) drift: Option<Drift>,
    pub(crate) alarm: Option<Alarm>,
    /// Runs that are not compared: phrases.
    pub(crate) others: Vec<String>,
}

/// One run of a series.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Point {
    pub(crate) at: Arc<Moment>,
    pub(crate) outcome: Verdict,
    /// The figure that is followed.
    pub(crate) value: Option<f64>,
    pub(crate) p50: Option<f64>,
    pub(crate) p99: Option<f64>,
    pub(crate) allocs: Option<f64>,
    pub(crate) peak: Option<f64>,
}

/// The level changed between two runs.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Change {
    /// The last run at the level before.
    pub(crate) last: Arc<Moment>,
    /// The first at the level after.
    pub(crate) first: Arc<Moment>,
    /// The medians of both levels.
    pub(crate) before: f64,
    pub(crate) after: f64,
}

/// The level creeps.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Drift {
    pub(crate) first: Arc<Moment>,
    /// Runs it was seen over.
    pub(crate) runs: usize,
    /// The ends of the line through them.
    pub(crate) before: f64,
    pub(crate) after: f64,
}

/// The latest runs are at a higher level than those before them.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Alarm {
    pub(crate) change: Change,
    /// The waiver that covers it.
    pub(crate) waiver: Option<ArchivedWaiver>,
}

impl SeriesAnalysis {
    /// Looks at the last runs of a series. The alarm looks at as many as it needs.
    pub(crate) fn of(series: &Series<'_>, last: usize, today: Date) -> SeriesAnalysis {
        let mut all: Vec<Point> = series
            .rows
            .iter()
            .map(|row| Point::of(row, series.figure))
            .collect();
        let latest = series.rows.last();
        let waivers = latest.map_or(&[][..], |row| &row.case.limits);
        let alarm = Valued::of(&all).alarm(waivers, series.figure.origin(), today);
        let points = all.split_off(all.len().saturating_sub(last));
        let valued = Valued::of(&points);
        SeriesAnalysis {
            case: series.case.to_owned(),
            figure: series.figure,
            place: Arc::clone(&series.place),
            basis: series.basis.clone(),
            changes: valued.changes(),
            drift: valued.drift(),
            alarm,
            others: series.others.clone(),
            points,
        }
    }

    /// Whether it has a regression without a waiver.
    pub(crate) fn is_alarming(&self) -> bool {
        self.alarm
            .as_ref()
            .is_some_and(|alarm| alarm.waiver.is_none())
    }

    /// The values that are there.
    pub(crate) fn values(&self) -> Vec<f64> {
        self.points.iter().filter_map(|point| point.value).collect()
    }
}

impl Point {
    fn of(row: &Row<'_>, figure: Figure) -> Point {
        Point {
            at: Arc::clone(&row.at),
            outcome: row.case.outcome,
            value: figure.of(row.case),
            p50: Figure::P50.of(row.case),
            p99: Figure::P99.of(row.case),
            allocs: Figure::Allocs.of(row.case),
            peak: Figure::Mem.of(row.case),
        }
    }
}

/// The runs that have the figure, for the rules that look at them.
struct Valued<'a> {
    points: Vec<&'a Point>,
    values: Vec<f64>,
}

impl<'a> Valued<'a> {
    fn of(points: &'a [Point]) -> Valued<'a> {
        let (points, values) = points
            .iter()
            .filter_map(|point| Some((point, point.value?)))
            .unzip();
        Valued { points, values }
    }

    fn at(&self, place: usize) -> Arc<Moment> {
        Arc::clone(&self.points[place].at)
    }

    fn changes(&self) -> Vec<Change> {
        let found = e_divisive::changes(&self.values, Settings::USUAL);
        let edges: Vec<usize> = std::iter::once(0)
            .chain(found.iter().map(|change| change.at))
            .chain([self.values.len()])
            .collect();
        let level = |from: usize, to: usize| median(&self.values[from..to]);
        edges
            .windows(3)
            .map(|edge| Change {
                last: self.at(edge[1] - 1),
                first: self.at(edge[1]),
                before: level(edge[0], edge[1]),
                after: level(edge[1], edge[2]),
            })
            .collect()
    }

    fn drift(&self) -> Option<Drift> {
        drift::drift(&self.values).map(|drift| Drift {
            first: self.at(drift.from),
            runs: self.values.len() - drift.from,
            before: drift.before,
            after: drift.after,
        })
    }

    fn alarm(&self, limits: &[ArchivedLimit], origin: Origin, today: Date) -> Option<Alarm> {
        shift::rise(&self.values).map(|shift| Alarm {
            change: Change {
                last: self.at(shift.at - 1),
                first: self.at(shift.at),
                before: shift.before,
                after: shift.after,
            },
            waiver: covering(limits, origin, today).cloned(),
        })
    }
}

/// The waiver that covers a regression: one of a limit on `regression`, or one
/// of a limit on a figure of the same origin, because the author of a waiver of a p99 knows
/// that the function has become slower. It must still hold today.
fn covering(limits: &[ArchivedLimit], origin: Origin, today: Date) -> Option<&ArchivedWaiver> {
    limits
        .iter()
        .filter(|limit| limit.metric == "regression" || origin_of(&limit.metric) == Some(origin))
        .filter_map(|limit| limit.waiver.as_ref())
        .find(|waiver| Date::parse(&waiver.until).is_some_and(|until| today <= until))
}

/// The origin of what a limit holds; `None` of what no history follows.
fn origin_of(metric: &str) -> Option<Origin> {
    match perf_grammar::Metric::from_key(metric)?.source() {
        perf_grammar::Source::Time => Some(Origin::Time),
        perf_grammar::Source::Allocator => Some(Origin::Memory),
        perf_grammar::Source::Instructions => Some(Origin::Instructions),
        perf_grammar::Source::Processor
        | perf_grammar::Source::Trend
        | perf_grammar::Source::System
        | perf_grammar::Source::Usage
        | perf_grammar::Source::Outcome
        | perf_grammar::Source::Pairs
        | perf_grammar::Source::Family
        | perf_grammar::Source::Trace
        | perf_grammar::Source::Spans
        | perf_grammar::Source::Meter => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::history::archived::ArchivedRun;
    use crate::analysis::history::fixture;
    use crate::analysis::history::series::series;

    fn today() -> Date {
        Date::parse("2026-12-01").expect("a day")
    }

    fn analysis(runs: &[ArchivedRun], figure: Option<Figure>) -> SeriesAnalysis {
        SeriesAnalysis::of(&series(runs, figure)[0], usize::MAX, today())
    }

    fn stepped(before: usize, after: usize) -> Vec<f64> {
        let wobble = |n: usize| 1.0 + 0.002 * (n * 7 % 5) as f64;
        let before = (0..before).map(|n| 1e6 * wobble(n));
        before
            .chain((0..after).map(|n| 1.12e6 * wobble(n)))
            .collect()
    }

    #[test]
    fn a_change_names_the_runs_on_both_sides_and_its_size() {
        let runs = fixture::history("a::b", &stepped(30, 20));
        let analysis = analysis(&runs, None);
        assert_eq!(analysis.changes.len(), 1, "{:?}", analysis.changes);
        let change = &analysis.changes[0];
        assert_eq!((&*change.last.run, &*change.first.run), ("r029", "r030"));
        assert_ne!(change.last.commit, change.first.commit);
        assert!((change.after / change.before - 1.12).abs() < 0.01);
        assert_eq!((analysis.alarm, analysis.drift), (None, None));
    }

    #[test]
    fn the_latest_four_runs_raise_an_alarm() {
        let runs = fixture::history("a::b", &stepped(30, 4));
        let analysis = analysis(&runs, None);
        let alarm = analysis.alarm.as_ref().expect("it is slower");
        assert_eq!(
            (&*alarm.change.last.run, &*alarm.change.first.run),
            ("r029", "r030")
        );
        assert!(analysis.is_alarming());
        let allocs = self::analysis(&runs, Some(Figure::Allocs));
        assert!(!allocs.is_alarming() && allocs.changes.is_empty());
    }

    #[track_caller]
    fn waived(metric: &str, until: &str, expected: bool) {
        let mut runs = fixture::history("a::b", &stepped(30, 4));
        let limit = &mut runs[33].cases[0].limits[0];
        limit.metric = metric.to_owned();
        limit.waiver = Some(ArchivedWaiver {
            reason: "#123".to_owned(),
            until: until.to_owned(),
        });
        assert_eq!(
            !analysis(&runs, None).is_alarming(),
            expected,
            "{metric} {until}"
        );
    }

    #[test]
    fn a_waiver_of_the_same_origin_that_still_holds_covers_an_alarm() {
        waived("p99", "2026-12-31", true);
        waived("mean", "2026-12-01", true);
        waived("regression", "2026-12-31", true);
        waived("p99", "2026-11-30", false);
        waived("allocs", "2026-12-31", false);
        waived("span_p99", "2026-12-31", false);
        waived("p99", "some day", false);
    }

    #[test]
    fn a_run_without_the_figure_is_shown_and_not_looked_at() {
        let mut runs = fixture::history("a::b", &stepped(30, 4));
        let measured = runs[32].cases[0].measured.as_mut().expect("measured");
        measured.times = None;
        let analysis = analysis(&runs, None);
        assert_eq!((analysis.points.len(), analysis.values().len()), (34, 33));
        assert!(!analysis.is_alarming(), "three runs are no four");
    }

    #[test]
    fn only_the_last_runs_are_looked_at_where_that_is_asked_for() {
        let runs = fixture::history("a::b", &stepped(30, 20));
        let analysis = SeriesAnalysis::of(&series(&runs, None)[0], 20, today());
        assert_eq!(analysis.points.len(), 20);
        assert_eq!(analysis.changes, []);
        // But an alarm is raised however few are shown.
        let runs = fixture::history("a::b", &stepped(30, 4));
        assert!(SeriesAnalysis::of(&series(&runs, None)[0], 3, today()).is_alarming());
    }
}
