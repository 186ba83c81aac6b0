//! A comparison for programs, written and read again: its own wire form, schema 1,
//! described in `perf-report/schema/comparison-1.schema.json`.

use std::collections::BTreeMap;

use perf_grammar::{Mode, Quantile, Tally, Verdict};
use serde::{Deserialize, Serialize};

use super::{Compared, Comparison, CountedUnit, Effect, Finding, Interval, Reason, Subject};
use crate::analysis::cause::Cause;
use crate::model::record::{ReadError, Tolerated, Waiver};
use crate::model::word;

/// The schema that is read and written here.
const SCHEMA: u32 = 1;
const KIND: &str = "perf-comparison";

#[derive(Deserialize)]
struct Head {
    schema: Option<u32>,
    kind: Option<String>,
}

#[derive(Serialize, Deserialize)]
struct Wire {
    schema: u32,
    kind: String,
    before: String,
    after: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    command: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    unix_time: Option<u64>,
    #[serde(skip_deserializing)]
    failed: bool,
    #[serde(skip_deserializing)]
    complete: bool,
    #[serde(skip_deserializing)]
    all_judged: bool,
    #[serde(skip_deserializing)]
    tally: WireTally,
    comparisons: Vec<WireComparison>,
    only_before: Vec<String>,
    only_after: Vec<String>,
    notes: Vec<String>,
    warnings: Vec<String>,
    problems: Vec<String>,
}

#[derive(Default, Serialize)]
struct WireTally {
    comparisons: usize,
    #[serde(flatten, with = "word::Verdicts")]
    tally: Tally,
}

#[derive(Serialize, Deserialize)]
struct WireComparison {
    id: String,
    source: Option<String>,
    metric: String,
    unit: Unit,
    before: Option<f64>,
    after: Option<f64>,
    ratio: Option<f64>,
    interval: Option<Interval>,
    finding: Found,
    reason: Option<String>,
    /// `reason` without what to do, where it says that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    what: Option<String>,
    /// The end of `reason` that says what to do, where it does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    help: Option<String>,
    tolerance: Option<Tolerated>,
    #[serde(with = "word")]
    mode: Mode,
    waiver: Option<Waiver>,
    #[serde(with = "word")]
    verdict: Verdict,
    sentence: String,
    details: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    why: Option<Why>,
}

/// Why it is worse.
#[derive(Default, Serialize, Deserialize)]
struct Why {
    causes: Vec<Cause>,
    lines: Vec<String>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Unit {
    Ns,
    Bytes,
    Count,
    Exponent,
}

/// See [`Finding::word`].
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Found {
    Same,
    Faster,
    Less,
    Slower,
    More,
    Layout,
    Undecided,
    Unenforceable,
    Unmeasured,
    Failed,
}

impl Compared {
    /// Reads what a comparison wrote with `--format json`.
    ///
    /// # Errors
    /// Says where the text stops being a comparison of schema 1.
    pub(crate) fn read(text: &str) -> Result<Compared, ReadError> {
        let head: Head = serde_json::from_str(text)?;
        let refused = |message: String| Err(ReadError::of_all(message));
        match (head.kind.as_deref(), head.schema) {
            (Some(KIND), Some(SCHEMA)) => {}
            (Some(KIND), schema) => {
                let schema = schema.map_or("none".to_owned(), |schema| schema.to_string());
                return refused(format!(
                    "found schema {schema}, expected {SCHEMA}; use the same version of perf-report for both"
                ));
            }
            (kind, _) => {
                return refused(format!(
                    "found {}, expected a comparison, as `ab REV --output json=FILE` writes it",
                    kind.map_or("no kind".to_owned(), |kind| format!("the kind `{kind}`"))
                ));
            }
        }
        let wire: Wire = serde_json::from_str(text)?;
        Ok(Compared {
            before: wire.before,
            after: wire.after,
            command: wire.command,
            unix_time: wire.unix_time,
            artifacts: None,
            comparisons: wire.comparisons.into_iter().map(comparison).collect(),
            charts: BTreeMap::new(),
            only_before: wire.only_before,
            only_after: wire.only_after,
            notes: wire.notes,
            warnings: wire.warnings,
            problems: wire.problems,
        })
    }

