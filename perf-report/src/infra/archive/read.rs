//! Reads kept runs back: all of one, or of all what was asked for.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::database::{self, Database};
use super::rows::{self, LIMIT, PART, PLACE, RESULT, RUN};
use super::value::{Cells, Value};
use super::{Ask, schema};
use crate::analysis::history::kept::{KeptRun, Place};
use crate::analysis::recommendation::OnlyWarns;

/// Cases that one statement asks for, at most.
const AT_ONCE: usize = 1_000;

/// With so few cases, all their runs are read.
const FEW: usize = 16;

/// What [`Archive::runs`](super::Archive::runs) gives, within a transaction.
pub(super) fn asked(database: &mut dyn Database, ask: &Ask) -> Result<Vec<KeptRun>, String> {
    let since = i64::try_from(ask.since).unwrap_or(i64::MAX);
    let mut runs = heads(database, since)?;
    let places = places(database)?;
    match &ask.cases {
        None => fill(database, &mut runs, &places, since, None)?,
        Some(cases) => {
            for some in cases.chunks(AT_ONCE) {
                fill(database, &mut runs, &places, since, Some(some))?;
            }
        }
    }
    Ok(in_order(runs))
}

/// What [`Archive::runs_in_parts`](super::Archive::runs_in_parts) gives, within a
/// transaction.
pub(super) fn in_parts(
    database: &mut dyn Database,
    cases: &[String],
    last: usize,
    take: &mut dyn FnMut(&[KeptRun]),
) -> Result<(), String> {
    let mut heads = heads(database, 0)?;
    let places = places(database)?;
    let mut since = 0;
    if cases.len() > FEW
        && let Some(first) = first_of(&heads, last)
    {
        since = i64::try_from(first).unwrap_or(i64::MAX);
        heads.retain(|_, run| run.unix_time >= first);
    }
    for some in cases.chunks(AT_ONCE) {
        let mut runs = heads.clone();
        fill(database, &mut runs, &places, since, Some(some))?;
        take(&in_order(runs));
    }
    Ok(())
}

fn in_order(runs: BTreeMap<String, KeptRun>) -> Vec<KeptRun> {
    let mut runs: Vec<KeptRun> = runs.into_values().collect();
    runs.sort_by(|a, b| (a.unix_time, &a.id).cmp(&(b.unix_time, &b.id)));
    runs
}

/// When the first of the last runs was made; `None` where there are no more.
fn first_of(runs: &BTreeMap<String, KeptRun>, last: usize) -> Option<u64> {
    let mut times: Vec<u64> = runs.values().map(|run| run.unix_time).collect();
    times.sort_unstable();
    times.get(times.len().checked_sub(last)?).copied()
}

/// Runs with their parts and without their cases, by id.
fn heads(database: &mut dyn Database, since: i64) -> Result<BTreeMap<String, KeptRun>, String> {
    let mut runs: BTreeMap<String, KeptRun> = BTreeMap::new();
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

/// Adds some cases to the runs that have them, or all cases; with the limits that
/// were waived.
fn fill(
    database: &mut dyn Database,
    runs: &mut BTreeMap<String, KeptRun>,
    places: &BTreeMap<String, Arc<Place>>,
    since: i64,
    cases: Option<&[String]>,
) -> Result<(), String> {
    let mut values = vec![Value::Int(since)];
    values.extend(cases.into_iter().flatten().map(Value::from));
    let marks: Vec<String> = (2..=values.len()).map(|nth| format!("${nth}")).collect();
    let marks = marks.join(", ");
    let of = |table: &str, also: &str| {
        let case = cases.map_or(String::new(), |_| format!("AND case_id IN ({marks})"));
        format!(
            "JOIN perf_run ON perf_run.id = {table}.run WHERE perf_run.unix_time >= $1 {case} {also}"
        )
    };
    database.select_each(&RESULT, &of(RESULT.name, ""), &values, |row| {
        let (run, case) = rows::read_result(&mut Cells::of(row), places)?;
        if let Some(run) = runs.get_mut(&run) {
            run.cases.push(case);
        }
        Ok(())
    })?;
    for run in runs.values_mut() {
        run.cases.sort_by(|a, b| a.id.cmp(&b.id));
    }
    let waived = of(LIMIT.name, "AND perf_limit.waiver_until IS NOT NULL");
    for row in database.select(&LIMIT, &waived, &values)? {
        put_limit(runs, row)?;
    }
    Ok(())
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
) -> Result<Vec<KeptRun>, String> {
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
) -> Result<Option<KeptRun>, String> {
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
    let mut runs = BTreeMap::from([(run.id.clone(), run)]);
    for row in database.select(&LIMIT, "WHERE run = $1 ORDER BY case_id, nth", &id)? {
        put_limit(&mut runs, row)?;
    }
    Ok(runs.into_values().next())
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
            limit: of.map_or_else(|| metric.clone(), |of| format!("{metric} {of}")),
            runs: usize::try_from(cells.int()?).unwrap_or(0),
        })
    };
    let rows = database.query(WARNED, &[])?;
    rows.into_iter().map(read).collect()
}

/// Puts a limit to its case; the cases of each run are sorted by id.
fn put_limit(runs: &mut BTreeMap<String, KeptRun>, row: Vec<Value>) -> Result<(), String> {
    let (run, case, limit) = rows::read_limit(&mut Cells::of(row))?;
    if let Some(run) = runs.get_mut(&run)
        && let Ok(place) = run.cases.binary_search_by(|own| own.id.cmp(&case))
    {
        run.cases[place].limits.push(limit);
    }
    Ok(())
}
