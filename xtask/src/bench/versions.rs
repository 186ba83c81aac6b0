//! `bench versions`: whether the times of libraries in two versions agree with their instructions.
//!
//! A time says which version is faster on this machine, in this layout of the
//! code; instructions are counted and differ by less than a percent. A pair on
//! which both agree is one whose direction is known.

use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::path::Path;
use std::process::Stdio;

use serde_json::Value;

use super::project::{myself, temporary};
use super::records;
use super::statistics::median;
use super::table::Table;
use super::target;
use crate::step::Stopped;

#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// How often each pair is measured
    #[arg(long, default_value_t = 7, value_parser = super::at_least_one())]
    times: usize,
}

/// Counts of instructions differ by less than this from process to process.
const SAME_INSTRUCTIONS: f64 = 0.01;

/// What a case takes in the newer version, of what it takes in the older one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Direction {
    Faster,
    Slower,
    /// Too near to tell.
    Same,
}

/// Two cases, of which one is judged by the other.
#[derive(Debug, Default)]
struct Pair {
    library: String,
    /// The median ratio of the times, of each run.
    times: Vec<f64>,
    new: Counts,
    old: Counts,
}

/// What does not depend on the speed of the machine.
#[derive(Clone, Copy, Debug, Default)]
struct Counts {
    instructions: Option<f64>,
    allocs: Option<u64>,
}

/// Runs the cases of `versions` this many times, prints the table, and says
/// whether time and instructions agree on every pair.
///
/// # Errors
/// If they cannot be built or run, or a count is missing.
pub(crate) fn run(options: &Options) -> Result<bool, Stopped> {
    let times = options.times;
    let mut pairs = BTreeMap::new();
    for time in 1..=times {
        let folder = temporary()?;
        measure(folder.path(), time == 1)?;
        add(&records(&folder.path().join("runs"))?, &mut pairs)?;
        eprintln!("{time}/{times}");
    }
    report(&pairs)
}

/// One run of every case, as a user has it; its records go into this folder.
fn measure(folder: &Path, instructions: bool) -> Result<(), Stopped> {
    let mut command = myself("perf --package versions --no-history")?;
    command
        .args(instructions.then_some("--instructions"))
        .env("PERF_OUT_DIR", folder)
        .stdout(Stdio::null());
    let status = command
        .status()
        .map_err(|error| format!("{command:?} could not be started: {error}"))?;
    // A budget that is broken is no error: what is asked here is the direction.
    match status.code() {
        Some(0 | 1) => Ok(()),
        _ => Err(format!("{command:?} ended with {status}")),
    }
}

/// Every record of the one run in this folder, but those of confirmations.
fn records(runs: &Path) -> Result<Vec<Value>, Stopped> {
    let mut found = Vec::new();
    let wrong = |error| format!("{}: {error}", runs.display());
    for run in fs::read_dir(runs).map_err(wrong)? {
        found.extend(records::all(&run.map_err(wrong)?.path())?);
    }
    found.retain(|record| record["phase"] != "confirm");
    Ok(found)
}

/// Adds what one run says of each pair; counts are there if they were counted.
fn add(records: &[Value], pairs: &mut BTreeMap<String, Pair>) -> Result<(), Stopped> {
    let id = |record: &Value| record["case"]["id"].as_str().unwrap_or_default().to_owned();
    for record in records {
        let own = id(record);
        let limits = record["limits"].as_array();
        let mut limits = limits.into_iter().flatten();
        let Some(limit) = limits.find(|limit| limit["metric"] == "ratio") else {
            continue;
        };
        let of = limit["of"].as_str().unwrap_or_default();
        let other = records
            .iter()
            .find(|other| id(other).ends_with(&format!("::{of}")))
            .ok_or_else(|| format!("`{own}` is compared with `{of}`, which has no record"))?;
        let time = limit["measured"]
            .as_f64()
            .ok_or_else(|| format!("`{own}` could not be measured: {}", limit["sentence"]))?;
        let name = own.rsplit("::").next().unwrap_or_default();
        let pair = pairs.entry(name.to_owned()).or_default();
        pair.library = record["case"]["tags"][0].as_str().unwrap_or("-").to_owned();
        pair.times.push(time / 1e3);
        pair.new.add(record);
        pair.old.add(other);
    }
    Ok(())
}

impl Counts {
    fn add(&mut self, record: &Value) {
        self.instructions = self
            .instructions
            .or_else(|| record["instructions"]["count"].as_f64());
        self.allocs = record["memory"]["allocs"].as_u64();
    }
}

impl Pair {
    fn instructions(&self) -> Option<f64> {
        Some(self.new.instructions? / self.old.instructions?)
    }

    /// The lowest and the highest run. Of `n` runs the true median lies between
    /// them but for a chance of 2 in 2^n, whatever the noise is like.
    fn interval(&self) -> (f64, f64) {
        let all = self.times.iter().copied();
        (
            all.clone().fold(f64::INFINITY, f64::min),
            all.fold(0.0, f64::max),
        )
    }
}

