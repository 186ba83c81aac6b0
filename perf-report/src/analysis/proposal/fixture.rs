//! Made-up runs and cases, in few words.

use perf_grammar::Mode;

use super::subject::BudgetText;
use super::*;
use crate::analysis::run::{Filed, join};
use crate::model::protocol::{Listed, ListedLimit};
use crate::model::record::{Evidence, Failure, Limit, Reason, Record, Waiver, Word};

/// One limit of one run, to be changed until it is what is meant.
pub(super) struct Judged(Limit);

/// A limit of a text that was written, and what was measured; it passes.
pub(super) fn judged(name: &str, limit: &str, measured: f64) -> Judged {
    let mut judged = Judged(crate::analysis::fixture::record("x::y", 0.0).limits[0].clone());
    let (key, of) = match name.split_once(' ') {
        Some((key, of)) => (key, Some(of.to_owned())),
        None => (name, None),
    };
    let metric = Metric::from_key(key).expect(key);
    let one = &mut judged.0;
    (one.metric, one.of) = (key.to_owned(), of);
    one.unit = metric.unit();
    one.limit = perf_grammar::parse(metric.unit(), limit).expect(limit);
    one.declared = one.limit;
    (one.verdict, one.measured) = (Word::Pass, Some(measured));
    one.evidence = None;
    one.sentence = format!("{name} {limit}");
    judged
}

impl Judged {
    /// This many calls gave this upper end, or none.
    pub(super) fn upper(mut self, calls: u64, upper: impl Into<Option<f64>>) -> Judged {
        self.0.evidence = Some(Evidence {
            calls,
            above: 0,
            rounds: 7,
            slots: calls,
            lower: None,
            upper: upper.into(),
            log_e_fail: None,
            log_e_pass: None,
        });
        self
    }

    pub(super) fn is(mut self, verdict: Word, kind: &str, text: &str) -> Judged {
        self.0.verdict = verdict;
        self.0.reason = Some(Reason {
            kind: kind.to_owned(),
            text: text.to_owned(),
        });
        if verdict == Word::Unmeasured {
            self.0.measured = None;
        }
        self
    }

    pub(super) fn broken(mut self) -> Judged {
        self.0.verdict = Word::Fail;
        self
    }

    pub(super) fn waived(mut self, place: &str) -> Judged {
        self.0.waiver = Some(Waiver {
            reason: "#123".to_owned(),
            owner: None,
            until: "2999-12-31".to_owned(),
            source: place.to_owned(),
        });
        self
    }
}

/// A case with its limits.
pub(super) fn case(id: &str, limits: Vec<Judged>) -> Record {
    let mut record = crate::analysis::fixture::record(id, 0.0);
    record.limits = limits.into_iter().map(|judged| judged.0).collect();
    record.environment.unfit.clear();
    record
}

pub(super) fn failing(id: &str) -> Record {
    let mut record = case(id, Vec::new());
    record.failure = Some(Failure {
        kind: "panic".to_owned(),
        text: "index out of bounds\nat src/a.rs".to_owned(),
    });
    record
}

pub(super) fn unfit(mut record: Record) -> Record {
    record.environment.unfit = vec!["load 9.0 on 2 cores".to_owned()];
    record
}

/// The same record, of a run with a profile.
pub(super) fn with_profile(mut record: Record) -> Record {
    if let Some(plan) = &mut record.plan {
        plan.profile = Some("ci".to_owned());
    }
    record
}

pub(super) fn run(records: Vec<Record>) -> Observation {
    let filed = records.into_iter().map(|record| Filed {
        file: format!("{}.json", record.case.id),
        record: Box::new(record),
        changed: false,
    });
    Observation::of(join(filed.collect()), None)
}

/// A case of the list; each limit is `name, value, layer, place`.
pub(super) fn listed(id: &str, limits: &[(&str, &str, &str, &str)]) -> (usize, Listed) {
    let limit = |(metric, limit, layer, source): &(&str, &str, &str, &str)| ListedLimit {
        metric: (*metric).to_owned(),
        limit: (*limit).to_owned(),
        mode: Mode::Hard,
        layer: (*layer).to_owned(),
        source: Some((*source).to_owned()),
    };
    let listed = Listed {
        id: id.to_owned(),
        source: "src/a.rs:3".to_owned(),
        limits: limits.iter().map(limit).collect(),
        ..Listed::default()
    };
    (0, listed)
}

/// All of them, with a budget file of this text.
pub(super) fn all(listed: &[(usize, Listed)], text: &str) -> Vec<Subject> {
    let name = "perf-budgets.toml";
    subjects(listed, &[BudgetText { name, text }], |_| true)
}
