//! The wire form of a settled case: JSON, schema version 1.
//!
//! `schema/record-1.schema.json` describes it, `schema/record-1.sample.json`
//! is one.

#[cfg(feature = "alloc-sites")]
mod allocations;
#[cfg(not(feature = "alloc-sites"))]
#[path = "record/allocations/off.rs"]
mod allocations;
mod program;
mod figures;
mod fits;
mod load;

pub(crate) use self::allocations::allocations;
pub(crate) use self::figures::of_call;
use perf_grammar::{Phase, Quantile};

use crate::judge::evidence::Evidence;
use crate::judge::summary::Summary;
use crate::model::figure::{PerCall, PerItem};
use crate::model::plan::{Regression, Tolerated, Waiver};
use crate::model::sample::Failure;
use crate::report::case_report::CaseReport;
use crate::report::host::{Environment, Unfit};
use crate::report::json::Json;
use crate::verdict::Judgement;

/// The version of this form.
const SCHEMA: u64 = 1;

/// What all records of a run share.
#[derive(Clone, Debug)]
pub(crate) struct Run {
    pub(crate) id: String,
    /// The budget file that judged, where there is one.
    pub(crate) budget_file: Option<String>,
    pub(crate) environment: Environment,
    /// Steal during the run, in percent, and what made the machine unfit.
    pub(crate) steal_percent: Option<f64>,
    pub(crate) unfit: Vec<Unfit>,
    pub(crate) time_limits: u64,
}

/// The text of a record.
pub(crate) fn text(report: &CaseReport, run: &Run, phase: Phase, unix_time: u64) -> String {
    Json::pretty(|json| {
        json.whole("schema", SCHEMA);
        json.text("tool", concat!("perf-runtime ", env!("CARGO_PKG_VERSION")));
        json.text("run", &run.id);
        json.maybe_text("budget_file", run.budget_file.as_deref());
        json.whole("unix_time", unix_time);
        json.text("phase", phase.word());
        json.object("case", &|json| case(json, report));
        json.text("outcome", report.verdict().word());
        json.maybe_object("failure", report.outcome.failure.as_ref(), &failure);
        json.objects("limits", &report.judgements, &|json, judgement| {
            limit(json, judgement, phase);
        });
        json.object("plan", &|json| plan(json, report, run));
        let times = report.outcome.summary.as_ref();
        json.maybe_object("summary", times, &|json, times| {
            summary(json, times, report)
        });
        figures::write(json, &report.figures);
        json.maybe_object("allocations", report.allocations.as_ref(), &allocations);
        json.object("disturbed", &|json| disturbed(json, report));
        json.object("histogram", &|json| histogram(json, report));
        timeline(json, report);
        json.object("environment", &|json| environment(json, report, run));
        json.texts("notes", &report.notes);
    })
}

fn case(json: &mut Json, report: &CaseReport) {
    let case = report.case;
    json.text("id", &report.id);
    json.text("package", case.package);
    json.text("test", &case.test_name());
    json.text("file", case.place.file);
    json.whole("line", case.place.line.into());
    json.whole("column", case.place.column.into());
    json.maybe_text("class", case.class);
    json.maybe_text("group", case.group);
    json.maybe_text("requirement", case.requirement);
    json.texts("tags", case.tags);
}

/// The kind and the text of a failure.
pub(crate) fn failure(json: &mut Json, failure: &Failure) {
    json.text("kind", failure.code());
    json.text("text", &failure.line());
}

