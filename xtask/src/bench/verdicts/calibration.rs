//! What each function takes in peace: the figure that limits are set by.

use std::path::PathBuf;

use crate::bench::kind::KINDS;
use crate::bench::statistics::{median, quantile};
use crate::bench::suite::{Suite, Which};
use crate::bench::table::Table;
use crate::processor;
use crate::step::Stopped;

/// Processes whose figures are put together: one process differs from the next
/// by more than its own calls do among themselves.
const PROCESSES: usize = 3;
/// The machine is quiet if other programs take at most this share of it.
const QUIET: f64 = 0.05;

/// The long-run figure of each kind, and how far single cases were from it.
pub(super) struct Quiet {
    kinds: Vec<Vec<f64>>,
    /// The share of the machine that other programs took meanwhile.
    others: f64,
}

impl Quiet {
    /// Runs the suite without judging it, with many calls of each case.
    pub(super) fn measure(suite: &mut Suite) -> Result<Quiet, Stopped> {
        // Off is measured and not judged: calls end by their number alone.
        let budgets = suite.budgets("quiet", "off", |kind| {
            format!(
                "samples = {}\nmax_time = \"20s\"",
                KINDS[kind].calibration_calls
            )
        })?;
        let mut kinds = vec![Vec::new(); KINDS.len()];
        let (busy, idle) = processor::seconds_of_all()?;
        let ours = processor::seconds_of_children()?;
        for _ in 0..PROCESSES {
            for case in suite.run(Which::All, &budgets)?.cases {
                let seen = case.seen_ns.ok_or_else(|| {
                    format!(
                        "`{}` was not measured: {:?}",
                        KINDS[case.kind].name(),
                        case.verdict
                    )
                })?;
                kinds[case.kind].push(seen);
            }
        }
        let (busy_then, idle_then) = processor::seconds_of_all()?;
        let ours = processor::seconds_of_children()? - ours;
        let all = (busy_then + idle_then - busy - idle).max(0.01);
        Ok(Quiet {
            kinds,
            others: ((busy_then - busy - ours) / all).max(0.0),
        })
    }

    /// How quiet it was; said again beside the targets where it was not.
    pub(super) fn others(&self) -> Result<String, String> {
        let share = format!(
            "other programs took {:.0} % of the machine while it was to be quiet",
            100.0 * self.others
        );
        if self.others <= QUIET {
            Ok(share)
        } else {
            Err(format!(
                "NOTE  {share}: limits are set by figures that are too high, and all that follows is flattered or spoilt"
            ))
        }
    }

    /// By which factor the quiet figure of each kind is higher, or lower, than before.
    pub(super) fn moved_since(&self, before: &Quiet) -> Vec<f64> {
        (0..KINDS.len())
            .map(|kind| self.figure(kind) / before.figure(kind))
            .collect()
    }

    fn figure(&self, kind: usize) -> f64 {
        median(&self.kinds[kind])
    }

    /// A budget file whose limits are this factor of the quiet figures.
    pub(super) fn budgets(
        &self,
        suite: &Suite,
        name: &str,
        factor: f64,
    ) -> Result<PathBuf, Stopped> {
        suite.budgets(name, "hard", |kind| {
            format!(
                "{} = \"{}ns\"",
                KINDS[kind].metric,
                (self.figure(kind) * factor).round().max(1.0)
            )
        })
    }

    pub(super) fn table(&self) -> Table {
        let mut table = Table::new(&["quiet figure", "limit", "median", "least", "most"]);
        for (at, kind) in KINDS.iter().enumerate() {
            let all = &self.kinds[at];
            table.row(vec![
                kind.function.to_owned(),
                kind.metric.to_owned(),
                shown(median(all)),
                shown(quantile(all, 0.0)),
                shown(quantile(all, 1.0)),
            ]);
        }
        table
    }
}

/// Nanoseconds with three figures and a fitting unit.
fn shown(ns: f64) -> String {
    match ns {
        _ if ns < 1e3 => format!("{ns:.0} ns"),
        _ if ns < 1e6 => format!("{:.2} µs", ns / 1e3),
        _ => format!("{:.2} ms", ns / 1e6),
    }
}
