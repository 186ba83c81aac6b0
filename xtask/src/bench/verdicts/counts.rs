//! Verdicts of many suites, counted by kind.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;
use std::time::Duration;

use crate::bench::kind::KINDS;
use crate::bench::records::{Judged, Verdict};
use crate::bench::suite::{Suite, Which};
use crate::bench::table::Table;
use crate::step::Stopped;

/// What the right verdict is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Direction {
    /// The function is within its limit: a failure is false.
    Unchanged,
    /// The function is over its limit: a pass is false.
    Slower,
}

/// What a kind's verdicts were.
#[derive(Clone, Debug, Default, PartialEq)]
struct Row {
    passed: u64,
    failed: u64,
    undecided: u64,
    /// Of the undecided: broken once, and not the second time.
    taken_back: u64,
    /// Runs whose plain wall-clock figure was over the limit, and those that
    /// have one.
    wall_over: u64,
    walls: u64,
}

/// The machine itself changed if a quiet figure moved by more than this factor between
/// two looks at it: a limit at 1.2 times the first is then no longer one that code which
/// did not change keeps with any certainty.
const MOVED: f64 = 1.1;

/// The counts of all kinds.
#[derive(Debug)]
pub(super) struct Count {
    direction: Direction,
    rows: Vec<Row>,
    reasons: BTreeMap<String, u64>,
    suites: u64,
    took: Duration,
    /// Verdicts of kinds whose quiet figures had moved: they are in no row.
    aside: Row,
}

impl Count {
    fn none(direction: Direction) -> Count {
        Count {
            direction,
            rows: vec![Row::default(); KINDS.len()],
            reasons: BTreeMap::new(),
            suites: 0,
            took: Duration::ZERO,
            aside: Row::default(),
        }
    }

    /// Runs this many suites and counts.
    ///
    /// # Errors
    /// If a case was not judged at all.
    pub(super) fn of(
        suite: &mut Suite,
        budgets: &Path,
        suites: usize,
        direction: Direction,
    ) -> Result<Count, Stopped> {
        let mut count = Count::none(direction);
        for _ in 0..suites {
            let ran = suite.run(Which::All, budgets)?;
            count.suites += 1;
            count.took += ran.took;
            for case in ran.cases {
                count.add(&case)?;
            }
            eprint!(
                "\r{direction:?}: {} of {suites} suites, {} failed of {} verdicts ",
                count.suites,
                count.failed(),
                count.verdicts()
            );
        }
        eprintln!();
        Ok(count)
    }

    fn add(&mut self, case: &Judged) -> Result<(), Stopped> {
        let row = &mut self.rows[case.kind];
        match &case.verdict {
            Verdict::Pass => row.passed += 1,
            Verdict::Fail => row.failed += 1,
            Verdict::Undecided(reason) => {
                row.undecided += 1;
                *self
                    .reasons
                    .entry(format!("{}: {reason}", KINDS[case.kind].name()))
                    .or_default() += 1;
            }
            Verdict::NotJudged(why) => {
                return Err(format!(
                    "`{}` was not judged: {why}",
                    KINDS[case.kind].name()
                ));
            }
        }
        row.taken_back += u64::from(case.taken_back);
        row.walls += u64::from(case.wall_over.is_some());
        row.wall_over += u64::from(case.wall_over == Some(true));
        Ok(())
    }

    /// Sets aside the verdicts of kinds whose quiet figure has `moved` by so much.
    pub(super) fn set_aside(&mut self, moved: &[f64]) {
        for (row, moved) in self.rows.iter_mut().zip(moved) {
            if !(1.0 / MOVED..=MOVED).contains(moved) {
                self.aside.add(&std::mem::take(row));
            }
        }
    }

    /// Adds what further suites came to.
    pub(super) fn add_all(&mut self, other: Count) {
        for (row, other) in self.rows.iter_mut().zip(&other.rows) {
            row.add(other);
        }
        for (reason, times) in other.reasons {
            *self.reasons.entry(reason).or_default() += times;
        }
        self.suites += other.suites;
        self.took += other.took;
        self.aside.add(&other.aside);
    }

    fn total(&self) -> Row {
        self.rows.iter().fold(Row::default(), |mut all, row| {
            all.add(row);
            all
        })
    }

    pub(super) fn verdicts(&self) -> u64 {
        self.total().verdicts()
    }

