//! `init`: from a workspace without budgets to its first verdict.

mod ci;
mod criterion;
mod choices;

use std::io::{BufRead, Write};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use self::choices::{Choice, Choices};
use self::ci::Ci;
use super::arguments::{BuildArguments, InitArguments, KeepArguments, Origin, RunArguments};
use super::output::{print, style};
use super::{Console, Exit, Stop, run as runs};
use crate::analysis::scaffold::{Draft, Home, Runtime, plan};
use crate::infra::budgets;
use crate::infra::cargo::{LOCK, Workspace};
use crate::infra::changes::Changes;
use crate::infra::interrupt;
use crate::infra::world::World;
use crate::render::difference;

/// What is added may be chosen from this many functions.
const SHOWN: usize = 5;

/// Runs the verb.
pub(super) fn run(arguments: &InitArguments, console: Console<'_>) -> Result<Exit, Stop> {
    let Console { out, err, world } = console;
    if let Some(Origin::Criterion) = arguments.from {
        return criterion::run(arguments, Console { out, err, world });
    }
    if let Some(service) = arguments.ci_alone() {
        return ci::write(service, arguments.force, out, world);
    }
    let mut answers = std::io::stdin().lock();
    set_up(arguments, &mut answers, out, err, world)
}

/// A file that is written, and where.
struct Change {
    file: PathBuf,
    draft: Draft,
}

fn set_up(
    arguments: &InitArguments,
    answers: &mut dyn BufRead,
    out: &mut dyn Write,
    err: &mut dyn Write,
    world: &World,
) -> Result<Exit, Stop> {
    let workspace = Workspace::find(world).map_err(Stop::usage)?;
    let root = workspace.root();
    let choices = Choices::of(&workspace, arguments, world)?;
    let asks = world.stdin_is_terminal && !arguments.yes;
    let choice = choices.choose(|shown| match asks && arguments.function.is_none() {
        true => number(shown, answers, out),
        false => Ok(0),
    })?;
    let tool = choices::tool(arguments, root, &choice.folder, world)?;
    let read = |path: &str| std::fs::read_to_string(root.join(path)).ok();
    let budget_file = budgets::path(&choice.folder, root, world);
    let planned = plan(
        &choice.package,
        choice.candidate.as_ref(),
        &Runtime {
            read: &read,
            tool: &tool,
            has_dependency: choice.has_dependency,
            has_budget: choices.has_budget,
            has_budget_file: budget_file.is_file(),
            xtask: arguments.xtask,
            command: world.command(),
        },
    )
    .map_err(Stop::usage)?;
    let mut changes: Vec<Change> = (planned.drafts.into_iter())
        .map(|draft| Change {
            file: root.join(&draft.path),
            draft,
        })
        .collect();
    let ci = arguments
        .ci
        .map(|service| Ci::of(service, &workspace, world));
    let ci = ci.transpose()?;
    if let Some(ci) = &ci {
        for file in ci.changed(arguments.force)? {
            let path = ci.root.join(&file.path);
            changes.push(Change {
                draft: Draft {
                    path: file.path.clone(),
                    old: std::fs::read_to_string(&path).ok(),
                    new: file.text.clone(),
                },
                file: path,
            });
        }
    }
    if changes.is_empty() {
        print(
            out,
            "nothing to do: dependency, budget, budget file and nextest's profile are there\n",
        )?;
        return Ok(Exit::Passed);
    }
    show(&choices, &choice, &changes, &planned.notes, out, world)?;
    if !arguments.yes {
        if !world.stdin_is_terminal {
            return Err(Stop::usage(format!(
                "nothing was written; `{} init --yes` with the same options writes it",
                world.command()
            )));
        }
        let answer = ask("write this, build, and measure? [y/N] ", answers, out)?;
        if !matches!(answer.as_str(), "y" | "Y" | "yes") {
            return Err(Stop::usage("nothing was written"));
        }
    }
    let applied = Applied::of(apply(&changes, &workspace)?);
    match first_verdict(&choice, choices.has_budget, out, err, world) {
        Ok(exit @ (Exit::Passed | Exit::Failed | Exit::NotJudged)) => {
            applied.keep();
            let next = ci.map_or("", |ci| ci.next);
            let command = world.command();
            print(
                out,
                &format!(
                    "\nnext: `{command} suggest` measures limits that fit, `{command} doctor` says what this machine and project lack\n{next}"
                ),
            )?;
            Ok(exit)
        }
        Ok(exit) => Err(applied.undone(
            exit,
            "the first budget was not judged; what was said stands above",
        )),
        Err(stop) => Err(applied.undone(stop.exit, &stop.message)),
    }
}

/// What was written, until it is settled whether it stays: however the process ends, it
/// does not stay by accident.
struct Applied(Arc<Mutex<Option<Changes>>>);

impl Applied {
    fn of(changes: Changes) -> Applied {
        let shared = Arc::new(Mutex::new(Some(changes)));
        let last = Arc::clone(&shared);
        interrupt::before_the_end(Some(Box::new(move || {
            // Where it cannot be restored, the process has no time left to say so.
            let _ = undo(&last);
        })));
        Applied(shared)
    }

