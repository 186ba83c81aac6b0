//! For pytest-benchmark, and what else reads its JSON.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::analysis::report::{Report, figures};
use crate::analysis::run::Case;
use crate::model::record::{Environment, Summary};

#[derive(Serialize)]
struct Wire<'a> {
    machine_info: Machine<'a>,
    commit_info: Commit<'a>,
    benchmarks: Vec<Benchmark<'a>>,
    datetime: String,
    /// Of the format: that of the pytest-benchmark whose fields these are.
    version: &'static str,
}

#[derive(Default, Serialize)]
struct Machine<'a> {
    node: &'a str,
    machine: &'a str,
    processor: &'a str,
    system: &'a str,
    release: &'a str,
    cpu: Cpu<'a>,
    rustc: &'a str,
}

#[derive(Default, Serialize)]
struct Cpu<'a> {
    brand_raw: &'a str,
    count: u32,
}

#[derive(Serialize)]
struct Commit<'a> {
    id: &'a str,
    branch: &'a str,
    dirty: bool,
}

#[derive(Serialize)]
struct Benchmark<'a> {
    group: Option<&'a str>,
    name: &'a str,
    fullname: &'a str,
    params: Option<()>,
    param: Option<()>,
    extra_info: BTreeMap<String, serde_json::Value>,
    options: Options,
    stats: Stats,
}

#[derive(Serialize)]
struct Options {
    disable_gc: bool,
    timer: &'static str,
    warmup: bool,
}

/// Times in seconds.
#[derive(Serialize)]
struct Stats {
    min: f64,
    max: f64,
    mean: f64,
    stddev: f64,
    rounds: u64,
    median: f64,
    iqr: f64,
    q1: f64,
    q3: f64,
    iqr_outliers: u64,
    stddev_outliers: u64,
    outliers: String,
    ld15iqr: f64,
    hd15iqr: f64,
    ops: f64,
    total: f64,
    iterations: u64,
}

/// Renders the times of every case that was timed; its limits and what else was
/// measured stand in `extra_info`.
pub(crate) fn render(report: &Report) -> String {
    let environment = report
        .cases
        .iter()
        .find_map(|case| case.environment.as_ref());
    let commit = report.commit.as_ref();
    super::to_json(&Wire {
        machine_info: environment.map(machine).unwrap_or_default(),
        commit_info: Commit {
            id: commit.map(|commit| &*commit.hash).unwrap_or_default(),
            branch: commit
                .and_then(|commit| commit.branch.as_deref())
                .unwrap_or_default(),
            dirty: commit.is_some_and(|commit| commit.dirty),
        },
        benchmarks: report.cases.iter().filter_map(benchmark).collect(),
        datetime: crate::model::date::moment(report.unix_time.unwrap_or(0)),
        version: "5.1.0",
    })
}

fn machine(environment: &Environment) -> Machine<'_> {
    let processor = environment.processor.as_deref().unwrap_or_default();
    Machine {
        node: "",
        machine: &environment.arch,
        processor,
        system: &environment.os,
        release: environment.kernel.as_deref().unwrap_or_default(),
        cpu: Cpu {
            brand_raw: processor,
            count: environment.cores,
        },
        rustc: environment.rustc.as_deref().unwrap_or_default(),
    }
}

fn benchmark(case: &Case) -> Option<Benchmark<'_>> {
    let times = case.summary.as_ref()?;
    let mut extra_info = BTreeMap::new();
    if times.p50.is_none() {
        extra_info.insert("only_mean".to_owned(), true.into());
    }
    for figure in figures(case) {
        if let (Some(kind), Some(value)) = (figure.kind, figure.value) {
            extra_info.insert(format!("{} ({})", figure.name(), kind.word()), value.into());
        }
        if let Some(limit) = figure.limit {
            let verdict = format!("{} of {}", limit.verdict.word(), limit.limit);
            extra_info.insert(format!("{} verdict", figure.name()), verdict.into());
        }
    }
    Some(Benchmark {
        group: case.group.as_deref(),
        name: case.id.rsplit("::").next().unwrap_or(&case.id),
        fullname: &case.id,
        params: None,
        param: None,
        extra_info,
        options: Options {
            disable_gc: false,
            timer: "perf-runtime",
            warmup: true,
        },
        stats: stats(times)?,
    })
}

/// Of calls that are too short to be timed one by one, only the mean is known: it
/// stands for every figure then, and `extra_info` says so.
fn stats(times: &Summary) -> Option<Stats> {
    let mean = times.mean?;
    let seconds = |ns: Option<f64>| ns.unwrap_or(mean) / 1e9;
    let (min, max) = (seconds(times.min), seconds(times.max));
    let (q1, q3) = (seconds(times.p25), seconds(times.p75));
    let outliers = times.outliers.unwrap_or(0);
    Some(Stats {
        min,
        max,
        mean: mean / 1e9,
        stddev: times.stddev.unwrap_or(0.0) / 1e9,
        rounds: times.calls / times.batch.max(1),
        median: seconds(times.p50),
        iqr: q3 - q1,
        q1,
        q3,
        iqr_outliers: outliers,
        stddev_outliers: outliers,
        outliers: format!("{outliers};{outliers}"),
        ld15iqr: min.max(q1 - 1.5 * (q3 - q1)),
        hd15iqr: max.min(q3 + 1.5 * (q3 - q1)),
        ops: 1e9 / mean,
        total: mean / 1e9 * times.calls as f64,
        iterations: times.batch.max(1),
    })
}
