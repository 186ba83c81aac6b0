//! The wire form of the history: kept runs to rows and back.

use std::collections::BTreeMap;
use std::sync::Arc;

use perf_grammar::{Mode, Verdict};

use super::value::{Cells, Value};
use crate::analysis::history::archived::{
    ArchivedCase, ArchivedLimit, ArchivedRun, ArchivedWaiver, Counted, Counts, Measured, Part,
    Place, Times,
};
use crate::model::commit::Commit;
use crate::model::shard::{self, Shard};

/// A table as it is written: its name and its columns, in order.
pub(super) struct Table {
    pub(super) name: &'static str,
    pub(super) columns: &'static [&'static str],
}

pub(super) const RUN: Table = Table {
    name: "perf_run",
    columns: &["id", "unix_time", "commit_hash", "branch", "dirty"],
};

pub(super) const PART: Table = Table {
    name: "perf_part",
    columns: &["run", "number", "total", "tool", "exit_code"],
};

pub(super) const PLACE: Table = Table {
    name: "perf_place",
    columns: &["id", "machine", "words", "rustc", "profile", "unoptimised"],
};

pub(super) const RESULT: Table = Table {
    name: "perf_result",
    columns: &[
        "run",
        "case_id",
        "outcome",
        "failure",
        "place",
        "clock",
        "runtime",
        "calls",
        "min_ns",
        "p50_ns",
        "p90_ns",
        "p95_ns",
        "p99_ns",
        "max_ns",
        "mean_ns",
        "wall_p50_ns",
        "waiting_share",
        "memory_by",
        "peak_bytes",
        "allocs",
        "alloc_bytes",
        "retained_bytes",
        "instructions_by",
        "instructions",
    ],
};

pub(super) const LIMIT: Table = Table {
    name: "perf_limit",
    columns: &[
        "run",
        "case_id",
        "nth",
        "metric",
        "of_what",
        "unit",
        "floor",
        "mode",
        "limit_value",
        "measured",
        "verdict",
        "reason",
        "waiver_reason",
        "waiver_until",
    ],
};

/// A run without its parts and cases.
pub(super) fn run_row(run: &ArchivedRun) -> Vec<Value> {
    let commit = run.commit.as_ref();
    vec![
        (&run.id).into(),
        int(run.unix_time),
        commit.map(|commit| &commit.hash).into(),
        commit.and_then(|commit| commit.branch.as_ref()).into(),
        commit.map(|commit| commit.dirty).into(),
    ]
}

/// The reverse of [`run_row`].
pub(super) fn read_run(cells: &mut Cells) -> Result<ArchivedRun, String> {
    let (id, unix_time) = (cells.text()?, unsigned(cells.int()?));
    let (hash, branch, dirty) = (
        cells.maybe_text()?,
        cells.maybe_text()?,
        cells.maybe_flag()?,
    );
    Ok(ArchivedRun {
        id,
        unix_time,
        commit: hash.map(|hash| Commit {
            hash,
            branch,
            dirty: dirty.unwrap_or(true),
        }),
        parts: Vec::new(),
        cases: Vec::new(),
    })
}

pub(super) fn part_row(run: &str, part: &Part) -> Vec<Value> {
    vec![
        run.into(),
        i64::from(part.shard.number).into(),
        i64::from(part.shard.total).into(),
        (&part.tool).into(),
        i64::from(part.exit).into(),
    ]
}

/// The reverse of [`part_row`], with the run it is of.
pub(super) fn read_part(cells: &mut Cells) -> Result<(String, Part), String> {
    let run = cells.text()?;
    let mut small = || {
        let int = cells.int()?;
        u32::try_from(int).map_err(|_| format!("a part of a run is numbered {int}"))
    };
    let shard = Shard {
        number: small()?,
        total: small()?,
    };
    let part = Part {
        shard,
        tool: cells.text()?,
        exit: u8::try_from(cells.int()?).unwrap_or(u8::MAX),
    };
    Ok((run, part))
}

/// The name of a place: the same for the same words on every machine, so that
/// stores can be put together.
pub(super) fn place_id(place: &Place) -> String {
    let Place {
        machine,
        words,
        rustc,
        profile,
        unoptimised,
    } = place;
    let text = format!("{machine}\n{words}\n{rustc}\n{profile}\n{unoptimised}");
    format!("{:016x}", shard::hash(text.as_bytes()))
}

pub(super) fn place_row(place: &Place) -> Vec<Value> {
    vec![
        (&place_id(place)).into(),
        (&place.machine).into(),
        (&place.words).into(),
        (&place.rustc).into(),
        (&place.profile).into(),
        place.unoptimised.into(),
    ]
}

/// The reverse of [`place_row`].
pub(super) fn read_place(cells: &mut Cells) -> Result<(String, Arc<Place>), String> {
    let id = cells.text()?;
    let place = Place {
        machine: cells.text()?,
        words: cells.text()?,
        rustc: cells.text()?,
        profile: cells.text()?,
        unoptimised: cells.flag()?,
    };
    Ok((id, Arc::new(place)))
}

