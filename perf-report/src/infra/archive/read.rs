//! Reads kept runs back: all of one, or of all what was asked for.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::Arc;

use super::database::{self, Database};
use super::rows::{self, LIMIT, PART, PLACE, RESULT, RUN};
use super::value::{Cells, Value};
use super::{Ask, schema};
use crate::analysis::history::archived::{ArchivedRun, Place};
use crate::analysis::history::{Ended, Moment, Verdicts};
use crate::analysis::recommendation::OnlyWarns;

/// Cases that one statement asks for, at most.
const AT_ONCE: usize = 1_000;

/// With so few cases, all their runs are read.
const FEW: usize = 16;

/// What [`Archive::runs`](super::Archive::runs) gives, within a transaction.
pub(super) fn asked(database: &mut dyn Database, ask: &Ask) -> Result<Vec<ArchivedRun>, String> {
    let since = i64::try_from(ask.since).unwrap_or(i64::MAX);
    let mut runs = heads(database, since)?;
    let places = places(database)?;
    match &ask.cases {
        None => fill(database, &mut runs, &places, None)?,
        Some(cases) => {
            for some in cases.chunks(AT_ONCE) {
                fill(database, &mut runs, &places, Some(some))?;
            }
        }
    }
    let mut runs = in_order(runs);
    add_waived(database, &mut runs)?;
    Ok(runs)
}

/// What [`Archive::runs_in_parts`](super::Archive::runs_in_parts) gives, within a
/// transaction.
pub(super) fn in_parts(
    database: &mut dyn Database,
    cases: &[String],
    last: usize,
    take: &mut dyn FnMut(&[ArchivedRun]),
) -> Result<(), String> {
    let heads = last_heads(database, cases.len(), last)?;
    let places = places(database)?;
    for some in cases.chunks(AT_ONCE) {
        let mut runs = heads.clone();
        fill(database, &mut runs, &places, Some(some))?;
        let mut runs = in_order(runs);
        add_waived(database, &mut runs)?;
        take(&runs);
    }
    Ok(())
}

/// What [`Archive::verdicts`](super::Archive::verdicts) gives, within a transaction.
pub(super) fn verdicts(
    database: &mut dyn Database,
    limits: &[(String, String)],
    last: usize,
) -> Result<Verdicts, String> {
    let wanted: BTreeSet<&str> = limits.iter().map(|(case, _)| &**case).collect();
    let cases: Vec<Value> = wanted.into_iter().map(Value::from).collect();
    let runs = in_order(last_heads(database, cases.len(), last)?);
    let places = places(database)?;
    let of = limits.iter().map(|limit| (limit.clone(), Vec::new()));
    let mut of: BTreeMap<(String, String), Vec<Ended>> = of.collect();
    for (nth, run) in runs.iter().enumerate() {
        for some in cases.chunks(AT_ONCE) {
            let (of_run, values) = of_run(&run.id, Some(some.iter().cloned()));
            let sql = format!(
                "SELECT case_id, metric, of_what, verdict, place \
                FROM perf_limit JOIN perf_result USING (run, case_id) {of_run}"
            );
            database.query_each(&sql, &values, &mut |row| {
                let mut cells = Cells::of(row);
                let (case, metric) = (cells.text()?, cells.text()?);
                let name = limit_name(metric, cells.maybe_text()?);
                let (verdict, place) = (rows::verdict(&cells.text()?)?, cells.maybe_text()?);
                let place = place.and_then(|place| places.get(&place));
                if let Some((place, ended)) = place.zip(of.get_mut(&(case, name))) {
                    ended.push(Ended {
                        run: nth,
                        place: Arc::clone(place),
                        verdict,
                    });
                }
                Ok(())
            })?;
        }
    }
    let moment = |run: ArchivedRun| Moment {
        run: run.id,
        unix_time: run.unix_time,
        commit: run.commit,
    };
    Ok(Verdicts {
        runs: runs.into_iter().map(moment).collect(),
        of,
    })
}

