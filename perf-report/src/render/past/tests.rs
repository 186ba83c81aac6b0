//! Histories against their files in `tests/golden`.
//!
//! `PERF_REPORT_BLESS=1 cargo test -p perf-report` writes the files anew.

use perf_grammar::{Date, Verdict};

use super::*;
use crate::analysis::history::archived::{ArchivedRun, ArchivedWaiver};
use crate::analysis::history::{Choice, Trend, fixture};
use crate::render::golden::check;
use crate::render::terminal::Style;

/// One case becomes slower at the end, one became faster and has one run that
/// failed, one creeps, and one is waived.
fn runs() -> Vec<ArchivedRun> {
    let wobble = |n: usize| 1.0 + 0.004 * (n * 7 % 5) as f64;
    let level = |n: usize, at: usize, factor: f64| if n < at { 1.0 } else { factor };
    let values = |of: &dyn Fn(usize) -> f64| (0..44).map(|n| of(n) * wobble(n)).collect::<Vec<_>>();
    let mut runs = fixture::history("app::slower", &values(&|n| 8.1e6 * level(n, 40, 1.2)));
    for (case, values) in [
        ("app::faster", values(&|n| 350.0 * level(n, 12, 0.8))),
        ("app::creeps", values(&|n| 20e3 * (1.0 + 0.004 * n as f64))),
        ("app::waived", values(&|n| 1.2e9 * level(n, 40, 1.5))),
    ] {
        for (run, other) in runs.iter_mut().zip(fixture::history(case, &values)) {
            run.cases.extend(other.cases);
            run.cases.sort_by(|a, b| a.id.cmp(&b.id));
        }
    }
    let last = runs.last_mut().expect("there are runs");
    let waived = &mut last.cases[3];
    waived.limits[0].waiver = Some(ArchivedWaiver {
        reason: "#123 new | validation".to_owned(),
        until: "2027-12-31".to_owned(),
    });
    waived.outcome = Verdict::Waived;
    last.commit.as_mut().expect("it has one").dirty = true;
    runs[30].cases[1].outcome = Verdict::Fail;
    runs[30].cases[1].measured.as_mut().expect("measured").times = None;
    runs[7].cases[2].measured = None;
    runs
}

fn trend(case: Option<&str>) -> Trend {
    let mut runs = runs();
    for run in &mut runs {
        run.cases
            .retain(|kept| case.is_none_or(|case| kept.id == case));
    }
    Trend::of(
        &runs,
        &Choice {
            figure: None,
            last: 200,
            machine: None,
            today: Date::parse("2027-01-05").expect("a day"),
        },
    )
}

const LOOK: Style = Style {
    width: Some(100),
    colour: false,
};

#[test]
fn a_trend_has_a_line_for_each_case_and_says_what_happened() {
    let trend = trend(None);
    check("trend.txt", &terminal(&trend, View::Lines, LOOK));
    check("trend.md", &markdown(&trend, View::Lines));
}

#[test]
fn a_history_has_a_line_for_each_run() {
    let trend = trend(Some("app::faster"));
    check("history.txt", &terminal(&trend, View::Runs, LOOK));
    check("history.md", &markdown(&trend, View::Runs));
    check("history.json", &json(&trend, View::Runs));
}

#[test]
fn an_empty_picture_can_be_shown() {
    let empty = Trend {
        analyses: Vec::new(),
        remarks: Vec::new(),
    };
    for view in [View::Runs, View::Lines] {
        assert!(terminal(&empty, view, LOOK).contains("0 series"));
        assert!(markdown(&empty, view).contains("0 series"));
        assert!(json(&empty, view).contains("\"series\": []"));
    }
}
