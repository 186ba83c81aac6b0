//! The history on disk or on a server: opened with care, added to as a whole.

mod database;
mod location;
#[cfg(feature = "postgres")]
mod postgres;
mod read;
mod rows;
mod schema;
mod sqlite;
mod value;

use std::path::Path;

use self::database::Database;
pub(crate) use self::location::Location;
use self::rows::{LIMIT, PART, PLACE, RESULT, RUN};
use self::schema::State;
use self::sqlite::Sqlite;
use crate::analysis::history::archived::{ArchivedCase, ArchivedRun, Part, Place};
use crate::analysis::history::{Fit, Verdicts, fit, lacking};
use crate::analysis::recommendation::OnlyWarns;
use crate::infra::{diagnose, store};
use crate::model::shard::Shard;

/// A history that is open.
pub(crate) struct Archive {
    database: Box<dyn Database>,
    /// Whether it was made just now.
    pub(crate) is_new: bool,
}

/// What became of a run that was to be kept.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Kept {
    pub(crate) fit: Fit,
    /// The parts of the run that the history lacks.
    pub(crate) missing: Vec<Shard>,
}

/// Which runs are read, and how much of them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Ask {
    /// Not before this second since 1970.
    pub(crate) since: u64,
    /// Only these cases; all where there is none.
    pub(crate) cases: Option<Vec<String>>,
}

impl Archive {
    /// Opens a history to add to it: makes it where it is missing, and brings it
    /// to the schema of today.
    ///
    /// # Errors
    /// A sentence without the place, which the caller knows.
    pub(crate) fn open(location: &Location) -> Result<Archive, String> {
        if let Location::File { file, own_folder } = location {
            make_folder(file, *own_folder)?;
        }
        let mut database = connect(location, true)?;
        let found = schema::state(&mut *database)?;
        if found != State::Of(schema::SCHEMA) {
            // Another process may do the same: what it did is seen inside.
            (*database).within(true, schema::migrate)?;
        }
        Ok(Archive {
            database,
            is_new: found == State::Empty,
        })
    }

    /// Opens a history that is there; `None` where there is none. An older one
    /// is brought to the schema of today.
    ///
    /// # Errors
    /// As [`Archive::open`].
    pub(crate) fn open_existing(location: &Location) -> Result<Option<Archive>, String> {
        if let Location::File { file, .. } = location
            && !file.exists()
        {
            return Ok(None);
        }
        let mut database = connect(location, false)?;
        match schema::state(&mut *database)? {
            State::Empty => return Ok(None),
            State::Of(schema::SCHEMA) => {}
            State::Of(_) => (*database).within(true, schema::migrate)?,
        }
        Ok(Some(Archive {
            database,
            is_new: false,
        }))
    }

    /// Every run of a history that is there, which is left as it is: an older
    /// one is brought to the schema of today within a transaction that is taken
    /// back. `None` where there is none.
    ///
    /// # Errors
    /// As [`Archive::open`].
    pub(crate) fn read_all(location: &Location) -> Result<Option<Vec<ArchivedRun>>, String> {
        if let Location::File { file, .. } = location
            && !file.exists()
        {
            return Ok(None);
        }
        let mut database = connect(location, false)?;
        let is_older = match schema::state(&mut *database)? {
            State::Empty => return Ok(None),
            State::Of(version) => version < schema::SCHEMA,
        };
        database.begin(is_older)?;
        let read = read::whole_runs(&mut *database, is_older);
        let _ = database.script("ROLLBACK");
        read.map(Some)
    }

    /// Adds a run, or what is not there of it. When this returns, it is on disk.
    ///
    /// # Errors
    /// As [`Archive::open`]; then nothing was added.
    pub(crate) fn keep(&mut self, run: &ArchivedRun) -> Result<Kept, String> {
        (*self.database).within(true, |database| {
            let places = read::places(database)?;
            let stored = read::whole_run(database, &run.id, &places)?;
            let fit = fit(stored.as_ref(), run);
            let mut missing = lacking(stored.as_ref(), run);
            match &fit {
                Fit::Same => {}
                Fit::Conflict(_) => missing = stored.map_or_else(Vec::new, |run| run.missing()),
                Fit::New => {
                    database.insert(&RUN, vec![rows::run_row(run)], false)?;
                    add(database, run, &run.parts, &run.cases)?;
                }
                Fit::Adds { parts, cases } => add(database, run, parts, cases)?,
            }
            Ok(Kept { fit, missing })
        })
    }

