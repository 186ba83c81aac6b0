//! `ab`: measures this tree against another commit, both builds in turns.

mod contest;
mod profiles;
mod sides;

use std::io::Write;

use self::contest::Contest;
pub(super) use self::sides::Sides;
use self::sides::joined;
use super::arguments::AbArguments;
use super::{Console, Exit, Stop, output, page};
use crate::analysis::compare::Compared;
use crate::infra::worktree::Revision;

/// A case is measured for so long at most, in each of its two looks, where nobody
/// says.
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
    let surveys = sides.build(arguments, err)?;
    let joined = joined(&surveys, sides, arguments)?;
    let mut compared = Compared {
        before,
        after,
        only_before: joined.only_before,
        only_after: joined.only_after,
        warnings: joined.warnings,
        ..Compared::default()
    };
    let total = joined.pairs.iter().map(|pair| pair.cases.len()).sum();
    let mut contest = Contest::new(&surveys, most_ns, arguments, total, err)?;
    for pair in &joined.pairs {
        contest.hold(pair)?;
        // What died of that is no finding.
        Stop::if_interrupted()?;
    }
    contest.finish(&mut compared);
    compared.notes.extend(surveys.dependencies.clone());
    compared
        .comparisons
        .sort_by(|a, b| (&a.id, &a.subject).cmp(&(&b.id, &b.subject)));
    if !arguments.no_profile {
        profiles::explain(&mut compared, &surveys, &joined.pairs, err)?;
    }
    Ok(compared)
}
