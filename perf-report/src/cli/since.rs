//! Since when limits are broken: by the history, else by a saved baseline.

use std::ffi::OsStr;

use perf_grammar::{Metric, Noise};

use super::archiving;
use crate::analysis::baseline::Baseline;
use crate::analysis::report::{Report, SinceSaved};
use crate::infra::baselines::{FOLDER, Stored};
use crate::infra::cargo::Workspace;
use crate::infra::world::World;

/// Says of each broken limit since when it is. `history` is the one that was asked for, if
/// any; `None` where none is to be looked at. What keeps that from being read is a warning.
pub(super) fn add(report: &mut Report, history: Option<Option<&OsStr>>, world: &World) {
    let held = history.map(|asked| archiving::add_since(report, asked, world));
    let held = held.unwrap_or_default();
    let broken: Vec<(String, String)> = (report.broken())
        .map(|(case, limit)| (case.to_owned(), limit.to_owned()))
        .filter(|broken| !held.contains(broken))
        .collect();
    // Where there is no workspace, there are no baselines.
    let Some(workspace) = Workspace::find(world).ok().filter(|_| !broken.is_empty()) else {
        return;
    };
    match Stored::load(&workspace.root().join(FOLDER)) {
        Ok(stored) => {
            let saved = broken.into_iter();
            let saved =
                saved.filter_map(|(case, limit)| saved_of(report, &stored.baseline, case, limit));
            let saved: Vec<SinceSaved> = saved.collect();
            report.add_since_saved(&saved);
        }
        Err(why) => report.warnings.push(why),
    }
}

/// What a baseline knows of a limit: a time on machines of one class, a count on any.
fn saved_of(
    report: &Report,
    baseline: &Baseline,
    case: String,
    limit: String,
) -> Option<SinceSaved> {
    let of_run = report.case(&case)?;
    let judged = of_run.limits.iter().find(|one| one.metric == limit)?;
    let is_exact = Metric::from_key(judged.key()).is_some_and(|one| one.noise() == Noise::Exact);
    let machine = of_run.environment.as_ref()?.machine_class();
    let (saved, budget) = baseline.limit(&case, &limit, (!is_exact).then_some(&*machine))?;
    let (measured, bound) = budget.measured.map(|number| number.0).zip(judged.bound)?;
    Some(SinceSaved {
        held: match judged.floor {
            true => measured >= bound,
            false => measured <= bound,
        },
        commit: saved.commit.clone().map(|hash| (hash, saved.dirty)),
        saved: saved.saved.clone(),
        case,
        limit,
    })
}