fn limit(json: &mut Json, judgement: &Judgement, phase: Phase) {
    let limit = &judgement.limit;
    let metric = limit.metric;
    json.text("metric", &metric.key());
    json.maybe_text("of", limit.of.as_deref());
    json.text("unit", metric.unit().base_name());
    json.text("direction", metric.direction().word());
    json.whole("limit", limit.value);
    json.whole("declared", limit.declared);
    json.text("mode", limit.mode.word());
    json.text("undecided", limit.undecided.word());
    json.text("layer", limit.source.layer.word());
    json.maybe_text("source", limit.source.place.as_deref());
    json.maybe_number("measured", judgement.measured.map(|value| value.0));
    json.maybe_number("share", judgement.share);
    let candidate = judgement.candidate && phase == Phase::First;
    json.text(
        "verdict",
        if candidate {
            "candidate"
        } else {
            judgement.verdict.word()
        },
    );
    json.maybe_text("if_confirmed", candidate.then(|| judgement.verdict.word()));
    json.maybe_object("reason", judgement.reason.as_ref(), &|json, reason| {
        json.text("kind", reason.code());
        json.text("text", &format!("{reason}"));
    });
    json.text("sentence", &judgement.sentence);
    json.texts("details", &judgement.details);
    if !judgement.fits.is_empty() {
        json.objects("fits", &judgement.fits, &fits::one);
    }
    json.maybe_object("evidence", judgement.evidence.as_ref(), &evidence);
    let confirmation = judgement.confirmation.as_ref();
    json.maybe_object("confirmation", confirmation, &|json, (again, broken)| {
        evidence(json, again);
        json.maybe_number("measured", again.measured.map(|value| value.0));
        json.truth("broken", *broken);
    });
    json.maybe_object("waiver", limit.waiver.as_ref(), &waiver);
    json.texts("notes", limit.expired.as_slice());
}

/// Bounds are times of a call, whatever the case's items.
fn evidence(json: &mut Json, evidence: &Evidence) {
    json.whole("calls", evidence.calls);
    json.whole("above", evidence.above);
    json.whole("rounds", evidence.rounds);
    json.whole("slots", evidence.slots);
    json.maybe_number("lower", evidence.lower.map(|bound| bound.0));
    json.maybe_number("upper", evidence.upper.map(|bound| bound.0));
    json.maybe_number("log_e_fail", evidence.log_e_fail);
    json.maybe_number("log_e_pass", evidence.log_e_pass);
}

fn plan(json: &mut Json, report: &CaseReport, run: &Run) {
    let plan = &report.plan;
    json.text("clock", plan.clock.word());
    json.whole("max_time_ns", plan.max_time_ns);
    json.whole("items", plan.items);
    json.maybe_whole("rounds", plan.samples);
    json.maybe_text("profile", plan.profile.as_deref());
    json.number("false_fail", plan.false_fail);
    json.number("false_pass", plan.false_pass);
    json.whole("time_limits_in_run", run.time_limits);
    json.object("regression", &|json| regression(json, &plan.regression));
}

/// What a comparison tolerates, in a record and in the list of cases.
pub(crate) fn regression(json: &mut Json, regression: &Regression) {
    let mut tolerated = |name: &str, tolerated: &Tolerated| {
        json.object(name, &|json| {
            json.whole("millionths", tolerated.millionths);
            json.text("layer", tolerated.source.layer.word());
            json.maybe_text("source", tolerated.source.place.as_deref());
        });
    };
    tolerated("typical", &regression.typical);
    tolerated("tail", &regression.tail);
    json.text("mode", regression.mode.word());
    json.maybe_text("mode_source", regression.mode_source.place.as_deref());
    json.maybe_object("waiver", regression.waiver.as_ref(), &waiver);
    json.texts("notes", regression.expired.as_slice());
}

fn waiver(json: &mut Json, waiver: &Waiver) {
    json.text("reason", &waiver.reason);
    json.maybe_text("owner", waiver.owner.as_deref());
    json.text("until", &format!("{}", waiver.until));
    json.text("source", &waiver.place);
}

fn disturbed(json: &mut Json, report: &CaseReport) {
    let outcome = &report.outcome;
    json.whole("preempted", outcome.preempted);
    json.whole("blocked", outcome.blocked);
    json.whole("dropped", outcome.dropped);
    json.whole("waiting_ns", outcome.waiting_ns);
    json.whole("others_ns", outcome.others_ns);
    json.whole("calls_ns", outcome.calls_ns);
}

