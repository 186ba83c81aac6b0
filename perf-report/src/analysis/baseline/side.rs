//! A baseline as one side of a comparison.

use super::file::{Budget, PortableCase, TimesCase};
use super::number::Number;
use super::{Baseline, Times};
use crate::analysis::compare::{Basis, CaseSide, Figure, Side, Subject};

impl Baseline {
    /// A limit of a case when it was saved, on machines of this class or on any.
    pub(crate) fn limit(
        &self,
        case: &str,
        limit: &str,
        machine: Option<&str>,
    ) -> Option<(&TimesCase, &Budget)> {
        let files = self.times.iter();
        let mut files =
            files.filter(|file| machine.is_none_or(|machine| machine == file.machine.class()));
        files.find_map(|file| {
            let case = file.cases.get(case)?;
            Some((case, case.budgets.get(limit)?))
        })
    }

    /// What it says to a machine of this class. Times of another machine are
    /// there too, where there are no others, so that it can be said why they are
    /// not compared.
    pub(crate) fn side(&self, machine: Option<&str>) -> Side {
        let mut side = Side {
            name: "the baseline".to_owned(),
            ..Side::default()
        };
        for (id, case) in self.portable.iter().flat_map(|portable| &portable.cases) {
            portable(side.cases.entry(id.clone()).or_default(), case);
        }
        // What is put in last stays: the machine's own.
        let is_own = |times: &&Times| machine == Some(&*times.machine.class());
        let others = self.times.iter().filter(|times| !is_own(times));
        for file in others.chain(self.times.iter().filter(is_own)) {
            for (id, case) in &file.cases {
                times(
                    side.cases.entry(id.clone()).or_default(),
                    case,
                    &file.machine.class(),
                );
            }
        }
        side
    }
}

fn portable(side: &mut CaseSide, case: &PortableCase) {
    let build = || Basis::of_build(case.profile.clone());
    for (key, runs) in &case.counts {
        let subject = Subject::counted(key);
        let basis = Basis {
            // Counters and events are the program's own.
            counter: (!key.contains(' ')).then(|| case.counter.clone()).flatten(),
            ..build()
        };
        put(side, subject, runs.values(case.runs), basis);
    }
    if let Some(growth) = &case.growth {
        put(side, Subject::Growth, growth.values(case.runs), build());
    }
    if let Some(instructions) = &case.instructions {
        let basis = Basis {
            rustc: instructions.rustc.clone(),
            counter: Some(instructions.tier.clone()),
            ..build()
        };
        let values = instructions.count.values(case.runs);
        put(side, Subject::instructions(), values, basis);
    }
}

fn times(side: &mut CaseSide, case: &TimesCase, machine: &str) {
    let basis = Basis {
        machine: Some(machine.to_owned()),
        rustc: case.rustc.clone(),
        profile: Some(case.profile.clone()),
        clock: Some(case.clock.clone()),
        items: Some(case.items),
        load: Some(case.load.clone().unwrap_or_else(|| "one user".to_owned())),
        counter: None,
    };
    side.beside = Some(case.beside);
    // Of another machine, the figures may be others.
    side.figures.retain(|subject, _| !subject.is_timed());
    for (subject, values) in [
        (Subject::Typical, &case.p50_ns),
        (Subject::Mean("mean".to_owned()), &case.mean_ns),
        (Subject::Mean("cpu".to_owned()), &case.cpu_ns),
        (Subject::Tail("p99".to_owned()), &case.p99_ns),
    ] {
        if !values.is_empty() {
            put(side, subject, numbers(values), basis.clone());
        }
    }
}

fn numbers(values: &[Number]) -> Vec<f64> {
    values.iter().map(|number| number.0).collect()
}

fn put(side: &mut CaseSide, subject: Subject, values: Vec<f64>, basis: Basis) {
    let figure = Figure {
        values,
        basis,
        mixed: None,
    };
    side.figures.insert(subject, figure);
}
