//! The HTML page: where it goes where no file is named, and the history that it shows.

use std::ffi::OsStr;
use std::io::Write;
use std::path::{Path, PathBuf};

use super::arguments::{Output, ShowArguments};
use super::{Stop, archiving, discovery, output};
use crate::analysis::report::Report;
use crate::infra::store;
use crate::infra::world::World;
use crate::render::Format;

/// What is shown, and where. A page that is asked for at a terminal, with no file
/// named, is written to a file of this name in `target/perf`.
///
/// # Errors
/// If there is no workspace in whose target folder it could be.
pub(super) fn settled(
    show: &ShowArguments,
    name: &str,
    world: &World,
) -> Result<ShowArguments, Stop> {
    let mut show = show.clone();
    if show.printed() == Format::Html && world.width.is_some() {
        show.output.push(Output {
            format: None,
            file: file(name, world)?,
        });
    }
    Ok(show)
}

fn file(name: &str, world: &World) -> Result<PathBuf, Stop> {
    Ok(discovery::store(world)?.root().join(format!("{name}.html")))
}

/// Gives a report that is shown as a page what the history holds of its cases. What
/// keeps it from being read is a warning.
pub(super) fn add_past(
    report: &mut Report,
    show: &ShowArguments,
    history: Option<&OsStr>,
    world: &World,
) {
    if show.formats().any(|format| format == Format::Html) {
        let ids: Vec<String> = report.cases.iter().map(|case| case.id.clone()).collect();
        match archiving::past(history, &ids, world) {
            Ok(past) => report.past = past,
            Err(why) => report.warnings.push(why),
        }
    }
}

/// Writes a page to a file at a terminal, and to standard output elsewhere.
///
/// # Errors
/// If the file cannot be written.
pub(super) fn print(
    page: &str,
    name: &str,
    out: &mut dyn Write,
    world: &World,
) -> Result<(), Stop> {
    if world.width.is_none() {
        return output::print(out, page);
    }
    let file = file(name, world)?;
    store::write(&file, page)
        .map_err(|error| Stop::not_run(format!("{}: {error}", file.display())))?;
    at(&file, out, world)
}

/// Says where the pages are that were written.
pub(super) fn show_page(
    show: &ShowArguments,
    out: &mut dyn Write,
    world: &World,
) -> Result<(), Stop> {
    let is_page = |output: &&Output| output.format.unwrap_or(show.format) == Format::Html;
    let mut pages = show.output.iter().filter(is_page);
    pages.try_for_each(|output| at(&output.file, out, world))
}

fn at(file: &Path, out: &mut dyn Write, world: &World) -> Result<(), Stop> {
    let file = output::shown(&world.directory.join(file), world);
    output::print(out, &format!("\nthe page is {file}\n"))
}
