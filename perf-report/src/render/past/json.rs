//! A history for programs: its own wire form, schema 1.

use serde::Serialize;

use super::View;
use crate::analysis::history::{Change, Point, SeriesAnalysis, Trend};

/// The schema that is written here.
const SCHEMA: u32 = 1;

#[derive(Serialize)]
struct Wire<'a> {
    schema: u32,
    kind: &'static str,
    /// How many series have a regression that is not waived.
    regressions: usize,
    series: Vec<WireSeries<'a>>,
    remarks: &'a [String],
}

#[derive(Serialize)]
struct WireSeries<'a> {
    case: &'a str,
    metric: &'static str,
    /// `ns`, `bytes` or `count`.
    unit: &'static str,
    machine: &'a str,
    rustc: &'a str,
    profile: &'a str,
    unoptimised: bool,
    basis: &'a str,
    runs: Vec<WireRun<'a>>,
    changes: Vec<WireChange<'a>>,
    drift: Option<WireDrift<'a>>,
    regression: Option<WireAlarm<'a>>,
    not_compared: &'a [String],
}

#[derive(Serialize)]
struct WireRun<'a> {
    run: &'a str,
    unix_time: u64,
    commit: Option<&'a str>,
    branch: Option<&'a str>,
    dirty: Option<bool>,
    verdict: &'static str,
    value: Option<f64>,
    p50_ns: Option<f64>,
    p99_ns: Option<f64>,
    allocs: Option<f64>,
    peak_bytes: Option<f64>,
}

#[derive(Serialize)]
struct WireChange<'a> {
    /// The last run at the level before, and the first at the one after.
    last_run: &'a str,
    last_commit: Option<&'a str>,
    first_run: &'a str,
    first_commit: Option<&'a str>,
    before: f64,
    after: f64,
}

#[derive(Serialize)]
struct WireDrift<'a> {
    first_run: &'a str,
    runs: usize,
    before: f64,
    after: f64,
}

#[derive(Serialize)]
struct WireAlarm<'a> {
    #[serde(flatten)]
    change: WireChange<'a>,
    waived_until: Option<&'a str>,
    waived_because: Option<&'a str>,
}

pub(crate) fn render(trend: &Trend, view: View) -> String {
    let wire = Wire {
        schema: SCHEMA,
        kind: match view {
            View::Runs => "perf-history",
            View::Lines => "perf-trend",
        },
        regressions: trend.alarms(),
        series: trend.analyses.iter().map(series).collect(),
        remarks: &trend.remarks,
    };
    crate::render::to_json(&wire)
}

fn series(analysis: &SeriesAnalysis) -> WireSeries<'_> {
    WireSeries {
        case: &analysis.case,
        metric: analysis.figure.word(),
        unit: analysis.figure.kind().word(),
        machine: &analysis.place.machine,
        rustc: &analysis.place.rustc,
        profile: &analysis.place.profile,
        unoptimised: analysis.place.unoptimised,
        basis: &analysis.basis,
        runs: analysis.points.iter().map(run).collect(),
        changes: analysis.changes.iter().map(change).collect(),
        drift: analysis.drift.as_ref().map(|drift| WireDrift {
            first_run: &drift.first.run,
            runs: drift.runs,
            before: drift.before,
            after: drift.after,
        }),
        regression: analysis.alarm.as_ref().map(|alarm| WireAlarm {
            change: change(&alarm.change),
            waived_until: alarm.waiver.as_ref().map(|waiver| &*waiver.until),
            waived_because: alarm.waiver.as_ref().map(|waiver| &*waiver.reason),
        }),
        not_compared: &analysis.others,
    }
}

fn run(point: &Point) -> WireRun<'_> {
    let commit = point.at.commit.as_ref();
    WireRun {
        run: &point.at.run,
        unix_time: point.at.unix_time,
        commit: commit.map(|commit| &*commit.hash),
        branch: commit.and_then(|commit| commit.branch.as_deref()),
        dirty: commit.map(|commit| commit.dirty),
        verdict: point.outcome.word(),
        value: point.value,
        p50_ns: point.p50,
        p99_ns: point.p99,
        allocs: point.allocs,
        peak_bytes: point.peak,
    }
}

fn change(change: &Change) -> WireChange<'_> {
    WireChange {
        last_run: &change.last.run,
        last_commit: change.last.commit.as_ref().map(|commit| &*commit.hash),
        first_run: &change.first.run,
        first_commit: change.first.commit.as_ref().map(|commit| &*commit.hash),
        before: change.before,
        after: change.after,
    }
}
