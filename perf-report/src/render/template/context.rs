//! What templates are given: the variables of the page `Documents by template` of the guide.

use std::sync::Arc;

use minijinja::Value;
use perf_grammar::{Date, Tally};
use serde::Serialize;

use super::super::json;
use crate::analysis::compare::Compared;
use crate::analysis::recommendation::{
    Bottleneck, OnlyWarns, Recommendation, bottlenecks, recommendations,
};
use crate::analysis::report::{Explanation, Note, Report};
use crate::analysis::run::{Case, Limit};
use crate::model::manifest::Share;
use crate::model::record::{Environment, NamedCount};
use crate::model::word;

/// Everything that a document is made of.
#[derive(Clone, Debug)]
pub(crate) struct Document<'a> {
    pub(crate) report: Arc<Report>,
    /// The run held against what was before, where that was asked for.
    pub(crate) compared: Option<&'a Compared>,
    /// The limits that only ever warned, as far as a history knows.
    pub(crate) warned: &'a [OnlyWarns],
}

/// The variables but for those that are made as they are read.
#[derive(Serialize)]
struct Variables<'a> {
    tool: &'static str,
    command: &'a str,
    run: &'a str,
    records: Option<&'a str>,
    date: Option<String>,
    commit: Option<WireCommit<'a>>,
    status: &'static str,
    failed: bool,
    complete: bool,
    totals: Totals,
    closing: Vec<String>,
    machine: Option<&'a str>,
    environment: Option<&'a Environment>,
    shard: Option<Share>,
    budget_files: &'a [String],
    unfit: &'a [String],
    bottlenecks: Vec<Bottleneck>,
    recommendations: Vec<Recommended<'a>>,
    notes: &'a [Note],
    warnings: &'a [String],
    problems: &'a [String],
}

#[derive(Serialize)]
struct WireCommit<'a> {
    hash: &'a str,
    short: String,
    branch: Option<&'a str>,
    dirty: bool,
}

/// How many limits ended in each verdict, and how many cases there are.
#[derive(Serialize)]
struct Totals {
    cases: usize,
    failed_cases: usize,
    ignored: usize,
    limits: usize,
    #[serde(flatten, with = "word::Verdicts")]
    tally: Tally,
}

#[derive(Serialize)]
struct Explained<'a> {
    verdict: &'static str,
    case: &'a str,
    sentence: &'a str,
    lines: Vec<String>,
}

/// One limit of one case as a row.
#[derive(Serialize)]
struct Target<'a> {
    case: &'a str,
    requirement: Option<&'a str>,
    class: Option<&'a str>,
    group: Option<&'a str>,
    metric: &'a str,
    /// `≤ 10 ms`.
    budget: String,
    measured: Option<String>,
    share: Option<f64>,
    mode: &'static str,
    layer: &'a str,
    source: Option<&'a str>,
    verdict: &'static str,
    sentence: &'a str,
}

/// How often a call did something that has a name: queries, events, what is counted.
#[derive(Serialize)]
struct Query<'a> {
    case: &'a str,
    /// `events` or `count`.
    kind: &'static str,
    name: &'a str,
    count: u64,
    budget: Option<String>,
    verdict: Option<&'static str>,
}

#[derive(Serialize)]
struct Recommended<'a> {
    #[serde(flatten)]
    figures: &'a Recommendation,
    sentence: String,
    action: String,
    /// What does it, where a command does.
    command: Option<String>,
}

