//! The runs of a case that may be compared with each other.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::archived::{ArchivedCase, ArchivedRun, Measured, Place};
use super::figure::{self, Figure};
use super::moment::Moment;
use crate::model::words::counted;

/// The comparable runs of one case on one class of machines: those that were
/// built and measured as the latest was.
#[derive(Clone, Debug)]
pub(crate) struct Series<'a> {
    pub(crate) case: &'a str,
    pub(crate) figure: Figure,
    /// That of the latest run.
    pub(crate) place: Arc<Place>,
    pub(crate) basis: String,
    /// In order of time.
    pub(crate) rows: Vec<Row<'a>>,
    /// Which runs of the case on these machines are left out, and why: phrases.
    pub(crate) others: Vec<String>,
}

/// One run of a case.
#[derive(Clone, Debug)]
pub(crate) struct Row<'a> {
    pub(crate) at: Arc<Moment>,
    pub(crate) case: &'a ArchivedCase,
}

/// A run, by name, time and code. The points of all its cases share it.
fn moment(run: &ArchivedRun) -> Arc<Moment> {
    Arc::new(Moment {
        run: run.id.clone(),
        unix_time: run.unix_time,
        commit: run.commit.clone(),
    })
}

/// What must agree beside the case and the class of machine.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Key<'a> {
    rustc: &'a str,
    profile: &'a str,
    unoptimised: bool,
    basis: String,
}

/// Parts runs into series: by machine class, then by case. Runs come in order
/// of time. `figure` is the one that was asked for; without one, each series
/// follows how long a call usually takes.
pub(crate) fn series<'a>(runs: &'a [ArchivedRun], figure: Option<Figure>) -> Vec<Series<'a>> {
    let mut groups: BTreeMap<(&str, &str), Vec<(Row<'a>, &'a Measured)>> = BTreeMap::new();
    for run in runs {
        let at = moment(run);
        for case in &run.cases {
            if let Some(measured) = &case.measured {
                let group = groups.entry((&*measured.place.machine, &*case.id));
                let at = Arc::clone(&at);
                group.or_default().push((Row { at, case }, measured));
            }
        }
    }
    groups
        .into_values()
        .map(|group| of_group(group, figure))
        .collect()
}

/// Cases that left no figures: of which run, and what became of them.
pub(crate) fn without_record(runs: &[ArchivedRun]) -> Vec<(&ArchivedRun, &ArchivedCase)> {
    runs.iter()
        .flat_map(|run| run.cases.iter().map(move |case| (run, case)))
        .filter(|(_, case)| case.measured.is_none())
        .collect()
}

fn of_group<'a>(group: Vec<(Row<'a>, &'a Measured)>, figure: Option<Figure>) -> Series<'a> {
    let (last, latest) = group
        .last()
        .map(|(row, measured)| (row.case, *measured))
        .expect("a group has a row");
    let figure = figure.unwrap_or_else(|| figure::typical(group.iter().map(|(row, _)| row.case)));
    let key = Key::of(latest, figure);
    let mut rows = Vec::new();
    let mut others: BTreeMap<Key<'_>, usize> = BTreeMap::new();
    for (row, measured) in group {
        let own = Key::of(measured, figure);
        // Who counted nothing was not counted otherwise either.
        if own == key || (own.basis.is_empty() && own.is_built_as(&key)) {
            rows.push(row);
        } else {
            *others.entry(own).or_default() += 1;
        }
    }
    Series {
        case: &last.id,
        figure,
        place: Arc::clone(&latest.place),
        others: others
            .iter()
            .map(|(other, runs)| key.phrase(other, *runs))
            .collect(),
        basis: key.basis,
        rows,
    }
}

