//! `report`: shows a stored run again.

use std::io::Write;
use std::path::PathBuf;

use super::arguments::ReportArguments;
use super::{Exit, Stop, output, survey};
use crate::machine::store;
use crate::machine::world::World;
use crate::report::{Detail, Report};
use crate::run::{Run, join};

/// Runs the verb.
pub(super) fn run(
    arguments: &ReportArguments,
    out: &mut dyn Write,
    world: &World,
) -> Result<Exit, Stop> {
    output::check(&arguments.show, world)?;
    let folder = folder(arguments.run.as_deref(), world)?;
    let shown = output::shown(&folder, world);
    let loaded = store::load(&folder).map_err(|error| Stop::usage(format!("{shown}: {error}")))?;
    if loaded.filed.is_empty() && loaded.manifest.is_none() && loaded.problems.is_empty() {
        return Err(Stop::usage(format!("{shown}: holds no records")));
    }
    let mut run = Run::assemble(join(loaded.filed), loaded.manifest.as_ref());
    run.problems.extend(loaded.problems);
    let detail = if arguments.verbose {
        Detail::All
    } else {
        Detail::NotPlain
    };
    let report = Report::of(run, Some(shown), detail);
    output::show(&report, &arguments.show, out, world)?;
    Ok(Exit::of(&report, arguments.strict))
}

/// The folder of a run that is named by its id or its path; of the last one
/// where none is named.
pub(super) fn folder(asked: Option<&str>, world: &World) -> Result<PathBuf, Stop> {
    let Some(asked) = asked else {
        let latest = survey::store(world)?.latest();
        return latest.ok_or_else(|| Stop::usage("no run is stored yet; `run` makes one"));
    };
    let path = world.directory.join(asked);
    if path.is_dir() {
        return Ok(path);
    }
    let stored = survey::store(world)?.run(asked);
    if stored.is_dir() {
        Ok(stored)
    } else {
        Err(Stop::usage(format!(
            "`{asked}` is neither a stored run nor a folder"
        )))
    }
}
