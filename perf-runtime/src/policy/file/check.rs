//! What a file says about cases that do not exist.

use super::{BudgetFile, Rule};
use crate::policy::selector::{Labels, Selector};

/// A rule, a profile's rule or a waiver that matches none of some cases.
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
}

impl Unmatched<'_> {
    /// The same for every binary that reads the file.
    pub(crate) fn what(&self) -> String {
        format!("{}: {} matches no case", self.place, self.table)
    }

    /// With a hint, where this binary has one.
    pub(crate) fn text(&self) -> String {
        match &self.near {
            Some(near) => format!("{}; did you mean \"{near}\"?", self.what()),
            None => self.what(),
        }
    }
}

pub(super) fn unmatched<'file>(
    file: &'file BudgetFile,
    cases: &[Labels<'_>],
) -> Vec<Unmatched<'file>> {
    let mut found = Vec::new();
    let mut look = |selector: &Selector, place: &'file str, table: String, rule| {
        for case in cases {
            if selector.matches(case) {
                return;
            }
        }
        found.push(Unmatched {
            place,
            table,
            near: selector.nearest(cases),
            path: &file.path,
            rule,
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
        let table = format!("[[waive]] case = \"{}\"", waive.case);
        look(&waive.case, &waive.place, table, None);
    }
    found
}
