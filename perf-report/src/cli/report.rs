//! `report`: shows a stored run again.

use std::path::PathBuf;

use super::arguments::ReportArguments;
use super::document::{self, Around};
use super::{Console, Exit, Stop, comparison_inputs, discovery, output, page, since};
use crate::analysis::report::Report;
use crate::analysis::run::{Run, join};
use crate::infra::store;
use crate::infra::world::World;

/// Runs the verb.
pub(super) fn run(arguments: &ReportArguments, console: Console<'_>) -> Result<Exit, Stop> {
    let Console { out, world, .. } = console;
    output::check(&arguments.show, world)?;
    let template = document::template(&arguments.document, world)?;
    let (changes, is_document) = (&arguments.changes, template.is_some());
    let mut against = output::against(changes, &arguments.show, is_document, world)?;
    if let Some(template) = template
        .as_ref()
        .filter(|_| arguments.document.print_template)
    {
        output::print(out, &template.text)?;
        return Ok(Exit::Passed);
    }
    let folder = folder(arguments.run.as_deref(), "", world)?;
    let (shown, loaded) = comparison_inputs::loaded(&folder, world)?;
    if loaded.filed.is_empty() && loaded.manifest.is_none() && loaded.problems.is_empty() {
        return Err(Stop::usage(format!("{shown}: holds no records")));
    }
    let before = arguments.document.before.as_deref();
    let around = template
        .map(|template| Around::read(template, before, &folder.to_string_lossy(), world))
        .transpose()?;
    let mut run = Run::assemble(join(loaded.filed), loaded.manifest.as_ref());
    run.problems.extend(loaded.problems);
    let (profiles, unread) = store::profiles(&folder);
    run.add_profiles(profiles);
    run.warnings.extend(unread);
    run.warnings
        .extend(around.as_ref().and_then(|around| around.warning.clone()));
    let detail = output::detail(arguments.verbose, arguments.passes);
    let mut report = Report::of(run, Some(shown), detail);
    world.command().clone_into(&mut report.command);
    let exit = Exit::of(&report, arguments.strict);
    since::add(&mut report, Some(None), world);
    match around {
        None => {
            let show = page::settled(&arguments.show, "report", world)?;
            page::add_past(&mut report, &show, None, world);
            output::show(&mut report, against.as_mut(), &show, out, world)?;
        }
        Some(around) => around.show(report, against.as_ref(), &arguments.show, out, world)?,
    }
    Ok(exit)
}

/// The folder of a run that is named by its id or its path; of the last one
/// where none is named. `others` says what else could have been named.
pub(super) fn folder(asked: Option<&str>, others: &str, world: &World) -> Result<PathBuf, Stop> {
    let Some(asked) = asked else {
        let latest = discovery::store(world)?.latest();
        return latest.ok_or_else(|| Stop::usage("no run is stored yet; `run` makes one"));
    };
    let path = world.directory.join(asked);
    if path.is_dir() {
        return Ok(path);
    }
    let stored = discovery::store(world)?.run(asked);
    if stored.is_dir() {
        Ok(stored)
    } else {
        Err(Stop::usage(format!(
            "`{asked}` is neither a stored run nor a folder{others}"
        )))
    }
}
