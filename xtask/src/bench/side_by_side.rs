//! `bench peers`: the same functions and questions put to criterion, divan, tango and gungraun.
//!
//! A project in two builds: in the second, some functions do more and the others the
//! same. Each tool says of each function whether it became slower, as its own
//! documentation has it, at its own defaults.

mod tools;

use std::fs;
use std::time::Instant;

use self::tools::{Answer, Tool};
use super::ab::pair::Ask;
use super::ab::plan::{self, Case};
use super::ab::{WORKLOADS, WORKLOADS_MANIFEST, found, planted};
use super::neighbour::{Load, beside};
use super::project::{Project, output, perf_runtime, said, shared_target, succeed};
use crate::step::Stopped;

#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    #[command(flatten)]
    load: Load,
    /// Comparisons by each tool
    #[arg(long, default_value_t = 3, value_parser = super::at_least_one())]
    runs: usize,
    /// By how many percent some functions are slower
    #[arg(long, default_value_t = 10)]
    slower: usize,
    /// Leave out what a build costs
    #[arg(long)]
    no_builds: bool,
}

/// How much slower is slower: what gungraun and this project are told. criterion's and
/// tango's own thresholds are lower.
const TOLERANCE: f64 = 0.03;

/// What one tool came to.
#[derive(Default)]
struct Came {
    /// Of unchanged functions, and of slower ones: comparisons, how many were called
    /// slower, and how many faster.
    unchanged: [u64; 3],
    slower: [u64; 3],
    /// Seconds a function, of all that is run after the build.
    seconds: f64,
    /// Processor seconds of a clean build of the target.
    build: Option<f64>,
}

impl Came {
    fn add(&mut self, case: Case, answer: Answer) {
        let counts = if case.slower == 0 {
            &mut self.unchanged
        } else {
            &mut self.slower
        };
        counts[0] += 1;
        counts[1] += u64::from(answer == Answer::Slower);
        counts[2] += u64::from(answer == Answer::Faster);
    }
}

/// Puts the questions, and prints the tables as Markdown.
///
/// `false` if one of the others cannot be built or run, or does not answer.
///
/// # Errors
/// If this project's own comparison fails.
pub(crate) fn run(options: &Options) -> Result<bool, Stopped> {
    let &Options {
        load, runs, slower, ..
    } = options;
    if !plan::SLOWER.contains(&slower) {
        return Err(format!(
            "found --slower {slower}, expected one of {:?}",
            plan::SLOWER
        ));
    }
    let cases: Vec<Case> = Case::all()
        .into_iter()
        .filter(|case| [0, slower].contains(&case.slower))
        .collect();
    let mut failed = false;
    // What the others said took minutes.
    let mut fail = |tool: Tool, error: Stopped| {
        eprintln!("{}: {error}", tool.name());
        failed = true;
    };
    let mut rows = beside(load, || {
        let mut rows = vec![("perf-runtime, `ab`".to_owned(), ours(&cases, runs)?)];
        for tool in Tool::ALL {
            eprintln!("{} ..", tool.name());
            match theirs(tool, &cases, runs) {
                Ok(came) => rows.push((tool.name().to_owned(), came)),
                Err(error) => fail(tool, error),
            }
        }
        Ok(rows)
    })?;
    if !options.no_builds {
        for (name, came) in &mut rows {
            match Tool::ALL.into_iter().find(|tool| tool.name() == name) {
                None => came.build = Some(own_build()?),
                Some(tool) => match build(tool) {
                    Ok(seconds) => came.build = Some(seconds),
                    Err(error) => fail(tool, error),
                },
            }
        }
    }
    println!("\n{load}:\n\n{}", measured(&rows, slower));
    Ok(!failed)
}

fn measured(rows: &[(String, Came)], slower: usize) -> String {
    let mut text = format!(
        "| | unchanged code called slower or faster | {slower} % slower code found | seconds a function | clean build, CPU-s |\n|---|---:|---:|---:|---:|\n"
    );
    for (name, came) in rows {
        let of = |counts: [u64; 3], which: u64| match counts[0] {
            0 => "cannot say".to_owned(),
            all => format!("{which} of {all}"),
        };
        let build = came
            .build
            .map_or("not measured".to_owned(), |seconds| format!("{seconds:.0}"));
        text += &format!(
            "| {name} | {} | {} | {:.1} | {build} |\n",
            of(came.unchanged, came.unchanged[1] + came.unchanged[2]),
            of(came.slower, came.slower[1]),
            came.seconds,
        );
    }
    text
}

