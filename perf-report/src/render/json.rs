//! For programs: the report's own wire form, schema 1.

use perf_grammar::{Tally, Verdict};
use serde::Serialize;

use crate::analysis::cause::Cause;
use crate::analysis::report::{Explanation, Note, Report};
use crate::analysis::run::{Case, Limit};
use crate::model::manifest::Share;
use crate::model::record::{
    Breakdown, Failure, Growth, Instructions, Load, Memory, Program, Rss, Summary, Trace,
};
use crate::model::word;

/// The schema that is written here.
const SCHEMA: u32 = 1;

#[derive(Serialize)]
struct Wire<'a> {
    schema: u32,
    kind: &'static str,
    run: &'a str,
    records: Option<&'a str>,
    failed: bool,
    complete: bool,
    tally: WireTally,
    ignored: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    shard: Option<Share>,
    machine: Option<&'a str>,
    budget_files: &'a [String],
    unfit: &'a [String],
    cases: Vec<WireCase<'a>>,
    notes: &'a [Note],
    warnings: &'a [String],
    problems: &'a [String],
}

#[derive(Serialize)]
struct WireTally {
    limits: usize,
    #[serde(flatten, with = "word::Verdicts")]
    tally: Tally,
}

#[derive(Serialize)]
struct WireCase<'a> {
    id: &'a str,
    source: &'a str,
    class: Option<&'a str>,
    group: Option<&'a str>,
    requirement: Option<&'a str>,
    tags: &'a [String],
    #[serde(serialize_with = "word::serialize")]
    outcome: Verdict,
    failure: Option<&'a Failure>,
    limits: Vec<WireLimit<'a>>,
    summary: Option<&'a Summary>,
    memory: Option<&'a Memory>,
    growth: Option<&'a Growth>,
    rss: Option<&'a Rss>,
    instructions: Option<&'a Instructions>,
    program: Option<&'a Program>,
    load: Option<&'a Load>,
    trace: Option<&'a Trace>,
    breakdown: Option<&'a Breakdown>,
}

#[derive(Serialize)]
struct WireLimit<'a> {
    #[serde(flatten)]
    limit: &'a Limit,
    #[serde(skip_serializing_if = "Option::is_none")]
    why: Option<WireWhy<'a>>,
}

/// Why a limit is broken, or a build is worse.
#[derive(Serialize)]
pub(super) struct WireWhy<'a> {
    pub(super) causes: &'a [Cause],
    pub(super) lines: &'a [String],
}

/// Renders everything.
pub(crate) fn render(report: &Report) -> String {
    let tally = report.tally;
    let wire = Wire {
        schema: SCHEMA,
        kind: "perf-report",
        run: &report.run,
        records: report.records.as_deref(),
        failed: report.fails(),
        complete: report.problems.is_empty(),
        tally: WireTally {
            limits: tally.limits,
            tally,
        },
        ignored: report.ignored,
        shard: report.share,
        machine: report.machine.as_deref(),
        budget_files: &report.budget_files,
        unfit: &report.unfit,
        cases: report
            .cases
            .iter()
            .map(|case| wire_case(case, report))
            .collect(),
        notes: &report.notes,
        warnings: &report.warnings,
        problems: &report.problems,
    };
    crate::render::to_json(&wire)
}

/// A case as it is written, which is also how templates see it.
pub(super) fn case<'a>(case: &'a Case, report: &'a Report) -> impl Serialize + 'a {
    wire_case(case, report)
}

fn wire_case<'a>(case: &'a Case, report: &'a Report) -> WireCase<'a> {
    WireCase {
        id: &case.id,
        source: &case.source,
        class: case.class.as_deref(),
        group: case.group.as_deref(),
        requirement: case.requirement.as_deref(),
        tags: &case.tags,
        outcome: case.outcome,
        failure: case.failure.as_ref(),
        limits: (case.limits.iter())
            .map(|one| limit(one, report.why(case, one)))
            .collect(),
        summary: case.summary.as_ref(),
        memory: case.memory.as_ref(),
        growth: case.growth.as_ref(),
        rss: case.rss.as_ref(),
        instructions: case.instructions.as_ref(),
        program: case.program.as_ref(),
        load: case.load.as_ref(),
        trace: case.trace.as_ref(),
        breakdown: case.breakdown.as_ref(),
    }
}

fn limit<'a>(limit: &'a Limit, why: Option<&'a Explanation>) -> WireLimit<'a> {
    let why = why.map(|why| WireWhy {
        causes: &why.causes,
        lines: &why.about,
    });
    WireLimit { limit, why }
}
