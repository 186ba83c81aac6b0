//! What is compared, by the names people give: stored runs, folders of records,
//! baselines.

use std::path::{Path, PathBuf};

use super::{Stop, output, report};
use crate::analysis::compare::Side;
use crate::analysis::run::{Joined, join};
use crate::infra::baselines::{FOLDER, Stored};
use crate::infra::cargo::Workspace;
use crate::infra::store::{self, Loaded};
use crate::infra::world::World;
use crate::model::manifest::Manifest;
use crate::model::record::Record;

/// One side, read.
pub(super) enum Source {
    Runs(Runs),
    Baseline(Box<Stored>, String),
}

/// Stored runs.
pub(super) struct Runs {
    name: String,
    runs: Vec<Vec<Record>>,
    pub(super) problems: Vec<String>,
}

/// The words that are no ids.
const BASELINE: &str = "baseline";
const LAST: &str = "last";

impl Source {
    /// Reads what a word of the command line names.
    pub(super) fn of(asked: &str, world: &World) -> Result<Source, Stop> {
        let path = world.directory.join(asked);
        if asked == BASELINE {
            let workspace = Workspace::find(world).map_err(Stop::not_run)?;
            let stored = baseline(&workspace.root().join(FOLDER), world)?;
            return Ok(Source::Baseline(
                Box::new(stored),
                "the baseline".to_owned(),
            ));
        }
        let is_file = path.is_file();
        if is_file || (path.is_dir() && holds_a_baseline(&path)) {
            let stored = baseline(&path, world)?;
            return Ok(Source::Baseline(
                Box::new(stored),
                format!("the baseline {asked}"),
            ));
        }
        let names: Vec<String> = asked.split(',').map(str::to_owned).collect();
        Ok(Source::Runs(Runs::of(&names, world)?))
    }

    /// The machine class its times are of; none where there are several, or it is
    /// a baseline, which is asked for a machine.
    pub(super) fn machine(&self) -> Option<String> {
        match self {
            Source::Runs(runs) => runs.machine(),
            Source::Baseline(stored, _) => match &*stored.baseline.times {
                [only] => Some(only.machine.class()),
                _ => None,
            },
        }
    }

    /// It as a side, for a machine of this class.
    pub(super) fn side(&self, machine: Option<&str>) -> Side {
        match self {
            Source::Runs(runs) => runs.side(),
            Source::Baseline(stored, name) => Side {
                name: name.clone(),
                ..stored.baseline.side(machine)
            },
        }
    }

    /// Its records, a list a run; a baseline has none.
    pub(super) fn records(&self) -> &[Vec<Record>] {
        match self {
            Source::Runs(runs) => &runs.runs,
            Source::Baseline(..) => &[],
        }
    }

    pub(super) fn problems(&self) -> Vec<String> {
        match self {
            Source::Runs(runs) => runs.problems.clone(),
            Source::Baseline(..) => Vec::new(),
        }
    }
}

impl Runs {
    /// Reads stored runs.
    pub(super) fn of(names: &[String], world: &World) -> Result<Runs, Stop> {
        let mut runs = Runs {
            name: match names {
                [one] => format!("run {one}"),
                [one, two] => format!("2 runs ({one}, {two})"),
                [one, .., last] => format!("{} runs ({one} to {last})", names.len()),
                [] => "no run".to_owned(),
            },
            runs: Vec::new(),
            problems: Vec::new(),
        };
        let mut folders: Vec<PathBuf> = Vec::new();
        for name in names {
            let folder = folder(name, world)?;
            let itself = std::fs::canonicalize(&folder).unwrap_or_else(|_| folder.clone());
            if folders.contains(&itself) {
                return Err(Stop::usage(format!("`{name}` is given twice")));
            }
            let (joined, _) = joined(&folder, &mut runs.problems, world)?;
            let records = joined.records.into_iter().map(|filed| *filed.record);
            runs.runs.push(records.collect());
            folders.push(itself);
        }
        Ok(runs)
    }

    pub(super) fn side(&self) -> Side {
        let runs: Vec<Vec<&Record>> = self.runs.iter().map(|run| run.iter().collect()).collect();
        Side::of_runs(self.name.clone(), &runs)
    }

    /// The machine class of all records.
    pub(super) fn machine(&self) -> Option<String> {
        machine_of(self.runs.iter().flatten())
    }
}

/// The records in the folder of a run, joined, and what the run says of itself; what keeps
/// them from being all is added to `problems`.
pub(super) fn joined(
    folder: &Path,
    problems: &mut Vec<String>,
    world: &World,
) -> Result<(Joined, Option<Manifest>), Stop> {
    let (shown, loaded) = loaded(folder, world)?;
    let joined = join(loaded.filed);
    problems.extend(loaded.problems);
    problems.extend(joined.problems.iter().cloned());
    let ids = joined.records.iter().map(|filed| &*filed.record.case.id);
    let manifest = loaded.manifest;
    problems.extend(
        manifest
            .as_ref()
            .and_then(|manifest| manifest.ended_early(ids)),
    );
    match joined.records.is_empty() {
        true => Err(Stop::usage(format!("{shown}: holds no records"))),
        false => Ok((joined, manifest)),
    }
}

/// What the folder of a run holds, and what it is called.
pub(super) fn loaded(folder: &Path, world: &World) -> Result<(String, Loaded), Stop> {
    let shown = output::shown(folder, world);
    let loaded = store::load(folder).map_err(|error| Stop::usage(format!("{shown}: {error}")))?;
    Ok((shown, loaded))
}

/// The machine class that all records have.
pub(super) fn machine_of<'a>(records: impl Iterator<Item = &'a Record>) -> Option<String> {
    let mut classes: Vec<String> = records
        .map(|record| record.environment.machine_class())
        .collect();
    classes.dedup();
    match &*classes {
        [one] => Some(one.clone()),
        _ => None,
    }
}

/// A baseline, which has to be there.
pub(super) fn baseline(path: &Path, world: &World) -> Result<Stored, Stop> {
    let stored = Stored::load(path).map_err(Stop::usage)?;
    if stored == Stored::default() {
        return Err(Stop::usage(format!(
            "{}: no baseline is saved there; `{} baseline save` measures and saves one",
            output::shown(path, world),
            world.command()
        )));
    }
    Ok(stored)
}

/// The folder of a run that is named by its id, its path, or as the last one.
fn folder(asked: &str, world: &World) -> Result<PathBuf, Stop> {
    let is_last = asked == LAST && !world.directory.join(asked).is_dir();
    let others = format!(" of records, nor `{LAST}` or `{BASELINE}`");
    report::folder((!is_last).then_some(asked), &others, world)
}

fn holds_a_baseline(folder: &Path) -> bool {
    folder.join("portable.json").is_file()
}
