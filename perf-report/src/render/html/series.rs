//! Cases over time: what the page shows of the series of trends.

use std::collections::{BTreeMap, HashMap};

use super::section::{Cell, Change, Figure, Place, Section, Values};
use crate::analysis::history::{self, Moment, Point, SeriesAnalysis, Trend, sentence};
use crate::model::date;

/// Series of cases over the same runs.
pub(super) struct Past<'a> {
    /// In order of time, each with its place.
    runs: BTreeMap<Run<'a>, (usize, &'a Moment)>,
    series: Vec<Series<'a>>,
    /// Where the series of each case stand.
    cases: HashMap<&'a str, Vec<usize>>,
}

/// The time of a run and its name.
type Run<'a> = (u64, &'a str);

/// The comparable runs of a case on machines of one class.
pub(super) struct Series<'a> {
    pub(super) one: &'a SeriesAnalysis,
    /// Analyses of other figures.
    beside: Vec<&'a SeriesAnalysis>,
    /// The places of its runs.
    runs: Vec<usize>,
}

/// A figure of a series: a value a run, and its analysis where there is one.
struct Line<'a> {
    figure: history::Figure,
    values: Vec<Option<f64>>,
    analysis: Option<&'a SeriesAnalysis>,
}

impl<'a> Past<'a> {
    /// Of trends of the same cases, each of another figure. The first says which runs
    /// there are; the tail and the peak of its points are shown as well.
    pub(super) fn of(trends: &'a [Trend]) -> Past<'a> {
        let mut analyses = trends.iter().map(|trend| &*trend.analyses);
        let first = analyses.next().unwrap_or_default();
        let mut others: HashMap<(&str, &str), Vec<&SeriesAnalysis>> = HashMap::new();
        for one in analyses.flatten() {
            let same = others.entry((&*one.case, &*one.place.machine));
            same.or_default().push(one);
        }
        let points = first.iter().flat_map(|one| &one.points);
        let mut runs: BTreeMap<_, _> = points.map(|one| (run(one), (0, &*one.at))).collect();
        for (place, run) in runs.values_mut().enumerate() {
            run.0 = place;
        }
        let mut cases: HashMap<&str, Vec<usize>> = HashMap::new();
        let series = first.iter().enumerate().map(|(nth, one)| {
            cases.entry(&one.case).or_default().push(nth);
            Series {
                one,
                beside: (others.remove(&(&*one.case, &*one.place.machine))).unwrap_or_default(),
                runs: one.points.iter().map(|one| runs[&run(one)].0).collect(),
            }
        });
        Past {
            series: series.collect(),
            runs,
            cases,
        }
    }

    /// The time and the code of each run.
    pub(super) fn runs(&self) -> Vec<[String; 2]> {
        let runs = self.runs.values();
        runs.map(|(_, at)| [date::minute(at.unix_time), at.code()])
            .collect()
    }

    /// All series, in the order of the first trend.
    pub(super) fn series(&self) -> &[Series<'a>] {
        &self.series
    }

    /// Those of one case.
    pub(super) fn series_of(&self, case: &str) -> impl Iterator<Item = &Series<'a>> {
        let places = self.cases.get(case).into_iter().flatten();
        places.map(|nth| &self.series[*nth])
    }
}

fn run(point: &Point) -> Run<'_> {
    (point.at.unix_time, &point.at.run)
}

impl<'a> Series<'a> {
    /// A chart for each figure that any run has a value of.
    pub(super) fn section<'b>(&self) -> Section<'b> {
        let verdicts = self.one.points.iter().map(|point| Place(point.outcome));
        Section::History {
            head: "History",
            note: sentence::place(self.one),
            runs: self.runs.clone(),
            verdicts: Values::of(verdicts.collect()),
            figures: self.lines().map(Line::figure).collect(),
        }
    }

    /// The first figure over time, small enough for a cell of each row.
    pub(super) fn trend(&self) -> Cell {
        let first = self.lines().next();
        let cell = first.and_then(|line| trend(line.values.into_iter().flatten().collect()));
        cell.unwrap_or(Cell::Number(None))
    }

