//! `suggest`: measures several times, and proposes budgets that hold with room.

use std::collections::BTreeMap;
use std::io::Write;

use super::arguments::{NumberArguments, SuggestArguments};
use super::budget_editor::{BudgetEditor, Runs};
use super::output::{print, report_problems, style};
use super::{Console, Exit, Stop};
use crate::analysis::proposal::{Headroom, Home, Policy, Proposal, draft, suggest};
use crate::render::terminal::Style;
use crate::render::{difference, proposals};

/// Runs the verb.
pub(super) fn run(arguments: &SuggestArguments, console: Console<'_>) -> Result<Exit, Stop> {
    let Console { out, err, world } = console;
    let mut editor = BudgetEditor::open(
        &arguments.build,
        &arguments.policy,
        &arguments.select,
        world,
    )?;
    let policy = Policy {
        profile: arguments.policy.profile.clone(),
        instructions: arguments.instructions,
        ..policy(&arguments.number)
    };
    let runs = Runs {
        number: arguments.number.runs,
        instructions: arguments.instructions,
    };
    let subjects = editor.subjects();
    let seen = editor.measure(&runs, |seen| draft(&subjects, seen, &policy), err)?;
    let mut found = suggest(&subjects, &seen, &policy);
    if arguments.attribute {
        for proposal in &mut found.proposals {
            proposal.home = Home::Source;
        }
    }
    let style = style(world);
    print(out, &proposals::suggestions(&found, policy.headroom, style))?;
    let changes: Vec<_> = found
        .proposals
        .iter()
        .filter_map(|proposal| Some((proposal.file, proposal.change()?)))
        .collect();
    let texts = editor.changed(&changes)?;
    editor.check(&texts, &found.proposals)?;
    show_source(&found.proposals, out, style)?;
    if !arguments.attribute {
        show_or_write(&editor, &texts, arguments.write, out, style)?;
    }
    Ok(report_problems(&editor.problems, err))
}

/// What is asked of the numbers.
pub(super) fn policy(number: &NumberArguments) -> Policy {
    Policy {
        headroom: Headroom(number.headroom),
        only: number.only.clone(),
        any_machine: number.any_machine,
        ..Policy::default()
    }
}

/// What goes into the source, by hand.
pub(super) fn show_source(
    proposals: &[Proposal],
    out: &mut dyn Write,
    style: Style,
) -> Result<(), Stop> {
    let by_hand: Vec<Proposal> = proposals
        .iter()
        .filter(|proposal| proposal.home == Home::Source)
        .cloned()
        .collect();
    if by_hand.is_empty() {
        return Ok(());
    }
    let pasted = proposals::pasted(&by_hand, style);
    print(
        out,
        &format!("\nto be pasted into #[perf_budget(..)]:\n{pasted}"),
    )
}

/// Shows what changes in each file, and writes it if that was asked for.
pub(super) fn show_or_write(
    editor: &BudgetEditor<'_>,
    texts: &BTreeMap<usize, String>,
    write: bool,
    out: &mut dyn Write,
    style: Style,
) -> Result<(), Stop> {
    for (file, new) in texts {
        let name = editor.name(*file);
        let old = editor.files()[*file].text.as_deref();
        let shown = difference::render(&name, old, new, style);
        print(out, &format!("\n{shown}"))?;
    }
    if texts.is_empty() {
        return print(out, "\nnothing to change in perf-budgets.toml\n");
    }
    if !write {
        return print(out, "\nnot written; --write writes it\n");
    }
    for (file, new) in texts {
        let name = editor.name(*file);
        editor.files()[*file]
            .write(new)
            .map_err(|error| Stop::not_run(format!("{name}: {error}")))?;
        print(out, &format!("\nwrote {name}\n"))?;
    }
    Ok(())
}
