//! Every sentence about a history.

use perf_grammar::{format_bytes, format_count, format_duration};

use super::moment::Moment;
use super::series_analysis::{Alarm, Change, Drift, SeriesAnalysis};
use crate::model::date;
use crate::model::scale::Kind;
use crate::model::shard::Shard;

/// A change as a percentage: `+12 %`, `-0.4 %`; from zero there is none.
pub(crate) fn change(before: f64, after: f64) -> String {
    if before == after {
        return "0 %".to_owned();
    }
    if before == 0.0 {
        return "from 0".to_owned();
    }
    let percent = (after - before) / before.abs() * 100.0;
    let digits = usize::from(percent.abs() < 9.95);
    let text = format!("{percent:+.digits$} %");
    // What rounds to nothing is no change of either sign.
    if text.contains(['1', '2', '3', '4', '5', '6', '7', '8', '9']) {
        text
    } else {
        "0 %".to_owned()
    }
}

/// A figure with its unit.
pub(crate) fn figure(kind: Kind, value: f64) -> String {
    match kind {
        Kind::Duration => format_duration(value),
        Kind::Bytes => format_bytes(value),
        Kind::Count | Kind::PerSecond => format_count(value),
    }
}

/// The machine and the build in one line.
pub(crate) fn place(analysis: &SeriesAnalysis) -> String {
    let place = &analysis.place;
    let unoptimised = if place.unoptimised {
        ", unoptimised"
    } else {
        ""
    };
    let (words, rustc, profile) = (&place.words, &place.rustc, &place.profile);
    let basis = if analysis.basis.is_empty() {
        String::new()
    } else {
        format!(", {}", analysis.basis)
    };
    format!("{words}, {rustc}, {profile} build{unoptimised}{basis}")
}

/// `p50 rose by 12 %, from 1 ms to 1.12 ms, in 0123456789..abcdef0123 (..)`
pub(crate) fn changed(analysis: &SeriesAnalysis, change: &Change) -> String {
    format!(
        "{}, {}",
        moved(analysis, change.before, change.after),
        range(&change.last, &change.first)
    )
}

/// `in the last 4 runs p50 rose by ..`
pub(crate) fn alarming(analysis: &SeriesAnalysis, alarm: &Alarm) -> String {
    let waived = match &alarm.waiver {
        Some(waiver) => format!("; waived until {}: {}", waiver.until, waiver.reason),
        None => String::new(),
    };
    format!(
        "in the last {} runs {}{waived}",
        super::shift::RUNS,
        changed(analysis, &alarm.change)
    )
}

/// `p50 rose by 9 %, from .. to .., by and by over 60 runs since ..`
pub(crate) fn drifting(analysis: &SeriesAnalysis, drift: &Drift) -> String {
    format!(
        "{}, by and by over {} runs since {}",
        moved(analysis, drift.before, drift.after),
        drift.runs,
        drift.first.words()
    )
}

fn moved(analysis: &SeriesAnalysis, before: f64, after: f64) -> String {
    let kind = analysis.figure.kind();
    let verb = if after > before { "rose" } else { "fell" };
    let by = match before == 0.0 {
        true => String::new(),
        false => {
            let change = change(before, after);
            format!(" by {}", change.trim_start_matches(['+', '-']))
        }
    };
    format!(
        "{} {verb}{by}, from {} to {}",
        analysis.figure.word(),
        figure(kind, before),
        figure(kind, after)
    )
}

/// Between which states of the code: the last run as before, and the first as
/// now. Two runs of one state say that something else changed.
fn range(last: &Moment, first: &Moment) -> String {
    let hash = |at: &Moment| at.commit.as_ref().map(|commit| commit.hash.clone());
    let same = match (&last.commit, &first.commit) {
        (Some(one), Some(other)) => one == other && !one.dirty,
        _ => false,
    };
    let note = if same {
        "; both are the same commit, so something other than the code changed"
    } else if hash(last).is_some() && hash(last) == hash(first) {
        "; both are the same commit, with changes that were not committed"
    } else {
        ""
    };
    format!(
        "in {}..{} ({} to {}){note}",
        last.code(),
        first.code(),
        date::minute(last.unix_time),
        date::minute(first.unix_time)
    )
}

/// Which parts of a run are not there.
pub(crate) fn lacks(run: &str, missing: &[Shard]) -> Option<String> {
    let shards: Vec<String> = missing.iter().map(ToString::to_string).collect();
    match &*shards {
        [] => None,
        [one] => Some(format!("run {run} lacks shard {one}")),
        _ => Some(format!("run {run} lacks shards {}", shards.join(", "))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::history::archived::ArchivedRun;
    use crate::analysis::history::fixture;
    use crate::analysis::history::series::series;
    use perf_grammar::Date;

    #[track_caller]
    fn check(before: f64, after: f64, expected: &str) {
        assert_eq!(change(before, after), expected);
    }

    #[test]
    fn a_change_is_a_percentage_with_a_sign() {
        check(100.0, 112.4, "+12 %");
        check(100.0, 104.26, "+4.3 %");
        check(100.0, 99.5, "-0.5 %");
        check(100.0, 100.04, "0 %");
        check(100.0, 99.96, "0 %");
        check(0.0, 3.0, "from 0");
        check(0.0, 0.0, "0 %");
        check(-100.0, -50.0, "+50 %");
        check(1.0, 3.5, "+250 %");
    }

    #[test]
    fn a_change_names_both_commits_and_when_only_the_machine_can_have_changed() {
        let values: Vec<f64> = (0..40).map(|n| if n < 30 { 1e6 } else { 1.2e6 }).collect();
        let mut runs = fixture::history("a::b", &values);
        let today = Date::parse("2026-12-01").expect("a day");
        let shown = |runs: &[ArchivedRun]| {
            let analysis = SeriesAnalysis::of(&series(runs, None)[0], usize::MAX, today);
            changed(&analysis, &analysis.changes[0])
        };
        assert_eq!(
            shown(&runs),
            "p50 rose by 20 %, from 1 ms to 1.2 ms, in 0000c0001d..0000c0001e (2026-12-17 11:06 to 2026-12-18 11:06)"
        );
        runs[30].commit = runs[29].commit.clone();
        assert!(shown(&runs).ends_with("so something other than the code changed"));
        runs[30].commit.as_mut().expect("it has one").dirty = true;
        assert!(shown(&runs).ends_with("with changes that were not committed"));
        runs[30].commit = None;
        assert!(
            shown(&runs).contains("in 0000c0001d..run r030 (2026-12-17 11:06 to 2026-12-18 11:06)")
        );
    }
}
