//! Where a report goes.

use std::io::Write;
use std::path::Path;

use super::Stop;
use super::arguments::{Format, ShowArguments};
use crate::compare::Compared;
use crate::machine::store;
use crate::machine::world::World;
use crate::render::{compared, json, junit, markdown, terminal};
use crate::report::{Detail, Report};

/// Refuses a file that cannot be written, before anything is measured.
pub(super) fn check(show: &ShowArguments, world: &World) -> Result<(), Stop> {
    check_file(show.output.as_deref(), world)
}

/// The same of a file alone.
pub(super) fn check_file(file: Option<&Path>, world: &World) -> Result<(), Stop> {
    let Some(file) = file else {
        return Ok(());
    };
    if world.directory.join(file).is_dir() {
        return Err(Stop::usage(format!(
            "--output {}: is a folder, a file is needed",
            file.display()
        )));
    }
    match file.parent() {
        Some(folder) if !world.directory.join(folder).is_dir() => Err(Stop::usage(format!(
            "--output {}: the folder {} does not exist",
            file.display(),
            folder.display()
        ))),
        _ => Ok(()),
    }
}

/// Shows a report, and writes it where it was asked for.
pub(super) fn show(
    report: &Report,
    show: &ShowArguments,
    out: &mut dyn Write,
    world: &World,
) -> Result<(), Stop> {
    let text = |format, look| text(report, format, look);
    show_text(&text, show, out, world)
}

/// Shows a comparison, and writes it where it was asked for.
pub(super) fn show_compared(
    compared: &Compared,
    show: &ShowArguments,
    detail: Detail,
    out: &mut dyn Write,
    world: &World,
) -> Result<(), Stop> {
    let text = |format, look| match format {
        Format::Terminal => compared::terminal::render(compared, detail, look),
        Format::Markdown => compared::markdown::render(compared, detail),
        Format::Json => compared::json::render(compared),
        Format::Junit => compared::junit::render(compared),
    };
    show_text(&text, show, out, world)
}

/// To standard output; or to a file in the form that was asked for, and to
/// standard output in the terminal's.
fn show_text(
    text: &dyn Fn(Format, terminal::Look) -> String,
    show: &ShowArguments,
    out: &mut dyn Write,
    world: &World,
) -> Result<(), Stop> {
    let look = look(world);
    let Some(file) = &show.output else {
        return print(out, &text(show.format, look));
    };
    print(out, &text(Format::Terminal, look))?;
    let plain = terminal::Look {
        width: None,
        colour: false,
    };
    store::write(&world.directory.join(file), &text(show.format, plain))
        .map_err(|error| Stop::not_run(format!("--output {}: {error}", file.display())))
}

/// How the terminal is.
pub(super) fn look(world: &World) -> terminal::Look {
    terminal::Look {
        width: world.width,
        colour: world.colour(),
    }
}

/// Prints to standard output; a reader that has gone away is no error.
pub(super) fn print(out: &mut dyn Write, text: &str) -> Result<(), Stop> {
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => {
            Err(Stop::not_run(format!("cannot write the report: {error}")))
        }
        _ => Ok(()),
    }
}

/// A path as it reads best: relative to the working directory, if it is inside.
pub(super) fn shown(path: &Path, world: &World) -> String {
    path.strip_prefix(&world.directory)
        .unwrap_or(path)
        .display()
        .to_string()
}

fn text(report: &Report, format: Format, look: terminal::Look) -> String {
    match format {
        Format::Terminal => terminal::render(report, look),
        Format::Markdown => markdown::render(report),
        Format::Json => json::render(report),
        Format::Junit => junit::render(report),
    }
}
