//! Everything that `history` and `trend` show: chosen, sorted, remarked upon.

use std::collections::BTreeMap;

use perf_grammar::Date;

use super::archived::ArchivedRun;
use super::figure::Figure;
use super::sentence;
use super::series::{series, without_record};
use super::series_analysis::SeriesAnalysis;
use crate::model::words::{counted, named};

/// As many things of one kind are named.
const NAMED: usize = 5;

/// What was asked for.
#[derive(Clone, Debug)]
pub(crate) struct Choice {
    /// `None` follows how long a call usually takes.
    pub(crate) figure: Option<Figure>,
    /// The last runs of each series.
    pub(crate) last: usize,
    /// Only machines in whose class or words this stands, whatever its case.
    pub(crate) machine: Option<String>,
    pub(crate) today: Date,
}

/// A finished trend; renderers add nothing to it but form.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Trend {
    /// The machine on which was measured last comes first; within it by case.
    pub(crate) analyses: Vec<SeriesAnalysis>,
    /// What is not in it, and why.
    pub(crate) remarks: Vec<String>,
}

impl Trend {
    /// Of runs in order of time.
    pub(crate) fn of(runs: &[ArchivedRun], choice: &Choice) -> Trend {
        let wanted = choice.machine.as_ref().map(|text| text.to_lowercase());
        let of_machine = |words: &str| {
            wanted
                .as_ref()
                .is_none_or(|wanted| words.to_lowercase().contains(wanted))
        };
        let mut analyses: Vec<SeriesAnalysis> = series(runs, choice.figure)
            .iter()
            .filter(|series| of_machine(&series.place.machine) || of_machine(&series.place.words))
            .map(|series| SeriesAnalysis::of(series, choice.last, choice.today))
            .collect();
        sort(&mut analyses);
        Trend {
            remarks: remarks(&runs[runs.len().saturating_sub(choice.last)..], &analyses),
            analyses,
        }
    }

    /// Of trends of different cases of the same runs.
    pub(crate) fn join(parts: Vec<Trend>) -> Trend {
        let mut all = Trend::default();
        for part in parts {
            all.analyses.extend(part.analyses);
            all.remarks.extend(part.remarks);
        }
        sort(&mut all.analyses);
        all
    }

    /// How many series have a regression without a waiver.
    pub(crate) fn alarms(&self) -> usize {
        self.analyses.iter().filter(|one| one.is_alarming()).count()
    }

    /// The line that adds up.
    pub(crate) fn closing(&self) -> String {
        let count = |of: fn(&SeriesAnalysis) -> usize| self.analyses.iter().map(of).sum::<usize>();
        let waived = count(|one| usize::from(one.alarm.is_some() && !one.is_alarming()));
        let changes = count(|one| one.changes.len());
        let drifts = count(|one| usize::from(one.drift.is_some()));
        format!(
            "{} series: {}, {waived} waived; {}, {}",
            self.analyses.len(),
            counted(self.alarms(), "regression"),
            counted(changes, "change"),
            counted(drifts, "drift"),
        )
    }
}

/// The machine on which was measured last comes first; within it by case.
fn sort(analyses: &mut [SeriesAnalysis]) {
    let mut latest: BTreeMap<String, u64> = BTreeMap::new();
    for one in &*analyses {
        let time = one.points.last().map_or(0, |point| point.at.unix_time);
        let known = latest.entry(one.place.machine.clone()).or_default();
        *known = time.max(*known);
    }
    analyses.sort_by(|a, b| {
        let time = |one: &SeriesAnalysis| std::cmp::Reverse(latest[&one.place.machine]);
        (time(a), &a.place.machine, &a.case).cmp(&(time(b), &b.place.machine, &b.case))
    });
}