    fn lines(&self) -> impl Iterator<Item = Line<'a>> {
        let one = self.one;
        let plain = |figure, value: fn(&Point) -> Option<f64>| Line {
            figure,
            values: one.points.iter().map(value).collect(),
            analysis: None,
        };
        let first = Line {
            analysis: Some(one),
            ..plain(one.figure, |point| point.value)
        };
        let tail = (one.figure != history::Figure::P99)
            .then(|| plain(history::Figure::P99, |point| point.p99));
        let peak = plain(history::Figure::Mem, |point| point.peak);
        let beside = self.beside.iter().map(|other| Line {
            figure: other.figure,
            // Its runs may be others: one that counted differently is left out of one
            // and not of the other.
            values: {
                let values: HashMap<Run<'_>, Option<f64>> = (other.points.iter())
                    .map(|point| (run(point), point.value))
                    .collect();
                let value = |point| values.get(&run(point)).copied().flatten();
                one.points.iter().map(value).collect()
            },
            analysis: Some(other),
        });
        let lines = [Some(first), tail].into_iter().flatten();
        let lines = lines.chain(beside).chain([peak]);
        lines.filter(|line| line.values.iter().any(Option::is_some))
    }
}

impl Line<'_> {
    fn figure(self) -> Figure {
        let mut changes = Vec::new();
        let mut said = Vec::new();
        if let Some(one) = self.analysis {
            let at = |run: &str| one.points.iter().position(|point| point.at.run == run);
            // A change has its place only where the runs are the same.
            if one.points.len() == self.values.len() {
                changes.extend(one.changes.iter().filter_map(|change| {
                    Some(Change {
                        at: at(&change.first.run)?,
                        label: label(change.before, change.after),
                        worse: change.after > change.before,
                    })
                }));
            }
            said.extend(one.alarm.iter().map(|alarm| sentence::alarming(one, alarm)));
            let changed = one.changes.iter();
            said.extend(changed.map(|change| sentence::changed(one, change)));
            said.extend(one.drift.iter().map(|drift| sentence::drifting(one, drift)));
        }
        Figure {
            metric: self.figure.word(),
            unit: self.figure.kind().word(),
            values: Values::of(self.values),
            changes,
            said,
        }
    }
}

/// A change as a percentage.
fn label(before: f64, after: f64) -> String {
    if before <= 0.0 {
        return format!("from {before}");
    }
    let percent = (after / before - 1.0) * 100.0;
    let digits = usize::from(percent.abs() < 9.95);
    format!("{percent:+.digits$} %")
}

/// The last of some values over the first, and all as a small line; `None` where there
/// are no two, or the first is 0.
fn trend(all: Vec<f64>) -> Option<Cell> {
    const MOST: usize = 32;
    let [first, .., last] = &*all else {
        return None;
    };
    let values = &all[all.len().saturating_sub(MOST)..];
    let (low, high) = (values.iter()).fold((f64::MAX, f64::MIN), |(low, high), value| {
        (low.min(*value), high.max(*value))
    });
    // A line that moves by less than a twentieth looks as still as it is.
    let span = (high - low).max(high.abs() * 0.05).max(f64::MIN_POSITIVE);
    let middle = f64::midpoint(low, high);
    let level = |value: &f64| {
        (49.5 + (value - middle) / span * 99.0)
            .round()
            .clamp(0.0, 99.0)
    };
    let levels = values.iter().map(level);
    (*first > 0.0).then(|| Cell::Trend(std::iter::once(last / first).chain(levels).collect()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::history::archived::ArchivedRun;
    use crate::analysis::history::{Choice, fixture};
    use perf_grammar::Date;

    fn trend(runs: &[ArchivedRun], figure: Option<history::Figure>) -> Trend {
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
        let trends = [None, Some(history::Figure::Allocs)].map(|figure| trend(&runs, figure));
        let past = Past::of(&trends);
        let code = &past.runs()[30][1];
        let [series] = past.series() else {
            panic!("one machine")
        };
        assert_eq!(
            (past.runs.len(), series.runs.len(), series.runs[49]),
            (50, 50, 49)
        );
        let figures: Vec<Figure> = series.lines().map(Line::figure).collect();
        let words: Vec<&str> = figures.iter().map(|figure| figure.metric).collect();
        assert_eq!(words, ["p50", "p99", "allocs", "mem"]);
        let [time] = &*figures[0].changes else {
            panic!("{:?}", figures[0])
        };
        assert_eq!((time.at, &*time.label, time.worse), (30, "+20 %", true));
        assert_eq!(figures[2].changes[0].at, 20);
        assert!(figures[0].said[0].contains(code), "{:?}", figures[0].said);
        let Cell::Trend(cell) = series.trend() else {
            panic!("it has values")
        };
        assert!(cell[0] > 1.19);
    }

    #[test]
    fn without_a_trend_there_is_no_past() {
        let past = Past::of(&[]);
        assert_eq!((past.runs().len(), past.series().len()), (0, 0));
        assert!(past.series_of("a::b").next().is_none());
    }
}
