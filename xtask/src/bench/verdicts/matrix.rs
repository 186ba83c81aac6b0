//! `bench verdicts --matrix`: functions of known times against limits of known factors, at every length, shape and load.
//!
//! What is red and what is not is known beforehand: a function that is twice over
//! its limit or more has to fail, and one that is below it must not. A machine adds to
//! the tail of what a function takes by itself, so a limit that has to hold is set by
//! the figure that was measured while nothing else ran, see [`quiet`].

mod cell;
mod quiet;

use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, Instant};

pub(super) use self::cell::Length;
use self::cell::{Cell, DURATIONS, FACTORS, cells};
use self::quiet::Quiet;
use super::Options;
use super::spin::SPIN;
use crate::bench::neighbour::{Load, beside};
use crate::bench::program::Program;
use crate::bench::records::{self, Verdict};
use crate::bench::table::Table;
use crate::bench::target;
use crate::step::Stopped;

/// Functions so long are run so often at most, whatever was asked for.
const LONG_RUNS: usize = 1;

/// What is measured.
struct Request {
    loads: Vec<usize>,
    lengths: Vec<Length>,
    runs: usize,
    most: Duration,
}

/// Measures, prints a table for each load, and says whether each verdict is one
/// that is allowed.
///
/// # Errors
/// If something cannot be built or run to its end.
pub(super) fn run(options: &Options) -> Result<bool, Stopped> {
    let request = Request::read(options)?;
    println!(
        "about {:.0} minutes; no process is started after {:.0}",
        request.estimate_s() / 60.0,
        request.most.as_secs_f64() / 60.0
    );
    let mut program = Program::build("matrix", &source(&request.lengths), &[])?;
    let start = Instant::now();
    let quiet = Quiet::measure(&mut program, &request.lengths)?;
    println!("\n{}", quiet.table());
    let budgets = program.write("matrix.toml", &quiet.budgets())?;
    let (mut is_right, mut left_out) = (true, 0);
    for load in &request.loads {
        let counts = beside(Load::spin(*load), || {
            let is_late = || start.elapsed() > request.most;
            let mut counts = Counts::default();
            for length in &request.lengths {
                for run in 1..=request.runs_of(length) {
                    if is_late() {
                        left_out += 1;
                        continue;
                    }
                    let began = Instant::now();
                    counts.measure(length, &mut program, &budgets)?;
                    let (name, took) = (length.name, began.elapsed().as_secs_f64());
                    eprintln!("load {load}, {name}, run {run}: {took:.0} s");
                }
            }
            Ok(counts)
        })?;
        println!(
            "\n{}:\n{}{}",
            Load::spin(*load),
            counts.table(&request.lengths),
            counts.reasons()
        );
        is_right &= counts.judge();
    }
    if left_out > 0 {
        println!(
            "NOTE  {left_out} processes were not started: the time was up; --minutes gives more"
        );
    }
    Ok(is_right)
}

impl Request {
    fn read(options: &Options) -> Result<Request, Stopped> {
        if let Some(load) = options.loads.iter().find(|load| **load > 8) {
            return Err(format!(
                "found load `{load}`, expected 0 to 8 neighbours a processor"
            ));
        }
        Ok(Request {
            loads: options.loads.clone(),
            lengths: match &*options.lengths {
                [] => DURATIONS.to_vec(),
                some => some.to_vec(),
            },
            runs: options.runs.unwrap_or(3),
            most: Duration::from_secs(60 * options.minutes),
        })
    }

    fn runs_of(&self, length: &Length) -> usize {
        if length.is_long() {
            self.runs.min(LONG_RUNS)
        } else {
            self.runs
        }
    }

    fn estimate_s(&self) -> f64 {
        let of = |load: &usize| -> f64 {
            let of_length = |length: &Length| {
                self.runs_of(length) as f64 * length.estimate_s(*load) * cells(length).len() as f64
            };
            self.lengths.iter().map(of_length).sum()
        };
        self.loads.iter().map(of).sum()
    }
}

/// Every case of these lengths.
fn source(lengths: &[Length]) -> String {
    let mut text = SPIN.to_owned();
    for length in lengths {
        text.push_str(&format!("\nmod of_{} {{\n    use super::*;\n", length.name));
        for cell in cells(length) {
            text.push_str(&cell.source());
        }
        text.push_str("}\n");
    }
    text
}

pub(super) fn length(name: &str) -> Result<Length, Stopped> {
    let known = DURATIONS.iter().find(|length| length.name == name);
    known.cloned().ok_or_else(|| {
        let names: Vec<&str> = DURATIONS.iter().map(|length| length.name).collect();
        format!(
            "found length `{name}`, expected some of {}",
            names.join(",")
        )
    })
}

/// The verdicts of one load.
#[derive(Default)]
struct Counts {
    cells: BTreeMap<String, Tally>,
    /// How often a cell was undecided for a reason.
    reasons: BTreeMap<String, u64>,
}

#[derive(Clone, Copy, Default)]
struct Tally {
    red: u64,
    green: u64,
    open: u64,
    /// The limit is shorter than what can be timed here, which is red as well.
    refused: u64,
}

impl Tally {
    fn all(self) -> u64 {
        self.red + self.green + self.open + self.refused
    }
}

impl Counts {
    /// Adds the verdicts of a process with every cell of a length.
    fn measure(
        &mut self,
        length: &Length,
        program: &mut Program,
        budgets: &Path,
    ) -> Result<(), Stopped> {
        let number = cells(length).len();
        let of_length = format!("of_{}::", length.name);
        for record in program.run(&[&of_length], Some(budgets), number)?.all {
            let id = records::id(&record)?;
            let at = id.find("of_").unwrap_or(0);
            self.add(&id[at..], records::verdict(&record["limits"][0])?);
        }
        Ok(())
    }

