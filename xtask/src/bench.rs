//! `cargo xtask bench`: measures what this project promises, on the machine it runs on.

use std::process::ExitCode;

use clap::builder::RangedU64ValueParser;
use clap::{Parser, Subcommand};

use crate::step::Stopped;

mod ab;
mod allocator;
mod build;
mod explain;
mod first_verdict;
mod formats;
#[cfg(test)]
mod functions;
mod kind;
mod neighbour;
mod planted;
mod program;
mod project;
mod records;
mod side_by_side;
mod statistics;
mod suite;
mod table;
mod verdicts;
mod versions;

/// Measures what this project promises, on the machine it runs on.
#[derive(Debug, Parser)]
#[command(bin_name = "cargo xtask bench")]
struct Bench {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// What a clean build of a test target costs, debug and release, beside divan and
    /// criterion, and what it takes from `cargo new` to a first verdict
    Build(build::Options),
    /// How often verdicts are wrong or missing, and how long one takes
    Verdicts(verdicts::Options),
    /// What the counting allocator costs, beside the bare one and others that count
    Allocator(allocator::Options),
    /// How often a comparison of two builds is wrong, and what it finds
    Ab(ab::Options),
    /// What a report of many cases costs in each format and document, and as a page with
    /// a history
    Formats(formats::Options),
    /// Whether the explanations of functions that are slow on purpose name their
    /// causes, and how long one takes
    Explain(explain::Options),
    /// The same functions and questions put to criterion, divan, tango and gungraun:
    /// wrong answers, time, and what a build costs
    Peers(side_by_side::Options),
    /// Libraries in two versions: whether time and instructions agree on each pair
    Versions(versions::Options),
    /// What `formats` measures a process with
    #[command(hide = true)]
    Used(formats::Process),
    /// What is started to keep the machine busy
    #[command(hide = true)]
    Neighbour { noise: neighbour::Noise },
}

/// Runs a verb of `bench`; its arguments are those after the word `bench`.
pub(crate) fn run(arguments: &[String]) -> ExitCode {
    let name = "bench".to_owned();
    let bench = Bench::parse_from(std::iter::once(&name).chain(arguments));
    end(match &bench.verb {
        Verb::Build(options) => build::run(options),
        Verb::Verdicts(options) => verdicts::run(options),
        Verb::Allocator(options) => allocator::run(options),
        Verb::Ab(options) => ab::run(options),
        Verb::Formats(options) => formats::run(options),
        Verb::Explain(options) => explain::run(options),
        Verb::Peers(options) => side_by_side::run(options),
        Verb::Versions(options) => versions::run(options),
        Verb::Used(process) => formats::used(process),
        Verb::Neighbour { noise } => neighbour::be_one(*noise),
    })
}

/// A number of at least one.
fn at_least_one() -> RangedU64ValueParser<usize> {
    RangedU64ValueParser::new().range(1..)
}

/// Says whether every target was met.
fn end(met: Result<bool, Stopped>) -> ExitCode {
    match met {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(stopped) => {
            eprintln!("{stopped}");
            ExitCode::from(2)
        }
    }
}

/// One promise: printed with whether it is kept, and given back as that.
fn target(kept: bool, text: &str) -> bool {
    println!("{}  {text}", if kept { "PASS" } else { "FAIL" });
    kept
}

#[cfg(test)]
mod tests {
    use clap::{CommandFactory, ValueEnum};

    use super::*;

    #[test]
    fn options_are_consistent_and_a_measured_command_keeps_its_own() {
        Bench::command().debug_assert();
        let line = "bench used out program --format json";
        assert!(Bench::try_parse_from(line.split(' ')).is_ok());
        for refused in ["bench explain --runs 0", "bench verdicts --load 9"] {
            assert!(
                Bench::try_parse_from(refused.split(' ')).is_err(),
                "{refused}"
            );
        }
        for noise in neighbour::Noise::value_variants() {
            assert_eq!(neighbour::Noise::from_str(noise.word(), false), Ok(*noise));
        }
    }
}
