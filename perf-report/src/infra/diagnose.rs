//! What the command line does, as `tracing` events of the targets `perf_report::…`.
//!
//! Texts of others pass [`harmless`]: an event may reach a terminal.

use std::borrow::Cow;
use std::io;
use std::path::Path;
use std::process::{Command, ExitStatus, Output};
use std::time::Instant;

use perf_grammar::{harmless, shortened};
use tracing::level_filters::LevelFilter;
use tracing::{debug, info, trace};

use crate::model::protocol::{Line, Message};
use crate::model::record::{ReadError, Record};

#[cfg(test)]
mod tests;

const CARGO: &str = "perf_report::cargo";
const GIT: &str = "perf_report::git";
const LINKER: &str = "perf_report::linker";
const WORKER: &str = "perf_report::worker";
const RECORDS: &str = "perf_report::records";
const BUDGETS: &str = "perf_report::budgets";
const HISTORY: &str = "perf_report::history";
const RUN: &str = "perf_report::run";

/// Every target.
pub(crate) const TARGETS: [&str; 8] = [CARGO, GIT, LINKER, WORKER, RECORDS, BUDGETS, HISTORY, RUN];

/// The most that is shown of a message, bytes: a record is one of thousands.
const SHOWN: usize = 1000;

/// Which program is started.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Program {
    /// Cargo, or the compiler that it would start.
    Cargo,
    Git,
    Linker,
    /// A test binary.
    Worker,
}

/// An event of a program: the target of each has to be a constant.
macro_rules! of_program {
    ($program:expr, $($event:tt)+) => {
        match $program {
            Program::Cargo => debug!(target: CARGO, $($event)+),
            Program::Git => debug!(target: GIT, $($event)+),
            Program::Linker => debug!(target: LINKER, $($event)+),
            Program::Worker => debug!(target: WORKER, $($event)+),
        }
    };
}

/// A program that was started.
#[derive(Debug)]
pub(crate) struct Started {
    program: Program,
    /// Empty where no event is listened to.
    command: String,
    process: Option<u32>,
    since: Instant,
}

impl Started {
    /// A program was started, as this process where that is known.
    pub(crate) fn new(program: Program, command: &Command, process: Option<u32>) -> Started {
        let command = match LevelFilter::current() >= LevelFilter::DEBUG {
            true => {
                let folder = command.get_current_dir().map_or(String::new(), path);
                let command = line(command);
                of_program!(program, process, folder, command, "started");
                command
            }
            false => String::new(),
        };
        Started {
            program,
            command,
            process,
            since: Instant::now(),
        }
    }

    /// It has ended.
    pub(crate) fn ended(&self, status: ExitStatus) {
        of_program!(
            self.program,
            process = self.process,
            status = status.to_string(),
            elapsed_ms = milliseconds(self.since),
            command = self.command,
            "ended"
        );
    }
}

/// Runs a program to its end, as [`Command::output`] does.
///
/// # Errors
/// If it cannot be started, or its output cannot be read.
pub(crate) fn output(program: Program, command: &mut Command) -> io::Result<Output> {
    let started = Started::new(program, command, None);
    let output = command.output()?;
    started.ended(output.status);
    Ok(output)
}

/// A worker said something.
pub(crate) fn heard(process: u32, line: &Line) {
    trace!(target: WORKER, process, line = said(line), "heard");
}

/// A worker was told something.
pub(crate) fn sent(process: u32, line: &str) {
    trace!(target: WORKER, process, line = text(line), "told");
}

/// A test binary ended before it was done; `left` processes measure what it left.
pub(crate) fn died(binary: &str, how: &str, left: usize) {
    debug!(target: WORKER, binary = text(binary), how = text(how), left, "died");
}

/// A record was read, from its file or as its worker sent it.
pub(crate) fn record(file: &str, sent: bool, read: Result<&Record, &ReadError>) {
    match read {
        Ok(record) => debug!(
            target: RECORDS,
            case = text(&record.case.id),
            file = text(file),
            sent,
            budget_file = record.budget_file.as_deref().map(text),
            "record read"
        ),
        Err(why) => debug!(
            target: RECORDS,
            file = text(file),
            sent,
            why = text(&why.to_string()),
            "record refused"
        ),
    }
}

/// The budget file of a package, which may not be there yet.
pub(crate) fn budget_file(package: &Path, file: &Path) {
    debug!(target: BUDGETS, package = path(package), file = path(file), "budget file");
}

/// A history is opened; without a password in its place.
pub(crate) fn history(place: &str) {
    debug!(target: HISTORY, place = text(place), "history opened");
}

/// A case is measured again from scratch: a limit of it was found broken.
pub(crate) fn candidate(case: &str) {
    info!(target: RUN, case = text(case), "candidate");
}

/// A phase of a verb, which ends where this is dropped.
#[must_use]
pub(crate) struct Phase {
    name: &'static str,
    since: Instant,
}

impl Phase {
    pub(crate) fn new(name: &'static str) -> Phase {
        debug!(target: RUN, phase = name, "phase started");
        let since = Instant::now();
        Phase { name, since }
    }
}

impl Drop for Phase {
    fn drop(&mut self) {
        let elapsed_ms = milliseconds(self.since);
        info!(target: RUN, phase = self.name, elapsed_ms, "phase ended");
    }
}

/// The program and its arguments; one with blanks in quotes.
fn line(command: &Command) -> String {
    let mut line = text(&command.get_program().to_string_lossy());
    for argument in command
        .get_args()
        .map(|argument| argument.to_string_lossy())
    {
        let blank = argument.is_empty() || argument.contains(char::is_whitespace);
        line += " ";
        line += &match blank {
            true => format!("{:?}", harmless(&argument)),
            false => text(&argument),
        };
    }
    line
}

/// The beginning of what a worker said, as JSON where it is a message.
fn said(line: &Line) -> String {
    let said = match line {
        Line::Output(line) => Cow::Borrowed(&**line),
        Line::Message(message) => Cow::Owned(json(message)),
        Line::Garbled(line, _) => Cow::Borrowed(&**line),
    };
    text(&shortened(&said, SHOWN, "its record"))
}

fn json(message: &Message) -> String {
    serde_json::to_string(message).unwrap_or_else(|error| error.to_string())
}

fn text(text: &str) -> String {
    harmless(text).into_owned()
}

fn path(path: &Path) -> String {
    text(&path.to_string_lossy())
}

fn milliseconds(since: Instant) -> u64 {
    u64::try_from(since.elapsed().as_millis()).unwrap_or(u64::MAX)
}
