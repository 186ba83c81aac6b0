//! `compare`: holds runs, or a baseline, against others.

use perf_grammar::Date;

use super::arguments::CompareArguments;
use super::comparison_inputs::Source;
use super::{Console, Exit, Stop, output, page};
use crate::analysis::compare::{Compared, Question, charts, compare};
use crate::infra::world::World;

/// Runs the verb.
pub(super) fn run(arguments: &CompareArguments, console: Console<'_>) -> Result<Exit, Stop> {
    let Console { out, world, .. } = console;
    output::check_comparison(&arguments.show, world)?;
    let before = Source::of(&arguments.before, world)?;
    let after = Source::of(&arguments.after, world)?;
    let mut compared = held(&before, &after, world);
    let show = page::settled(&arguments.show, "compare", world)?;
    let detail = output::detail(arguments.verbose, false);
    output::show_compared(&mut compared, &show, detail, out, world)?;
    Ok(Exit::of_compared(&compared, arguments.strict))
}

/// Holds one source against another.
pub(super) fn held(before: &Source, after: &Source, world: &World) -> Compared {
    // A baseline is asked for the other side's machine.
    let (before_side, after_side) = (
        before.side(after.machine().as_deref()),
        after.side(before.machine().as_deref()),
    );
    let mut compared = compare(Question {
        before: &before_side,
        after: &after_side,
        again: None,
        today: &Date::of_unix(world.unix_time()).to_string(),
    });
    compared.judge_gone();
    compared.unix_time = Some(world.unix_time());
    compared.problems.extend(before.problems());
    compared.problems.extend(after.problems());
    compared.charts = charts(before.records(), after.records());
    compared
}
