//! `trend`: how every case went over time, a line each.

use super::arguments::TrendArguments;
use super::{Console, Exit, Stop, history};
use crate::render::past::View;

/// Runs the verb.
pub(super) fn run(arguments: &TrendArguments, console: Console<'_>) -> Result<Exit, Stop> {
    let Console { out, world, .. } = console;
    let look = &arguments.look;
    let trend = history::trend(&arguments.patterns, arguments.last, look, world)?;
    history::show(&trend, View::Lines, look.format, out, world)?;
    Ok(if arguments.check && trend.alarms() > 0 {
        Exit::Failed
    } else {
        Exit::Passed
    })
}
