//! What a run leaves in the history.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::io::Write;
use std::path::Path;

use perf_grammar::{Date, variable};

use super::Stop;
use super::arguments::KeepArguments;
use crate::analysis::history::archived::{
    self, ArchivedCase, ArchivedLimit, ArchivedRun, Measured, Part,
};
use crate::analysis::history::{self, Choice, Figure, Fit, Moment, Since, Trend, sentence};
use crate::analysis::recommendation::OnlyWarns;
use crate::analysis::report::Report;
use crate::analysis::run::{Filed, Run};
use crate::infra::archive::{Archive, Location};
use crate::infra::cargo::Workspace;
use crate::infra::world::World;
use crate::model::manifest::Manifest;
use crate::model::shard::Shard;

const OFF: &str = "off";

/// What the records of a run say that is kept, before the run is put together.
pub(super) struct Figures(BTreeMap<String, (Measured, Vec<ArchivedLimit>)>);

impl Figures {
    /// Of joined records.
    pub(super) fn of(records: &[Filed]) -> Figures {
        Figures(archived::measured(
            records.iter().map(|filed| &*filed.record),
        ))
    }

    /// The cases of the run that was put together of them.
    pub(super) fn cases(self, run: &Run) -> Vec<ArchivedCase> {
        archived::cases(run, self.0)
    }
}

/// The run that a manifest is of.
pub(super) fn archived_run(manifest: &Manifest, cases: Vec<ArchivedCase>) -> ArchivedRun {
    ArchivedRun {
        id: manifest.run.clone(),
        unix_time: manifest.unix_time.unwrap_or_default(),
        commit: manifest.commit.clone(),
        parts: vec![Part {
            shard: manifest.share.map_or(Shard::WHOLE, |share| share.shard),
            tool: manifest.tool.clone().unwrap_or_default(),
            exit: manifest.exit.unwrap_or_default(),
        }],
        cases,
    }
}

/// Adds a run to the history. What keeps it from being kept is returned, to be
/// reported as a warning: it changes no verdict.
pub(super) fn keep(
    run: &ArchivedRun,
    arguments: &KeepArguments,
    root: &Path,
    err: &mut dyn Write,
    world: &World,
) -> Option<String> {
    if arguments.no_history {
        return None;
    }
    let location = named(arguments.history.as_deref(), world)
        .unwrap_or_else(|| Some(Location::beside(root)))?;
    let shown = location.shown(&world.directory);
    let kept = Archive::open(&location).and_then(|mut archive| {
        let kept = archive.keep(run)?;
        Ok((archive.is_new, kept))
    });
    match kept {
        Ok((is_new, kept)) => {
            let mut say = |text: String| {
                // A closed standard error is no failure.
                let _ = writeln!(err, "{text}");
            };
            if is_new {
                say(format!(
                    "a history begins in {shown}; `trend` shows it, --no-history keeps none"
                ));
            }
            if run.parts.iter().any(|part| part.shard != Shard::WHOLE) {
                say(sentence::lacks(&run.id, &kept.missing)
                    .unwrap_or_else(|| format!("run {} is complete in {shown}", run.id)));
            }
            match kept.fit {
                Fit::Conflict(why) => Some(format!(
                    "{shown}: run {} is not kept: {why}; give it another PERF_RUN_ID",
                    run.id
                )),
                Fit::New | Fit::Same | Fit::Adds { .. } => None,
            }
        }
        Err(error) => Some(format!("{shown}: run {} is not kept: {error}", run.id)),
    }
}

/// The limits that only ever warned, as far as the history knows; none where there is
/// no history.
pub(super) fn always_warned(world: &World) -> Result<Vec<OnlyWarns>, String> {
    let Ok(location) = location(None, world) else {
        return Ok(Vec::new());
    };
    asked_of(&location, "", world, Archive::always_warned)
}

