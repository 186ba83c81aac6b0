//! What each function takes on this machine while nothing else runs, which limits that have to hold are set by.

use serde_json::Value;

use super::cell::{Cell, Length, cells};
use crate::bench::program::Program;
use crate::bench::records;
use crate::bench::statistics::median;
use crate::bench::table::Table;
use crate::step::Stopped;

/// Processes whose figures are put together.
const PROCESSES: usize = 3;
/// How long the calls of a case take together in each of them, nanoseconds.
const TOGETHER_NS: f64 = 1e9;
/// Calls of a case at most: the shortest are timed in batches.
const MOST_CALLS: f64 = 1e6;

/// The cells whose limits have to hold, each with its quiet figure in nanoseconds.
///
/// A limit that has to be broken is set by what the function takes by itself: what a
/// machine adds in one minute it may not add in the next.
pub(super) struct Quiet {
    cells: Vec<(Cell, f64)>,
}

impl Quiet {
    /// Measures them without judging them. What sleeps takes what it says.
    ///
    /// # Errors
    /// If they cannot be measured.
    pub(super) fn measure(program: &mut Program, lengths: &[Length]) -> Result<Quiet, Stopped> {
        let mut quiet = Quiet { cells: Vec::new() };
        for length in lengths.iter().filter(|length| !length.is_long()) {
            let below: Vec<Cell> = cells(length)
                .into_iter()
                .filter(|cell| cell.factor < 1.0)
                .collect();
            let calls = (TOGETHER_NS / length.ns).min(MOST_CALLS);
            let budgets = program.write(
                "quiet.toml",
                &format!("schema = 1\nmode = \"off\"\n\n[defaults]\nsamples = {calls:.0}\nmax_time = \"60s\"\n"),
            )?;
            let names: Vec<String> = below.iter().map(Cell::name).collect();
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            let mut seen = vec![Vec::new(); below.len()];
            for _ in 0..PROCESSES {
                for record in program.run(&names, Some(&budgets), below.len())?.all {
                    let (at, ns) = figure(&record, &below)?;
                    seen[at].push(ns);
                }
            }
            let figures = seen.iter().map(|all| median(all));
            quiet.cells.extend(below.into_iter().zip(figures));
        }
        Ok(quiet)
    }

    /// A budget file with their limits.
    pub(super) fn budgets(&self) -> String {
        let mut text = "schema = 1\n".to_owned();
        for (cell, quiet) in &self.cells {
            let limit = cell.limit_of(quiet.max(cell.own_ns()) / cell.factor);
            text.push_str(&format!(
                "\n[budget.\"measured::matrix::{}\"]\n{limit}\n",
                cell.name()
            ));
        }
        text
    }

    pub(super) fn table(&self) -> Table {
        let mut table = Table::new(&["quiet figure", "limit", "by itself, ns", "measured, ns"]);
        for (cell, quiet) in &self.cells {
            table.row(vec![
                format!("{} {}", cell.length.name, cell.shape.name()),
                cell.metric.to_owned(),
                format!("{:.0}", cell.own_ns()),
                format!("{quiet:.0}"),
            ]);
        }
        table
    }
}

/// Which cell a record is of, and its figure in nanoseconds.
fn figure(record: &Value, cells: &[Cell]) -> Result<(usize, f64), Stopped> {
    let id = records::id(record)?;
    let at = cells.iter().position(|cell| id.ends_with(&cell.name()));
    let at = at.ok_or_else(|| format!("`{id}` is no case of this program"))?;
    let ns = record["summary"][cells[at].metric].as_f64();
    let ns = ns.ok_or_else(|| format!("`{id}` has no {}", cells[at].metric))?;
    Ok((at, ns))
}

#[cfg(test)]
mod tests {
    use super::super::cell::DURATIONS;
    use super::*;

    #[test]
    fn limits_that_have_to_hold_are_set_by_the_larger_figure() {
        let below: Vec<Cell> = cells(&DURATIONS[2])
            .into_iter()
            .filter(|cell| cell.factor < 1.0)
            .collect();
        let record = |ns: f64| {
            let text = format!(
                r#"{{"case": {{"id": "measured::matrix::of_60us::constant_p99_670"}}, "summary": {{"p99": {ns}}}}}"#
            );
            serde_json::from_str::<Value>(&text).expect("it is JSON")
        };
        let (at, ns) = figure(&record(134_000.0), &below).expect("a record");
        assert_eq!(below[at].metric, "p99");
        let budgets = |ns| {
            let cells = vec![(below[at].clone(), ns)];
            Quiet { cells }.budgets()
        };
        let noisy = budgets(ns);
        assert!(
            noisy.contains(
                "[budget.\"measured::matrix::of_60us::constant_p99_670\"]\np99 = \"200000ns\"\n"
            ),
            "{noisy}"
        );
        assert!(
            budgets(60_100.0).contains("p99 = \"89701ns\"")
                && budgets(1.0).contains("p99 = \"89552ns\"")
        );
    }
}