/// The name of a limit as people know it: `p99`, `events db::query`.
fn limit_name(metric: String, of: Option<String>) -> String {
    match of {
        Some(of) => format!("{metric} {of}"),
        None => metric,
    }
}

/// The runs to read for this number of cases, without their cases.
fn last_heads(
    database: &mut dyn Database,
    cases: usize,
    last: usize,
) -> Result<BTreeMap<String, ArchivedRun>, String> {
    let mut heads = heads(database, 0)?;
    if let Some(first) = first_of(&heads, last).filter(|_| cases > FEW) {
        heads.retain(|_, run| run.unix_time >= first);
    }
    Ok(heads)
}

fn in_order(runs: BTreeMap<String, ArchivedRun>) -> Vec<ArchivedRun> {
    let mut runs: Vec<ArchivedRun> = runs.into_values().collect();
    runs.sort_by(|a, b| (a.unix_time, &a.id).cmp(&(b.unix_time, &b.id)));
    runs
}

/// When the first of the last runs was made; `None` where there are no more.
fn first_of(runs: &BTreeMap<String, ArchivedRun>, last: usize) -> Option<u64> {
    let mut times: Vec<u64> = runs.values().map(|run| run.unix_time).collect();
    times.sort_unstable();
    times.get(times.len().checked_sub(last)?).copied()
}

/// Runs with their parts and without their cases, by id.
fn heads(database: &mut dyn Database, since: i64) -> Result<BTreeMap<String, ArchivedRun>, String> {
    let mut runs: BTreeMap<String, ArchivedRun> = BTreeMap::new();
    for row in database.select(&RUN, "WHERE unix_time >= $1", &[since.into()])? {
        let run = rows::read_run(&mut Cells::of(row))?;
        runs.insert(run.id.clone(), run);
    }
    for row in database.select(&PART, "ORDER BY run, number", &[])? {
        let (run, part) = rows::read_part(&mut Cells::of(row))?;
        if let Some(run) = runs.get_mut(&run) {
            run.parts.push(part);
        }
    }
    Ok(runs)
}

/// Adds some cases to the runs that have them, or all cases; without their limits.
///
/// NOTE: run by run, as they were written: what is read of a run lies together. In the
/// order of the cases each row would be another page of the file.
fn fill(
    database: &mut dyn Database,
    runs: &mut BTreeMap<String, ArchivedRun>,
    places: &BTreeMap<String, Arc<Place>>,
    cases: Option<&[String]>,
) -> Result<(), String> {
    for (id, run) in runs {
        let (of_run, values) = of_run(id, cases.map(|some| some.iter().map(Value::from)));
        database.select_each(&RESULT, &of_run, &values, |row| {
            let (_, case) = rows::read_result(&mut Cells::of(row), places)?;
            run.cases.push(case);
            Ok(())
        })?;
        run.cases.sort_by(|a, b| a.id.cmp(&b.id));
    }
    Ok(())
}

/// Adds to runs in order of time the limits that were waived when their case was measured
/// last on a class of machines: a waiver of an earlier run covers nothing.
fn add_waived(database: &mut dyn Database, runs: &mut [ArchivedRun]) -> Result<(), String> {
    let mut seen: HashSet<(&str, &str)> = HashSet::new();
    let mut last: Vec<(usize, Vec<Value>)> = Vec::new();
    for (nth, run) in runs.iter().enumerate().rev() {
        let measured = run.cases.iter().filter(|case| {
            let measured = case.measured.as_ref();
            measured.is_some_and(|measured| seen.insert((&measured.place.machine, &case.id)))
        });
        last.push((nth, measured.map(|case| (&case.id).into()).collect()));
    }
    for (nth, cases) in last {
        for some in cases.chunks(AT_ONCE) {
            let (of_run, values) = of_run(&runs[nth].id, Some(some.iter().cloned()));
            let waived = format!("{of_run} AND waiver_until IS NOT NULL");
            database.select_each(&LIMIT, &waived, &values, |row| {
                put_limit(&mut runs[nth], row)
            })?;
        }
    }
    Ok(())
}

