//! Whether what was declared, waived and saved still concerns something.

use std::collections::BTreeSet;

use perf_grammar::{Direction, Metric};

use super::{Area, Finding};
use crate::analysis::baseline::Baseline;
use crate::analysis::budget_edit::Wrong;
use crate::analysis::proposal::Idle;
use crate::model::record::{Environment, Limit, Record};
use crate::model::words::named;

const HERE: Area = Area::Budgets;

/// A limit this many times away from what is measured is never broken by a regression
/// that anyone would let pass elsewhere.
pub(crate) const OUT_OF_REACH: f64 = 40.0;
/// How many limits, or cases of a baseline, are named in one finding.
const NAMED: usize = 3;

/// What is declared, waived and saved.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Budgets {
    /// Patterns of budget files that match no case, a sentence each.
    pub(crate) unmatched: Vec<String>,
    /// Waivers of limits that none of their cases has, a sentence each.
    pub(crate) waives_nothing: Vec<String>,
    pub(crate) rules: Vec<Rules>,
    /// The latest run that is stored: its name and its records.
    pub(crate) run: Option<(String, Vec<Record>)>,
    /// What is saved, or why it cannot be read.
    pub(crate) baseline: Option<Result<Baseline, String>>,
    /// Every case there is, where all targets were built.
    pub(crate) ids: Option<BTreeSet<String>>,
    /// What a test process says of this machine.
    pub(crate) environment: Option<Environment>,
}

/// One budget file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Rules {
    /// As people call it.
    pub(crate) file: String,
    /// Its waivers that have ended, or why it cannot be read.
    pub(crate) ended: Result<Vec<Idle>, Wrong>,
}

impl Budgets {
    pub(super) fn findings(&self, command: &str) -> Vec<Finding> {
        let mut findings = Vec::new();
        for sentence in &self.unmatched {
            findings.push(HERE.wrong(
                "unmatched",
                sentence.clone(),
                "a pattern that matches a case",
                format!("{command} list shows the cases; correct the pattern or take it out"),
            ));
        }
        for sentence in &self.waives_nothing {
            findings.push(HERE.wrong(
                "waiver",
                sentence.clone(),
                "a waiver of a limit that a case has",
                format!(
                    "{command} list shows the limits of each case; correct `limit` or take the waiver out"
                ),
            ));
        }
        for rules in &self.rules {
            findings.extend(rules.findings(command));
        }
        findings.extend(self.out_of_reach(command));
        findings.extend(self.stale(command));
        findings
    }

    /// Limits that nothing but a disaster can break.
    fn out_of_reach(&self, command: &str) -> Vec<Finding> {
        let Some((run, records)) = &self.run else {
            return vec![HERE.ok(
                "reach",
                format!(
                    "no run is stored yet, so nothing is known of how near limits are; `{command}` makes one"
                ),
            )];
        };
        let far = |record: &Record| {
            let limits: Vec<String> = record.limits.iter().filter_map(far).collect();
            (!limits.is_empty()).then(|| {
                HERE.advice(
                    "reach",
                    format!("{}: {}", record.case.id, named(&limits, NAMED)),
                    format!("limits less than {OUT_OF_REACH} times what is measured"),
                    format!("{command} suggest '{}' --write", record.case.id),
                )
            })
        };
        // Workspaces that share a target folder share its runs.
        let is_here = |record: &&Record| {
            let ids = self.ids.as_ref();
            ids.is_none_or(|ids| ids.contains(&record.case.id))
        };
        let findings: Vec<Finding> = records.iter().filter(is_here).filter_map(far).collect();
        match findings.is_empty() {
            true => vec![HERE.ok(
                "reach",
                format!("every limit of run {run} is within reach of what was measured"),
            )],
            false => findings,
        }
    }

    /// What is saved of cases that are gone, or cannot be compared here.
    fn stale(&self, command: &str) -> Vec<Finding> {
        let baseline = match &self.baseline {
            None => return Vec::new(),
            Some(Ok(baseline)) => baseline,
            Some(Err(why)) => {
                return vec![HERE.wrong(
                    "baseline",
                    why.clone(),
                    "files as `baseline save` writes them",
                    "git checkout -- perf-baselines",
                )];
            }
        };
        let save = format!("{command} baseline save");
        let mut findings = Vec::new();
        if let Some(ids) = &self.ids {
            let portable = baseline.portable.iter().flat_map(|file| file.cases.keys());
            let times = baseline.times.iter().flat_map(|file| file.cases.keys());
            let gone: BTreeSet<&String> = portable
                .chain(times)
                .filter(|id| !ids.contains(*id))
                .collect();
            let gone: Vec<String> = gone.into_iter().cloned().collect();
            if !gone.is_empty() {
                findings.push(HERE.advice(
                    "baseline",
                    format!(
                        "the baseline holds cases that are gone: {}",
                        named(&gone, NAMED)
                    ),
                    "the cases that there are",
                    save.clone(),
                ));
            }
        }
        findings.extend(self.other_compiler(baseline, &save));
        if findings.is_empty() {
            findings.push(HERE.ok("baseline", "the baseline holds cases that there are"));
        }
        findings
    }

    /// Times of this machine that another compiler built.
    fn other_compiler(&self, baseline: &Baseline, save: &str) -> Option<Finding> {
        let here = self.environment.as_ref()?;
        let rustc = here.rustc.as_ref()?;
        let class = here.machine_class();
        let times = baseline
            .times
            .iter()
            .find(|times| times.machine.class() == class)?;
        let others: BTreeSet<&String> = (times.cases.values())
            .filter_map(|case| case.rustc.as_ref())
            .filter(|other| *other != rustc)
            .collect();
        let other = others.first()?;
        Some(HERE.advice(
            "baseline",
            format!(
                "times of this machine were saved with {other}, and {rustc} builds the tests: they are not compared"
            ),
            "one compiler",
            save,
        ))
    }
}

impl Rules {
    fn findings(&self, command: &str) -> Vec<Finding> {
        let file = &self.file;
        match &self.ended {
            Err(why) => vec![HERE.wrong(
                "budget-file",
                format!(
                    "{file}:{}:{}: {}",
                    why.place.line, why.place.column, why.message
                ),
                "a budget file that can be read",
                "correct that line",
            )],
            Ok(ended) if ended.is_empty() => {
                vec![HERE.ok(
                    "budget-file",
                    format!("{file} can be read, and no waiver of it has ended"),
                )]
            }
            Ok(ended) => ended
                .iter()
                .map(|waiver| {
                    HERE.wrong(
                        "waiver",
                        format!(
                            "{file}:{}:{}: the waiver of {}: {}",
                            waiver.place.line, waiver.place.column, waiver.what, waiver.why
                        ),
                        "a waiver that holds, or none",
                        format!("{command} ratchet --waivers --write"),
                    )
                })
                .collect(),
        }
    }
}

/// A limit that is out of reach: `p99 80 ns, limit 10 µs (125 times)`.
fn far(limit: &Limit) -> Option<String> {
    let measured = limit.measured.filter(|measured| *measured > 0.0)?;
    let bound = limit.limit as f64;
    let times = match limit.direction {
        Direction::AtMost => bound / measured,
        Direction::AtLeast if bound > 0.0 => measured / bound,
        Direction::AtLeast => return None,
    };
    if times < OUT_OF_REACH {
        return None;
    }
    let metric = Metric::from_key(&limit.metric);
    let shown = |value: f64| metric.map_or_else(|| value.to_string(), |metric| metric.shown(value));
    Some(format!(
        "{} is {}, its limit {} ({times:.0} times)",
        limit.name(),
        shown(measured),
        shown(bound)
    ))
}
