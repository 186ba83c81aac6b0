//! `trend`: how every case went over time, a line each.

use std::io::Write;

use super::arguments::TrendArguments;
use super::{Exit, Stop, history};
use crate::infra::world::World;
use crate::render::past::View;

/// Runs the verb.
pub(super) fn run(
    arguments: &TrendArguments,
    out: &mut dyn Write,
    world: &World,
) -> Result<Exit, Stop> {
    let look = &arguments.look;
    let picture = history::picture(&arguments.patterns, arguments.last, look, world)?;
    history::show(&picture, View::Lines, look.format, out, world)?;
    Ok(if arguments.check && picture.alarms() > 0 {
        Exit::Failed
    } else {
        Exit::Passed
    })
}
