//! A comparison for programs: its own wire form, schema 1, described in
//! `perf-report/schema/comparison-1.schema.json`.

use serde::Serialize;

use super::super::json::WireWhy;
use crate::analysis::compare::{Compared, Comparison, CountedUnit, Finding, Subject};
use crate::model::counts::Tally;
use crate::model::record::{Tolerated, Waiver};

/// The schema that is written here.
const SCHEMA: u32 = 1;

#[derive(Serialize)]
struct Wire<'a> {
    schema: u32,
    kind: &'static str,
    before: &'a str,
    after: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    command: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    unix_time: Option<u64>,
    failed: bool,
    complete: bool,
    all_judged: bool,
    tally: WireTally,
    comparisons: Vec<WireComparison<'a>>,
    only_before: &'a [String],
    only_after: &'a [String],
    notes: &'a [String],
    warnings: &'a [String],
    problems: &'a [String],
}

#[derive(Serialize)]
struct WireTally {
    comparisons: usize,
    passed: usize,
    waived: usize,
    warned: usize,
    failed: usize,
    undecided: usize,
    unmeasured: usize,
}

#[derive(Serialize)]
struct WireComparison<'a> {
    id: &'a str,
    source: Option<&'a str>,
    metric: &'a str,
    unit: &'static str,
    before: Option<f64>,
    after: Option<f64>,
    ratio: Option<f64>,
    interval: Option<WireInterval>,
    finding: &'static str,
    reason: Option<&'a str>,
    tolerance: Option<&'a Tolerated>,
    mode: &'static str,
    waiver: Option<&'a Waiver>,
    verdict: &'static str,
    sentence: &'a str,
    details: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    why: Option<WireWhy<'a>>,
}

#[derive(Serialize)]
struct WireInterval {
    low: f64,
    high: f64,
    confidence: f64,
}

/// Renders everything.
pub(crate) fn render(compared: &Compared) -> String {
    crate::render::to_json(&wire(compared))
}

/// The comparison as it is written, which is also how templates see it.
pub(in crate::render) fn wire(compared: &Compared) -> impl Serialize + '_ {
    let tally = Tally::of(compared.comparisons.iter().map(|one| one.verdict));
    Wire {
        schema: SCHEMA,
        kind: "perf-comparison",
        before: &compared.before,
        after: &compared.after,
        command: compared.command.as_deref(),
        unix_time: compared.unix_time,
        failed: compared.fails(),
        complete: compared.problems.is_empty(),
        all_judged: compared.all_judged(),
        tally: WireTally {
            comparisons: tally.limits(),
            passed: tally.passed,
            waived: tally.waived,
            warned: tally.warned,
            failed: tally.failed,
            undecided: tally.undecided,
            unmeasured: tally.unmeasured,
        },
        comparisons: compared.comparisons.iter().map(comparison).collect(),
        only_before: &compared.only_before,
        only_after: &compared.only_after,
        notes: &compared.notes,
        warnings: &compared.warnings,
        problems: &compared.problems,
    }
}

fn comparison(one: &Comparison) -> WireComparison<'_> {
    WireComparison {
        id: &one.id,
        source: one.source.as_deref(),
        metric: one.subject.key(),
        unit: unit(&one.subject),
        before: one.before,
        after: one.after,
        ratio: one.effect.map(|effect| effect.ratio),
        interval: one.effect.and_then(|effect| {
            effect.interval.map(|interval| WireInterval {
                low: interval.low,
                high: interval.high,
                confidence: interval.confidence,
            })
        }),
        finding: one.finding.word(&one.subject),
        reason: reason(&one.finding),
        tolerance: one.tolerance.as_ref(),
        mode: one.mode.word(),
        waiver: one.waiver.as_ref(),
        verdict: one.verdict.word(),
        sentence: &one.sentence,
        details: &one.details,
        why: (!one.causes.is_empty() || !one.about.is_empty()).then_some(WireWhy {
            causes: &one.causes,
            lines: &one.about,
        }),
    }
}

fn unit(subject: &Subject) -> &'static str {
    match subject {
        Subject::Typical | Subject::Mean(_) | Subject::Tail(_) => "ns",
        Subject::Counted(_, CountedUnit::Bytes) => "bytes",
        Subject::Counted(_, CountedUnit::Count) => "count",
        Subject::Growth => "exponent",
    }
}

fn reason(finding: &Finding) -> Option<&str> {
    match finding {
        Finding::Undecided(why)
        | Finding::Unenforceable(why)
        | Finding::Unmeasured(why)
        | Finding::Failed(why) => Some(why),
        Finding::Same | Finding::Better | Finding::Worse | Finding::Layout => None,
    }
}