    /// It stays.
    fn keep(self) {
        interrupt::before_the_end(None);
        drop(held(&self.0).take());
    }

    /// Restores every file, and says so.
    fn undone(self, exit: Exit, why: &str) -> Stop {
        let restored = undo(&self.0);
        interrupt::before_the_end(None);
        let message = match restored {
            Ok(()) => format!("{why}\n    every file is as it was before"),
            Err(left) => format!("{why}\n    and these could not be restored:\n{left}"),
        };
        Stop { exit, message }
    }
}

/// Restores every file once. A second caller waits for the first: the process ends behind
/// whichever is done, and must not end in the middle of the other.
fn undo(changes: &Mutex<Option<Changes>>) -> Result<(), String> {
    let mut held = held(changes);
    held.take().map_or(Ok(()), Changes::undo)
}

fn held(changes: &Mutex<Option<Changes>>) -> MutexGuard<'_, Option<Changes>> {
    changes.lock().unwrap_or_else(PoisonError::into_inner)
}

fn show(
    choices: &Choices,
    choice: &Choice,
    changes: &[Change],
    notes: &[String],
    out: &mut dyn Write,
    world: &World,
) -> Result<(), Stop> {
    if !choices.has_budget {
        let text = match &choice.candidate {
            Some(candidate) => format!(
                "the first budget of {}: {} ({}:{})\n",
                choice.package.name,
                candidate.call(),
                choices.shown(&candidate.file),
                candidate.line
            ),
            None => format!(
                "no function of {} was found that can be called with made-up arguments: its first budget is an example, to be replaced\n",
                choice.package.name
            ),
        };
        print(out, &text)?;
    }
    for Change { draft, .. } in changes {
        let shown = difference::render(&draft.path, draft.old.as_deref(), &draft.new, style(world));
        print(out, &format!("\n{shown}"))?;
    }
    for note in notes {
        print(out, &format!("\nnote: {note}\n"))?;
    }
    print(out, "\n")
}

/// Asks which of these functions gets the budget.
fn number(shown: &[String], answers: &mut dyn BufRead, out: &mut dyn Write) -> Result<usize, Stop> {
    if shown.len() < 2 {
        return Ok(0);
    }
    let mut text = String::from("which function gets the first budget?\n");
    for (place, one) in shown.iter().take(SHOWN).enumerate() {
        text += &format!("  {}  {one}\n", place + 1);
    }
    print(out, &text)?;
    let answer = ask("number [1]: ", answers, out)?;
    match &*answer {
        "" => Ok(0),
        text => match text.parse::<usize>() {
            Ok(number) if (1..=shown.len().min(SHOWN)).contains(&number) => Ok(number - 1),
            _ => Err(Stop::usage(format!(
                "found `{text}`, expected a number from 1 to {}; nothing was written",
                shown.len().min(SHOWN)
            ))),
        },
    }
}

fn ask(question: &str, answers: &mut dyn BufRead, out: &mut dyn Write) -> Result<String, Stop> {
    print(out, question)?;
    // Nothing is a no.
    let _ = out.flush();
    let mut line = String::new();
    answers
        .read_line(&mut line)
        .map_err(|error| Stop::usage(format!("no answer can be read: {error}")))?;
    Ok(line.trim().to_owned())
}

/// Writes all of it, or nothing.
fn apply(changes: &[Change], workspace: &Workspace) -> Result<Changes, Stop> {
    let mut applied = Changes::default();
    let watched = applied.watch(&workspace.root().join(LOCK));
    let mut written = watched.map_err(|error| (LOCK.to_owned(), error));
    for Change { file, draft } in changes {
        if written.is_ok() {
            written = applied
                .write(file, draft.old.as_deref(), &draft.new)
                .map_err(|error| (draft.path.clone(), error));
        }
    }
    match written {
        Ok(()) => Ok(applied),
        Err((path, error)) => {
            let why = format!("{path}: cannot be written: {error}");
            Err(Applied::of(applied).undone(Exit::Usage, &why))
        }
    }
}

/// Builds and judges the first budget; where there were budgets before, those of the
/// package.
fn first_verdict(
    choice: &Choice,
    had_budget: bool,
    out: &mut dyn Write,
    err: &mut dyn Write,
    world: &World,
) -> Result<Exit, Stop> {
    let mut build = BuildArguments {
        package: vec![choice.id.clone()],
        ..BuildArguments::default()
    };
    match (&choice.package.home, &choice.target) {
        _ if had_budget => {}
        (Home::Test, _) => build.test = vec![crate::analysis::scaffold::NAME.to_owned()],
        (Home::Module { .. }, Some(program)) => build.bin = vec![program.clone()],
        (Home::Module { .. }, None) => build.lib = true,
    }
    let arguments = RunArguments {
        build,
        keep: KeepArguments {
            no_history: true,
            ..KeepArguments::default()
        },
        ..RunArguments::default()
    };
    runs::run(&arguments, Console { out, err, world })
}

#[cfg(test)]
mod tests;