    /// The comparison as it is written, which is also how templates see it.
    pub(crate) fn wire(&self) -> impl Serialize + use<> {
        let tally = self.tally();
        Wire {
            schema: SCHEMA,
            kind: KIND.to_owned(),
            before: self.before.clone(),
            after: self.after.clone(),
            command: self.command.clone(),
            unix_time: self.unix_time,
            failed: self.fails(),
            complete: self.problems.is_empty(),
            all_judged: self.all_judged(),
            tally: WireTally {
                comparisons: tally.limits,
                tally,
            },
            comparisons: self.comparisons.iter().map(wire).collect(),
            only_before: self.only_before.clone(),
            only_after: self.only_after.clone(),
            notes: self.notes.clone(),
            warnings: self.warnings.clone(),
            problems: self.problems.clone(),
        }
    }
}

impl Reason {
    /// `whole` is all of it, as programs show it that know no `help`.
    fn read(whole: String, what: Option<String>, help: Option<String>) -> Reason {
        match what {
            Some(what) => Reason { what, help },
            None => Reason::new(whole, None),
        }
    }
}

fn comparison(wire: WireComparison) -> Comparison {
    let why = wire.reason.unwrap_or_default();
    let Why { causes, lines } = wire.why.unwrap_or_default();
    Comparison {
        subject: match wire.unit {
            Unit::Exponent => Subject::Growth,
            Unit::Bytes => Subject::Counted(wire.metric, CountedUnit::Bytes),
            Unit::Count => Subject::Counted(wire.metric, CountedUnit::Count),
            Unit::Ns if wire.metric == "p50" => Subject::Typical,
            Unit::Ns if Quantile::parse(&wire.metric).is_some() => Subject::Tail(wire.metric),
            Unit::Ns => Subject::Mean(wire.metric),
        },
        id: wire.id,
        source: wire.source,
        before: wire.before,
        after: wire.after,
        effect: wire.ratio.map(|ratio| Effect {
            ratio,
            interval: wire.interval,
        }),
        finding: match wire.finding {
            Found::Same => Finding::Same,
            Found::Faster | Found::Less => Finding::Better,
            Found::Slower | Found::More => Finding::Worse,
            Found::Layout => Finding::Layout,
            Found::Undecided => Finding::Undecided(Reason::read(why, wire.what, wire.help)),
            Found::Unenforceable => Finding::Unenforceable(Reason::read(why, wire.what, wire.help)),
            Found::Unmeasured => Finding::Unmeasured(why),
            Found::Failed => Finding::Failed(why),
        },
        tolerance: wire.tolerance,
        mode: wire.mode,
        waiver: wire.waiver,
        verdict: wire.verdict,
        sentence: wire.sentence,
        details: wire.details,
        causes,
        about: lines,
    }
}

fn wire(one: &Comparison) -> WireComparison {
    let timed = one.subject.is_timed();
    let (finding, reason) = match &one.finding {
        Finding::Same => (Found::Same, None),
        Finding::Better if timed => (Found::Faster, None),
        Finding::Better => (Found::Less, None),
        Finding::Worse if timed => (Found::Slower, None),
        Finding::Worse => (Found::More, None),
        Finding::Layout => (Found::Layout, None),
        Finding::Undecided(why) => (Found::Undecided, Some(why.clone())),
        Finding::Unenforceable(why) => (Found::Unenforceable, Some(why.clone())),
        Finding::Unmeasured(why) => (Found::Unmeasured, Some(Reason::new(why, None))),
        Finding::Failed(why) => (Found::Failed, Some(Reason::new(why, None))),
    };
    WireComparison {
        id: one.id.clone(),
        source: one.source.clone(),
        metric: one.subject.key().to_owned(),
        unit: match one.subject {
            Subject::Typical | Subject::Mean(_) | Subject::Tail(_) => Unit::Ns,
            Subject::Counted(_, CountedUnit::Bytes) => Unit::Bytes,
            Subject::Counted(_, CountedUnit::Count) => Unit::Count,
            Subject::Growth => Unit::Exponent,
        },
        before: one.before,
        after: one.after,
        ratio: one.effect.map(|effect| effect.ratio),
        interval: one.effect.and_then(|effect| effect.interval),
        finding,
        reason: reason.as_ref().map(Reason::to_string),
        what: (reason.as_ref())
            .filter(|reason| reason.help.is_some())
            .map(|reason| reason.what.clone()),
        help: reason.and_then(|reason| reason.help),
        tolerance: one.tolerance.clone(),
        mode: one.mode,
        waiver: one.waiver.clone(),
        verdict: one.verdict,
        sentence: one.sentence.clone(),
        details: one.details.clone(),
        why: (!one.causes.is_empty() || !one.about.is_empty()).then(|| Why {
            causes: one.causes.clone(),
            lines: one.about.clone(),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn refused(text: &str, part: &str) {
        let error = Compared::read(text).expect_err(text);
        assert!(error.to_string().contains(part), "{error}");
    }

    #[test]
    fn what_is_no_comparison_is_refused_with_what_was_found() {
        refused("{\n oops", "2:2: ");
        refused(
            "{\"schema\": 1, \"kind\": \"perf-report\"}",
            "found the kind `perf-report`",
        );
        refused("{}", "found no kind, expected a comparison");
        refused(
            "{\"schema\": 2, \"kind\": \"perf-comparison\"}",
            "found schema 2, expected 1",
        );
    }
}
