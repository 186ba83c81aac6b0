//! `baseline check`: compares what is measured now with what was saved.

use std::collections::BTreeSet;
use std::io::Write;
use std::time::Duration;

use perf_grammar::Date;

use super::{is_everything, several, short, stored};
use crate::analysis::compare::{Compared, Question, Side, compare, suspects};
use crate::cli::arguments::CheckArguments;
use crate::cli::comparison_inputs::{Runs, machine_of};
use crate::cli::repeated_runs::{One, RepeatedRuns, side, unfit};
use crate::cli::{Console, Exit, Stop, output, page};
use crate::infra::baselines::Stored;
use crate::infra::world::World;
use crate::model::words::counted;

/// What looks worse is measured in this many fresh runs, of which the median counts.
const AGAIN: u32 = 3;
/// They begin this long after the others, so that whatever disturbed those may be
/// over.
const BEFORE_AGAIN: Duration = Duration::from_secs(1);

/// What to do about a change that is meant.
const MEANT: &str = "what is meant to be so becomes the baseline by `baseline save PATTERN`, and is passed over for a time by a [[waive]] with limit = \"regression\"";

/// Runs the verb.
pub(super) fn run(arguments: &CheckArguments, console: Console<'_>) -> Result<Exit, Stop> {
    let Console { out, err, world } = console;
    output::check_comparison(&arguments.show, world)?;
    // Before anything is built: there may be nothing to compare with.
    let stored = stored(world)?;
    let today = Date::of_unix(world.unix_time()).to_string();
    let mut compared = if arguments.from.is_empty() {
        measured(arguments, &stored, &today, err, world)?
    } else {
        let runs = Runs::of(&arguments.from, world)?;
        let mut compared = compare(Question {
            before: &stored.baseline.side(runs.machine().as_deref()),
            after: &runs.side(),
            again: None,
            today: &today,
        });
        compared.judge_gone();
        compared.problems.extend(runs.problems);
        compared
    };
    compared.unix_time = Some(world.unix_time());
    if compared.fails() {
        compared.notes.push(MEANT.to_owned());
    }
    let show = page::settled(&arguments.show, "baseline", world)?;
    let detail = output::detail(arguments.verbose, false);
    output::show_compared(&mut compared, &show, detail, out, world)?;
    Ok(Exit::of_compared(&compared, arguments.strict))
}

fn measured(
    arguments: &CheckArguments,
    stored: &Stored,
    today: &str,
    err: &mut dyn Write,
    world: &World,
) -> Result<Compared, Stop> {
    let policy = short(&arguments.policy);
    let mut several = several(&arguments.build, &policy, &arguments.select, "check", world)?;
    let counted = stored
        .baseline
        .portable
        .iter()
        .flat_map(|portable| portable.cases.values());
    let instructions =
        arguments.instructions || counted.into_iter().any(|case| case.instructions.is_some());
    let cases = several.cases();
    let first = runs(&mut several, arguments.runs, instructions, err)?;
    let now = side(name(arguments.runs), &first);
    let machine = machine_of(first.iter().flat_map(|run| &run.records));
    let before = stored.baseline.side(machine.as_deref());
    let suspects = suspects(&before, &now);
    let again = again(&mut several, &suspects, instructions, err)?;
    let mut compared = compare(Question {
        before: &before,
        after: &now,
        again: again.as_ref(),
        today,
    });
    compared.notes.push(note(cases, suspects.len()));
    one_sided(&mut compared, &several.known, arguments);
    compared.judge_gone();
    compared.warnings.extend(unfit(&first));
    compared.warnings.append(&mut several.warnings);
    compared.problems.append(&mut several.problems);
    Ok(compared)
}

fn runs(
    several: &mut RepeatedRuns<'_>,
    number: u32,
    instructions: bool,
    err: &mut dyn Write,
) -> Result<Vec<One>, Stop> {
    let mut runs = Vec::new();
    for run in 1..=number {
        if number > 1 {
            let _ = writeln!(err, "run {run} of {number}");
        }
        runs.push(several.measure(instructions, err)?);
    }
    Ok(runs)
}

/// Measures what looks worse once more, in fresh runs.
fn again(
    several: &mut RepeatedRuns<'_>,
    suspects: &BTreeSet<String>,
    instructions: bool,
    err: &mut dyn Write,
) -> Result<Option<Side>, Stop> {
    if suspects.is_empty() {
        return Ok(None);
    }
    let _ = writeln!(
        err,
        "measuring {} that look{} worse again, in {AGAIN} fresh runs",
        counted(suspects.len(), "case"),
        if suspects.len() == 1 { "s" } else { "" }
    );
    std::thread::sleep(BEFORE_AGAIN);
    several.keep(suspects);
    let again = runs(several, AGAIN, instructions, err)?;
    Ok(Some(side(name(AGAIN), &again)))
}

fn name(runs: u32) -> String {
    match runs {
        1 => "this tree, one run".to_owned(),
        runs => format!("this tree, {runs} runs"),
    }
}

fn note(measured: usize, suspects: usize) -> String {
    let again = match suspects {
        0 => "none looked worse".to_owned(),
        1 => format!("1 looked worse and was measured again in {AGAIN} fresh runs"),
        many => format!("{many} looked worse and were measured again in {AGAIN} fresh runs"),
    };
    format!("{} measured; {again}", counted(measured, "case"))
}

/// What the baseline has beyond the measured cases: named where all were asked
/// for; an ignored case is not gone.
fn one_sided(compared: &mut Compared, known: &BTreeSet<String>, arguments: &CheckArguments) {
    let only = std::mem::take(&mut compared.only_before);
    let (ignored, gone): (Vec<String>, Vec<String>) =
        only.into_iter().partition(|id| known.contains(id));
    if is_everything(&arguments.select, &arguments.build) {
        compared.only_before = gone;
    }
    if !ignored.is_empty() {
        compared.notes.push(format!(
            "ignored, and not compared with their baseline: {}; --include-ignored measures them",
            ignored.join(", ")
        ));
    }
}
