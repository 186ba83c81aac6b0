//! `bench build`: what a clean build of a test target, and a first verdict, cost in seconds of processor time.

use std::collections::BTreeSet;
use std::process::Output;

use super::first_verdict::FirstVerdict;
use super::project::{Project, perf_runtime, said, succeed, temporary};
use super::table::Table;
use super::{statistics, target};
use crate::step::Stopped;

#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// Builds of each
    #[arg(long, default_value_t = 1, value_parser = super::at_least_one())]
    times: usize,
    /// What each Cargo feature of perf-runtime adds, and nothing else
    #[arg(long)]
    features: bool,
}

/// The default features cost at most this share of divan, in either profile.
const DEFAULT_OF_DIVAN: f64 = 1.0;
/// The crates that they compile, at most.
const MOST_CRATES: usize = 15;
/// Everything switched on costs at most this share of criterion, in either profile.
const ALL_OF_CRITERION: f64 = 0.5;

/// From `cargo new` to the first verdict it takes at most this many seconds.
const FIRST_VERDICT: f64 = 90.0;

/// The features whose price `--features` measures one by one.
const FEATURES: [&str; 9] = [
    "alloc-sites",
    "harness",
    "instructions",
    "layer",
    "load",
    "meters",
    "stats_alloc",
    "tokio",
    "tracing",
];

#[derive(Clone, Copy, PartialEq, Eq)]
enum Profile {
    Debug,
    Release,
}

impl Profile {
    const BOTH: [Profile; 2] = [Profile::Debug, Profile::Release];

    fn name(self) -> &'static str {
        match self {
            Profile::Debug => "debug",
            Profile::Release => "release",
        }
    }

    fn command(self) -> &'static str {
        match self {
            Profile::Debug => "test --no-run --offline",
            Profile::Release => "test --no-run --offline --release",
        }
    }
}

/// One way to have performance tests.
struct Candidate {
    name: String,
    project: Project,
    /// Seconds of each build, by profile.
    seconds: [Vec<f64>; 2],
    crates: usize,
}

/// Builds each candidate this many times, prints the table, and says whether every
/// target is met.
///
/// # Errors
/// If a project cannot be fetched or built.
pub(crate) fn run(options: &Options) -> Result<bool, Stopped> {
    let times = options.times;
    if options.features {
        return features(times).map(|()| true);
    }
    let mut candidates = candidates()?;
    for candidate in &candidates {
        candidate.fetch()?;
    }
    // In turns, so that what else the machine does falls on all alike.
    for time in 1..=times {
        for profile in Profile::BOTH {
            for candidate in &mut candidates {
                let seconds = candidate.build(profile)?;
                eprintln!(
                    "{time}/{times}  {}, {}: {seconds:.1} CPU-s",
                    candidate.name,
                    profile.name()
                );
            }
        }
    }
    let first = FirstVerdict::measure()?;
    let met = report(&candidates);
    let how = match first.is_cold {
        true => "and nothing downloaded",
        false => "with what was downloaded before",
    };
    Ok(met
        & target(
            first.seconds <= FIRST_VERDICT,
            &format!(
                "from `cargo new` {how} to the first verdict of `cargo test --release`: {:.1} CPU-s; the target is at most {FIRST_VERDICT}",
                first.seconds
            ),
        ))
}

impl Candidate {
    fn new(name: &str, manifest: &str, test: &str) -> Result<Candidate, Stopped> {
        let project = Project::new(manifest, &[("tests/one.rs", test)])?;
        Ok(Candidate {
            name: name.to_owned(),
            project,
            seconds: [Vec::new(), Vec::new()],
            crates: 0,
        })
    }

    fn fetch(&self) -> Result<(), Stopped> {
        let target = self.project.path().join("target");
        succeed(self.project.cargo("fetch", &target)).map(drop)
    }

    /// One build into an empty target folder.
    fn build(&mut self, profile: Profile) -> Result<f64, Stopped> {
        let (seconds, out) = self.project.clean_build(profile.command())?;
        self.seconds[profile as usize].push(seconds);
        self.crates = compiled(&out) - 1;
        Ok(seconds)
    }

    fn median(&self, profile: Profile) -> f64 {
        statistics::median(&self.seconds[profile as usize])
    }

