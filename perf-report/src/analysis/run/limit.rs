//! One limit of a case, from its record, and what it comes from.

use perf_grammar::{
    Direction, Metric, Mode, Source, Unit, Verdict, WhenUndecided, format_count, shortened,
};
use serde::{Serialize, Serializer};

use super::{ENDED, Limit, NOT_BUILT, verdict};
use crate::analysis::allocation;
use crate::analysis::cause::{Cause, Kind};
use crate::analysis::share::Share;
use crate::model::protocol::ListedLimit;
use crate::model::record::{self, Allocations, Reason, Repeated, Trace};
use crate::model::word;

/// The key of the limit on how the cost grows.
const COMPLEXITY: &str = "complexity";

/// The key in the name of a limit: `events` of `events sqlx::query`.
fn key(name: &str) -> &str {
    name.split_once(' ').map_or(name, |(key, _)| key)
}

/// A value of a limit, for people. A metric that is not known here has its unit.
fn shown(metric: &str, unit: Unit, value: f64) -> String {
    match Metric::from_key(metric) {
        Some(metric) => metric.measured(value),
        None => perf_grammar::format_exact(unit, value),
    }
}

/// A unit by the word that programs know.
pub(super) fn base_name<S: Serializer>(unit: &Option<Unit>, to: S) -> Result<S::Ok, S::Error> {
    unit.map(Unit::base_name).serialize(to)
}

/// Which side of a limit is sound.
pub(super) fn direction<S: Serializer>(is_floor: &bool, to: S) -> Result<S::Ok, S::Error> {
    let direction = match is_floor {
        true => Direction::AtLeast,
        false => Direction::AtMost,
    };
    word::serialize(&direction, to)
}

/// The longest statement that is shown, bytes.
const LONGEST_STATEMENT: usize = 500;

impl Limit {
    /// What was measured, for people.
    pub(crate) fn measured(&self) -> Option<String> {
        Some(shown(self.key(), self.unit?, self.measured?))
    }

    /// The key it is declared with: `p99`, `events`.
    pub(crate) fn key(&self) -> &str {
        key(&self.metric)
    }

    /// The span, the counter, the target or the other case that it is of.
    pub(crate) fn of(&self) -> Option<&str> {
        self.metric.split_once(' ').map(|(_, of)| of)
    }

