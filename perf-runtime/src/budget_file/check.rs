//! What a file says about cases that do not exist.

use perf_grammar::Pattern;

use super::BudgetFile;

pub(super) fn unmatched(file: &BudgetFile, ids: &[String]) -> Vec<String> {
    let mut warnings = Vec::new();
    let mut look = |pattern: &Pattern, place: &str, table: String| {
        if !ids.iter().any(|id| pattern.matches(id)) {
            warnings.push(format!(
                "{place}: {table} matches no case{}",
                probable(pattern, ids)
            ));
        }
    };
    for rule in &file.budgets {
        look(
            &rule.pattern,
            &rule.place,
            format!("[budget.\"{}\"]", rule.pattern),
        );
    }
    for profile in &file.profiles {
        for rule in &profile.budgets {
            look(
                &rule.pattern,
                &rule.place,
                format!("[profile.{}.budget.\"{}\"]", profile.name, rule.pattern),
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

/// The known id that was probably meant: the nearest among the ids and those
/// of their tails that have as many parts as the pattern.
fn probable(pattern: &Pattern, ids: &[String]) -> String {
    let parts = pattern.as_str().split("::").count();
    let tails = ids.iter().filter_map(|id| {
        let starts = std::iter::once(0).chain(id.match_indices("::").map(|(at, _)| at + 2));
        starts
            .map(|start| &id[start..])
            .find(|tail| tail.split("::").count() == parts)
    });
    let tails: Vec<&str> = tails.collect();
    match perf_grammar::nearest(pattern.as_str(), &tails) {
        Some(near) => format!("; did you mean \"{near}\"?"),
        None => String::new(),
    }
}