    fn add(&mut self, name: &str, verdict: Verdict) {
        let tally = self.cells.entry(name.to_owned()).or_default();
        match verdict {
            Verdict::Fail => tally.red += 1,
            Verdict::Pass => tally.green += 1,
            Verdict::Undecided(reason) => {
                tally.open += 1;
                let reason = format!("{name}: {reason}");
                *self.reasons.entry(reason).or_default() += 1;
            }
            Verdict::NotJudged(_) => tally.refused += 1,
        }
    }

    fn of(&self, cell: &Cell) -> Tally {
        self.cells.get(&cell.name()).copied().unwrap_or_default()
    }

    /// Red, green and undecided of each cell, and what was refused.
    fn table(&self, lengths: &[Length]) -> Table {
        let factors: Vec<String> = FACTORS.iter().map(|factor| format!("{factor}x")).collect();
        let mut heading = vec!["red/green/undecided", "shape", "limit"];
        heading.extend(factors.iter().map(String::as_str));
        let mut table = Table::new(&heading);
        for length in lengths {
            let cells = cells(length);
            let mut rows: Vec<&Cell> = Vec::new();
            for cell in &cells {
                if !rows.iter().any(|row| row.row() == cell.row()) {
                    rows.push(cell);
                }
            }
            for row in rows {
                let of_factor = |factor: &f64| {
                    let same = |cell: &&Cell| cell.row() == row.row() && cell.factor == *factor;
                    cells.iter().find(same).map_or("-".to_owned(), |cell| {
                        let tally = self.of(cell);
                        let refused = match tally.refused {
                            0 => String::new(),
                            n => format!("+{n}"),
                        };
                        format!("{}/{}/{}{refused}", tally.red, tally.green, tally.open)
                    })
                };
                let mut line = vec![
                    length.name.to_owned(),
                    row.shape.name().to_owned(),
                    row.metric.to_owned(),
                ];
                line.extend(FACTORS.iter().map(of_factor));
                table.row(line);
            }
        }
        table
    }

    /// A line for each reason, as of the other tables.
    fn reasons(&self) -> String {
        let line =
            |(reason, times): (&String, &u64)| format!("  undecided {times} times, {reason}\n");
        self.reasons.iter().map(line).collect()
    }

    fn judge(&self) -> bool {
        let (mut over, mut missed, mut under, mut wrong) = (0, 0, 0, 0);
        let mut named = Vec::new();
        for cell in DURATIONS.iter().flat_map(cells) {
            let tally = self.of(&cell);
            // What is refused is red, and says nothing of the judgement.
            let all = tally.all() - tally.refused;
            if cell.factor >= 2.0 {
                over += all;
                missed += all - tally.red;
            } else if cell.factor < 1.0 {
                under += all;
                wrong += tally.red;
            }
            let is_wrong =
                (cell.factor >= 2.0 && tally.red < all) || (cell.factor < 1.0 && tally.red > 0);
            if is_wrong {
                named.push(cell.name());
            }
        }
        if !named.is_empty() {
            println!("not as it has to be: {}", named.join(", "));
        }
        let red = target(
            missed == 0,
            &format!(
                "{} of {over} verdicts on functions twice over their limit and more are red; all have to be",
                over - missed
            ),
        );
        let sound = target(
            wrong == 0,
            &format!(
                "{wrong} of {under} verdicts on functions below their limit are red; none may be"
            ),
        );
        red && sound
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_that_is_not_red_where_it_has_to_be_breaks_the_target() {
        let cells = cells(&DURATIONS[2]);
        let at = |factor: f64| {
            cells
                .iter()
                .find(|cell| cell.factor == factor)
                .expect("known")
        };
        let judged = |verdicts: &[(&Cell, Verdict)]| {
            let mut counts = Counts::default();
            for (cell, verdict) in verdicts {
                counts.add(&cell.name(), verdict.clone());
            }
            counts.judge()
        };
        let open = || Verdict::Undecided("boundary".to_owned());
        assert!(judged(&[
            (at(2.0), Verdict::Fail),
            (at(0.67), Verdict::Pass),
            (at(1.0), open())
        ]));
        assert!(judged(&[
            (at(0.67), open()),
            (at(1.5), Verdict::Pass),
            (at(1.0), Verdict::Fail)
        ]));
        assert!(!judged(&[(at(2.0), Verdict::Fail), (at(2.0), open())]));
        assert!(!judged(&[(at(100.0), Verdict::Pass)]));
        assert!(!judged(&[(at(0.67), Verdict::Fail)]));
    }

    #[test]
    fn the_table_has_every_cell() {
        let mut counts = Counts::default();
        for cell in cells(&DURATIONS[1]) {
            counts.add(&cell.name(), Verdict::Fail);
        }
        let table = counts.table(&DURATIONS[1..2]).to_string();
        assert_eq!(table.matches("1/0/0").count(), cells(&DURATIONS[1]).len());
        assert!(
            table.contains("0.67x") && table.contains("two-humped"),
            "{table}"
        );
    }

    #[test]
    fn what_is_undecided_says_why_and_how_often() {
        let mut counts = Counts::default();
        for reason in ["boundary", "too_few_calls", "boundary"] {
            counts.add(
                "of_1us::constant_p50_1000",
                Verdict::Undecided(reason.to_owned()),
            );
        }
        assert_eq!(
            counts.reasons(),
            "  undecided 2 times, of_1us::constant_p50_1000: boundary\n  undecided 1 times, of_1us::constant_p50_1000: too_few_calls\n"
        );
    }
}
