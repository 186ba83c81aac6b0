//! `bench explain`: whether the explanations of planted slowdowns name their causes.

use std::process::Command;

use super::neighbour::{Load, beside};
use super::planted::{Explained, LINES, PLANTED, explained};
use super::project::{NOT_INHERITED, myself, output, said};
use super::table::Table;
use super::target;
use crate::step::{Stopped, workspace};

#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    #[command(flatten)]
    load: Load,
    /// How often the cases are run
    #[arg(long, default_value_t = 3, value_parser = super::at_least_one())]
    runs: usize,
    /// The test target of the examples
    #[arg(long, default_value = "slow")]
    test: String,
}

/// How long an explanation may take, seconds.
const SECONDS: f64 = 3.0;

/// What one run came to.
struct Ran {
    log: String,
    /// Of all explanations together.
    seconds: f64,
}

/// Runs the cases, prints what was named, and says whether every target is met.
///
/// # Errors
/// If they cannot be built or run to their end.
pub(crate) fn run(options: &Options) -> Result<bool, Stopped> {
    let test = &*options.test;
    eprintln!("building the cases ..");
    let out = output(&mut perf(&["list"], test)?)?;
    if !out.status.success() {
        return Err(said(&out));
    }
    beside(options.load, || measure(options))
}

fn measure(options: &Options) -> Result<bool, Stopped> {
    let Options { load, runs, test } = options;
    let mut kept = true;
    for run in 1..=*runs {
        let ran = once(test)?;
        let found = explained(&ran.log, &format!("examples::{test}"));
        println!("\nrun {run} of {runs}, {load}\n\n{}", table(&found));
        let each = ran.seconds / found.len().max(1) as f64;
        if test == "slow" {
            let named = PLANTED.iter().filter(|one| {
                let explained = found.iter().find(|found| found.case == one.case);
                explained.is_some_and(|explained| explained.names(one.cause).is_some())
            });
            let (named, all) = (named.count(), PLANTED.len());
            kept &= target(
                named == all,
                &format!("{named} of {all} causes are named in the first {LINES} lines"),
            );
        }
        kept &= target(
            each < SECONDS,
            &format!("{each:.2} s an explanation, less than {SECONDS} s"),
        );
    }
    Ok(kept)
}

/// A row for each broken limit, and one for each planted case that is not among them.
fn table(found: &[Explained<'_>]) -> Table {
    let mut table = Table::new(&["case", "line", "cause", "first line"]);
    let mut row = |case: &str, explained: Option<&Explained<'_>>| {
        let planted = PLANTED.iter().find(|one| one.case == case);
        let cause = planted.map_or("?", |one| one.cause);
        let line = explained.and_then(|explained| explained.names(cause));
        let first = explained.and_then(|explained| explained.lines.first().copied());
        table.row(vec![
            case.to_owned(),
            line.map_or("-".to_owned(), |line| line.to_string()),
            cause.to_owned(),
            first.unwrap_or("not broken").to_owned(),
        ]);
    };
    for explained in found {
        row(explained.case, Some(explained));
    }
    let is_known = |one: &Explained<'_>| PLANTED.iter().any(|planted| planted.case == one.case);
    if found.iter().any(is_known) {
        let missing = PLANTED
            .iter()
            .filter(|one| !found.iter().any(|found| found.case == one.case));
        missing.for_each(|one| row(one.case, None));
    }
    table
}

fn once(test: &str) -> Result<Ran, Stopped> {
    let mut command = perf(&["--no-history"], test)?;
    let out = output(command.env("PERF_LOG", "perf_report::run=info"))?;
    let (log, err) = (
        String::from_utf8_lossy(&out.stdout),
        String::from_utf8_lossy(&out.stderr),
    );
    if out.status.code() != Some(1) {
        return Err(format!(
            "{}, expected 1: every limit is broken\n{}",
            out.status,
            said(&out)
        ));
    }
    let phase = err.lines().find(|line| line.contains("phase=\"profile\""));
    let elapsed =
        phase.and_then(|line| line.split("elapsed_ms=").nth(1)?.split_whitespace().next());
    let ms: f64 = elapsed
        .and_then(|ms| ms.parse().ok())
        .ok_or("no phase of the run is called `profile`")?;
    Ok(Ran {
        log: log.into_owned(),
        seconds: ms / 1e3,
    })
}

/// The command line of this workspace over one target of the examples.
fn perf(arguments: &[&str], test: &str) -> Result<Command, Stopped> {
    let mut command = myself("perf")?;
    command.args(arguments);
    command.args(["--package", "examples", "--include-ignored", "--test", test]);
    command.current_dir(workspace()).env("NO_COLOR", "1");
    for name in NOT_INHERITED {
        command.env_remove(name);
    }
    Ok(command)
}
