//! What a file says about cases that do not exist.

use super::BudgetFile;
use crate::selector::{Labels, Selector};

pub(super) fn unmatched(file: &BudgetFile, cases: &[Labels<'_>]) -> Vec<String> {
    let mut warnings = Vec::new();
    let mut look = |selector: &Selector, place: &str, table: String| {
        if !cases.iter().any(|case| selector.matches(case)) {
            let hint = match selector.nearest(cases) {
                Some(near) => format!("; did you mean \"{near}\"?"),
                None => String::new(),
            };
            warnings.push(format!("{place}: {table} matches no case{hint}"));
        }
    };
    for rule in &file.budgets {
        look(
            &rule.selector,
            &rule.place,
            format!("[budget.\"{}\"]", rule.selector),
        );
    }
    for profile in &file.profiles {
        for rule in &profile.budgets {
            look(
                &rule.selector,
                &rule.place,
                format!("[profile.{}.budget.\"{}\"]", profile.name, rule.selector),
            );
        }
    }
    for waive in &file.waivers {
        look(
            &waive.case,
            &waive.place,
            format!("[[waive]] case = \"{}\"", waive.case),
        );
    }
    warnings
}
