//! What a process is given from outside: variables, folder, terminal, clock.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::io::IsTerminal as _;
use std::path::PathBuf;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use perf_grammar::{Date, variable};

/// Everything the command line learns from its surroundings.
///
/// It is passed in, and passed on to the processes that are started, so that a
/// test can run the whole program with surroundings that it sets.
#[derive(Clone, Debug)]
pub struct World {
    /// The environment variables.
    pub variables: BTreeMap<OsString, OsString>,
    /// The working directory.
    pub directory: PathBuf,
    /// Characters a line of standard output holds; `None` where it is no terminal.
    pub width: Option<usize>,
    /// Whether standard error is a terminal.
    pub stderr_is_terminal: bool,
    /// Whether questions are answered at standard input.
    pub stdin_is_terminal: bool,
    /// The time of day.
    pub now: SystemTime,
    /// The number of this process.
    pub process: u32,
}

impl World {
    /// The surroundings of this process.
    ///
    /// # Errors
    /// If the working directory is gone.
    pub fn of_this_process() -> std::io::Result<World> {
        let terminal = console::Term::stdout();
        let mut variables: BTreeMap<OsString, OsString> = std::env::vars_os().collect();
        // Consoles of Windows take colours on request, which this is, or do not.
        if cfg!(windows)
            && std::io::stdout().is_terminal()
            && !terminal.features().colors_supported()
        {
            variables.insert("NO_COLOR".into(), "1".into());
        }
        Ok(World {
            variables,
            directory: std::env::current_dir()?,
            width: std::io::stdout()
                .is_terminal()
                .then(|| usize::from(terminal.size().1)),
            stderr_is_terminal: std::io::stderr().is_terminal(),
            stdin_is_terminal: std::io::stdin().is_terminal(),
            now: SystemTime::now(),
            process: std::process::id(),
        })
    }

    /// A variable that is set to something.
    pub(crate) fn variable(&self, name: &str) -> Option<&OsStr> {
        self.variables
            .get(OsStr::new(name))
            .map(OsString::as_os_str)
            .filter(|value| !value.is_empty())
    }

    /// The same in another folder.
    pub(crate) fn within(&self, directory: impl Into<PathBuf>) -> World {
        World {
            directory: directory.into(),
            ..self.clone()
        }
    }

    /// The folder that cargo keeps for itself.
    pub(crate) fn cargo_home(&self) -> Option<PathBuf> {
        let named = self
            .variable("CARGO_HOME")
            .map(|home| self.directory.join(home));
        named.or_else(|| Some(PathBuf::from(self.variable("HOME")?).join(".cargo")))
    }

    /// The same, where people start this program as `command`.
    pub(crate) fn started_as(&self, command: &str) -> World {
        let mut world = self.clone();
        world
            .variables
            .insert(variable::WORKER_COMMAND.into(), command.into());
        world
    }

    /// What people start this program with, for hints.
    pub(crate) fn command(&self) -> &str {
        let command = self
            .variable(variable::WORKER_COMMAND)
            .and_then(OsStr::to_str);
        command.unwrap_or("cargo perf-budget")
    }

    /// Whether standard output is coloured: at a terminal, unless `NO_COLOR` or
    /// `CLICOLOR=0` is set; elsewhere where `CLICOLOR_FORCE` asks for it.
    pub(crate) fn colour(&self) -> bool {
        let is = |name, value: &str| self.variable(name).is_some_and(|found| found == value);
        if self.variable("NO_COLOR").is_some() {
            return false;
        }
        if self.variable("CLICOLOR_FORCE").is_some() && !is("CLICOLOR_FORCE", "0") {
            return true;
        }
        self.width.is_some() && !is("CLICOLOR", "0") && !is("TERM", "dumb")
    }

    /// The day it is, by Greenwich: `2026-12-31`.
    pub(crate) fn today(&self) -> String {
        Date::of_unix(self.unix_time()).to_string()
    }

    /// A run's name that no other run has, and that sorts by time.
    pub(crate) fn new_run_id(&self) -> String {
        format!("{}-{}", perf_grammar::stamp(self.unix_time()), self.process)
    }

    /// The time of day in seconds since 1970.
    pub(crate) fn unix_time(&self) -> u64 {
        self.since_1970().as_secs()
    }

    fn since_1970(&self) -> Duration {
        self.now
            .duration_since(UNIX_EPOCH)
            .unwrap_or(Duration::ZERO)
    }

    /// The number that a variable holds, where it is set.
    ///
    /// # Errors
    /// If what it holds is no whole number.
    pub(crate) fn number(&self, name: &str) -> Result<Option<u64>, String> {
        self.variable(name)
            .map(|value| perf_grammar::read_variable(name, &value.to_string_lossy()))
            .transpose()
            .map_err(String::from)
    }

    /// A number to seed the order of a run with.
    pub(crate) fn new_seed(&self) -> u64 {
        let since = self.since_1970();
        u64::from(since.subsec_nanos()) ^ (since.as_secs() << 20) ^ u64::from(self.process)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_variable_holds_a_number_or_none() {
        let mut world = World {
            variables: BTreeMap::new(),
            directory: PathBuf::new(),
            width: None,
            stderr_is_terminal: false,
            stdin_is_terminal: false,
            now: UNIX_EPOCH,
            process: 7,
        };
        for (text, number) in [("12", Some(12)), (" 3\n", Some(3)), ("", None)] {
            world.variables.insert("PERF_SEED".into(), text.into());
            assert_eq!(world.number("PERF_SEED"), Ok(number), "{text}");
        }
        world.variables.insert("PERF_SEED".into(), "x".into());
        assert!(world.number("PERF_SEED").is_err());
        assert_eq!(world.number("PERF_LAYOUT_SEED"), Ok(None));
    }

    #[test]
    fn colour_needs_a_terminal_and_no_variable_against_it() {
        let mut world = World {
            variables: BTreeMap::new(),
            directory: PathBuf::new(),
            width: Some(80),
            stderr_is_terminal: false,
            stdin_is_terminal: false,
            now: UNIX_EPOCH,
            process: 7,
        };
        assert!(world.colour());
        assert_eq!(world.new_run_id(), "19700101T000000Z-7");
        assert_eq!(world.today(), "1970-01-01");
        world.variables.insert("NO_COLOR".into(), "1".into());
        assert!(!world.colour());
        world.variables.clear();
        world.variables.insert("CLICOLOR".into(), "0".into());
        assert!(!world.colour());
        world.variables.clear();
        world.width = None;
        assert!(!world.colour());
        // A log may be asked to be coloured, but not against NO_COLOR.
        for (force, colour) in [("1", true), ("0", false), ("", false)] {
            world
                .variables
                .insert("CLICOLOR_FORCE".into(), force.into());
            assert_eq!(world.colour(), colour, "{force}");
        }
        world.variables.insert("CLICOLOR_FORCE".into(), "1".into());
        world.variables.insert("NO_COLOR".into(), "1".into());
        assert!(!world.colour());
    }
}
