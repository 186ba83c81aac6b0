//! `baseline show`: the saved baseline as a document.

use super::stored;
use crate::cli::arguments::{BaselineShowArguments, DocumentFormat};
use crate::cli::{Console, Exit, Stop, output};
use crate::infra::store;
use crate::render::baseline;

/// Runs the verb.
pub(super) fn run(arguments: &BaselineShowArguments, console: Console<'_>) -> Result<Exit, Stop> {
    let Console { out, world, .. } = console;
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