/// Asks the history, where there is one.
///
/// # Errors
/// If it cannot be read: a sentence that says which it is, and `lacks` because of it.
fn asked_of<T: Default>(
    location: &Location,
    lacks: &str,
    world: &World,
    ask: impl FnOnce(&mut Archive) -> Result<T, String>,
) -> Result<T, String> {
    let archive = Archive::open_existing(location);
    let answer =
        archive.and_then(|mut archive| archive.as_mut().map_or_else(|| Ok(T::default()), ask));
    answer.map_err(|error| format!("{}: {lacks}{error}", location.shown(&world.directory)))
}

/// Runs that a report shows of the history, where it has many cases.
const SHOWN: usize = 100;

/// What the history holds of these cases; nothing where there is none.
///
/// # Errors
/// If there is one that cannot be read: the sentence says which.
pub(super) fn past(
    asked: Option<&OsStr>,
    cases: &[String],
    world: &World,
) -> Result<Vec<Trend>, String> {
    let Ok(location) = location(asked, world) else {
        return Ok(Vec::new());
    };
    let choices = [None, Some(Figure::Allocs)].map(|figure| Choice {
        figure,
        last: SHOWN,
        machine: None,
        today: Date::of_unix(world.unix_time()),
    });
    let mut parts = [Vec::new(), Vec::new()];
    let mut take = |runs: &[ArchivedRun]| {
        for (choice, parts) in choices.iter().zip(&mut parts) {
            parts.push(Trend::of(runs, choice));
        }
    };
    asked_of(&location, "the history is not shown: ", world, |archive| {
        archive.runs_in_parts(cases, SHOWN, &mut take)
    })?;
    Ok(parts.map(Trend::join).into())
}

/// Limits by case and name of which it is known when they held.
pub(super) type Held = BTreeSet<(String, String)>;

/// Says of each broken limit since when it is, as far as the history knows; those that it
/// knows to have held. What keeps that from being read is a warning.
pub(super) fn add_since(report: &mut Report, asked: Option<&OsStr>, world: &World) -> Held {
    let broken: Vec<(String, String)> = (report.broken())
        .map(|(case, limit)| (case.to_owned(), limit.to_owned()))
        .collect();
    let location = match location(asked, world) {
        Ok(location) if !broken.is_empty() => location,
        _ => return Held::new(),
    };
    let this = Moment {
        run: report.run.clone(),
        unix_time: report.unix_time.unwrap_or(u64::MAX),
        commit: report.commit.clone(),
    };
    let lacks = "since when limits are broken is not known: ";
    let read = asked_of(&location, lacks, world, |archive| {
        archive.verdicts(&broken, SHOWN)
    });
    let machine = |case: &str| {
        let environment = report.case(case)?.environment.as_ref()?;
        Some(environment.machine_class())
    };
    let verdicts = read.as_ref().ok();
    let found = broken
        .iter()
        .filter_map(|limit| history::since(verdicts?, limit, &this, machine(&limit.0).as_deref()));
    let found: Vec<Since> = found.collect();
    report.add_since(&found);
    report.warnings.extend(read.err());
    let held = found.into_iter().filter(|since| since.held.is_some());
    held.map(|since| (since.case, since.limit)).collect()
}

/// What was named on the command line or in the environment; `None` where
/// nothing was, and `Some(None)` where nothing is to be kept.
fn named(asked: Option<&OsStr>, world: &World) -> Option<Option<Location>> {
    let name = asked.or(world.variable(variable::HISTORY))?;
    if asked.is_none() && name == OFF {
        return Some(None);
    }
    Some(Some(Location::named(name, &world.directory)))
}

/// Where a history is looked for that a verb shows or adds to.
pub(super) fn location(asked: Option<&OsStr>, world: &World) -> Result<Location, Stop> {
    match named(asked, world) {
        Some(Some(location)) => Ok(location),
        Some(None) => Err(Stop::usage(format!(
            "{}={OFF}: there is no history; name one with --history",
            variable::HISTORY
        ))),
        None => {
            let workspace = Workspace::find(world)
                .map_err(|error| Stop::usage(format!("{error}\nname a history with --history")))?;
            Ok(Location::beside(workspace.root()))
        }
    }
}
