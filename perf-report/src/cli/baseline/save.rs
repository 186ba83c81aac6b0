//! `baseline save`: measures several runs and keeps what they came to.

use std::io::Write;
use std::path::Path;

use perf_grammar::Date;

use super::{folder, is_everything, several, short};
use crate::analysis::baseline::{Captured, Saved};
use crate::analysis::compare::stored::{ALPHA, Reference, unsettled};
use crate::analysis::compare::{CaseSide, Question, Side, Subject, compare};
use crate::analysis::run::Case;
use crate::cli::arguments::SaveArguments;
use crate::cli::repeated_runs::{One, RepeatedRuns, records, side, unfit};
use crate::cli::{Console, Exit, Stop, output};
use crate::infra::baselines::{FOLDER, Stored};
use crate::infra::git;
use crate::infra::world::World;
use crate::model::words::counted;
use crate::render::compared::terminal;

/// Runs the verb.
pub(super) fn run(arguments: &SaveArguments, console: Console<'_>) -> Result<Exit, Stop> {
    let Console { out, err, world } = console;
    let folder = folder(world)?;
    let saved = saved(arguments, &folder, err, world)?;
    // A file that cannot be read is reported before anything is measured.
    let stored = Stored::load(&folder).map_err(Stop::usage)?;
    let policy = short(&arguments.policy);
    let mut several = several(&arguments.build, &policy, &arguments.select, "save", world)?;
    let runs = measure(&mut several, arguments, err)?;
    let now = side("this tree".to_owned(), &runs);
    let warn = |err: &mut dyn Write, text: &str| drop(writeln!(err, "warning: {text}"));
    for text in several.warnings.iter().chain(&unfit(&runs)) {
        warn(err, text);
    }
    let moved = moved(&now);
    if !moved.is_empty() && !arguments.allow_unsettled {
        return Err(Stop::not_run(refused(&moved)));
    }
    for text in &moved {
        warn(err, &format!("kept unsettled: {text}"));
    }
    let unseen = unseen(&now);
    if unseen > 0 {
        let all = several.cases();
        warn(
            err,
            &format!(
                "{unseen} of {all} cases differ so much from run to run that a change of what they tolerate would not be seen; a quieter machine or more --runs help"
            ),
        );
    }
    let captured = Captured::of(&records(&runs), &now, &saved).map_err(Stop::not_run)?;
    let class = captured.machine.class();
    let everything = is_everything(&arguments.select, &arguments.build);
    let change = stored
        .baseline
        .updated(captured, everything.then_some(&several.known));
    let written = stored.write(&change, &folder).map_err(Stop::not_run)?;
    // What came before, as far as it was measured again.
    let mut before = stored.baseline.side(Some(&class));
    let measured = |id: &String| now.cases.contains_key(id);
    before.cases.retain(|id, _| measured(id));
    let mut text = String::new();
    if !before.cases.is_empty() {
        text.push_str(&changes_since(&before, &now, &saved, world));
    }
    for id in &change.removed {
        text.push_str(&format!("taken out: {id}, which is no case any more\n"));
    }
    text.push_str(&summary(&written, &runs, several.cases(), world));
    output::print(out, &text)?;
    Ok(Exit::Passed)
}

/// The commit and the day; a tree with changes is refused.
fn saved(
    arguments: &SaveArguments,
    folder: &Path,
    err: &mut dyn Write,
    world: &World,
) -> Result<Saved, Stop> {
    let commit = git::commit(world).unwrap_or_else(|why| {
        let _ = writeln!(err, "warning: {why}");
        None
    });
    if commit.is_none() {
        let _ = writeln!(
            err,
            "warning: no commit is checked out here; the baseline will not say which state of the code it is of"
        );
    }
    let changes = commit.as_ref().map(|_| changes(folder, world));
    let changes = changes.unwrap_or_default();
    if !changes.is_empty() && !arguments.allow_dirty {
        return Err(Stop::usage(format!(
            "files differ from the commit, and a baseline says which commit it is of: {}; commit them, or say --allow-dirty",
            changes.join(", ")
        )));
    }
    Ok(Saved {
        commit: commit.map(|commit| commit.hash),
        dirty: !changes.is_empty(),
        day: Date::of_unix(world.unix_time()).to_string(),
    })
}

/// The first files that differ from the commit. Baselines do not count: one that
/// was saved a minute ago is no change of the code.
fn changes(folder: &Path, world: &World) -> Vec<String> {
    const NAMED: usize = 3;
    let but = format!(":(exclude){}", folder.display());
    let status = git::ask(&["status", "--porcelain", "--", ":/", &but], world);
    // A status that cannot be had is none to vouch for.
    let status = status.unwrap_or_else(|| "?? unknown".to_owned());
    let mut files: Vec<String> = status
        .lines()
        .map(|line| line.get(3..).unwrap_or(line).to_owned())
        .collect();
    let more = files.len().saturating_sub(NAMED);
    files.truncate(NAMED);
    if more > 0 {
        files.push(format!("{more} more"));
    }
    files
}