    /// The ids of all cases, in order.
    ///
    /// # Errors
    /// As [`Archive::open`].
    pub(crate) fn cases(&mut self) -> Result<Vec<String>, String> {
        let rows = self
            .database
            .query("SELECT DISTINCT case_id FROM perf_result", &[])?;
        let mut names = database::names(rows);
        // Two databases sort texts in two ways.
        names.sort();
        Ok(names)
    }

    /// Runs in order of time, with the cases that were asked for; of the limits of the
    /// last run of each those that were waived.
    ///
    /// # Errors
    /// As [`Archive::open`].
    pub(crate) fn runs(&mut self, ask: &Ask) -> Result<Vec<ArchivedRun>, String> {
        (*self.database).within(false, |database| read::asked(database, ask))
    }

    /// The last runs, in order of time, with some of these cases at a time: all cases
    /// together are much more than what is made of them. Of few cases, all runs.
    ///
    /// # Errors
    /// As [`Archive::open`].
    pub(crate) fn runs_in_parts(
        &mut self,
        cases: &[String],
        last: usize,
        take: &mut dyn FnMut(&[ArchivedRun]),
    ) -> Result<(), String> {
        (*self.database).within(false, |database| {
            read::in_parts(database, cases, last, take)
        })
    }

    /// How limits ended in the last runs; each is a case and the name of a limit. Of few
    /// cases, in all runs.
    ///
    /// # Errors
    /// As [`Archive::open`].
    pub(crate) fn verdicts(
        &mut self,
        limits: &[(String, String)],
        last: usize,
    ) -> Result<Verdicts, String> {
        (*self.database).within(false, |database| read::verdicts(database, limits, last))
    }

    /// The limits that warned whenever they were judged, each with in how many runs.
    ///
    /// # Errors
    /// As [`Archive::open`].
    pub(crate) fn always_warned(&mut self) -> Result<Vec<OnlyWarns>, String> {
        (*self.database).within(false, read::always_warned)
    }
}

fn connect(location: &Location, make: bool) -> Result<Box<dyn Database>, String> {
    diagnose::history(&location.shown(Path::new("")));
    match location {
        Location::File { file, .. } => Ok(Box::new(Sqlite::open(file, make)?)),
        #[cfg(feature = "postgres")]
        Location::Server(url) => Ok(Box::new(postgres::Postgres::open(url)?)),
        #[cfg(not(feature = "postgres"))]
        Location::Server(_) => Err(
            "this perf-report was built without PostgreSQL; build it with the feature `postgres` of perf-report"
                .to_owned(),
        ),
    }
}

/// Makes the folder of a file. One that this program chose is hidden from git from inside,
/// so that no file of the project has to be changed for it.
fn make_folder(file: &Path, own: bool) -> Result<(), String> {
    let Some(folder) = file.parent() else {
        return Ok(());
    };
    let failed = |error: std::io::Error| format!("its folder cannot be made: {error}");
    std::fs::create_dir_all(folder).map_err(failed)?;
    let ignore = folder.join(".gitignore");
    if own && !ignore.exists() {
        store::write(&ignore, "*\n").map_err(failed)?;
    }
    Ok(())
}

fn add(
    database: &mut dyn Database,
    run: &ArchivedRun,
    parts: &[Part],
    cases: &[ArchivedCase],
) -> Result<(), String> {
    let measured = cases.iter().filter_map(|case| case.measured.as_ref());
    let mut places: Vec<&Place> = measured.map(|measured| &*measured.place).collect();
    places.sort();
    places.dedup();
    let places = places.into_iter().map(rows::place_row).collect();
    database.insert(&PLACE, places, true)?;
    let parts = parts.iter().map(|part| rows::part_row(&run.id, part));
    database.insert(&PART, parts.collect(), false)?;
    let results = cases.iter().map(|case| rows::result_row(&run.id, case));
    database.insert(&RESULT, results.collect(), false)?;
    let limits = cases.iter().flat_map(|case| {
        let limits = case.limits.iter().enumerate();
        limits.map(|(nth, limit)| rows::limit_row(&run.id, &case.id, nth, limit))
    });
    database.insert(&LIMIT, limits.collect(), false)
}

#[cfg(test)]
mod tests;
