//! `history`: what was measured of a few cases, run by run.

use std::io::Write;

use perf_grammar::Date;

use super::arguments::HistoryArguments;
use super::arguments::history::{Form, LookArguments};
use super::discovery::empty_selection::chosen;
use super::{Console, Exit, Stop, archiving, output, page};
use crate::analysis::history::{Choice, Figure, Trend};
use crate::infra::archive::{Archive, Ask};
use crate::infra::world::World;
use crate::render::html;
use crate::render::past::{self, View};

const SECONDS_A_DAY: u64 = 86_400;

/// Runs the verb.
pub(super) fn run(arguments: &HistoryArguments, console: Console<'_>) -> Result<Exit, Stop> {
    let Console { out, world, .. } = console;
    let trend = trend(&arguments.cases, arguments.last, &arguments.look, world)?;
    show(&trend, View::Runs, arguments.look.format, out, world)?;
    Ok(Exit::Passed)
}

/// What the history shows of the cases that were asked for.
pub(super) fn trend(
    patterns: &[String],
    last: u32,
    look: &LookArguments,
    world: &World,
) -> Result<Trend, Stop> {
    let figure = look.metric.as_deref().map(figure).transpose()?;
    let now = world.unix_time();
    let since = look
        .since
        .as_deref()
        .map(|text| since(text, now))
        .transpose()?;
    let location = archiving::location(look.history.as_deref(), world)?;
    let shown = location.shown(&world.directory);
    let stop = |error: String| Stop::usage(format!("{shown}: {error}"));
    let archive = Archive::open_existing(&location).map_err(stop)?;
    let mut archive = archive.ok_or_else(|| {
        stop("no history is there; `run` begins one, and `merge` adds to one".to_owned())
    })?;
    let cases = if patterns.is_empty() {
        None
    } else {
        let all = archive.cases().map_err(stop)?;
        Some(chosen(patterns, &all)?)
    };
    let ask = Ask {
        since: since.unwrap_or(0),
        cases,
    };
    let runs = archive.runs(&ask).map_err(stop)?;
    let choice = Choice {
        figure,
        last: usize::try_from(last).unwrap_or(usize::MAX),
        machine: look.machine.clone(),
        today: Date::of_unix(now),
    };
    Ok(Trend::of(&runs, &choice))
}

/// Shows a trend in one of its forms.
pub(super) fn show(
    trend: &Trend,
    view: View,
    form: Form,
    out: &mut dyn Write,
    world: &World,
) -> Result<(), Stop> {
    let text = match form {
        Form::Terminal => past::terminal(trend, view, output::style(world)),
        Form::Markdown => past::markdown(trend, view),
        Form::Json => past::json(trend, view),
        Form::Html => {
            let name = match view {
                View::Runs => "history",
                View::Lines => "trend",
            };
            return page::print(&html::trend(trend), name, out, world);
        }
    };
    output::print(out, &text)
}

fn figure(word: &str) -> Result<Figure, Stop> {
    let words: Vec<&str> = Figure::ALL.iter().map(|figure| figure.word()).collect();
    let known = Figure::ALL.iter().find(|figure| figure.word() == word);
    known.copied().ok_or_else(|| {
        let near = perf_grammar::nearest(word, &words)
            .map(|near| format!("; did you mean `{near}`?"))
            .unwrap_or_default();
        Stop::usage(format!(
            "--metric {word}: no history is kept of it, expected one of {}{near}",
            words.join(", ")
        ))
    })
}

/// The second since 1970 from which on runs are wanted.
fn since(text: &str, now: u64) -> Result<u64, Stop> {
    if let Some(date) = Date::parse(text) {
        return Ok(date.unix());
    }
    let days = text
        .strip_suffix('d')
        .and_then(|days| days.parse::<u64>().ok());
    days.map(|days| now.saturating_sub(days.saturating_mul(SECONDS_A_DAY)))
        .ok_or_else(|| {
            Stop::usage(format!(
                "--since {text}: expected a day such as 2026-11-20, or a number of days such as 30d"
            ))
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_since_a_day_or_of_some_days_are_wanted() {
        let now = Date::parse("2026-11-30").expect("a day").unix() + 7;
        let day = Date::parse("2026-11-20").expect("a day").unix();
        assert_eq!(since("2026-11-20", now), Ok(day));
        assert_eq!(since("10d", now), Ok(day + 7));
        for text in ["yesterday", "10", "2026-02-31", "-3d"] {
            assert!(since(text, now).is_err(), "{text}");
        }
    }

    #[test]
    fn a_metric_that_is_not_kept_is_told_what_is_near() {
        assert_eq!(figure("p99"), Ok(Figure::P99));
        let stop = figure("alocs").expect_err("misspelt");
        assert!(
            stop.message.contains("did you mean `allocs`?"),
            "{}",
            stop.message
        );
    }
}