    /// How what is measured has to stand to the limit: `≤`.
    pub(crate) fn relation(&self) -> &'static str {
        if self.floor { "≥" } else { "≤" }
    }

    /// A value of it in three digits, for a table.
    pub(crate) fn rounded(&self, value: f64) -> Option<String> {
        let unit = self.unit?;
        let is_of_calls = |metric: Metric| metric.source() == Source::Time;
        Some(match (self.key(), unit) {
            (COMPLEXITY, _) => shown(COMPLEXITY, unit, value),
            (key, Unit::Duration) if Metric::from_key(key).is_some_and(is_of_calls) => {
                perf_grammar::format_time(value)
            }
            _ => perf_grammar::format(unit, value),
        })
    }

    /// Whether there is nothing to say of it beyond that it holds.
    pub(crate) fn is_plain_pass(&self) -> bool {
        self.verdict == Verdict::Pass && self.notes.is_empty()
    }

    /// Whether it turns the run red: broken, hard and without a value, or
    /// undecided where that is asked to fail. What was not built was not asked for,
    /// and is not judged.
    pub(crate) fn fails(&self) -> bool {
        match self.verdict {
            Verdict::Fail => true,
            // What keeps the run from being whole is a problem of the run.
            Verdict::Unmeasured => {
                self.mode == Mode::Hard && !self.was_ended() && !self.was_not_built()
            }
            Verdict::Undecided => self.fails_undecided,
            Verdict::Pass | Verdict::Waived | Verdict::Warn => false,
        }
    }

    /// Whether it stands in a target that was not built, or in a rule of the budget
    /// file that matches nothing.
    pub(crate) fn was_not_built(&self) -> bool {
        let reason = self.reason.as_ref();
        reason.is_some_and(|reason| reason.kind == NOT_BUILT)
    }

    /// Whether the run was ended before it was measured.
    fn was_ended(&self) -> bool {
        self.reason
            .as_ref()
            .is_some_and(|reason| reason.kind == ENDED)
    }

    pub(super) fn of_record(limit: record::Limit) -> Limit {
        let unit = limit.unit;
        Limit {
            limit: shown(&limit.metric, unit, limit.limit as f64),
            bound: Some(limit.limit as f64),
            unit: Some(unit),
            // A class of growth is no amount of which a share could be used.
            share: limit.share.filter(|_| limit.metric != COMPLEXITY),
            metric: limit.name(),
            floor: limit.direction == Direction::AtLeast,
            mode: limit.mode,
            fails_undecided: limit.undecided == WhenUndecided::Fail
                && limit.mode == Mode::Hard
                && limit.waiver.is_none(),
            layer: limit.layer,
            source: limit.source,
            measured: limit.measured,
            verdict: verdict(limit.verdict),
            reason: limit.reason,
            evidence: limit.evidence,
            sentence: limit.sentence,
            details: limit.details,
            causes: Vec::new(),
            about: Vec::new(),
            fits: limit.fits,
            notes: limit.notes,
        }
    }

    pub(super) fn missing(listed: &ListedLimit, why: &Reason) -> Limit {
        let metric = Metric::from_key(key(&listed.metric));
        Limit {
            metric: listed.metric.clone(),
            unit: metric.map(Metric::unit),
            limit: listed.limit.clone(),
            floor: metric.is_some_and(|metric| metric.direction() == Direction::AtLeast),
            mode: listed.mode,
            layer: listed.layer.clone(),
            source: listed.source.clone(),
            verdict: Verdict::Unmeasured,
            reason: Some(why.clone()),
            sentence: format!("{} was not measured: {}", listed.metric, why.text),
            ..Limit::default()
        }
    }

    /// Puts a limit on memory down to the places that allocate; `source` is the file in
    /// which its case is annotated.
    pub(super) fn explain(&mut self, allocations: Option<&Allocations>, source: &str) {
        if let Some(allocations) = allocations {
            let (causes, about) = allocation::causes(allocations, self.key(), source);
            self.causes.extend(causes);
            self.about.extend(about);
        }
    }

    /// Puts a limit on events down to what these say again and again.
    pub(super) fn explain_events(&mut self, trace: Option<&Trace>) {
        let (Some(trace), Some(target)) = (trace, self.metric.strip_prefix("events ")) else {
            return;
        };
        let all = trace.events.iter().find(|events| events.name == target);
        let repeated = trace.repeated.iter().filter(|one| one.target == target);
        let cause = |one: &Repeated| {
            let count = one.count as f64;
            let all = all.map_or(count, |events| events.count as f64).max(count);
            let once = count - 1.0;
            let headline = shortened(&one.text, LONGEST_STATEMENT, "the record").into_owned();
            Cause {
                share: Share::exact(count, all.max(1.0)),
                saves: Some(once),
                figures: format!(
                    "{} of {} events say this; once would be {} fewer",
                    format_count(count),
                    format_count(all),
                    format_count(once)
                ),
                ..Cause::new(Kind::Repetition, headline, None)
            }
        };
        self.causes.extend(repeated.map(cause));
    }
}

/// The share of a limit that a value uses; of a floor, that it leaves.
pub(crate) fn used(floor: bool, measured: f64, limit: f64) -> Option<f64> {
    let (part, whole) = if floor {
        (limit, measured)
    } else {
        (measured, limit)
    };
    Some(part / whole).filter(|share| share.is_finite())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::record::NamedCount;

    #[test]
    fn a_statement_that_is_repeated_is_the_cause_of_too_many_events() {
        let listed = ListedLimit {
            metric: "events sqlx::query".to_owned(),
            limit: "4".to_owned(),
            mode: Mode::Hard,
            layer: String::new(),
            source: None,
        };
        let none = Reason {
            kind: String::new(),
            text: String::new(),
        };
        let mut limit = Limit::missing(&listed, &none);
        let said = |target: &str, count| Repeated {
            target: target.to_owned(),
            text: "SELECT name FROM item WHERE id = $1".to_owned(),
            count,
        };
        let trace = Trace {
            calls: 3,
            counters: Vec::new(),
            events: vec![NamedCount {
                name: "sqlx::query".to_owned(),
                count: 51,
            }],
            repeated: vec![said("other", 9), said("sqlx::query", 50)],
        };
        limit.explain_events(Some(&trace));
        let [cause] = &*limit.causes else {
            panic!("{:?}", limit.causes)
        };
        assert_eq!(
            cause.text(),
            "SELECT name FROM item WHERE id = $1: 50 of 51 events say this; once would be 49 fewer"
        );
        assert_eq!(cause.saves, Some(49.0));
    }
}
