//! `PERF_LOG`: prints what the command line does to standard error.

use std::fmt;
use std::io::{self, Write};
use std::time::Instant;

use perf_grammar::{nearest, variable};
use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::layer;
use tracing_subscriber::fmt::time::FormatTime;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::registry;

use super::guard::Guard;
use crate::infra::diagnose::TARGETS;
use crate::infra::world::World;

/// What stands before the name of every target.
const CRATE: &str = "perf_report";
const LEVELS: [&str; 6] = ["off", "error", "warn", "info", "debug", "trace"];
const FORMATS: [&str; 2] = ["text", "json"];

/// Prints events from here on, where that is asked for, and says whether it is.
///
/// # Errors
/// If a variable cannot be read: what was found, and what was expected.
pub(super) fn listen(world: &World) -> Result<bool, String> {
    let Some(asked) = world.variable(variable::LOG) else {
        return Ok(false);
    };
    let filter = read(&asked.to_string_lossy())?;
    let format = world
        .variable(variable::LOG_FORMAT)
        .map(|format| format.to_string_lossy());
    let json = match format.as_deref() {
        None | Some("text") => false,
        Some("json") => true,
        Some(found) => {
            return Err(mistake(
                variable::LOG_FORMAT,
                found,
                "text or json",
                &FORMATS,
            ));
        }
    };
    let layer = layer()
        .with_ansi(false)
        .with_timer(Since(Instant::now()))
        .with_writer(|| Stderr);
    // A program that has set a subscriber, and calls this one, shows there
    // what happens.
    let _ = if json {
        tracing::subscriber::set_global_default(registry().with(filter).with(layer.json()))
    } else {
        tracing::subscriber::set_global_default(registry().with(filter).with(layer))
    };
    Ok(true)
}

/// Reads a filter: levels, and targets with or without one, between commas.
fn read(text: &str) -> Result<Targets, String> {
    let mut filter = Targets::new();
    for directive in text.split(',').map(str::trim) {
        let (target, level) = match directive.split_once('=') {
            Some((target, level)) => (Some(target.trim()), level.trim()),
            None if directive.starts_with(CRATE) => (Some(directive), "trace"),
            None => (None, directive),
        };
        let level = level_of(level)?;
        filter = match target {
            None => filter.with_default(level),
            Some(target) if target == CRATE || TARGETS.contains(&target) => {
                filter.with_target(target, level)
            }
            Some(found) => {
                let expected = format!("{CRATE} or one of {}", TARGETS.join(", "));
                return Err(mistake(variable::LOG, found, &expected, &TARGETS));
            }
        };
    }
    Ok(filter)
}

fn level_of(found: &str) -> Result<LevelFilter, String> {
    let known = LEVELS.iter().any(|level| found.eq_ignore_ascii_case(level));
    let level = known.then(|| found.parse().ok()).flatten();
    level.ok_or_else(|| {
        let expected = format!(
            "a level ({}), or a target and its level, as in `debug` or `perf_report::cargo=trace,info`",
            LEVELS.join(", ")
        );
        mistake(variable::LOG, found, &expected, &LEVELS)
    })
}

fn mistake(variable: &str, found: &str, expected: &str, known: &[&str]) -> String {
    let meant = nearest(found, known);
    let meant = meant.map_or(String::new(), |word| format!("; did you mean `{word}`?"));
    format!("{variable}: found `{found}`, expected {expected}{meant}")
}

/// The time since the start of the program.
struct Since(Instant);

impl FormatTime for Since {
    fn format_time(&self, out: &mut Writer<'_>) -> fmt::Result {
        write!(out, "{:.6}s", self.0.elapsed().as_secs_f64())
    }
}

/// Standard error, which no text gets through to that acts on a terminal.
struct Stderr;

impl Write for Stderr {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        Guard::new(&mut io::stderr().lock(), false).write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        io::stderr().flush()
    }
}

#[cfg(test)]
mod tests {
    use tracing::Level;

    use super::*;

    #[track_caller]
    fn check(text: &str, cargo: Option<Level>, git: Option<Level>) {
        let filter = read(text).expect("a filter");
        let most = |target: &str| {
            let levels = [Level::TRACE, Level::DEBUG, Level::INFO, Level::WARN];
            levels
                .into_iter()
                .find(|level| filter.would_enable(target, level))
        };
        assert_eq!(most("perf_report::cargo"), cargo, "{text}");
        assert_eq!(most("perf_report::git"), git, "{text}");
    }

    #[test]
    fn a_filter_has_levels_and_targets() {
        let (trace, debug, info) = (Some(Level::TRACE), Some(Level::DEBUG), Some(Level::INFO));
        check("debug", debug, debug);
        check("perf_report::cargo=trace,info", trace, info);
        check("INFO, perf_report::git = off", info, None);
        check("perf_report=debug", debug, debug);
        check("perf_report::git", None, trace);
    }

    #[track_caller]
    fn refused(text: &str, parts: &[&str]) {
        let error = read(text).expect_err("no filter");
        for part in parts {
            assert!(error.contains(part), "{error}");
        }
    }

    #[test]
    fn a_filter_that_cannot_be_read_says_what_was_expected() {
        let level = "expected a level (off, error, warn,";
        refused("debgu", &["found `debgu`", level, "did you mean `debug`?"]);
        refused("info,", &["found ``", level]);
        refused("perf_report::git=3", &["found `3`", level]);
        refused(
            "perf_report::gti=info",
            &["did you mean `perf_report::git`?"],
        );
        refused("hyper=info", &["found `hyper`", "perf_report::worker"]);
    }
}