/// Times are per item. Of batches only the means are times of calls: their
/// extremes and quantiles are those of no call, and are left out.
fn summary(json: &mut Json, times: &Summary, report: &CaseReport) {
    let of_item = |time: PerCall| time.time_per_item(report.plan.items).0;
    let of_calls = |time| (times.batch == 1).then(|| of_item(time));
    let quantile = |millionths| {
        times
            .quantile(Quantile::from_millionths(millionths))
            .and_then(of_calls)
    };
    json.whole("calls", times.calls);
    json.whole("rounds", report.outcome.rounds);
    json.whole("batch", times.batch);
    json.maybe_number("min", of_calls(times.min));
    for (name, millionths) in &[
        ("p25", 250_000),
        ("p50", 500_000),
        ("p75", 750_000),
        ("p90", 900_000),
        ("p95", 950_000),
        ("p99", 990_000),
        ("p999", 999_000),
    ] {
        json.maybe_number(name, quantile(*millionths));
    }
    json.maybe_number("max", of_calls(times.max));
    // Of a call that takes no time to tell of, neither says anything.
    let mean = (times.mean.0 > 0.0).then_some(times.mean);
    json.maybe_number("mean", mean.map(of_item));
    json.number("stddev", of_item(times.stddev));
    json.whole("outliers", times.outliers);
    json.maybe_number("wall_p50", of_calls(times.wall.p50));
    json.maybe_number("wall_p99", of_calls(times.wall.p99));
    json.maybe_number("wall_max", of_calls(times.wall.max));
    json.maybe_number("first", report.outcome.first.map(of_item));
    let items = report.plan.items as f64;
    json.maybe_number("items_per_s", mean.map(|mean| items * 1e9 / mean.0));
}

fn histogram(json: &mut Json, report: &CaseReport) {
    json.whole("significant_digits", 3);
    json.text("unit", "ns");
    let buckets = report.outcome.histogram.buckets();
    json.list("buckets", &|json| {
        for &(lower, count) in &buckets {
            let PerItem(lower) = PerCall(lower).time_per_item(report.plan.items);
            // One line a bucket: a record is read by people too.
            json.element();
            json.raw(&format_args!("[{lower}, {count}]"));
        }
    });
}

/// Times are per item, as those of the histogram.
fn timeline(json: &mut Json, report: &CaseReport) {
    let stretches = report.outcome.timeline.stretches();
    let per_item = |ns| PerCall(ns).time_per_item(report.plan.items).0;
    json.list("timeline", &|json| {
        for one in &stretches {
            let (min, median, max) = (per_item(one.min), per_item(one.median), per_item(one.max));
            let (at_ns, units) = (one.at_ns, one.units);
            json.element();
            json.raw(&format_args!("[{at_ns}, {units}, {min}, {median}, {max}]"));
        }
    });
}

fn environment(json: &mut Json, report: &CaseReport, run: &Run) {
    let environment = &run.environment;
    machine(json, environment, run.steal_percent);
    json.maybe_text("code_opt_level", report.case.build.opt_level);
    json.truth("debug_assertions", report.case.build.debug_assertions);
    json.text("fingerprint", &environment.fingerprint());
    json.texts("unfit", &run.unfit);
    json.list("unfit_kinds", &|json| {
        for one in &run.unfit {
            json.element();
            json.string(one.code());
        }
    });
}

/// Machine and build: the same in a record and in what a worker that lists says.
pub(crate) fn machine(json: &mut Json, environment: &Environment, steal_percent: Option<f64>) {
    json.text("os", environment.os);
    json.text("arch", environment.arch);
    json.maybe_text("kernel", environment.kernel.as_deref());
    json.maybe_text("processor", environment.processor.as_deref());
    json.whole("cores", environment.cores as u64);
    json.maybe_text("governor", environment.governor.as_deref());
    match environment.turbo {
        Some(turbo) => json.truth("turbo", turbo),
        None => json.member("turbo", &"null"),
    }
    json.maybe_number("cgroup_quota", environment.cgroup_quota);
    json.maybe_number("steal_percent", steal_percent);
    json.maybe_number("load", environment.load);
    json.maybe_text("virtual_machine", environment.virtual_machine.as_deref());
    json.maybe_number("throttled", environment.throttled.map(|times| times as f64));
    json.text("rustc", environment.rustc);
    json.text("target", environment.target);
    json.text("profile", environment.profile);
    json.text("opt_level", environment.opt_level);
}