/// Measures the runs; the first one that fails ends it.
fn measure(
    several: &mut RepeatedRuns<'_>,
    arguments: &SaveArguments,
    err: &mut dyn Write,
) -> Result<Vec<One>, Stop> {
    let mut runs = Vec::new();
    for number in 1..=arguments.runs {
        let _ = writeln!(err, "run {number} of {}", arguments.runs);
        let one = several.measure(arguments.instructions, err)?;
        refuse_failed(&one)?;
        if !several.problems.is_empty() {
            return Err(Stop::not_run(format!(
                "a run that is not complete becomes no baseline; nothing was saved\n    {}",
                several.problems.join("\n    ")
            )));
        }
        runs.push(one);
    }
    Ok(runs)
}

fn refuse_failed(one: &One) -> Result<(), Stop> {
    let mut lines = Vec::new();
    let is_lost = |case: &Case| case.environment.is_none();
    let all = one.run.cases.iter();
    for case in all.filter(|case| case.fails() || is_lost(case)) {
        let before = lines.len();
        if let Some(failure) = &case.failure {
            let first = failure.first_line();
            lines.push(format!("{}  {}: {first}", case.id, failure.kind));
        }
        let failed = case.limits.iter().filter(|limit| limit.fails());
        lines.extend(failed.map(|limit| format!("{}  {}", case.id, limit.sentence)));
        if lines.len() == before {
            lines.push(format!("{}  left no record that can be read", case.id));
        }
    }
    if lines.is_empty() {
        return Ok(());
    }
    Err(Stop {
        exit: Exit::Failed,
        message: format!(
            "a run that failed becomes no baseline; nothing was saved\n    {}",
            lines.join("\n    ")
        ),
    })
}

/// Cases whose second half of runs disagrees with the first.
fn moved(now: &Side) -> Vec<String> {
    let mut moved = Vec::new();
    for (id, case) in &now.cases {
        let tolerated = case.regression.clone().unwrap_or_default().typical.share();
        for (subject, figure) in &case.figures {
            let is_typical = matches!(subject, Subject::Typical | Subject::Mean(_));
            let logs: Vec<f64> = figure.values.iter().map(|value| value.ln()).collect();
            if let (true, Some(off)) = (is_typical, unsettled(&logs, tolerated.ln_1p())) {
                let way = if off > 0.0 { "slower" } else { "faster" };
                let share = perf_grammar::format_share(off.exp_m1().abs() * 1e6);
                moved.push(format!(
                    "{id}  {} {share} {way} in the second half of the runs than in the first",
                    subject.key()
                ));
            }
        }
    }
    moved
}

/// Cases whose typical time a check cannot hold to what they tolerate.
fn unseen(now: &Side) -> usize {
    let is_unseen = |case: &&CaseSide| {
        let tolerated = case.regression.clone().unwrap_or_default().typical.share();
        case.figures.iter().any(|(subject, figure)| {
            let is_typical = matches!(subject, Subject::Typical | Subject::Mean(_));
            let logs: Vec<f64> = figure.values.iter().map(|value| value.ln()).collect();
            let reference = Reference::of(&logs, ALPHA);
            is_typical && reference.is_some_and(|reference| reference.reach > tolerated.ln_1p())
        })
    };
    now.cases.values().filter(is_unseen).count()
}

fn refused(moved: &[String]) -> String {
    format!(
        "the machine has not settled, and what it says now would not be found again; nothing was saved\n    {}\nlet other work end and save again, or say --allow-unsettled",
        moved.join("\n    ")
    )
}

/// What changed against the baseline that was there. Nothing of it is judged: who
/// saves has decided.
fn changes_since(before: &Side, now: &Side, saved: &Saved, world: &World) -> String {
    let compared = compare(Question {
        before,
        after: now,
        again: None,
        today: &saved.day,
    });
    terminal::changes(&compared, output::style(world))
}

fn summary(written: &[std::path::PathBuf], runs: &[One], cases: usize, world: &World) -> String {
    let cases = counted(cases, "case");
    if written.is_empty() {
        return format!("{cases} measured, and {FOLDER}/ already says so\n");
    }
    let files: Vec<String> = written
        .iter()
        .map(|file| output::shown(file, world))
        .collect();
    format!(
        "saved {cases} of {} runs in {}; review the change, and commit it\n",
        runs.len(),
        files.join(", ")
    )
}
