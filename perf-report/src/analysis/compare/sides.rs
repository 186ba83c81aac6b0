//! Compares two sides, case by case and figure by figure.

mod found;

use std::collections::BTreeSet;

use perf_grammar::Mode;

use self::found::{Found, Looks};
use super::layout::Facts;
use super::subject::MEMORY_KEYS;
use super::{CaseSide, Compared, Comparison, Figure, Finding, Measured, Side, Subject};
use crate::analysis::statistics::quantile::median;
use crate::model::record::Regression;

/// What is to be compared.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Question<'a> {
    pub(crate) before: &'a Side,
    pub(crate) after: &'a Side,
    /// What fresh runs found of the cases that looked worse.
    pub(crate) again: Option<&'a Side>,
    /// The day, `2026-12-31`: a waiver may have ended since a run was measured.
    pub(crate) today: &'a str,
}

/// If the typical one of this many cases moved by so much, it is hardly the code.
const CASES_OF_A_MACHINE: usize = 5;
const MOVED: f64 = 0.05;

/// Compares everything that both sides have.
pub(crate) fn compare(question: Question<'_>) -> Compared {
    let (before, after) = (question.before, question.after);
    let only = |one: &Side, other: &Side| -> Vec<String> {
        let missing = one.cases.keys().filter(|id| !other.cases.contains_key(*id));
        missing.cloned().collect()
    };
    let mut compared = Compared {
        before: before.name.clone(),
        after: after.name.clone(),
        only_before: only(before, after),
        only_after: only(after, before),
        ..Compared::default()
    };
    for (id, case, other) in both(before, after) {
        let again = question.again.and_then(|again| again.cases.get(id));
        let regression = regression(case, other, question.today);
        let comparisons = one_case(id, case, other, again, &regression);
        compared.comparisons.extend(comparisons);
    }
    compared.warnings.extend(moved(&compared.comparisons));
    compared
}

/// The cases that look worse, and are to be measured again before that counts.
pub(crate) fn suspects(before: &Side, after: &Side) -> BTreeSet<String> {
    let mut suspects = BTreeSet::new();
    for (id, case, other) in both(before, after) {
        let regression = regression(case, other, "");
        let worse = case.figures.iter().any(|(subject, figure)| {
            let first = other.figures.get(subject);
            first.is_some_and(|first| Looks::once(subject, figure, first).judge(&regression).once)
        });
        if worse && regression.mode != Mode::Off {
            suspects.insert(id.to_owned());
        }
    }
    suspects
}

fn both<'a>(
    before: &'a Side,
    after: &'a Side,
) -> impl Iterator<Item = (&'a str, &'a CaseSide, &'a CaseSide)> {
    before.cases.iter().filter_map(|(id, case)| {
        let other = after.cases.get(id)?;
        Some((&**id, case, other))
    })
}

/// The later side says what is tolerated; a baseline does not.
fn regression(before: &CaseSide, after: &CaseSide, today: &str) -> Regression {
    let said = after.regression.as_ref().or(before.regression.as_ref());
    said.cloned().unwrap_or_default().on(today)
}

fn one_case(
    id: &str,
    before: &CaseSide,
    after: &CaseSide,
    again: Option<&CaseSide>,
    regression: &Regression,
) -> Vec<Comparison> {
    let source = after.source.as_ref().or(before.source.as_ref());
    let measured = |subject: &Subject, found: Found| Measured {
        id: id.to_owned(),
        source: source.cloned(),
        subject: subject.clone(),
        before: found.before,
        after: found.after,
        effect: found.effect,
        finding: found.finding,
        details: found.details,
    };
    if let Some(failure) = &after.failure {
        let found = Found::without(Finding::Failed(format!("the case fails: {failure}")));
        return vec![measured(&Subject::Typical, found).judge(regression)];
    }
    let subjects: BTreeSet<&Subject> = before.figures.keys().chain(after.figures.keys()).collect();
    let one = |subject: &Subject| {
        let mut found = match (before.figures.get(subject), after.figures.get(subject)) {
            (Some(figure), Some(first)) => {
                let looks = Looks {
                    again: again.and_then(|again| again.figures.get(subject)),
                    ..Looks::once(subject, figure, first)
                };
                looks.judge(regression)
            }
            (Some(figure), None) => Found::one_sided(Some(figure), None),
            (None, first) => Found::one_sided(None, first),
        };
        if subject.is_timed() && is_layout(before, after, &found, regression) {
            found.finding = Finding::Layout;
        }
        found.details.extend(company(before, after, &found.finding));
        let tolerance = found.tolerance.take();
        let mut regression = regression.clone();
        if let Some(tolerance) = tolerance {
            regression.tail = tolerance;
        }
        measured(subject, found).judge(&regression)
    };
    subjects.into_iter().map(one).collect()
}

/// Whether a change of time is one of the layout of the code alone.
fn is_layout(before: &CaseSide, after: &CaseSide, found: &Found, regression: &Regression) -> bool {
    let changed = matches!(found.finding, Finding::Worse | Finding::Better);
    let ratio = found.effect.map(|effect| effect.ratio);
    changed && ratio.is_some_and(|ratio| facts(before, after, regression).is_layout(ratio))
}

/// What is known of the code of a case for certain.
fn facts(before: &CaseSide, after: &CaseSide, regression: &Regression) -> Facts {
    let figures = |subject: &Subject| -> Option<(&Figure, &Figure)> {
        before.figures.get(subject).zip(after.figures.get(subject))
    };
    let instructions = figures(&Subject::instructions())
        .filter(|(one, other)| one.basis == other.basis)
        .map(|(one, other)| (median(&one.values), median(&other.values)));
    let differs = |subject: &Subject| -> Option<bool> {
        let (before, first) = figures(subject)?;
        let found = Looks::once(subject, before, first).judge(regression);
        Some(matches!(found.finding, Finding::Worse | Finding::Better))
    };
    let memory = MEMORY_KEYS.map(|key| differs(&Subject::counted(key)));
    let memory = memory.into_iter().flatten();
    Facts {
        instructions,
        memory_differs: memory.reduce(|one, other| one || other),
        waits: before.waits || after.waits,
        layouts_vary: false,
    }
}

/// Cases that take turns find colder caches than one that is measured alone.
fn company(before: &CaseSide, after: &CaseSide, finding: &Finding) -> Option<String> {
    let (one, other) = (before.beside?, after.beside?);
    (*finding == Finding::Worse && one != other).then(|| {
        format!(
            "measured in turns with {other} other cases, before with {one}: caches are colder the more there are"
        )
    })
}

/// A warning where all cases moved together.
fn moved(comparisons: &[Comparison]) -> Option<String> {
    let typical = comparisons
        .iter()
        .filter(|one| one.subject == Subject::Typical);
    let ratios: Vec<f64> = typical.filter_map(|one| Some(one.effect?.ratio)).collect();
    let off = median(&ratios) - 1.0;
    if ratios.len() < CASES_OF_A_MACHINE || off.abs() < MOVED {
        return None;
    }
    let way = if off > 0.0 { "slower" } else { "faster" };
    Some(format!(
        "the typical one of {} cases is {way} by {}: that is the machine or the build as a whole rather than one function; measure again, or compare the two builds in turns with `ab`",
        ratios.len(),
        perf_grammar::format_share(off.abs() * 1e6)
    ))
}

#[cfg(test)]
mod tests;
