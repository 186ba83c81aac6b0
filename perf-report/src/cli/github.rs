//! What a job of GitHub Actions is given beside its log: the summary, and places as
//! the repository has them.

use std::io::Write;
use std::path::{Path, PathBuf};

use super::arguments::ShowArguments;
use super::{Stop, output};
use crate::analysis::compare::Compared;
use crate::analysis::report::Report;
use crate::infra::store;
use crate::infra::world::World;
use crate::render::{Format, github};

/// The variable that names the file of the summary.
const SUMMARY: &str = "GITHUB_STEP_SUMMARY";
/// The variable that names the folder of the repository.
const REPOSITORY: &str = "GITHUB_WORKSPACE";
/// GitHub shows no summary of a step that is longer, bytes.
const LONGEST: usize = 1024 * 1024;
/// With less room than this nothing is added.
const LEAST: usize = 4096;

/// Appends the summary, where the printed form is that of a job and there is a file
/// for it. What keeps it from being written changes no verdict, and is a warning.
pub(super) fn summarise(
    summary: &dyn Fn(usize) -> String,
    show: &ShowArguments,
    out: &mut dyn Write,
    world: &World,
) -> Result<(), Stop> {
    let Some(file) = world
        .variable(SUMMARY)
        .filter(|_| show.printed() == Format::Github)
    else {
        return Ok(());
    };
    let file = world.directory.join(file);
    let room = LONGEST.saturating_sub(store::length(&file));
    let written = if room < LEAST {
        Err("it has no room left: GitHub shows 1 MiB of a step".to_owned())
    } else {
        store::append(&file, &summary(room - 1)).map_err(|error| error.to_string())
    };
    match written {
        Ok(()) => Ok(()),
        Err(why) => output::print(
            out,
            &github::warning(
                "no summary",
                &format!("{SUMMARY}={}: {why}", file.display()),
            ),
        ),
    }
}

/// Names places as the repository has them. The compiler names a file as seen from
/// the cargo workspace, which may be a folder of the repository.
pub(super) fn name_places(report: &mut Report, world: &World) {
    let explanations = report.explanations.iter_mut();
    name_all(explanations.filter_map(|one| one.place.as_mut()), world);
}

/// The same of a comparison.
pub(super) fn name_places_compared(compared: &mut Compared, world: &World) {
    let comparisons = compared.comparisons.iter_mut();
    name_all(comparisons.filter_map(|one| one.source.as_mut()), world);
}

fn name_all<'p>(places: impl Iterator<Item = &'p mut String>, world: &World) {
    if let Some(seen) = Observation::of(world) {
        places.for_each(|place| *place = seen.name(place));
    }
}

/// The folders that a file may be named from, and that of the repository.
struct Observation<'a> {
    from: Vec<&'a Path>,
    repository: PathBuf,
}

impl Observation<'_> {
    /// `None` where the working directory lies in no repository of a job.
    fn of(world: &World) -> Option<Observation<'_>> {
        let repository = world.directory.join(world.variable(REPOSITORY)?);
        let folders = world.directory.ancestors();
        let from: Vec<&Path> = folders
            .take_while(|folder| folder.starts_with(&repository))
            .collect();
        (!from.is_empty()).then_some(Observation { from, repository })
    }

    fn name(&self, place: &str) -> String {
        let file = place.split(':').next().unwrap_or_default();
        let folder = self.from.iter().find(|folder| folder.join(file).is_file());
        let prefix = folder.and_then(|folder| folder.strip_prefix(&self.repository).ok());
        match prefix {
            Some(prefix) if !Path::new(file).is_absolute() => {
                prefix.join(place).to_string_lossy().replace('\\', "/")
            }
            _ => place.to_owned(),
        }
    }
}