    fn of(&self, other: &Candidate, profile: Profile) -> f64 {
        self.median(profile) / other.median(profile)
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

const DEV: &str = "[dev-dependencies]\n";
const OWN_MAIN: &str = "\n[[test]]\nname = \"one\"\nharness = false\n";
const STANDARD: &str = "#[perf_runtime::perf_budget(p99 = \"10ms\")]\nfn sorts() -> Vec<u32> {\n    let mut all: Vec<u32> = (0..1000).rev().collect();\n    all.sort();\n    all\n}\n";

/// perf-runtime with these features, under the standard harness.
fn with_features(name: &str, features: &str) -> Result<Candidate, Stopped> {
    let features = match features {
        "" => String::new(),
        features => format!(", features = [\"{features}\"]"),
    };
    Candidate::new(name, &format!("{DEV}{}", perf_runtime(&features)), STANDARD)
}

fn candidates() -> Result<[Candidate; 6], Stopped> {
    let serial = format!("{STANDARD}\nperf_runtime::main!();\n");
    let criterion = "use criterion::{Criterion, criterion_group, criterion_main};\n\nfn sorts(c: &mut Criterion) {\n    c.bench_function(\"sorts\", |b| b.iter(|| {\n        let mut all: Vec<u32> = (0..1000).rev().collect();\n        all.sort();\n        all\n    }));\n}\n\ncriterion_group!(benches, sorts);\ncriterion_main!(benches);\n";
    let divan = "fn main() {\n    divan::main();\n}\n\n#[divan::bench]\nfn sorts() -> Vec<u32> {\n    let mut all: Vec<u32> = (0..1000).rev().collect();\n    all.sort();\n    all\n}\n";
    let harness = perf_runtime(", features = [\"harness\"]");
    let optimised = "\n[profile.dev.package.perf-runtime]\nopt-level = 1\n";
    Ok([
        with_features("perf-runtime", "")?,
        Candidate::new(
            "divan 0.1",
            &format!("{DEV}divan = \"0.1\"\n{OWN_MAIN}"),
            divan,
        )?,
        with_features("perf-runtime with `all`", "all")?,
        Candidate::new(
            "criterion 0.8",
            &format!("{DEV}criterion = \"0.8\"\n{OWN_MAIN}"),
            criterion,
        )?,
        Candidate::new(
            "perf-runtime with `harness`",
            &format!("{DEV}{harness}{OWN_MAIN}"),
            &serial,
        )?,
        Candidate::new(
            "perf-runtime, opt-level 1",
            &format!("{DEV}{}{optimised}", perf_runtime("")),
            STANDARD,
        )?,
    ])
}

fn report(candidates: &[Candidate; 6]) -> bool {
    let [default, divan, all, criterion, ..] = candidates;
    let mut table = Table::new(&[
        "clean build of one test target, CPU-s",
        "debug",
        "of divan",
        "of criterion",
        "release",
        "of divan",
        "of criterion",
        "crates",
    ]);
    for candidate in candidates {
        let mut cells = vec![candidate.name.clone()];
        for profile in Profile::BOTH {
            cells.push(format!("{:.1}", candidate.median(profile)));
            for other in [divan, criterion] {
                cells.push(format!("{:.2}", candidate.of(other, profile)));
            }
        }
        cells.push(candidate.crates.to_string());
        table.row(cells);
    }
    println!("\n{table}");
    let mut met = target(
        default.crates <= MOST_CRATES,
        &format!(
            "perf-runtime compiles {} crates; the target is at most {MOST_CRATES}",
            default.crates
        ),
    );
    for (candidate, other, most) in [
        (default, divan, DEFAULT_OF_DIVAN),
        (all, criterion, ALL_OF_CRITERION),
    ] {
        for profile in Profile::BOTH {
            let share = candidate.of(other, profile);
            met &= target(
                share <= most,
                &format!(
                    "{}, {}: {share:.2} of {}; the target is at most {most}",
                    candidate.name,
                    profile.name(),
                    other.name
                ),
            );
        }
    }
    met
}

/// Prints what each feature adds to perf-runtime and its macro, which are built again
/// and again over dependencies that are not, and how many crates it brings.
fn features(times: usize) -> Result<(), Stopped> {
    let folder = temporary()?;
    let mut rows = vec![with_features("none", "")?];
    for feature in FEATURES {
        rows.push(with_features(feature, feature)?);
    }
    rows.push(with_features("all", "all")?);
    for (at, row) in rows.iter_mut().enumerate() {
        row.fetch()?;
        for profile in Profile::BOTH {
            let (_, out) = row
                .project
                .build_into(profile.command(), &folder.path().join(at.to_string()))?;
            row.crates = compiled(&out) - 1;
        }
    }
    for time in 1..=times {
        for (at, row) in rows.iter_mut().enumerate() {
            let target = folder.path().join(at.to_string());
            for profile in Profile::BOTH {
                let clean = match profile {
                    Profile::Debug => "clean --offline -p perf-runtime -p perf-macros",
                    Profile::Release => "clean --offline --release -p perf-runtime -p perf-macros",
                };
                succeed(row.project.cargo(clean, &target))?;
                let (seconds, _) = row.project.build_into(profile.command(), &target)?;
                row.seconds[profile as usize].push(seconds);
            }
            eprintln!("{time}/{times}  {}", row.name);
        }
    }
    let mut table = Table::new(&[
        "feature",
        "debug, CPU-s",
        "more",
        "release, CPU-s",
        "more",
        "crates",
    ]);
    let none = &rows[0];
    for row in &rows {
        let mut cells = vec![row.name.clone()];
        for profile in Profile::BOTH {
            let seconds = row.median(profile);
            cells.push(format!("{seconds:.1}"));
            cells.push(format!("{:+.1}", seconds - none.median(profile)));
        }
        cells.push(format!("{:+}", row.crates as i64 - none.crates as i64));
        table.row(cells);
    }
    println!("\n{table}");
    Ok(())
}
