//! Starts a program and waits for its end: the cold start of a `fn() -> Command`.
//!
//! A call is timed by the clock on the wall from the start of the program to its
//! end: what the calling thread waited for a processor says nothing of the
//! program, which may have had that very one. All that happens to a program
//! that starts is in its time: its pages are read, its libraries are linked,
//! its caches are cold.
//!
//! Its standard streams are closed, whatever the `Command` says: the library
//! cannot be asked what it says, and a pipe that is not emptied would stop the
//! program. What a failing program says on standard error is shown by starting
//! it once more.

#![allow(
    clippy::disallowed_methods,
    reason = "starts programs, whose messages go through files"
)]

mod messages;
mod watchdog;

use std::collections::VecDeque;
use std::io;
use std::process::{Command, ExitStatus, Stdio};
use std::time::Duration;

use self::watchdog::Watchdog;
use crate::collections::replaced;
use crate::model::sample::ChildUsage;
use crate::model::subject::Subject;
use crate::system::counters::child_usage;

/// How long a program may run; one that hangs must not hang the tests.
const LONGEST: Duration = Duration::from_secs(60);

/// A function that makes the command of a program: each call starts it, and
/// waits until it ends.
pub fn command(make: impl FnMut() -> Command + 'static) -> Box<dyn Subject> {
    Box::new(Starts::new(make, LONGEST))
}

struct Starts<F> {
    make: F,
    watchdog: Watchdog,
    due: VecDeque<Command>,
    done: Vec<Start>,
    used: Option<ChildUsage>,
}

/// A program that was started, if it could be, and has ended.
struct Start {
    command: Command,
    /// How it ended, and whether it was made to.
    ended: io::Result<(ExitStatus, bool)>,
}

impl<F: FnMut() -> Command> Starts<F> {
    fn new(make: F, longest: Duration) -> Starts<F> {
        Starts {
            make,
            watchdog: Watchdog::new(longest),
            due: VecDeque::new(),
            done: Vec::new(),
            used: None,
        }
    }

    fn start(&mut self, mut command: Command) {
        let ended = run(&mut command, &self.watchdog).map(|(status, killed, used)| {
            self.used = Some(self.used.map_or(used, |all| all.and(used)));
            (status, killed)
        });
        self.done.push(Start { command, ended });
    }

    /// Why a start is an error; `None` where it is none.
    fn error(&mut self, start: Start) -> Option<String> {
        let Start { command, ended } = start;
        match ended {
            Err(error) => Some(format!(
                "the program could not be started: {error}; build it before the budgets run, or correct its path: `{}`",
                typed(&command)
            )),
            Ok((_, true)) => Some(format!(
                "the program did not end within {} and was killed; run it to see why: `{}`",
                perf_grammar::format_duration(self.watchdog.longest().as_nanos() as f64),
                typed(&command)
            )),
            Ok((status, false)) if status.success() => None,
            Ok((status, false)) => {
                let said = messages::of((self.make)(), &self.watchdog);
                Some(format!(
                    "the program ended with {}, where exit code 0 was expected; run it to see why: `{}`{said}",
                    words(status),
                    typed(&command)
                ))
            }
        }
    }
}

impl<F: FnMut() -> Command> Subject for Starts<F> {
    fn prepare(&mut self, calls: usize) {
        self.watchdog.wake();
        self.used = None;
        self.due.clear();
        for _ in 0..calls {
            let mut command = (self.make)();
            command.stdin(Stdio::null());
            command.stdout(Stdio::null());
            command.stderr(Stdio::null());
            self.due.push_back(command);
        }
        self.done.reserve(calls);
    }

    fn call(&mut self) {
        if let Some(command) = self.due.pop_front() {
            self.start(command);
        }
    }

    fn call_all(&mut self) {
        while let Some(command) = self.due.pop_front() {
            self.start(command);
        }
    }

    fn finish(&mut self) -> Option<String> {
        let mut first = None;
        for start in std::mem::take(&mut self.done) {
            if first.is_none() {
                first = self.error(start);
            }
        }
        first
    }

    fn child(&mut self) -> Option<ChildUsage> {
        let used = self.used.take()?;
        // Read now, not in front of the start: it only ever rises, and what it
        // rose to before the start is in what the system told of the program.
        Some(ChildUsage {
            floor_bytes: child_usage::floor_bytes(),
            ..used
        })
    }
}

/// Starts the program and waits for its end; the watchdog ends it at its
/// deadline. Says whether it had to.
fn run(command: &mut Command, watchdog: &Watchdog) -> io::Result<(ExitStatus, bool, ChildUsage)> {
    let mut child = command.spawn()?;
    watchdog.watch(child.id());
    let mut killed = false;
    let (status, used) = child_usage::wait(&mut child, || killed = watchdog.forget())?;
    Ok((status, killed, used))
}

/// A program with its variables and arguments, as it can be started by hand.
fn typed(command: &Command) -> String {
    let text = format!("{command:?}");
    // The standard library shows the variables on Unix alone.
    #[cfg(not(unix))]
    let text = command
        .get_envs()
        .fold(text, |text, (name, value)| match value {
            Some(value) => format!("{}={value:?} {text}", name.display()),
            None => text,
        });
    text
}

/// `exit code 3`, `signal 9 (SIGKILL)`.
fn words(status: ExitStatus) -> String {
    match status.code() {
        Some(code) => format!("exit code {code}"),
        None => replaced(&status.to_string(), ": ", " "),
    }
}

#[cfg(test)]
mod tests;
