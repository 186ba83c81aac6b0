//! `merge`: adds runs of other histories, and folders of records, to the history.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use super::arguments::MergeArguments;
use super::{Console, Exit, Stop, archiving, output};
use crate::analysis::history::archived::{ArchivedRun, Part};
use crate::analysis::history::{Fit, sentence};
use crate::analysis::report::{Detail, Report};
use crate::analysis::run::{Run, join};
use crate::infra::archive::{Archive, Location};
use crate::infra::world::World;
use crate::infra::{git, store};
use crate::model::commit::Commit;
use crate::model::words::counted;

/// What became of the runs.
#[derive(Default)]
struct Count {
    added: usize,
    extended: usize,
    same: usize,
    conflicts: usize,
}

/// Runs the verb. A run that conflicts, and a record that cannot be read, end it
/// with 4; the others are added all the same.
pub(super) fn run(arguments: &MergeArguments, console: Console<'_>) -> Result<Exit, Stop> {
    let Console { out, err, world } = console;
    let commit = arguments
        .commit
        .as_deref()
        .map(|revision| named_commit(revision, world))
        .transpose()?;
    let sources = arguments.from.iter().map(|from| Source::of(from, world));
    let sources: Vec<Source> = sources.collect::<Result<_, _>>()?;
    let location = archiving::location(arguments.history.as_deref(), world)?;
    let shown = location.shown(&world.directory);
    let at = |error: String| Stop::usage(format!("{shown}: {error}"));
    let mut archive = Archive::open(&location).map_err(at)?;
    let (mut count, mut problems) = (Count::default(), Vec::new());
    let mut lacking = BTreeMap::new();
    for (from, source) in arguments.from.iter().zip(sources) {
        let from = from.to_string_lossy();
        let runs = source.read(&from, commit.as_ref(), &mut problems, world)?;
        for run in runs {
            let kept = archive.keep(&run).map_err(at)?;
            match kept.fit {
                Fit::New => count.added += 1,
                Fit::Adds { .. } => count.extended += 1,
                Fit::Same => count.same += 1,
                Fit::Conflict(why) => {
                    count.conflicts += 1;
                    problems.push(format!("{from}: run {} is left out: {why}", run.id));
                }
            }
            // Whether a run lacks a part is known when all of them are there.
            lacking.insert(run.id, kept.missing);
        }
    }
    for lacks in lacking
        .iter()
        .filter_map(|(run, shards)| sentence::lacks(run, shards))
    {
        output::print(out, &format!("{lacks}\n"))?;
    }
    let exit = output::report_problems(&problems, err);
    output::print(out, &count.summary(&shown))?;
    Ok(exit)
}

impl Count {
    fn summary(&self, shown: &str) -> String {
        format!(
            "{shown}: {} added, {} extended, {} already there, {} in conflict\n",
            counted(self.added, "run"),
            self.extended,
            self.same,
            self.conflicts
        )
    }
}

/// The commit that a revision names here, or that a full hash is.
fn named_commit(revision: &str, world: &World) -> Result<Commit, Stop> {
    let is_hash = revision.len() == 40 && revision.bytes().all(|b| b.is_ascii_hexdigit());
    let hash = git::resolve(revision, world)
        .or_else(|| is_hash.then(|| revision.to_owned()))
        .ok_or_else(|| {
            Stop::usage(format!(
                "--commit {revision}: git knows no such commit here; a full hash is taken as it is"
            ))
        })?;
    Ok(Commit {
        hash,
        branch: None,
        dirty: false,
    })
}

/// Where runs come from.
enum Source {
    History(Location),
    /// A folder of records, or of such folders (`target/perf/runs`, or what
    /// several machines uploaded).
    Folder(PathBuf),
}

impl Source {
    fn of(from: &OsStr, world: &World) -> Result<Source, Stop> {
        let location = Location::named(from, &world.directory);
        let is_history = match &location {
            Location::File { file, .. } => file.is_file(),
            Location::Server(_) => true,
        };
        let path = world.directory.join(from);
        if is_history {
            Ok(Source::History(location))
        } else if path.is_dir() {
            Ok(Source::Folder(path))
        } else {
            Err(Stop::usage(format!(
                "{}: is neither a history nor a folder of records",
                from.display()
            )))
        }
    }

    fn read(
        &self,
        from: &str,
        commit: Option<&Commit>,
        problems: &mut Vec<String>,
        world: &World,
    ) -> Result<Vec<ArchivedRun>, Stop> {
        let path = match self {
            Source::History(location) => {
                let shown = location.shown(&world.directory);
                let all = Archive::read_all(location)
                    .map_err(|error| Stop::usage(format!("{shown}: {error}")))?;
                return all.ok_or_else(|| Stop::usage(format!("{shown}: holds no history")));
            }
            Source::Folder(path) => path,
        };
        let inside = std::fs::read_dir(path)
            .map_err(|error| Stop::usage(format!("{from}: cannot be read: {error}")))?;
        let inside = inside.flatten().map(|entry| entry.path());
        let mut folders: Vec<PathBuf> = inside.filter(|path| path.is_dir()).collect();
        folders.push(path.clone());
        folders.sort();
        let mut runs = Vec::new();
        for folder in folders {
            runs.extend(read_folder(&folder, commit, problems)?);
        }
        if runs.is_empty() && problems.is_empty() {
            return Err(Stop::usage(format!("{from}: holds no records")));
        }
        Ok(runs)
    }
}

/// The run of a folder of records; `None` where it has none.
fn read_folder(
    folder: &Path,
    commit: Option<&Commit>,
    problems: &mut Vec<String>,
) -> Result<Option<ArchivedRun>, Stop> {
    let loaded = store::load(folder)
        .map_err(|error| Stop::usage(format!("{}: cannot be read: {error}", folder.display())))?;
    problems.extend(loaded.problems);
    if loaded.filed.is_empty() && loaded.manifest.is_none() {
        return Ok(None);
    }
    let joined = join(loaded.filed);
    problems.extend(joined.problems.iter().cloned());
    let ids = joined.records.iter().map(|filed| &*filed.record.case.id);
    let manifest = loaded.manifest.as_ref();
    if let Some(why) = manifest.and_then(|manifest| manifest.ended_early(ids)) {
        // Less than a run is none to compare others with.
        problems.push(format!("{}: {why}; it is left out", folder.display()));
        return Ok(None);
    }
    let times = joined.records.iter().map(|filed| filed.record.unix_time);
    let (earliest, figures) = (times.min(), archiving::Figures::of(&joined.records));
    let run = Run::assemble(joined, loaded.manifest.as_ref());
    let cases = figures.cases(&run);
    let id = run.id.clone();
    let exit = Exit::of(&Report::of(run, None, Detail::NotPlain), false).code();
    let Some(mut manifest) = loaded.manifest else {
        return Ok(Some(ArchivedRun {
            id,
            unix_time: earliest.unwrap_or_default(),
            commit: commit.cloned(),
            parts: Vec::<Part>::new(),
            cases,
        }));
    };
    manifest.exit.get_or_insert(exit);
    manifest.unix_time = manifest.unix_time.or(earliest);
    manifest.commit = manifest.commit.or_else(|| commit.cloned());
    Ok(Some(archiving::archived_run(&manifest, cases)))
}
