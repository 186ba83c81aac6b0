//! `baseline show`: the saved baseline as a document.

use std::io::Write;

use super::stored;
use crate::cli::arguments::{BaselineShowArguments, DocumentFormat};
use crate::cli::{Exit, Stop, output};
use crate::infra::store;
use crate::infra::world::World;
use crate::render::baseline;

/// Runs the verb.
pub(super) fn run(
    arguments: &BaselineShowArguments,
    out: &mut dyn Write,
    world: &World,
) -> Result<Exit, Stop> {
    output::check_file(arguments.output.as_deref(), world)?;
    let stored = stored(world)?;
    let text = match arguments.format {
        DocumentFormat::Markdown => baseline::markdown(&stored.baseline),
        DocumentFormat::Json => baseline::json(&stored.baseline),
    };
    match &arguments.output {
        None => output::print(out, &text)?,
        Some(file) => store::write(&world.directory.join(file), &text)
            .map_err(|error| Stop::not_run(format!("--output {}: {error}", file.display())))?,
    }
    Ok(Exit::Passed)
}
