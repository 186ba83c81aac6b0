//! What a file says about cases and limits that do not exist.

use perf_grammar::Metric;

use super::{BudgetFile, Rule, Settings, Waive, Waived};
use crate::collections::{first, joined, mapped};
use crate::model::note::Note;
use crate::model::plan::Limit;
use crate::policy::selector::{Labels, Selector};

/// A case as its file concerns it.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Concerned<'case> {
    pub(crate) labels: Labels<'case>,
    /// Those of this run.
    pub(crate) limits: &'case [Limit],
}

/// A rule, a profile's rule or a waiver that matches none of some cases, or a waiver
/// of a limit that none of those it matches has.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Unmatched<'file> {
    place: &'file str,
    /// `[budget."parsr::*"]`
    pub(crate) table: String,
    /// The selector of a case that it nearly matches.
    near: Option<String>,
    /// The path of the file.
    pub(crate) path: &'file str,
    /// A rule outside of the profiles, whose limits are not judged.
    pub(crate) rule: Option<&'file Rule>,
    /// What is said of a waiver that matches a case and waives nothing of it.
    pub(crate) waives_nothing: Option<Note>,
}

impl Unmatched<'_> {
    /// The same for every binary that reads the file.
    pub(crate) fn what(&self) -> String {
        format!("{}: {} matches no case", self.place, self.table)
    }

    /// With a hint, where this binary has one.
    pub(crate) fn text(&self) -> String {
        if let Some(note) = &self.waives_nothing {
            return note.line();
        }
        match &self.near {
            Some(near) => format!("{}; did you mean \"{near}\"?", self.what()),
            None => self.what(),
        }
    }
}

pub(super) fn unmatched<'file>(
    file: &'file BudgetFile,
    cases: &[Concerned<'_>],
) -> Vec<Unmatched<'file>> {
    let mut found = Vec::new();
    let labels = mapped(cases, |case| case.labels.clone());
    let mut look = |selector: &Selector, place: &'file str, table: String, rule| {
        for case in &labels {
            if selector.matches(case) {
                return;
            }
        }
        found.push(Unmatched {
            place,
            table,
            near: selector.nearest(&labels),
            path: &file.path,
            rule,
            waives_nothing: None,
        });
    };
    for rule in &file.budgets {
        let table = format!("[budget.\"{}\"]", rule.selector);
        look(&rule.selector, &rule.place, table, Some(rule));
    }
    for profile in &file.profiles {
        for rule in &profile.budgets {
            let table = format!("[profile.{}.budget.\"{}\"]", profile.name, rule.selector);
            look(&rule.selector, &rule.place, table, None);
        }
    }
    for waive in &file.waivers {
        look(&waive.case, &waive.place, table_of(waive), None);
    }
    for waive in &file.waivers {
        let waives_nothing = waives_nothing(waive, file, cases);
        if waives_nothing.is_some() {
            found.push(Unmatched {
                place: &waive.place,
                table: table_of(waive),
                near: None,
                path: &file.path,
                rule: None,
                waives_nothing,
            });
        }
    }
    found
}

fn table_of(waive: &Waive) -> String {
    format!("[[waive]] case = \"{}\"", waive.case)
}

/// What is said of a waiver of a limit that none of the cases it matches has, under any
/// profile.
fn waives_nothing(waive: &Waive, file: &BudgetFile, cases: &[Concerned<'_>]) -> Option<Note> {
    // Every case can be slower than before.
    let Waived::Limit(waived) = waive.limit else {
        return None;
    };
    let mut example: Option<&Concerned<'_>> = None;
    for case in cases {
        if !waive.case.matches(&case.labels) {
            continue;
        }
        for limit in case.limits {
            if limit.metric == waived {
                return None;
            }
        }
        if a_profile_limits(waived, file, &case.labels) {
            return None;
        }
        example.get_or_insert(case);
    }
    let example = example?;
    let mut limits: Vec<String> = Vec::new();
    for limit in example.limits {
        let key = format!("`{}`", limit.metric.key());
        if !limits.contains(&key) {
            limits.push(key);
        }
    }
    let limits = match &*limits {
        [] => "no limit".to_owned(),
        limits => joined(limits, ", "),
    };
    Some(Note::waives_nothing(
        &waive.place,
        &waived.key(),
        &format!("{}", waive.case),
        example.labels.id,
        &limits,
    ))
}

/// Whether a profile of the file, which need not be that of this run, limits a metric of
/// a case.
fn a_profile_limits(metric: Metric, file: &BudgetFile, case: &Labels<'_>) -> bool {
    let limits = |settings: &Settings| {
        let mut targets = settings.limits.iter();
        targets.any(|(target, _)| target.metric == metric)
    };
    for profile in &file.profiles {
        let class = first(&profile.classes, |class| Some(&*class.name) == case.class);
        if limits(&profile.settings) || class.is_some_and(|class| limits(&class.settings)) {
            return true;
        }
        for rule in &profile.budgets {
            if rule.selector.matches(case) && limits(&rule.settings) {
                return true;
            }
        }
    }
    false
}
