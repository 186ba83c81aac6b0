//! Joins a first record with its confirmation: the rule that a breach counts only
//! if a fresh process finds it again.

use std::collections::BTreeMap;

use perf_grammar::{Mode, Phase};

use crate::model::record::{Confirmation, Limit, Reason, Record, Word};

/// A record and the file it came from.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Filed {
    pub(crate) file: String,
    /// It is moved a few times, and thousands of them are.
    pub(crate) record: Box<Record>,
    /// Whether it differs from what the file holds.
    pub(crate) changed: bool,
}

/// What is left after joining: whole records, one a case.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Joined {
    pub(crate) records: Vec<Filed>,
    pub(crate) problems: Vec<String>,
}

/// Joins the records of one run.
///
/// A case that has two records of one kind, and a record of another run, are
/// refused and named: which of them is meant is unknown.
pub(crate) fn join(filed: Vec<Filed>) -> Joined {
    let mut joined = Joined::default();
    let mut confirmations: BTreeMap<String, Filed> = BTreeMap::new();
    let mut firsts: BTreeMap<String, Filed> = BTreeMap::new();
    let run = filed
        .first()
        .map(|filed| filed.record.run.clone())
        .unwrap_or_default();
    for one in filed {
        if one.record.run != run {
            let other = &one.record.run;
            joined.problems.push(format!(
                "{}: belongs to run {other}, the records beside it to run {run}; it is left out",
                one.file
            ));
            continue;
        }
        let kind = if one.record.phase == Phase::Confirm {
            &mut confirmations
        } else {
            &mut firsts
        };
        match kind.get(&one.record.case.id) {
            Some(earlier) => joined.problems.push(format!(
                "{}: `{}` already has a record, {}; the second one is left out",
                one.file, one.record.case.id, earlier.file
            )),
            None => {
                kind.insert(one.record.case.id.clone(), one);
            }
        }
    }
    for (id, mut first) in firsts {
        let confirmation = confirmations.remove(&id);
        if first.record.phase == Phase::First {
            settle(
                &mut first.record,
                confirmation.as_ref().map(|filed| &*filed.record),
            );
            first.changed = true;
        }
        joined.records.push(first);
    }
    for (id, lost) in confirmations {
        joined.problems.push(format!(
            "{}: confirms `{id}`, which has no first record; it is left out",
            lost.file
        ));
    }
    joined
}

/// Makes a first record whole.
fn settle(record: &mut Record, confirmation: Option<&Record>) {
    for limit in &mut record.limits {
        if limit.verdict == Word::Candidate {
            let again = confirmation.and_then(|record| {
                let same = |l: &&Limit| l.metric == limit.metric && l.of == limit.of;
                record.limits.iter().find(same)
            });
            judge(limit, again);
        }
    }
    if let Some(confirmation) = confirmation {
        if record.failure.is_none() {
            record.failure.clone_from(&confirmation.failure);
        }
        let news = confirmation
            .notes
            .iter()
            .filter(|note| !record.notes.contains(note))
            .cloned()
            .collect::<Vec<_>>();
        record.notes.extend(news);
    }
    record.phase = Phase::Whole;
    let worst = record
        .limits
        .iter()
        .map(|limit| limit.verdict)
        .max_by_key(|word| super::verdict(*word));
    record.outcome = if record.failure.is_some() {
        Word::Fail
    } else {
        worst.unwrap_or(Word::Pass)
    };
}

/// The verdict of a candidate, from what a fresh process found of it.
fn judge(limit: &mut Limit, again: Option<&Limit>) {
    let Some(again) = again else {
        let text = "the fresh process that was to confirm it left no record";
        limit.sentence = format!("{}, but {text}", limit.sentence);
        undecide(limit, "not_confirmed", text);
        return;
    };
    let broken = again.verdict.is_broken();
    limit.confirmation = again.evidence.clone().map(|evidence| Confirmation {
        evidence,
        measured: again.measured,
        broken,
    });
    if broken {
        limit.verdict = limit.if_confirmed.take().unwrap_or(match limit.mode {
            Mode::Hard => Word::Fail,
            Mode::Soft | Mode::Off => Word::Warn,
        });
        // That it was not confirmed yet.
        limit.reason = None;
        limit.details.push(format!(
            "a fresh process found the same: {}",
            again.sentence
        ));
    } else {
        // What pointed to broken up to the deadline does not contradict the first run.
        let (kind, text) = match &again.reason {
            Some(reason) if reason.kind == "deadline" => (
                "deadline",
                "the deadline of the fresh process ended it while it pointed to the same breach",
            ),
            _ => (
                "not_reproduced",
                "a breach was not reproduced in a fresh process",
            ),
        };
        let first = std::mem::replace(
            &mut limit.sentence,
            format!("{} is undecided: {text}", limit.metric),
        );
        limit.details.insert(0, format!("first: {first}"));
        limit
            .details
            .insert(1, format!("again: {}", again.sentence));
        undecide(limit, kind, text);
    }
}

fn undecide(limit: &mut Limit, kind: &str, text: &str) {
    limit.verdict = Word::Undecided;
    limit.if_confirmed = None;
    limit.reason = Some(Reason {
        kind: kind.to_owned(),
        text: text.to_owned(),
    });
}