/// This project's own comparison of two builds.
fn ours(cases: &[Case], runs: usize) -> Result<Came, Stopped> {
    eprintln!("perf-runtime ..");
    let pair = planted()?;
    let ask = |seed: usize, brief| Ask {
        tolerance: TOLERANCE,
        seed: seed as u64 + 1,
        layouts: Some(1),
        patterns: cases.iter().map(|case| case.name()).collect(),
        brief,
    };
    // Built and linked, as the others are before they are timed.
    pair.compare(&ask(0, true))?;
    let mut came = Came::default();
    for run in 0..runs {
        let compared = pair.compare(&ask(run, false))?;
        came.seconds += compared.took.as_secs_f64() / (cases.len() * runs) as f64;
        for found in compared.found {
            let Some(case) =
                Case::find(&found.id).filter(|_| found.figure == found::Figure::Typical)
            else {
                continue;
            };
            came.add(
                case,
                match found.word {
                    found::Word::Worse => Answer::Slower,
                    found::Word::Better => Answer::Faster,
                    _ => Answer::Same,
                },
            );
        }
    }
    Ok(came)
}

/// The tool's project, with the library of the first build.
fn project(tool: Tool, cases: &[Case]) -> Result<Project, Stopped> {
    let dependency = format!(
        "{}\n\n[[bench]]\nname = \"peer\"\nharness = false\n\n[profile.bench]\ndebug = true\n",
        tool.dependency()
    );
    project_of(
        &dependency,
        cases,
        ("benches/peer.rs", &tool.benches(cases)),
    )
}

/// A project that depends on this, with a file that calls these functions.
fn project_of(dependency: &str, cases: &[Case], caller: (&str, &str)) -> Result<Project, Stopped> {
    let project = Project::new(
        &format!("{WORKLOADS}\n[dev-dependencies]\n{dependency}"),
        &[
            ("workloads/Cargo.toml", WORKLOADS_MANIFEST),
            ("workloads/src/lib.rs", include_str!("ab/workloads.rs")),
            ("src/lib.rs", &plan::library(cases, false)),
            caller,
        ],
    )?;
    succeed(project.cargo("fetch", &shared_target()))?;
    Ok(project)
}

fn theirs(tool: Tool, cases: &[Case], runs: usize) -> Result<Came, Stopped> {
    let project = project(tool, cases)?;
    let mut came = Came::default();
    let runner = tool.runner()?;
    for _ in 0..runs {
        for is_after in [false, true] {
            project.write("src/lib.rs", &plan::library(cases, is_after))?;
            let built =
                succeed(project.cargo("bench --no-run --message-format json", &shared_target()))?;
            let program = super::program::executable(&String::from_utf8_lossy(&built.stdout))
                .ok_or("cargo named no benchmark program")?;
            let before = project.path().join("before");
            let Some(arguments) = tool.arguments(is_after, &before) else {
                fs::copy(&program, &before)
                    .map_err(|error| format!("{}: {error}", before.display()))?;
                continue;
            };
            let mut command = project.cargo(
                &format!("bench --bench peer -- {arguments}"),
                &shared_target(),
            );
            command.env("CRITERION_HOME", project.path().join("criterion"));
            command.env("GUNGRAUN_HOME", project.path().join("gungraun"));
            if let Some(runner) = &runner {
                command.env("GUNGRAUN_RUNNER", runner);
            }
            let start = Instant::now();
            let out = output(&mut command)?;
            came.seconds += start.elapsed().as_secs_f64() / (cases.len() * runs) as f64;
            // A tool that found something may say so by its code.
            let text = String::from_utf8_lossy(&out.stdout);
            let is_answer = is_after && out.status.code() == tool.code_of_slower();
            if !out.status.success() && !is_answer {
                return Err(format!("{command:?}: {}\n{}", out.status, said(&out)));
            }
            if !is_after {
                continue;
            }
            for case in cases {
                if let Some(answer) = tool.answer(&text, &case.name())? {
                    came.add(*case, answer);
                }
            }
        }
    }
    Ok(came)
}

/// Processor seconds of a clean build of the tool's target with one function, and of
/// the program that it needs.
fn build(tool: Tool) -> Result<f64, Stopped> {
    let one = [Case::all()[0]];
    Ok(project(tool, &one)?
        .clean_build("bench --no-run --offline")?
        .0)
}

/// The same of this project.
fn own_build() -> Result<f64, Stopped> {
    let one = [Case::all()[0]];
    let test = "#[perf_runtime::perf_budget(p99 = \"10ms\")]\nfn one() -> impl Sized {\n    measured::hash_100()\n}\n";
    let project = project_of(&perf_runtime(""), &one, ("tests/one.rs", test))?;
    Ok(project.clean_build("test --release --no-run --offline")?.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_says_what_a_tool_cannot() {
        let came = Came {
            unchanged: [30, 2, 1],
            slower: [15, 14, 0],
            seconds: 8.04,
            build: Some(41.7),
        };
        let rows = [("a".to_owned(), came), ("b".to_owned(), Came::default())];
        let text = measured(&rows, 10);
        assert!(text.ends_with(
            "| a | 3 of 30 | 14 of 15 | 8.0 | 42 |\n| b | cannot say | cannot say | 0.0 | not measured |\n"
        ), "{text}");
    }
}
