//! Test processes: started, listened to, given turns, and buried when they die.

mod process;
mod stage;

use std::io;
use std::process::{Command, ExitStatus};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::Duration;

use self::process::{Event, Process};
pub(crate) use self::stage::{Refusal, Stage};
use crate::protocol::{Line, Message, VERSION};

/// How often a silent pool looks up.
const TICK: Duration = Duration::from_millis(250);

/// Somebody who watches workers.
pub(crate) trait Observer {
    /// A worker said something.
    fn message(&mut self, worker: usize, message: &Message);
    /// A test printed a line.
    fn output(&mut self, worker: usize, line: &str);
    /// Nothing was said for a moment.
    fn tick(&mut self);
}

/// Workers that run beside each other.
pub(crate) struct Pool {
    processes: Vec<Process>,
    events: Receiver<(usize, Event)>,
}

/// How a worker ended.
#[derive(Clone, Debug, Default)]
pub(crate) struct Ended {
    /// It introduced itself.
    pub(crate) hello: bool,
    /// It took its leave.
    pub(crate) bye: bool,
    pub(crate) status: Option<ExitStatus>,
    /// It said something that no worker of this protocol says.
    pub(crate) fault: Option<String>,
    /// The case whose round had started when it ended.
    pub(crate) at: Option<String>,
    /// Why it ended itself: a case that hangs, and what that case did.
    pub(crate) hung: Option<String>,
    /// The cases that it settled.
    pub(crate) settled: Vec<String>,
    /// The last lines of its standard error.
    pub(crate) stderr: Vec<String>,
}

/// What one event meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    Hello,
    Swept { open: usize },
    Ended,
    Other,
}

impl Pool {
    /// Starts every command as a worker.
    ///
    /// # Errors
    /// If one cannot be started; those that were are ended.
    pub(crate) fn start(commands: Vec<Command>) -> io::Result<Pool> {
        let (sender, events) = channel();
        let mut pool = Pool {
            processes: Vec::new(),
            events,
        };
        for (place, command) in commands.into_iter().enumerate() {
            pool.processes
                .push(Process::start(place, command, sender.clone())?);
        }
        Ok(pool)
    }

    /// Listens until every worker has ended by itself.
    pub(crate) fn listen(mut self, observer: &mut dyn Observer) -> Vec<Ended> {
        while !self.processes.iter().all(Process::is_over) {
            self.next(observer);
        }
        self.bury()
    }

    /// Waits until all are there, then gives each a turn after the other, so that
    /// the rounds of every case are spread over the whole run.
    pub(crate) fn take_turns(mut self, observer: &mut dyn Observer) -> Vec<Ended> {
        while !self
            .processes
            .iter()
            .all(|process| process.ended.hello || process.is_over())
        {
            self.next(observer);
        }
        while !self.processes.iter().all(Process::is_over) {
            for place in 0..self.processes.len() {
                self.turn(place, observer);
            }
        }
        self.bury()
    }

    /// One sweep of one worker, or its end.
    fn turn(&mut self, place: usize, observer: &mut dyn Observer) {
        if self.processes[place].is_over() {
            return;
        }
        self.processes[place].go();
        loop {
            match self.next(observer) {
                (from, Step::Swept { open }) if from == place => {
                    let process = &mut self.processes[place];
                    process.idle_sweeps = if open > 0 { 0 } else { process.idle_sweeps + 1 };
                    // With nothing open, one more word lets it settle what is
                    // left and go; a worker that stays is shown the door.
                    if process.idle_sweeps > 1 {
                        process.close();
                    }
                    return;
                }
                (from, Step::Ended) if from == place => return,
                _ => {}
            }
        }
    }

    /// Takes in one event.
    fn next(&mut self, observer: &mut dyn Observer) -> (usize, Step) {
        loop {
            match self.events.recv_timeout(TICK) {
                Ok((place, event)) => return (place, self.take(place, event, observer)),
                Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => {
                    observer.tick();
                    // A program that the test left behind may keep the pipe
                    // open after the test itself is gone.
                    if let Some(place) = self.processes.iter_mut().position(Process::is_gone) {
                        self.processes[place].end();
                        return (place, Step::Ended);
                    }
                }
            }
        }
    }