impl Direction {
    /// Of a ratio that lies between these.
    fn of((low, high): (f64, f64)) -> Direction {
        if high < 1.0 {
            Direction::Faster
        } else if low > 1.0 {
            Direction::Slower
        } else {
            Direction::Same
        }
    }
}

impl fmt::Display for Direction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Direction::Faster => "faster",
            Direction::Slower => "slower",
            Direction::Same => "the same",
        })
    }
}

fn report(pairs: &BTreeMap<String, Pair>) -> Result<bool, Stopped> {
    let mut table = Table::new(&[
        "case",
        "library",
        "time",
        "lowest",
        "highest",
        "instrs old",
        "instrs new",
        "ratio",
        "allocs old",
        "allocs new",
    ]);
    let mut agree = Vec::new();
    for (name, pair) in pairs {
        let counted = |value: Option<f64>| {
            value.ok_or_else(|| {
                format!("no instructions of `{name}` were counted; is valgrind installed?")
            })
        };
        let ratio = counted(pair.instructions())?;
        let (low, high) = pair.interval();
        let allocs = |counts: Counts| {
            let known = counts.allocs.map(|allocs| allocs.to_string());
            known.unwrap_or_else(|| "-".to_owned())
        };
        table.row(vec![
            name.clone(),
            pair.library.clone(),
            format!("{:.2}", median(&pair.times)),
            format!("{low:.2}"),
            format!("{high:.2}"),
            format!("{:.0}", counted(pair.old.instructions)?),
            format!("{:.0}", counted(pair.new.instructions)?),
            format!("{ratio:.2}"),
            allocs(pair.old),
            allocs(pair.new),
        ]);
        let time = Direction::of((low, high));
        let instructions = Direction::of((
            ratio * (1.0 - SAME_INSTRUCTIONS),
            ratio * (1.0 + SAME_INSTRUCTIONS),
        ));
        agree.push((
            time == instructions,
            format!("{name}: {time} by time, {instructions} by instructions"),
        ));
    }
    println!("{table}");
    let mut kept = !agree.is_empty();
    for (same, text) in agree {
        kept &= target(same, &text);
    }
    Ok(kept)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pair(ratio: f64, new: u64, old: u64) -> BTreeMap<String, Pair> {
        let records = [
            serde_json::json!({
                "case": {"id": "versions::upgrades::reads", "tags": ["semver"]},
                "limits": [
                    {"metric": "allocs", "measured": 3.0},
                    {"metric": "ratio", "of": "old::reads", "measured": ratio},
                ],
                "memory": {"allocs": 3},
                "instructions": {"count": new},
            }),
            serde_json::json!({
                "case": {"id": "versions::upgrades::old::reads", "tags": []},
                "limits": [{"metric": "allocs", "measured": 8.0}],
                "memory": {"allocs": 8},
                "instructions": {"count": old},
            }),
        ];
        let mut pairs = BTreeMap::new();
        add(&records, &mut pairs).expect("the records are whole");
        pairs
    }

    #[track_caller]
    fn check(ratio: f64, new: u64, old: u64, agree: bool) {
        assert_eq!(report(&pair(ratio, new, old)), Ok(agree));
    }

    #[test]
    fn a_pair_is_one_case_and_the_one_it_is_judged_by() {
        let pairs = pair(500.0, 40, 100);
        let pair = &pairs["reads"];
        assert_eq!((&*pair.library, &*pair.times), ("semver", &[0.5][..]));
        assert_eq!(pair.instructions(), Some(0.4));
        assert_eq!((pair.new.allocs, pair.old.allocs), (Some(3), Some(8)));
    }

    #[test]
    fn time_and_instructions_agree_or_they_do_not() {
        check(500.0, 40, 100, true);
        check(1_500.0, 140, 100, true);
        check(1_500.0, 40, 100, false);
        check(500.0, 140, 100, false);
        // Half a percent of the instructions is no direction.
        check(500.0, 995, 1_000, false);
    }

    #[test]
    fn a_time_that_is_on_both_sides_of_one_has_no_direction() {
        assert_eq!(Direction::of((0.9, 1.1)), Direction::Same);
        assert_eq!(Direction::of((0.8, 0.9)), Direction::Faster);
        assert_eq!(Direction::of((1.1, 1.2)), Direction::Slower);
    }

    #[test]
    fn what_was_not_counted_is_asked_for() {
        let mut pairs = pair(500.0, 40, 100);
        if let Some(pair) = pairs.get_mut("reads") {
            pair.old.instructions = None;
        }
        assert!(report(&pairs).is_err_and(|text| text.contains("valgrind")));
        assert_eq!(report(&BTreeMap::new()), Ok(false));
    }
}