/// What selects the rows of a run, of some cases where there are any, and what it binds.
fn of_run(id: &str, cases: Option<impl Iterator<Item = Value>>) -> (String, Vec<Value>) {
    let mut values = vec![Value::from(id)];
    let Some(cases) = cases else {
        return ("WHERE run = $1".to_owned(), values);
    };
    values.extend(cases);
    let marks: Vec<String> = (2..=values.len()).map(|nth| format!("${nth}")).collect();
    let sql = format!("WHERE run = $1 AND case_id IN ({})", marks.join(", "));
    (sql, values)
}

pub(super) fn places(database: &mut dyn Database) -> Result<BTreeMap<String, Arc<Place>>, String> {
    let rows = database.select(&PLACE, "", &[])?;
    rows.into_iter()
        .map(|row| rows::read_place(&mut Cells::of(row)))
        .collect()
}

/// Every run with everything that is kept of it, within a transaction.
pub(super) fn whole_runs(
    database: &mut dyn Database,
    is_older: bool,
) -> Result<Vec<ArchivedRun>, String> {
    if is_older {
        schema::migrate(database)?;
    }
    let ids = database.query("SELECT id FROM perf_run ORDER BY unix_time, id", &[])?;
    let places = places(database)?;
    database::names(ids)
        .iter()
        .filter_map(|id| whole_run(database, id, &places).transpose())
        .collect()
}

/// One run with everything that is kept of it.
pub(super) fn whole_run(
    database: &mut dyn Database,
    id: &str,
    places: &BTreeMap<String, Arc<Place>>,
) -> Result<Option<ArchivedRun>, String> {
    let id = [Value::from(id)];
    let Some(row) = database.select(&RUN, "WHERE id = $1", &id)?.pop() else {
        return Ok(None);
    };
    let mut run = rows::read_run(&mut Cells::of(row))?;
    for row in database.select(&PART, "WHERE run = $1 ORDER BY number", &id)? {
        run.parts.push(rows::read_part(&mut Cells::of(row))?.1);
    }
    for row in database.select(&RESULT, "WHERE run = $1", &id)? {
        let (_, case) = rows::read_result(&mut Cells::of(row), places)?;
        run.cases.push(case);
    }
    run.cases.sort_by(|a, b| a.id.cmp(&b.id));
    for row in database.select(&LIMIT, "WHERE run = $1 ORDER BY case_id, nth", &id)? {
        put_limit(&mut run, row)?;
    }
    Ok(Some(run))
}

/// What [`Archive::always_warned`](super::Archive::always_warned) gives. Runs in which
/// a limit was not judged say nothing of it.
pub(super) fn always_warned(database: &mut dyn Database) -> Result<Vec<OnlyWarns>, String> {
    const WARNED: &str = "SELECT case_id, metric, of_what, COUNT(*) FROM perf_limit \
        WHERE verdict NOT IN ('undecided', 'unmeasured') GROUP BY case_id, metric, of_what \
        HAVING COUNT(*) = SUM(CASE WHEN verdict = 'warn' THEN 1 ELSE 0 END)";
    let read = |row: Vec<Value>| {
        let mut cells = Cells::of(row);
        let (case, metric) = (cells.text()?, cells.text()?);
        let of = cells.maybe_text()?;
        Ok(OnlyWarns {
            case,
            limit: limit_name(metric, of),
            runs: usize::try_from(cells.int()?).unwrap_or(0),
        })
    };
    let rows = database.query(WARNED, &[])?;
    rows.into_iter().map(read).collect()
}

/// Puts a limit to its case; those of the run are sorted by id.
fn put_limit(run: &mut ArchivedRun, row: Vec<Value>) -> Result<(), String> {
    let (_, case, limit) = rows::read_limit(&mut Cells::of(row))?;
    if let Ok(place) = run.cases.binary_search_by(|own| own.id.cmp(&case)) {
        run.cases[place].limits.push(limit);
    }
    Ok(())
}
