//! `ratchet`: tightens limits that leave more room than they need.

use super::arguments::RatchetArguments;
use super::budget_editor::{BudgetEditor, Runs};
use super::comparison_inputs::joined;
use super::output::{print, report_problems, style};
use super::suggest::{policy, show_or_write, show_source};
use super::{Console, Exit, Stop, report};
use crate::analysis::budget_edit::{Change, waivers};
use crate::analysis::proposal::{Idle, Observation, Policy, Subject, idle, tighten, try_out};
use crate::infra::world::World;
use crate::render::proposals;

/// Runs the verb.
pub(super) fn run(arguments: &RatchetArguments, console: Console<'_>) -> Result<Exit, Stop> {
    let Console { out, err, world } = console;
    let mut editor = BudgetEditor::open(
        &arguments.build,
        &arguments.policy,
        &arguments.select,
        world,
    )?;
    let policy = Policy {
        profile: arguments.policy.profile.clone(),
        classes: arguments.classes,
        ..policy(&arguments.number)
    };
    let subjects = editor.subjects();
    let seen = if arguments.from.is_empty() {
        let runs = Runs {
            number: arguments.number.runs,
            instructions: false,
        };
        let draft = |seen: &[Observation]| try_out(&subjects, seen, &policy);
        editor.measure(&runs, draft, err)?
    } else {
        stored(arguments, &mut editor.problems, world)?
    };
    let found = tighten(&subjects, &seen, &policy);
    let style = style(world);
    print(out, &proposals::tightened(&found, policy.headroom, style))?;
    let mut changes: Vec<(usize, Change)> = found
        .proposals
        .iter()
        .filter_map(|proposal| Some((proposal.file, proposal.change()?)))
        .collect();
    for (file, idle) in idle_waivers(&editor, &subjects, &seen, world)? {
        print(
            out,
            &format!("\n{}", proposals::waivers(&editor.name(file), &idle, style)),
        )?;
        let own = idle.iter().filter(|one| arguments.waivers && one.own);
        changes.extend(own.map(|one| (file, Change::Drop { place: one.place })));
        if !arguments.waivers {
            print(out, "--waivers takes out what is not needed\n")?;
        }
    }
    let texts = editor.changed(&changes)?;
    editor.check(&texts, &found.proposals)?;
    show_source(&found.proposals, out, style)?;
    show_or_write(&editor, &texts, arguments.write, out, style)?;
    Ok(report_problems(&editor.problems, err))
}

/// The runs that were named.
fn stored(
    arguments: &RatchetArguments,
    problems: &mut Vec<String>,
    world: &World,
) -> Result<Vec<Observation>, Stop> {
    let mut seen = Vec::new();
    for asked in &arguments.from {
        let folder = report::folder(Some(asked), "", world)?;
        let (joined, manifest) = joined(&folder, problems, world)?;
        seen.push(Observation::of(joined, manifest.as_ref()));
    }
    Ok(seen)
}

/// Waivers that can go, of each file that has any.
fn idle_waivers(
    editor: &BudgetEditor<'_>,
    subjects: &[Subject],
    seen: &[Observation],
    world: &World,
) -> Result<Vec<(usize, Vec<Idle>)>, Stop> {
    let mut of_files = Vec::new();
    for (file, book) in editor.files().iter().enumerate() {
        let text = book.text.as_deref().unwrap_or_default();
        let waivers =
            waivers(text).map_err(|wrong| Stop::usage(format!("{}:{wrong}", editor.name(file))))?;
        let ids = editor.ids_of(file);
        let idle = idle(&waivers, file, subjects, &ids, seen, &world.today());
        if !idle.is_empty() {
            of_files.push((file, idle));
        }
    }
    Ok(of_files)
}
