//! Measures several fresh runs, each under a draft of the budgets that the runs before suggest.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::PathBuf;

use super::arguments::{BuildArguments, PolicyArguments, SelectArguments};
use super::discovery::{Discovery, TestList, push_new};
use super::{Stop, output, run};
use crate::analysis::budget_edit::{self, Change, EMPTY, Literal, Place};
use crate::analysis::proposal::{BudgetText, Observation, Proposal, Subject, subjects};
use crate::infra::budgets::{self, BudgetFile};
use crate::infra::store::{self, Store};
use crate::infra::world::World;
use crate::model::protocol::Listed;

/// A workspace whose budgets are to be changed.
pub(super) struct BudgetEditor<'a> {
    discovery: Discovery<'a>,
    include_ignored: bool,
    files: Vec<BudgetFile>,
    /// The file of each binary.
    file_of: Vec<usize>,
    /// Every case there is, with its file.
    all: Vec<(usize, Listed)>,
    /// The ones that were asked for.
    chosen: Vec<String>,
    warnings: Vec<String>,
    /// What keeps the runs from being complete.
    pub(super) problems: Vec<String>,
}

/// How the runs are made.
pub(super) struct Runs {
    pub(super) number: u32,
    pub(super) instructions: bool,
}

impl<'a> BudgetEditor<'a> {
    /// Builds the tests, asks for their cases, and reads the budget files that
    /// speak for them; a broken one ends it here.
    pub(super) fn open(
        build: &BuildArguments,
        policy: &'a PolicyArguments,
        select: &SelectArguments,
        world: &'a World,
    ) -> Result<BudgetEditor<'a>, Stop> {
        let select = select.asked();
        let include_ignored = select.include_ignored;
        let mut discovery = Discovery::build(build, policy, select, None, world)?;
        let mut catalogue = discovery.catalogue()?;
        catalogue.leave_ignored(include_ignored)?;
        let (file_of, files) = read_files(&discovery)?;
        let all = discovery.everything()?.cases;
        let all = all.into_iter().map(|(place, case)| (file_of[place], case));
        let all = all.collect();
        // Beside the runs that people ask for, which `report` shows.
        discovery.store = Store::new(discovery.store.root().join("suggest"));
        Ok(BudgetEditor {
            discovery,
            include_ignored,
            files,
            file_of,
            all,
            chosen: catalogue
                .cases
                .into_iter()
                .map(|(_, case)| case.id)
                .collect(),
            warnings: catalogue.warnings,
            problems: catalogue.problems,
        })
    }

    /// The cases that were asked for.
    pub(super) fn subjects(&self) -> Vec<Subject> {
        let names: Vec<String> = (0..self.files.len()).map(|file| self.name(file)).collect();
        let texts: Vec<BudgetText<'_>> = names
            .iter()
            .zip(&self.files)
            .map(|(name, file)| BudgetText {
                name,
                text: file.text.as_deref().unwrap_or_default(),
            })
            .collect();
        subjects(&self.all, &texts, |id| {
            self.chosen.iter().any(|chosen| chosen == id)
        })
    }

    /// The ids of every case that a file speaks for.
    pub(super) fn ids_of(&self, file: usize) -> Vec<&str> {
        let of = self.all.iter().filter(|(other, _)| *other == file);
        of.map(|(_, case)| &*case.id).collect()
    }

    pub(super) fn files(&self) -> &[BudgetFile] {
        &self.files
    }

    /// A file as people call it.
    pub(super) fn name(&self, file: usize) -> String {
        output::shown(&self.files[file].path, self.discovery.world)
    }

    /// Measures, each run under the draft that is made of those before it.
    pub(super) fn measure(
        &mut self,
        runs: &Runs,
        draft: impl Fn(&[Observation]) -> Vec<(usize, Change)>,
        err: &mut dyn Write,
    ) -> Result<Vec<Observation>, Stop> {
        for warning in &self.warnings {
            let _ = writeln!(err, "warning: {warning}");
        }
        let id = run::run_id(&self.discovery.store, self.discovery.world)?;
        run::refuse_taken(
            &self.discovery.store,
            &format!("{id}-1"),
            self.discovery.world,
        )?;
        let mut seen = Vec::new();
        for number in 1..=runs.number {
            let _ = writeln!(err, "run {number} of {}", runs.number);
            let texts = self.changed(&draft(&seen))?;
            let id = format!("{id}-{number}");
            let one = self.under(&texts, |editor, catalogue| {
                editor.one(&id, runs, catalogue, err)
            })?;
            seen.push(one);
        }
        Ok(seen)
    }

    fn one(
        &mut self,
        id: &str,
        runs: &Runs,
        catalogue: TestList,
        err: &mut dyn Write,
    ) -> Result<Observation, Stop> {
        let (joined, manifest) =
            run::again(&self.discovery, id, catalogue, runs.instructions, err)?;
        let dead = manifest.deaths.iter().filter(|death| death.at.is_none());
        let dead = dead.map(|death| format!("the process of {} {}", death.binary, death.how));
        push_new(
            &mut self.problems,
            joined.problems.iter().cloned().chain(dead),
        );
        Ok(Observation::of(joined, Some(&manifest)))
    }

    /// The texts of the files with changes made; files without any are left out.
    pub(super) fn changed(
        &self,
        changes: &[(usize, Change)],
    ) -> Result<BTreeMap<usize, String>, Stop> {
        let mut texts = BTreeMap::new();
        for (file, one) in self.files.iter().enumerate() {
            let of_file: Vec<Change> = changes
                .iter()
                .filter(|(other, _)| *other == file)
                .map(|(_, change)| change.clone())
                .collect();
            if !of_file.is_empty() {
                let old = one.text.as_deref().unwrap_or(EMPTY);
                let new = budget_edit::apply(old, &of_file)
                    .map_err(|wrong| Stop::usage(format!("{}:{wrong}", self.name(file))))?;
                texts.insert(file, new);
            }
        }
        Ok(texts)
    }

    /// Asks the tests whether each proposal is in force under the new texts: a
    /// text that they do not read, or that changes nothing, must not be written.
    pub(super) fn check(
        &mut self,
        texts: &BTreeMap<usize, String>,
        proposals: &[Proposal],
    ) -> Result<(), Stop> {
        if texts.is_empty() {
            return Ok(());
        }
        self.under(texts, |editor, catalogue| {
            for proposal in proposals {
                editor.is_in_force(proposal, texts, &catalogue)?;
            }
            Ok(())
        })
    }

    fn is_in_force(
        &self,
        proposal: &Proposal,
        texts: &BTreeMap<usize, String>,
        catalogue: &TestList,
    ) -> Result<(), Stop> {
        let (Some(change), Some(text)) = (proposal.change(), texts.get(&proposal.file)) else {
            return Ok(());
        };
        let (Change::Set { literal, .. } | Change::Put { literal, .. }) = change else {
            return Ok(());
        };
        let listed = catalogue
            .cases
            .iter()
            .find(|(_, case)| case.id == proposal.case)
            .and_then(|(_, case)| {
                case.limits
                    .iter()
                    .find(|limit| limit.metric == proposal.name())
            });
        let source = listed
            .and_then(|limit| limit.source.as_deref())
            .unwrap_or_default();
        let Literal { text: wanted, .. } = literal;
        let found = Place::of(source).and_then(|place| budget_edit::value_at(text, place));
        if found.as_deref() == Some(&*wanted) {
            return Ok(());
        }
        Err(Stop::not_run(format!(
            "{}: `{}` would not get {} {wanted} from it, because {} has the last word; nothing was written",
            self.name(proposal.file),
            proposal.case,
            proposal.metric,
            match source {
                "" => "another layer",
                source => source,
            }
        )))
    }

    /// Does something while the tests read these texts instead of their files.
    fn under<T>(
        &mut self,
        texts: &BTreeMap<usize, String>,
        work: impl FnOnce(&mut Self, TestList) -> Result<T, Stop>,
    ) -> Result<T, Stop> {
        let folder = self.discovery.store.root().join("drafts");
        let mut paths: BTreeMap<usize, PathBuf> = BTreeMap::new();
        for (file, text) in texts {
            let name = format!("{}-{file}.toml", self.discovery.world.process);
            let path = folder.join(name);
            store::write(&path, text)
                .map_err(|error| Stop::not_run(format!("{}: {error}", path.display())))?;
            paths.insert(*file, path);
        }
        let of_binaries = self.file_of.iter().enumerate();
        self.discovery.drafts = of_binaries
            .filter_map(|(binary, file)| Some((binary, paths.get(file)?.clone())))
            .collect();
        let listed = self.discovery.catalogue().and_then(|mut catalogue| {
            catalogue.leave_ignored(self.include_ignored)?;
            Ok(catalogue)
        });
        let outcome = listed.and_then(|catalogue| work(self, catalogue));
        self.discovery.drafts.clear();
        for path in paths.into_values() {
            // It is in no other run's way.
            let _ = std::fs::remove_file(path);
        }
        outcome
    }
}

/// The budget file of each binary, each file once.
fn read_files(discovery: &Discovery<'_>) -> Result<(Vec<usize>, Vec<BudgetFile>), Stop> {
    let mut files: Vec<BudgetFile> = Vec::new();
    let mut file_of = Vec::new();
    for binary in &discovery.binaries {
        let path = budgets::path(&binary.directory, &discovery.root, discovery.world);
        let known = files.iter().position(|file| file.path == path);
        file_of.push(match known {
            Some(known) => known,
            None => {
                let shown = output::shown(&path, discovery.world);
                let file = BudgetFile::read(path)
                    .map_err(|error| Stop::usage(format!("{shown}: cannot be read: {error}")))?;
                files.push(file);
                files.len() - 1
            }
        });
    }
    Ok((file_of, files))
}