impl<'a> Key<'a> {
    fn of(measured: &'a Measured, figure: Figure) -> Key<'a> {
        Key {
            rustc: &measured.place.rustc,
            profile: &measured.place.profile,
            unoptimised: measured.place.unoptimised,
            basis: figure.basis(measured),
        }
    }

    fn is_built_as(&self, other: &Key<'_>) -> bool {
        self.rustc == other.rustc
            && self.profile == other.profile
            && self.unoptimised == other.unoptimised
    }

    /// `3 runs with rustc 1.94.0, debug build`: what of them differs from `self`.
    fn phrase(&self, other: &Key<'_>, runs: usize) -> String {
        let mut differs = Vec::new();
        if other.rustc != self.rustc {
            differs.push(other.rustc.to_owned());
        }
        if other.profile != self.profile {
            differs.push(format!("{} build", other.profile));
        }
        if other.unoptimised != self.unoptimised {
            let word = if other.unoptimised {
                "unoptimised"
            } else {
                "optimised"
            };
            differs.push(word.to_owned());
        }
        if other.basis != self.basis {
            differs.push(if other.basis.is_empty() {
                "not counted".to_owned()
            } else {
                other.basis.clone()
            });
        }
        format!("{}: {}", counted(runs, "run"), differs.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::history::fixture;

    fn change(run: &mut ArchivedRun, change: impl Fn(&mut Measured)) {
        change(run.cases[0].measured.as_mut().expect("it was measured"));
    }

    fn place(run: &mut ArchivedRun, turn: impl Fn(&mut Place)) {
        change(run, |measured| turn(Arc::make_mut(&mut measured.place)));
    }

    #[test]
    fn only_runs_of_one_compiler_profile_and_clock_are_compared() {
        let mut runs = fixture::history("a::b", &[1.0; 9]);
        place(&mut runs[0], |place| {
            place.rustc = "rustc 1.94.0".to_owned()
        });
        place(&mut runs[1], |place| {
            place.rustc = "rustc 1.94.0".to_owned()
        });
        place(&mut runs[2], |place| {
            place.profile = "debug".to_owned();
            place.unoptimised = true;
        });
        change(&mut runs[3], |measured| measured.clock = "wall".to_owned());
        let all = series(&runs, None);
        assert_eq!(all.len(), 1);
        let ids: Vec<&str> = all[0].rows.iter().map(|row| &*row.at.run).collect();
        assert_eq!(ids, ["r004", "r005", "r006", "r007", "r008"]);
        assert_eq!(
            all[0].others,
            [
                "2 runs: rustc 1.94.0",
                "1 run: debug build, unoptimised",
                "1 run: wall clock"
            ]
        );
    }

    #[test]
    fn each_class_of_machine_has_a_separate_series() {
        let mut runs = fixture::history("a::b", &[1.0, 2.0, 1.0, 2.0, 1.0]);
        for run in [1, 3] {
            place(&mut runs[run], |place| place.machine = "M2".to_owned());
        }
        let all = series(&runs, None);
        let found: Vec<(&str, usize)> = all
            .iter()
            .map(|one| (&*one.place.machine, one.rows.len()))
            .collect();
        assert_eq!(found, [("EPYC, 2 cores, x86_64, linux", 3), ("M2", 2)]);
        assert!(all.iter().all(|one| one.others.is_empty()));
    }

    #[test]
    fn counts_of_another_allocator_are_others_and_runs_without_counts_are_not() {
        let mut runs = fixture::history("a::b", &[1.0; 4]);
        let by = |measured: &mut Measured, by: &str| {
            measured.memory.as_mut().expect("counted").by = by.to_owned();
        };
        change(&mut runs[0], |measured| by(measured, "stats_alloc"));
        change(&mut runs[1], |measured| measured.memory = None);
        let allocs = series(&runs, Some(Figure::Allocs));
        assert_eq!(allocs[0].rows.len(), 3);
        assert_eq!(allocs[0].others, ["1 run: counted by stats_alloc"]);
        assert_eq!(series(&runs, Some(Figure::P99))[0].rows.len(), 4);
    }

    #[test]
    fn a_case_without_a_record_is_told_apart() {
        let mut runs = fixture::history("a::b", &[1.0; 2]);
        runs[1].cases[0].measured = None;
        let rows = series(&runs, None);
        assert_eq!(rows[0].rows.len(), 1);
        assert_eq!(without_record(&runs)[0].0.id, "r001");
    }
}
