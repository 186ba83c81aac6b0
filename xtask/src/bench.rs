//! `cargo xtask bench`: measures what this project promises, on the machine it runs on.

use std::process::ExitCode;

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
mod options;
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

use options::Options;

const USAGE: &str = "\
cargo xtask bench build [--times N] [--features]
    what a clean build of a test target costs, debug and release, beside divan and
    criterion, and what it takes from `cargo new` to a first verdict; --features:
    what each Cargo feature of perf-runtime adds
cargo xtask bench verdicts [--load 0|1|2] [--runs N] [--limit 1.2] [--slower 1.5]
                           [--noise spin|memory] [--quick] [--unchanged]
    how often verdicts are wrong or missing, and how long one takes, while so
    many neighbours a core are busy; --unchanged leaves out all but false reds
cargo xtask bench verdicts --matrix [--loads 0,1,4] [--lengths 10ns,1us,..] [--runs N]
                           [--minutes N]
    functions of known times against limits of known factors: red where they
    have to be, and nowhere else
cargo xtask bench verdicts --clocks [--load N] [--runs N]
    whether a call's time without its waiting and its processor time come to
    the same verdict
cargo xtask bench allocator [--times N] [--no-peers] [--quick]
    what the counting allocator costs, beside the bare one and others that count
cargo xtask bench ab [--load 0|1|2] [--runs N] [--layouts N] [--tolerance PERCENT]
                     [--noise spin|memory] [--unchanged] [--crates] [--quick]
    how often a comparison of two builds is wrong, and what it finds, while so
    many neighbours a core are busy
cargo xtask bench formats [--cases N] [--runs N]
    what a report of many cases costs in each format and document, and as a page
    with a history of so many runs
cargo xtask bench explain [--load N] [--runs N] [--test NAME] [--noise spin|memory]
    whether the explanations of functions that are slow on purpose name their
    culprits, and how long one takes, while so many neighbours a core are busy
cargo xtask bench peers [--load 0|1|2] [--runs N] [--slower 3|5|10|25]
                        [--noise spin|memory] [--no-builds]
    the same functions and questions put to criterion, divan, tango and gungraun:
    wrong answers, time, what a build costs, and what each cannot say
cargo xtask bench versions [--times N]
    libraries in two versions: whether time and instructions agree on each pair";

/// A verb, the names of its options, and what it does.
type Verb = (
    &'static str,
    &'static [&'static str],
    fn(&Options) -> Result<bool, Stopped>,
);

const VERBS: [Verb; 8] = [
    ("build", build::OPTIONS, build::run),
    ("verdicts", verdicts::OPTIONS, verdicts::run),
    ("allocator", allocator::OPTIONS, allocator::run),
    ("versions", versions::OPTIONS, versions::run),
    ("explain", explain::OPTIONS, explain::run),
    ("ab", ab::OPTIONS, ab::run),
    ("formats", formats::OPTIONS, formats::run),
    ("peers", side_by_side::OPTIONS, side_by_side::run),
];

/// Runs a verb of `bench`; its arguments are those after the word `bench`.
pub(crate) fn run(arguments: &[String]) -> ExitCode {
    let (verb, rest) = match arguments.split_first() {
        Some((verb, rest)) => (verb.as_str(), rest),
        None => ("", &[] as &[String]),
    };
    let met = match verb {
        // Not for people: what `formats` measures a process with.
        "used" => formats::used(rest),
        // Not for people: what `verdicts` starts to keep the machine busy.
        "neighbour" => neighbour::be_one(rest),
        "" | "help" | "--help" | "-h" => Err(USAGE.to_owned()),
        verb => match VERBS.iter().find(|(name, ..)| *name == verb) {
            Some((_, known, run)) => Options::read(rest, known).and_then(|options| run(&options)),
            None => Err(format!(
                "found `bench {verb}`, expected one of these:\n{USAGE}"
            )),
        },
    };
    end(met)
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