/// Of the runs that are looked at; what died or lacked long ago is forgotten.
fn remarks(runs: &[ArchivedRun], analyses: &[SeriesAnalysis]) -> Vec<String> {
    let mut others: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for one in analyses {
        for other in &one.others {
            others.entry(other).or_default().push(&one.case);
        }
    }
    let mut remarks: Vec<String> = others
        .iter()
        .map(|(what, cases)| format!("not compared: {what} ({})", named(cases, 1)))
        .collect();
    let gone: Vec<String> = without_record(runs)
        .iter()
        .map(|(run, case)| format!("{} in run {} ({})", case.id, run.id, case.outcome.word()))
        .collect();
    if !gone.is_empty() {
        remarks.push(format!("left no figures: {}", named(&gone, NAMED)));
    }
    let lacking: Vec<String> = runs
        .iter()
        .filter_map(|run| sentence::lacks(&run.id, &run.missing()))
        .collect();
    if !lacking.is_empty() {
        remarks.push(named(&lacking, NAMED));
    }
    remarks
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::history::fixture;
    use crate::model::shard::Shard;
    use std::sync::Arc;

    fn choice() -> Choice {
        Choice {
            figure: None,
            last: 200,
            machine: None,
            today: Date::parse("2026-12-01").expect("a day"),
        }
    }

    fn place(run: &mut ArchivedRun, turn: impl Fn(&mut crate::analysis::history::archived::Place)) {
        for case in &mut run.cases {
            turn(Arc::make_mut(
                &mut case.measured.as_mut().expect("measured").place,
            ));
        }
    }

    #[test]
    fn the_machine_of_the_last_run_comes_first_and_others_can_be_left_out() {
        let mut runs = fixture::history("a::b", &[1.0; 6]);
        place(&mut runs[5], |place| place.machine = "Zen 9".to_owned());
        let trend = Trend::of(&runs, &choice());
        let machines: Vec<&str> = trend
            .analyses
            .iter()
            .map(|one| &*one.place.machine)
            .collect();
        assert_eq!(machines, ["Zen 9", "EPYC, 2 cores, x86_64, linux"]);
        let only = Choice {
            machine: Some("zen".to_owned()),
            ..choice()
        };
        assert_eq!(Trend::of(&runs, &only).analyses.len(), 1);
    }

    #[test]
    fn pictures_of_parts_are_together_the_picture_of_all() {
        // `a::b` was measured last where `a::c` was not.
        let mut one = fixture::history("a::b", &[1.0; 6]);
        place(&mut one[2], |place| place.machine = "Zen 9".to_owned());
        let mut other = fixture::history("a::c", &[2.0; 6]);
        place(&mut other[5], |place| place.machine = "Zen 9".to_owned());
        one[5].cases.clear();
        let parts = [&one, &other].map(|runs| Trend::of(runs, &choice()));
        let mut whole = one.clone();
        for (run, more) in whole.iter_mut().zip(&other) {
            run.cases.extend(more.cases.iter().cloned());
        }
        assert_eq!(Trend::join(parts.into()), Trend::of(&whole, &choice()));
    }

    #[test]
    fn what_is_not_in_it_is_said() {
        let mut runs = fixture::history("a::b", &[1.0; 6]);
        place(&mut runs[0], |place| {
            place.rustc = "rustc 1.94.0".to_owned()
        });
        runs[1].cases[0].measured = None;
        runs[2].parts[0].shard = Shard {
            number: 2,
            total: 3,
        };
        assert_eq!(
            Trend::of(&runs, &choice()).remarks,
            [
                "not compared: 1 run: rustc 1.94.0 (a::b)",
                "left no figures: a::b in run r001 (pass)",
                "run r002 lacks shards 1/3, 3/3",
            ]
        );
    }

    #[test]
    fn the_closing_line_adds_up() {
        let values: Vec<f64> = (0..34).map(|n| if n < 30 { 1e6 } else { 1.2e6 }).collect();
        let trend = Trend::of(&fixture::history("a::b", &values), &choice());
        assert_eq!(trend.alarms(), 1);
        assert_eq!(
            trend.closing(),
            "1 series: 1 regression, 0 waived; 1 change, 0 drifts"
        );
    }
}