impl Document<'_> {
    /// The variables. What is of every case is made when it is read, case by case: of
    /// ten thousand cases all of it at once takes hundreds of megabytes.
    pub(super) fn context(&self) -> Value {
        let recommended = recommendations(&self.report.cases, self.warned);
        let variables = self.variables(&recommended);
        let report = &self.report;
        let (explanations, growths) = (report.explanations.len(), report.growths.len());
        let of_case = |(place, case)| (0..queries(case).len()).map(move |nth| (place, nth));
        let asked: Arc<[_]> = report.cases.iter().enumerate().flat_map(of_case).collect();
        minijinja::context! {
            explanations => self.list(explanations, |report, nth| {
                Value::from_serialize(explained(&report.explanations[nth]))
            }),
            growths => self.list(growths, |report, nth| {
                Value::from_serialize(explained(&report.growths[nth]))
            }),
            queries => self.list(asked.len(), move |report, nth| {
                let (case, place) = asked[nth];
                Value::from_serialize(&queries(&report.cases[case])[place])
            }),
            cases => self.each(|case, report| vec![Value::from_serialize(json::case(case, report))]),
            targets => self.each(targets),
            changes => self.compared.map(changes),
            ..Value::from_serialize(variables)
        }
    }

    fn each(&self, of: fn(&Case, &Report) -> Vec<Value>) -> Value {
        let report = Arc::clone(&self.report);
        Value::make_iterable(move || {
            let report = Arc::clone(&report);
            (0..report.cases.len()).flat_map(move |place| of(&report.cases[place], &report))
        })
    }

    /// A list of this many.
    fn list(
        &self,
        length: usize,
        of: impl Fn(&Report, usize) -> Value + Clone + Send + Sync + 'static,
    ) -> Value {
        let report = Arc::clone(&self.report);
        Value::make_iterable(move || {
            let (report, of) = (Arc::clone(&report), of.clone());
            (0..length).map(move |nth| of(&report, nth))
        })
    }

    fn variables<'a>(&'a self, recommended: &'a [Recommendation]) -> Variables<'a> {
        let report = &*self.report;
        let tally = report.tally;
        let commit = report.commit.as_ref();
        let mut environments = report.cases.iter().filter_map(|c| c.environment.as_ref());
        Variables {
            tool: concat!("perf-report ", env!("CARGO_PKG_VERSION")),
            command: &report.command,
            run: &report.run,
            records: report.records.as_deref(),
            date: report.unix_time.map(|time| Date::of_unix(time).to_string()),
            commit: commit.map(|commit| WireCommit {
                hash: &commit.hash,
                short: commit.short(),
                branch: commit.branch.as_deref(),
                dirty: commit.dirty,
            }),
            status: report.status().1,
            failed: report.fails(),
            complete: report.problems.is_empty(),
            totals: Totals {
                cases: report.cases.len(),
                failed_cases: report.failed_cases(),
                ignored: report.ignored,
                limits: tally.limits,
                tally,
            },
            closing: report.closing(),
            machine: report.machine.as_deref(),
            // Of several machines none is that of the run.
            environment: report.machine.as_ref().and(environments.next()),
            shard: report.share,
            budget_files: &report.budget_files,
            unfit: &report.unfit,
            bottlenecks: bottlenecks(&report.cases),
            recommendations: recommended
                .iter()
                .map(|one| self.recommended(one))
                .collect(),
            notes: &report.notes,
            warnings: &report.warnings,
            problems: &report.problems,
        }
    }
}

impl Document<'_> {
    fn recommended<'a>(&self, figures: &'a Recommendation) -> Recommended<'a> {
        // As a shell takes it: the name of a case may hold anything.
        let case = figures.case().replace('\'', r"'\''");
        let command = |verb| format!("{} {verb} '{case}'", self.report.command);
        Recommended {
            sentence: figures.to_string(),
            action: figures.action(),
            command: figures.verb().map(command),
            figures,
        }
    }
}

fn explained(one: &Explanation) -> Explained<'_> {
    Explained {
        verdict: one.verdict.word(),
        case: &one.case,
        sentence: &one.sentence,
        lines: one.below(),
    }
}

fn targets(case: &Case, _: &Report) -> Vec<Value> {
    let target = |limit| Value::from_serialize(target(case, limit));
    case.limits.iter().map(target).collect()
}

fn target<'a>(case: &'a Case, limit: &'a Limit) -> Target<'a> {
    Target {
        case: &case.id,
        requirement: case.requirement.as_deref(),
        class: case.class.as_deref(),
        group: case.group.as_deref(),
        metric: &limit.metric,
        budget: budget(limit),
        measured: limit.measured(),
        share: limit.share,
        mode: limit.mode.word(),
        layer: &limit.layer,
        source: limit.source.as_deref(),
        verdict: limit.verdict.word(),
        sentence: &limit.sentence,
    }
}

fn budget(limit: &Limit) -> String {
    format!("{} {}", limit.relation(), limit.limit)
}

fn queries(case: &Case) -> Vec<Query<'_>> {
    let Some(trace) = &case.trace else {
        return Vec::new();
    };
    let events = trace.events.iter().map(|counted| ("events", counted));
    let counters = trace.counters.iter().map(|counted| ("count", counted));
    let all = events.chain(counters);
    all.map(|(kind, counted)| query(case, kind, counted))
        .collect()
}

fn query<'a>(case: &'a Case, kind: &'static str, counted: &'a NamedCount) -> Query<'a> {
    let key = format!("{kind} {}", counted.name);
    let limit = case.limit(&key);
    Query {
        case: &case.id,
        kind,
        name: &counted.name,
        count: counted.count,
        budget: limit.map(budget),
        verdict: limit.map(|limit| limit.verdict.word()),
    }
}

/// A comparison as programs are given it, and the lines that close it.
fn changes(compared: &Compared) -> Value {
    minijinja::context! {
        closing => compared.closing(),
        ..Value::from_serialize(compared.wire())
    }
}
