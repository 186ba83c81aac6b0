//! `ab`: measures this tree against another commit, both builds in turns.

mod driver;
mod profiles;
mod sides;

use std::io::Write;

use self::driver::Driver;
pub(super) use self::sides::Sides;
use self::sides::joined;
use super::arguments::AbArguments;
use super::{Console, Exit, Stop, output, page};
use crate::analysis::compare::Compared;
use crate::infra::worktree::Revision;

/// A case is measured for so long at most, in each of its two looks, by
/// default.
const MOST_NS: u64 = 10_000_000_000;

/// Runs the verb.
pub(super) fn run(arguments: &AbArguments, console: Console<'_>) -> Result<Exit, Stop> {
    let Console { out, err, world } = console;
    output::check_comparison(&arguments.show, world)?;
    let before = Revision::find(&arguments.revision, world).map_err(Stop::usage)?;
    let sides = Sides::new(before, None, arguments.one_layout, world)?;
    let mut compared = compare(&sides, arguments, err)?;
    compared.command = Some(format!("{} ab {}", world.command(), arguments.revision));
    compared.unix_time = Some(world.unix_time());
    let show = page::settled(&arguments.show, "ab", world)?;
    let detail = output::detail(arguments.verbose, false);
    output::show_compared(&mut compared, &show, detail, out, world)?;
    Ok(Exit::of_compared(&compared, arguments.strict))
}

/// Builds both sides and lets them take turns.
pub(super) fn compare(
    sides: &Sides,
    arguments: &AbArguments,
    err: &mut dyn Write,
) -> Result<Compared, Stop> {
    let most_ns = match arguments.policy.max_time.as_deref() {
        None => MOST_NS,
        Some(text) => perf_grammar::read("max_time", text).map_err(Stop::usage)?,
    };
    let (before, after) = sides.names();
    let discoveries = sides.build(arguments, err)?;
    let joined = joined(&discoveries, sides, arguments)?;
    let mut compared = Compared {
        before,
        after,
        only_before: joined.only_before,
        only_after: joined.only_after,
        warnings: joined.warnings,
        ..Compared::default()
    };
    let total = joined.pairs.iter().map(|pair| pair.cases.len()).sum();
    let mut driver = Driver::new(&discoveries, most_ns, arguments, total, err)?;
    for pair in &joined.pairs {
        driver.hold(pair)?;
        // What died of that is no finding.
        Stop::if_interrupted()?;
    }
    driver.finish(&mut compared);
    compared.notes.extend(discoveries.dependencies.clone());
    compared
        .comparisons
        .sort_by(|a, b| (&a.id, &a.subject).cmp(&(&b.id, &b.subject)));
    if !arguments.no_profile {
        profiles::explain(&mut compared, &discoveries, &joined.pairs, err)?;
    }
    Ok(compared)
}
