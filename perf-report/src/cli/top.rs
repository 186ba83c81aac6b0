//! `top`: what takes most over a stored run, held to the thresholds of the budget file.

use std::collections::BTreeMap;

use super::arguments::{TopArguments, TopForm};
use super::discovery::empty_selection::chosen;
use super::{Console, Exit, Stop, comparison_inputs, output, report};
use crate::analysis::run::{Case, Run, join};
use crate::analysis::top::{Places, Thresholds, Top};
use crate::infra::budgets::{self, BudgetFile};
use crate::infra::store;
use crate::infra::world::World;
use crate::render::top;

/// Runs the verb.
pub(super) fn run(arguments: &TopArguments, console: Console<'_>) -> Result<Exit, Stop> {
    let Console { out, world, .. } = console;
    let folder = report::folder(arguments.run.as_deref(), "", world)?;
    let (shown, loaded) = comparison_inputs::loaded(&folder, world)?;
    let joined = join(loaded.filed);
    let places: BTreeMap<String, Places> = joined
        .records
        .iter()
        .filter_map(|filed| {
            let case = &filed.record.case;
            let allocations = filed.record.allocations.as_ref()?;
            Some((case.id.clone(), allocations.places(&case.file)))
        })
        .collect();
    let mut run = Run::assemble(joined, loaded.manifest.as_ref());
    let (profiles, unread) = store::profiles(&folder);
    run.add_profiles(profiles);
    if run.cases.is_empty() {
        return Err(Stop::usage(format!("{shown}: holds no records")));
    }
    let ids: Vec<String> = run.cases.iter().map(|case| case.id.clone()).collect();
    let wanted = chosen(&arguments.patterns, &ids)?;
    let cases: Vec<&Case> = run
        .cases
        .iter()
        .filter(|case| wanted.is_empty() || wanted.binary_search(&case.id).is_ok())
        .collect();
    // Those of the profile that the run was made with.
    let profile = run.cases.iter().find_map(|case| case.profile.as_deref());
    let thresholds = thresholds(profile, world)?;
    let most = usize::try_from(arguments.most).unwrap_or(usize::MAX);
    let mut ranked = Top::of(&run.id, &cases, &places, &thresholds, most);
    ranked
        .remarks
        .extend(loaded.problems.into_iter().chain(unread));
    let text = match arguments.format {
        TopForm::Terminal => top::terminal(&ranked, output::style(world)),
        TopForm::Markdown => top::markdown(&ranked),
        TopForm::Json => top::json(&ranked),
    };
    output::print(out, &text)?;
    Ok(if arguments.check && ranked.over() > 0 {
        Exit::Failed
    } else {
        Exit::Passed
    })
}

/// The thresholds of the budget file that is nearest upwards.
fn thresholds(profile: Option<&str>, world: &World) -> Result<Thresholds, Stop> {
    let path = budgets::path(&world.directory, &world.directory, world);
    let shown = output::shown(&path, world);
    let file = BudgetFile::read(path).map_err(|error| Stop::usage(format!("{shown}: {error}")))?;
    let text = file.text.unwrap_or_default();
    Thresholds::read(&text, &shown, profile).map_err(Stop::usage)
}
