//! `bench build`: what a clean debug build of a test target costs, in seconds of processor time.

use std::collections::BTreeSet;
use std::process::Output;

use super::options::Options;
use super::project::{Project, perf_runtime, said, succeed};
use super::table::Table;
use super::{processor, statistics, target};
use crate::step::Stopped;

/// The default build costs at most this share of criterion's.
const DEFAULT_OF_CRITERION: f64 = 0.5;
/// Without the serial harness, at most this share of divan's.
const BARE_OF_DIVAN: f64 = 1.0;

/// One way to have performance tests.
struct Candidate {
    name: &'static str,
    project: Project,
    seconds: Vec<f64>,
    crates: usize,
}

/// Builds each candidate so many times, prints the table, and says whether
/// both targets are met.
///
/// # Errors
/// If a project cannot be fetched or built.
pub(crate) fn run(options: &Options) -> Result<bool, Stopped> {
    let times: usize = options.value("times", 1)?;
    let mut candidates = candidates()?;
    for candidate in &candidates {
        succeed(
            candidate
                .project
                .cargo("fetch", &candidate.project.path().join("target")),
        )?;
    }
    // In turns, so that what else the machine does falls on all alike.
    for time in 1..=times.max(1) {
        for candidate in &mut candidates {
            candidate.build()?;
            let last = candidate.seconds.last().copied().unwrap_or_default();
            eprintln!("{time}/{times}  {}: {last:.1} CPU-s", candidate.name);
        }
    }
    Ok(report(&candidates))
}

impl Candidate {
    fn new(name: &'static str, manifest: &str, test: &str) -> Result<Candidate, Stopped> {
        let project = Project::new(manifest, &[("tests/one.rs", test)])?;
        Ok(Candidate {
            name,
            project,
            seconds: Vec::new(),
            crates: 0,
        })
    }

    /// One build into an empty target folder.
    fn build(&mut self) -> Result<(), Stopped> {
        let target =
            tempfile::tempdir().map_err(|error| format!("no temporary folder: {error}"))?;
        let mut command = self.project.cargo("test --no-run --offline", target.path());
        // Cargo compiles what comes by a path incrementally, which costs more,
        // and what comes from a registry not. Users have this crate from a
        // registry.
        command.env("CARGO_INCREMENTAL", "0");
        let before = processor::seconds_of_children()?;
        let out = succeed(command)?;
        self.seconds
            .push(processor::seconds_of_children()? - before);
        self.crates = compiled(&out) - 1;
        Ok(())
    }

    fn median(&self) -> f64 {
        statistics::median(&self.seconds)
    }
}

/// Crates that cargo says it compiled, the project's own included.
fn compiled(out: &Output) -> usize {
    let text = said(out);
    text.lines()
        .filter_map(|line| line.trim_start().strip_prefix("Compiling "))
        .collect::<BTreeSet<_>>()
        .len()
}

fn candidates() -> Result<[Candidate; 5], Stopped> {
    const OWN_MAIN: &str = "\n[[test]]\nname = \"one\"\nharness = false\n";
    const DEV: &str = "[dev-dependencies]\n";
    let serial = "#[perf_runtime::perf_budget(p99 = \"10ms\")]\nfn sorts() -> Vec<u32> {\n    let mut all: Vec<u32> = (0..1000).rev().collect();\n    all.sort();\n    all\n}\n\nperf_runtime::main!();\n";
    let standard = serial.replace("\nperf_runtime::main!();\n", "");
    let criterion = "use criterion::{Criterion, criterion_group, criterion_main};\n\nfn sorts(c: &mut Criterion) {\n    c.bench_function(\"sorts\", |b| b.iter(|| {\n        let mut all: Vec<u32> = (0..1000).rev().collect();\n        all.sort();\n        all\n    }));\n}\n\ncriterion_group!(benches, sorts);\ncriterion_main!(benches);\n";
    let divan = "fn main() {\n    divan::main();\n}\n\n#[divan::bench]\nfn sorts() -> Vec<u32> {\n    let mut all: Vec<u32> = (0..1000).rev().collect();\n    all.sort();\n    all\n}\n";
    let default = perf_runtime("");
    let optimised = "\n[profile.dev.package.perf-runtime]\nopt-level = 3\n";
    Ok([
        Candidate::new("perf-runtime", &format!("{DEV}{default}{OWN_MAIN}"), serial)?,
        Candidate::new(
            "perf-runtime without `harness`",
            &format!("{DEV}{}", perf_runtime(", default-features = false")),
            &standard,
        )?,
        Candidate::new(
            "criterion 0.8",
            &format!("{DEV}criterion = \"0.8\"\n{OWN_MAIN}"),
            criterion,
        )?,
        Candidate::new(
            "divan 0.1",
            &format!("{DEV}divan = \"0.1\"\n{OWN_MAIN}"),
            divan,
        )?,
        Candidate::new(
            "perf-runtime at opt-level 3",
            &format!("{DEV}{default}{OWN_MAIN}{optimised}"),
            serial,
        )?,
    ])
}

fn report(candidates: &[Candidate; 5]) -> bool {
    let [default, bare, criterion, divan, _] = candidates;
    let mut table = Table::new(&[
        "clean debug build of one test target",
        "CPU-s",
        "crates",
        "of criterion",
        "of divan",
    ]);
    for candidate in candidates {
        let cpu = candidate.median();
        table.row(vec![
            candidate.name.to_owned(),
            format!("{cpu:.1}"),
            candidate.crates.to_string(),
            format!("{:.2}", cpu / criterion.median()),
            format!("{:.2}", cpu / divan.median()),
        ]);
    }
    println!("\n{table}");
    let of_criterion = default.median() / criterion.median();
    let of_divan = bare.median() / divan.median();
    let first = target(
        of_criterion <= DEFAULT_OF_CRITERION,
        &format!(
            "perf-runtime costs {of_criterion:.2} of criterion; the target is at most {DEFAULT_OF_CRITERION}"
        ),
    );
    let second = target(
        of_divan <= BARE_OF_DIVAN,
        &format!(
            "perf-runtime without `harness` costs {of_divan:.2} of divan; the target is at most {BARE_OF_DIVAN}"
        ),
    );
    first && second
}
