//! `baseline`: keeps what was measured, and compares with it.

mod check;
mod save;
mod show;

use std::path::PathBuf;

use super::arguments::{
    BaselineArguments, BaselineVerb, BuildArguments, PolicyArguments, SelectArguments,
};
use super::discovery::Discovery;
use super::repeated_runs::RepeatedRuns;
use super::{Console, Exit, Stop, comparison_inputs};
use crate::infra::baselines::{FOLDER, Stored};
use crate::infra::cargo::Workspace;
use crate::infra::world::World;

/// The longest a case may measure in one of the runs by default: several
/// short runs say more than a long one, because processes differ.
const MAX_TIME: &str = "1s";

/// Runs the verb.
pub(super) fn run(arguments: &BaselineArguments, console: Console<'_>) -> Result<Exit, Stop> {
    match &arguments.verb {
        BaselineVerb::Save(arguments) => save::run(arguments, console),
        BaselineVerb::Check(arguments) => check::run(arguments, console),
        BaselineVerb::Show(arguments) => show::run(arguments, console),
    }
}

/// The folder of the workspace's baselines.
fn folder(world: &World) -> Result<PathBuf, Stop> {
    let workspace = Workspace::find(world).map_err(Stop::not_run)?;
    Ok(workspace.root().join(FOLDER))
}

/// The saved baseline, which has to be there.
fn stored(world: &World) -> Result<Stored, Stop> {
    comparison_inputs::baseline(&folder(world)?, world)
}

/// The policy of a save or a check.
fn short(policy: &PolicyArguments) -> PolicyArguments {
    let mut policy = policy.clone();
    policy.max_time.get_or_insert_with(|| MAX_TIME.to_owned());
    policy
}

/// Builds the tests and asks for their cases.
fn several<'a>(
    build: &BuildArguments,
    policy: &'a PolicyArguments,
    select: &SelectArguments,
    purpose: &'static str,
    world: &'a World,
) -> Result<RepeatedRuns<'a>, Stop> {
    let discovery = Discovery::build(build, policy, select.asked(), None, world)?;
    RepeatedRuns::new(discovery, select.asked().include_ignored, purpose)
}

/// Whether every case of the workspace was asked for.
fn is_everything(select: &SelectArguments, build: &BuildArguments) -> bool {
    select.is_everything() && build.package.is_empty() && !build.names_targets()
}
