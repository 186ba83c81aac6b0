//! A comparison as it was written for programs, read again: schema 1, see
//! `perf-report/schema/comparison-1.schema.json`.

use perf_grammar::Quantile;
use serde::Deserialize;

use super::{Compared, Comparison, CountedUnit, Effect, Finding, Interval, Subject};
use crate::analysis::cause::Cause;
use crate::analysis::run::verdict;
use crate::model::record::{Mode, ReadError, Tolerated, Waiver, Word};

#[derive(Deserialize)]
struct Head {
    schema: Option<u32>,
    kind: Option<String>,
}

#[derive(Deserialize)]
struct Wire {
    before: String,
    after: String,
    #[serde(default)]
    command: Option<String>,
    #[serde(default)]
    unix_time: Option<u64>,
    comparisons: Vec<WireComparison>,
    only_before: Vec<String>,
    only_after: Vec<String>,
    notes: Vec<String>,
    warnings: Vec<String>,
    problems: Vec<String>,
}

#[derive(Deserialize)]
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
    tolerance: Option<Tolerated>,
    mode: Mode,
    waiver: Option<Waiver>,
    verdict: Word,
    sentence: String,
    details: Vec<String>,
    #[serde(default)]
    why: Why,
}

/// Why it is worse.
#[derive(Default, Deserialize)]
struct Why {
    causes: Vec<Cause>,
    lines: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Unit {
    Ns,
    Bytes,
    Count,
    Exponent,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Found {
    Same,
    #[serde(alias = "less")]
    Faster,
    #[serde(alias = "more")]
    Slower,
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
        let refused = |message: String| {
            Err(ReadError {
                line: 1,
                column: 1,
                message,
            })
        };
        match (head.kind.as_deref(), head.schema) {
            (Some("perf-comparison"), Some(1)) => {}
            (Some("perf-comparison"), schema) => {
                let schema = schema.map_or("none".to_owned(), |schema| schema.to_string());
                return refused(format!(
                    "found schema {schema}, expected 1; use the same version of perf-report for both"
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
            charts: std::collections::BTreeMap::new(),
            only_before: wire.only_before,
            only_after: wire.only_after,
            notes: wire.notes,
            warnings: wire.warnings,
            problems: wire.problems,
        })
    }
}

fn comparison(wire: WireComparison) -> Comparison {
    let why = wire.reason.unwrap_or_default();
    Comparison {
        subject: subject(wire.metric, wire.unit),
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
            Found::Faster => Finding::Better,
            Found::Slower => Finding::Worse,
            Found::Layout => Finding::Layout,
            Found::Undecided => Finding::Undecided(why),
            Found::Unenforceable => Finding::Unenforceable(why),
            Found::Unmeasured => Finding::Unmeasured(why),
            Found::Failed => Finding::Failed(why),
        },
        tolerance: wire.tolerance,
        mode: wire.mode,
        waiver: wire.waiver,
        verdict: verdict(wire.verdict),
        sentence: wire.sentence,
        details: wire.details,
        causes: wire.why.causes,
        about: wire.why.lines,
    }
}

fn subject(metric: String, unit: Unit) -> Subject {
    match unit {
        Unit::Exponent => Subject::Growth,
        Unit::Bytes => Subject::Counted(metric, CountedUnit::Bytes),
        Unit::Count => Subject::Counted(metric, CountedUnit::Count),
        Unit::Ns if metric == "p50" => Subject::Typical,
        Unit::Ns if Quantile::parse(&metric).is_some() => Subject::Tail(metric),
        Unit::Ns => Subject::Mean(metric),
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
