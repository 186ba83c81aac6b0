//! Waivers that are not needed any more.

use super::{Observation, Subject};
use crate::analysis::budget_edit::{Place, Waiver};
use crate::model::record::{Limit, Word};

/// A waiver that can go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Idle {
    pub(crate) place: Place,
    /// `p99 of parser::big_file`
    pub(crate) what: String,
    pub(crate) why: String,
    /// Whether it can be taken out of the file by itself.
    pub(crate) own: bool,
}

/// The waivers of one file that have ended, or whose limits hold without them.
///
/// `all` are the cases of that file; what is not among the measured ones may
/// still need its waiver. `today` is written as `2026-12-31`.
pub(crate) fn idle(
    waivers: &[Waiver],
    file: usize,
    measured: &[Subject],
    all: &[&str],
    runs: &[Observation],
    today: &str,
) -> Vec<Idle> {
    let measured: Vec<&str> = measured
        .iter()
        .filter(|subject| subject.file == file)
        .map(|subject| &*subject.id)
        .collect();
    let idle = |waiver: &Waiver| {
        let why = if &*waiver.until < today {
            format!("it ended on {}", waiver.until)
        } else {
            why_not_needed(waiver, &measured, all, runs)?
        };
        let limit = match &*waiver.limit {
            "*" => "every limit",
            limit => limit,
        };
        Some(Idle {
            place: waiver.place,
            what: format!("{limit} of {} ({})", waiver.case, waiver.reason),
            why,
            own: waiver.own,
        })
    };
    waivers.iter().filter_map(idle).collect()
}

fn why_not_needed(
    waiver: &Waiver,
    measured: &[&str],
    all: &[&str],
    runs: &[Observation],
) -> Option<String> {
    // A pattern, or a selector of another kind, may mean any case.
    let may_mean_any = waiver.case.replace("::", "").contains(['*', ':']);
    let may_need = |id: &str| may_mean_any || names(&waiver.case, id);
    if all.iter().any(|id| may_need(id) && !measured.contains(id)) {
        return None;
    }
    let covered: Vec<&Limit> = runs
        .iter()
        .flat_map(|run| measured.iter().filter_map(|id| run.record(id)))
        .flat_map(|record| &record.limits)
        .filter(|limit| {
            let source = limit
                .waiver
                .as_ref()
                .map(|waiver| Place::of(&waiver.source));
            source.flatten() == Some(waiver.place)
        })
        .collect();
    let held = !covered.is_empty() && covered.iter().all(|limit| limit.verdict == Word::Pass);
    held.then(|| match runs.len() {
        1 => "no longer needed: what it covers holds".to_owned(),
        runs => format!("no longer needed: what it covers holds in {runs} runs"),
    })
}

/// Whether a pattern without stars names a case: all of its id or a tail of
/// it, with its argument or without.
fn names(pattern: &str, id: &str) -> bool {
    let is = |id: &str| id == pattern || id.ends_with(&format!("::{pattern}"));
    is(id)
        || id
            .rsplit_once('/')
            .is_some_and(|(function, _)| is(function))
}