pub(super) fn result_row(run: &str, case: &ArchivedCase) -> Vec<Value> {
    let measured = case.measured.as_ref();
    let times = measured.and_then(|measured| measured.times.as_ref());
    let time = |of: fn(&Times) -> Option<f64>| Value::from(times.and_then(of));
    let memory = measured.and_then(|measured| measured.memory.as_ref());
    let count = |of: fn(&Counts) -> Option<i64>| Value::from(memory.and_then(of));
    let counted = measured.and_then(|measured| measured.instructions.as_ref());
    vec![
        run.into(),
        (&case.id).into(),
        case.outcome.word().into(),
        case.failure.as_ref().into(),
        measured.map_or(Value::Null, |measured| (&place_id(&measured.place)).into()),
        measured.map(|measured| &measured.clock).into(),
        measured.map(|measured| &measured.runtime).into(),
        times.map_or(Value::Null, |times| int(times.calls)),
        time(|times| times.min),
        time(|times| times.p50),
        time(|times| times.p90),
        time(|times| times.p95),
        time(|times| times.p99),
        time(|times| times.max),
        time(|times| times.mean),
        time(|times| times.wall_p50),
        time(|times| times.waiting),
        memory.map(|memory| &memory.by).into(),
        count(|memory| memory.peak_bytes),
        count(|memory| Some(memory.allocs)),
        count(|memory| Some(memory.alloc_bytes)),
        count(|memory| Some(memory.retained_bytes)),
        counted.map(|counted| &counted.tier).into(),
        counted.map(|counted| counted.count).into(),
    ]
}

/// The reverse of [`result_row`], with the run it is of.
pub(super) fn read_result(
    cells: &mut Cells,
    places: &BTreeMap<String, Arc<Place>>,
) -> Result<(String, ArchivedCase), String> {
    let run = cells.text()?;
    let (id, outcome) = (cells.text()?, verdict(&cells.text()?)?);
    let failure = cells.maybe_text()?;
    let place = cells.maybe_text()?;
    let (clock, runtime) = (cells.maybe_text()?, cells.maybe_text()?);
    let calls = cells.maybe_int()?;
    let mut real = || cells.maybe_real();
    let times = Times {
        calls: unsigned(calls.unwrap_or(0)),
        min: real()?,
        p50: real()?,
        p90: real()?,
        p95: real()?,
        p99: real()?,
        max: real()?,
        mean: real()?,
        wall_p50: real()?,
        waiting: real()?,
    };
    let by = cells.maybe_text()?;
    let peak_bytes = cells.maybe_int()?;
    let counts = [cells.maybe_int()?, cells.maybe_int()?, cells.maybe_int()?];
    let (tier, count) = (cells.maybe_text()?, cells.maybe_int()?);
    let measured = match place {
        None => None,
        Some(place) => Some(Measured {
            place: Arc::clone(places.get(&place).ok_or_else(|| {
                format!("the case {id} of run {run} is of place {place}, which is not there")
            })?),
            clock: clock.unwrap_or_default(),
            runtime: runtime.unwrap_or_default(),
            times: calls.map(|_| times),
            memory: match (by, counts) {
                (Some(by), [Some(allocs), Some(alloc_bytes), Some(retained_bytes)]) => {
                    Some(Counts {
                        by,
                        peak_bytes,
                        allocs,
                        alloc_bytes,
                        retained_bytes,
                    })
                }
                _ => None,
            },
            instructions: tier.zip(count).map(|(tier, count)| Counted { tier, count }),
        }),
    };
    let case = ArchivedCase {
        id,
        outcome,
        failure,
        measured,
        limits: Vec::new(),
    };
    Ok((run, case))
}

pub(super) fn limit_row(run: &str, case: &str, nth: usize, limit: &ArchivedLimit) -> Vec<Value> {
    let waiver = limit.waiver.as_ref();
    vec![
        run.into(),
        case.into(),
        int(nth as u64),
        (&limit.metric).into(),
        limit.of.as_ref().into(),
        limit.unit.as_ref().into(),
        limit.floor.into(),
        limit.mode.word().into(),
        limit.limit.into(),
        limit.measured.into(),
        limit.verdict.word().into(),
        limit.reason.as_ref().into(),
        waiver.map(|waiver| &waiver.reason).into(),
        waiver.map(|waiver| &waiver.until).into(),
    ]
}

/// The reverse of [`limit_row`], with the run and the case it is of.
pub(super) fn read_limit(cells: &mut Cells) -> Result<(String, String, ArchivedLimit), String> {
    let (run, case, _nth) = (cells.text()?, cells.text()?, cells.int()?);
    let limit = ArchivedLimit {
        metric: cells.text()?,
        of: cells.maybe_text()?,
        unit: cells.maybe_text()?,
        floor: cells.flag()?,
        mode: mode(&cells.text()?)?,
        limit: cells.maybe_real()?,
        measured: cells.maybe_real()?,
        verdict: verdict(&cells.text()?)?,
        reason: cells.maybe_text()?,
        waiver: match (cells.maybe_text()?, cells.maybe_text()?) {
            (Some(reason), Some(until)) => Some(ArchivedWaiver { reason, until }),
            _ => None,
        },
    };
    Ok((run, case, limit))
}

pub(super) fn verdict(word: &str) -> Result<Verdict, String> {
    let all = Verdict::ALL.into_iter();
    all.clone()
        .find(|verdict| verdict.word() == word)
        .ok_or_else(|| format!("a table holds the verdict `{word}`, which is not known here"))
}

fn mode(word: &str) -> Result<Mode, String> {
    [Mode::Hard, Mode::Soft, Mode::Off]
        .into_iter()
        .find(|mode| mode.word() == word)
        .ok_or_else(|| format!("a table holds the mode `{word}`, which is not known here"))
}

/// Databases know signed numbers only; none of these comes near their end.
fn int(number: u64) -> Value {
    Value::Int(i64::try_from(number).unwrap_or(i64::MAX))
}

fn unsigned(number: i64) -> u64 {
    u64::try_from(number).unwrap_or(0)
}
