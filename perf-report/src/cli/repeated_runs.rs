//! Measures several runs of the same cases, each in fresh processes.

use std::collections::BTreeSet;
use std::io::Write;

use super::discovery::{Discovery, TestList, push_new};
use super::{Stop, run};
use crate::analysis::compare::Side;
use crate::analysis::run::Run;
use crate::infra::store::Store;
use crate::model::record::{self, Record};

/// What is measured several times.
pub(super) struct RepeatedRuns<'a> {
    discovery: Discovery<'a>,
    catalogue: TestList,
    /// Every case that was listed, ignored ones included.
    pub(super) known: BTreeSet<String>,
    id: String,
    made: u32,
    /// What keeps the runs from being complete.
    pub(super) problems: Vec<String>,
    pub(super) warnings: Vec<String>,
}

/// One run.
pub(super) struct One {
    pub(super) records: Vec<Record>,
    /// As a report has it.
    pub(super) run: Run,
}

impl<'a> RepeatedRuns<'a> {
    /// Asks for the cases. The runs are stored beside those that `report` shows,
    /// under the word `purpose`.
    pub(super) fn new(
        mut discovery: Discovery<'a>,
        include_ignored: bool,
        purpose: &str,
    ) -> Result<RepeatedRuns<'a>, Stop> {
        let mut catalogue = discovery.catalogue()?;
        let known = catalogue
            .cases
            .iter()
            .map(|(_, case)| case.id.clone())
            .collect();
        catalogue.leave_ignored(include_ignored)?;
        discovery.store = Store::new(discovery.store.root().join("baseline"));
        let id = format!(
            "{}-{purpose}",
            run::run_id(&discovery.store, discovery.world)?
        );
        run::refuse_taken(&discovery.store, &format!("{id}-1"), discovery.world)?;
        let problems = catalogue.problems.clone();
        Ok(RepeatedRuns {
            warnings: std::mem::take(&mut catalogue.warnings),
            discovery,
            catalogue,
            known,
            id,
            made: 0,
            problems,
        })
    }

    /// From here on, only these.
    pub(super) fn keep(&mut self, cases: &BTreeSet<String>) {
        self.catalogue
            .cases
            .retain(|(_, case)| cases.contains(&case.id));
        self.catalogue.narrowed = true;
    }

    pub(super) fn cases(&self) -> usize {
        self.catalogue.cases.len()
    }

    /// Measures one run. In a log, the cases are reported once, by the first.
    pub(super) fn measure(&mut self, instructions: bool, err: &mut dyn Write) -> Result<One, Stop> {
        self.made += 1;
        let id = format!("{}-{}", self.id, self.made);
        let catalogue = self.catalogue.clone();
        let mut sink = std::io::sink();
        let err = if self.made == 1 { err } else { &mut sink };
        let (joined, manifest) = run::again(&self.discovery, &id, catalogue, instructions, err)?;
        let records = joined.records.iter().map(|filed| (*filed.record).clone());
        let records = records.collect();
        let run = Run::assemble(joined, Some(&manifest));
        push_new(&mut self.problems, run.problems.iter().cloned());
        push_new(&mut self.warnings, run.warnings.iter().cloned());
        Ok(One { records, run })
    }
}

/// Runs as one side of a comparison. A case whose process died, or that left no
/// record, is there too: it failed.
pub(super) fn side(name: String, runs: &[One]) -> Side {
    let mut side = Side::of_runs(name, &records(runs));
    for case in runs.iter().flat_map(|run| &run.run.cases) {
        let failure = case.failure.as_ref().map(|failure| {
            let first = failure.first_line();
            format!("{}: {first}", failure.kind)
        });
        let lost = case
            .environment
            .is_none()
            .then(|| "it left no record".to_owned());
        if let Some(failure) = failure.or(lost) {
            let one = side.cases.entry(case.id.clone()).or_default();
            one.source.get_or_insert_with(|| case.source.clone());
            one.failure.get_or_insert(failure);
        }
    }
    side
}

/// Runs as lists of records.
pub(super) fn records(runs: &[One]) -> Vec<Vec<&Record>> {
    runs.iter()
        .map(|run| run.records.iter().collect())
        .collect()
}

/// What makes the machine unfit, as the records say it, each kind once.
pub(super) fn unfit(runs: &[One]) -> Vec<String> {
    let all = runs.iter().flat_map(|run| &run.records);
    record::unfit(all.map(|record| &record.environment))
}
