//! `profile`: shows where the time of cases goes, whether they hold their budgets or not.

use super::arguments::{CaseArguments, SelectArguments};
use super::discovery::Discovery;
use super::list::close;
use super::output::{self, print};
use super::profiling::{self, Target};
use super::{Console, Exit, Stop};
use crate::analysis::report::{Detail, Report};
use crate::analysis::run::Run;
use crate::infra::interrupt;
use crate::model::profile;
use crate::render::terminal;

/// Runs the verb.
pub(super) fn run(arguments: &CaseArguments, console: Console<'_>) -> Result<Exit, Stop> {
    let Console { out, err, world } = console;
    let mut select = SelectArguments::named(&arguments.cases);
    // It was asked for by its name.
    select.include_ignored = true;
    let discovery = Discovery::build(&arguments.build, &arguments.policy, select, None, world)?;
    let catalogue = discovery.catalogue()?;
    // Of no run: the last one stays the last.
    let folder = discovery.store.root();
    let (style, mut unseen) = (output::style(world), 0);
    for (binary, case) in &catalogue.cases {
        let target = Target {
            binary: *binary,
            id: &case.id,
            source: &case.source,
        };
        let profile = profiling::profile(&discovery, target, &mut output::waits(err));
        if interrupt::requested() {
            break;
        }
        unseen += usize::from(profile.samples.is_empty());
        if let Some(why) = profiling::store(&profile, None, folder) {
            let _ = writeln!(err, "warning: {why}");
        }
        let shown = Some(output::shown(folder, world));
        let report = Report::of(Run::of_profile(case, profile), shown, Detail::All);
        print(out, &terminal::explained(&report, style))?;
    }
    Stop::if_interrupted()?;
    let stored = output::shown(&folder.join(profile::FOLDER), world);
    print(out, &format!("profiles: {stored}\n"))?;
    Ok(match close(&catalogue, err) {
        Exit::Passed if unseen > 0 => Exit::NotRun,
        exit => exit,
    })
}