    fn take(&mut self, place: usize, event: Event, observer: &mut dyn Observer) -> Step {
        let process = &mut self.processes[place];
        // After a fault nothing it still says is believed.
        if process.is_over() || (process.ended.fault.is_some() && !matches!(event, Event::Ended)) {
            return Step::Other;
        }
        let line = match event {
            Event::Ended => {
                process.end();
                return Step::Ended;
            }
            Event::Line(line) => *line,
        };
        let message = match line {
            Line::Output(line) => {
                observer.output(place, &line);
                return Step::Other;
            }
            Line::Garbled(text, error) => {
                process.fault(format!("said what cannot be read ({error}): {text}"));
                return Step::Other;
            }
            Line::Message(message) => message,
        };
        observer.message(place, &message);
        match message {
            Message::Hello { protocol: VERSION, .. } => {
                process.ended.hello = true;
                return Step::Hello;
            }
            Message::Hello { protocol, .. } => process.fault(format!(
                "speaks worker protocol {protocol}, this perf-report speaks {VERSION}; use the same version of perf-runtime and perf-report"
            )),
            Message::Begin { id } | Message::At { id } => process.ended.at = Some(id),
            Message::Verdict { id, .. } | Message::Candidate { id } => {
                process.ended.at = None;
                process.ended.settled.push(id);
            }
            Message::Hung { id, text } => {
                process.ended.at = Some(id);
                process.ended.hung = Some(text);
            }
            Message::Swept { open, .. } => {
                process.ended.at = None;
                return Step::Swept { open };
            }
            Message::Bye => {
                process.ended.bye = true;
                process.ended.at = None;
                process.close();
            }
            Message::Ready | Message::Warm { .. } | Message::Burst(_) | Message::Counted { .. } | Message::Instructed { .. } | Message::Failed { .. }
            | Message::Case(_) | Message::ConfigError { .. } | Message::Warning { .. } | Message::Unmatched { .. } | Message::Waiting { .. } | Message::Unknown => {}
        }
        Step::Other
    }

    fn bury(mut self) -> Vec<Ended> {
        self.processes.iter_mut().map(Process::remains).collect()
    }
}

impl Ended {
    /// Whether it did its task to the end.
    pub(crate) fn is_sound(&self) -> bool {
        self.bye && self.fault.is_none() && self.status.is_some_and(|status| status.success())
    }

    /// How it ended: a predicate to go behind the name of the process.
    pub(crate) fn how(&self) -> String {
        if let Some(fault) = &self.fault {
            return fault.clone();
        }
        if let Some(hung) = &self.hung {
            return format!("was ended because the case hangs: {hung}");
        }
        let Some(status) = self.status else {
            return "ended, nobody knows how".to_owned();
        };
        if let Some(signal) = signal(status) {
            return signal;
        }
        match status.code() {
            Some(code) if self.bye => format!("exited with code {code} after it was done"),
            Some(code) => format!("exited with code {code} before it was done"),
            None => format!("ended with {status}"),
        }
    }
}

#[cfg(unix)]
fn signal(status: ExitStatus) -> Option<String> {
    use std::os::unix::process::ExitStatusExt as _;
    let number = status.signal()?;
    // These have the same number on every system.
    let name = match number {
        2 => "SIGINT",
        4 => "SIGILL",
        6 => "SIGABRT",
        8 => "SIGFPE",
        9 => "SIGKILL",
        11 => "SIGSEGV",
        15 => "SIGTERM",
        _ => return Some(format!("was killed by signal {number}")),
    };
    Some(format!("was killed by {name} (signal {number})"))
}

#[cfg(not(unix))]
fn signal(_: ExitStatus) -> Option<String> {
    None
}