    pub(super) fn failed(&self) -> u64 {
        self.total().failed
    }
}

impl Row {
    fn add(&mut self, other: &Row) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.undecided += other.undecided;
        self.taken_back += other.taken_back;
        self.wall_over += other.wall_over;
        self.walls += other.walls;
    }

    fn verdicts(&self) -> u64 {
        self.passed + self.failed + self.undecided
    }

    fn cells(&self, direction: Direction) -> Vec<String> {
        let counts = [
            self.verdicts(),
            self.failed,
            self.passed,
            self.undecided,
            self.taken_back,
        ];
        let mut cells = counts.map(|count| count.to_string()).to_vec();
        if direction == Direction::Unchanged {
            cells.push(match self.walls {
                0 => "-".to_owned(),
                walls => format!("{:.1} %", 100.0 * self.wall_over as f64 / walls as f64),
            });
        }
        cells
    }
}

impl fmt::Display for Count {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let heading: &[&str] = match self.direction {
            Direction::Unchanged => &[
                "function",
                "limit",
                "verdicts",
                "false red",
                "pass",
                "undecided",
                "of them taken back",
                "red by plain wall clock",
            ],
            Direction::Slower => &[
                "function",
                "limit",
                "verdicts",
                "caught",
                "false green",
                "undecided",
                "of them taken back",
            ],
        };
        let mut table = Table::new(heading);
        for (kind, row) in KINDS.iter().zip(&self.rows) {
            let name = [kind.function.to_owned(), kind.metric.to_owned()];
            table.row(name.into_iter().chain(row.cells(self.direction)));
        }
        let name = ["all".to_owned(), String::new()];
        table.row(name.into_iter().chain(self.total().cells(self.direction)));
        write!(f, "{table}")?;
        for (reason, times) in &self.reasons {
            writeln!(f, "  undecided {times} times, {reason}")?;
        }
        if self.aside.verdicts() > 0 {
            writeln!(
                f,
                "  set aside: {} verdicts, {} of them failed, of functions that took {MOVED} times as long or as short in peace before their suites as behind them: the machine had changed",
                self.aside.verdicts(),
                self.aside.failed
            )?;
        }
        let took = self.took.as_secs_f64();
        let (suites, verdicts) = (self.suites as f64, self.verdicts() as f64);
        write!(
            f,
            "  {suites} suites of {:.1} s, {:.2} s a verdict while cases take turns",
            took / suites,
            took / verdicts
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn case(verdict: Verdict, taken_back: bool) -> Judged {
        Judged {
            kind: 0,
            verdict,
            seen_ns: None,
            wall_over: None,
            taken_back,
        }
    }

    #[test]
    fn every_verdict_is_counted_once() {
        let mut count = Count::none(Direction::Unchanged);
        count.add(&case(Verdict::Pass, false)).expect("judged");
        count.add(&case(Verdict::Fail, false)).expect("judged");
        count
            .add(&case(Verdict::Undecided("boundary".to_owned()), false))
            .expect("judged");
        count
            .add(&case(Verdict::Undecided("not reproduced".to_owned()), true))
            .expect("judged");
        let total = count.total();
        assert_eq!(
            (
                total.passed,
                total.failed,
                total.undecided,
                total.taken_back
            ),
            (1, 1, 2, 1)
        );
        assert_eq!((count.verdicts(), count.failed()), (4, 1));
        assert!(
            count
                .to_string()
                .contains("undecided 1 times, hash_mean: boundary")
        );
    }

    #[test]
    fn a_case_that_was_not_judged_stops_the_count() {
        let mut count = Count::none(Direction::Slower);
        let why = count.add(&case(
            Verdict::NotJudged("unmeasured: no clock".to_owned()),
            false,
        ));
        assert_eq!(
            why.expect_err("not judged"),
            "`hash_mean` was not judged: unmeasured: no clock"
        );
    }

    #[test]
    fn what_the_machine_changed_is_in_no_row() {
        let mut count = Count::none(Direction::Unchanged);
        count.add(&case(Verdict::Fail, false)).expect("judged");
        let mut moved = vec![1.0; KINDS.len()];
        count.set_aside(&moved);
        assert_eq!((count.failed(), count.aside.failed), (1, 0));
        moved[0] = 1.2;
        count.set_aside(&moved);
        assert_eq!((count.failed(), count.aside.failed), (0, 1));
    }
}
