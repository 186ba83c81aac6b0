//! Test processes: started, listened to, given turns, and buried when they die.

pub(crate) mod lines;
mod fault;
mod process;
#[cfg(unix)]
mod socket;
#[cfg(not(unix))]
#[path = "worker/no_socket.rs"]
mod socket;
mod dispatcher;

use std::io;
use std::process::{Command, ExitStatus};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

pub(crate) use self::dispatcher::{Dispatcher, Refusal};
use self::fault::Awaited;
pub(crate) use self::fault::Fault;
use self::process::{Event, Process};
use crate::infra::{diagnose, interrupt};
use crate::model::protocol::{Line, Message, VERSION};

/// How often a silent pool looks up.
const TICK: Duration = Duration::from_millis(250);
/// And while one of it is about to end.
const SHORT_TICK: Duration = Duration::from_millis(5);
/// How long a worker may take to end that has nothing more to do.
const END_WITHIN: Duration = Duration::from_secs(10);
/// How many heartbeats may be missed beyond the time that a call may last.
const MISSED: u32 = 5;

/// A watcher of workers.
pub(crate) trait Observer {
    /// A worker said something.
    fn message(&mut self, worker: usize, message: &Message);
    /// The harness of a worker printed a line.
    fn output(&mut self, worker: usize, line: &str);
    /// Nothing was said for a moment.
    fn tick(&mut self);
}

/// Writes the record that a worker sends, given the name of its file and its text;
/// else why there is no such file.
pub(crate) type Write = Box<dyn Fn(&str, &str) -> Result<(), String>>;

/// Workers that run beside each other.
struct Workers {
    processes: Vec<Process>,
    events: Receiver<(usize, Event)>,
    /// How long a worker may be silent of which something is awaited.
    grace: Duration,
    /// Writes a record that is sent.
    write: Option<Write>,
    looked: Instant,
}

/// What was heard.
enum Heard {
    Message(Message),
    /// The harness printed a line.
    Output(String),
    /// The worker has ended.
    Ended,
    /// Nothing for a moment.
    Nothing,
}

/// Workers that are given turns.
pub(crate) struct Pool(Workers);

/// A record as a worker sends it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Sent {
    /// The name of its file.
    pub(crate) file: String,
    pub(crate) text: String,
    /// Why there is no such file.
    pub(crate) unwritten: Option<String>,
}

/// How a worker ended.
#[derive(Clone, Debug, Default)]
pub(crate) struct Ended {
    /// It introduced itself.
    pub(crate) hello: bool,
    /// It took its leave.
    pub(crate) bye: bool,
    pub(crate) status: Option<ExitStatus>,
    /// It said something that no worker of this protocol says, or nothing where
    /// an answer was awaited.
    pub(crate) fault: Option<Fault>,
    /// The case whose round had started when it ended.
    pub(crate) at: Option<String>,
    /// Why it ended itself: a case that hangs, and what that case did.
    pub(crate) hung: Option<String>,
    /// The cases that it settled.
    pub(crate) settled: Vec<String>,
    /// Their records.
    pub(crate) records: Vec<Sent>,
    /// The last lines of its standard error.
    pub(crate) stderr: Vec<String>,
}

impl Workers {
    /// Starts every command as a worker.
    ///
    /// # Errors
    /// The place of one that cannot be started, and why; those that were are ended.
    fn start(commands: Vec<Command>, grace: Duration) -> Result<Workers, (usize, io::Error)> {
        let (sender, events) = channel();
        let mut processes = Vec::new();
        for (place, command) in commands.into_iter().enumerate() {
            let started = Process::start(place, command, sender.clone());
            processes.push(started.map_err(|error| (place, error))?);
        }
        Ok(Workers {
            processes,
            events,
            grace,
            write: None,
            looked: Instant::now(),
        })
    }

    fn all_are_over(&self) -> bool {
        self.processes.iter().all(Process::is_over)
    }

    /// Waits for something to be heard, and of whom.
    fn next(&mut self) -> (usize, Heard) {
        loop {
            let ending = self.processes.iter().any(Process::is_ending);
            let tick = if ending { SHORT_TICK } else { TICK };
            let left = tick.saturating_sub(self.looked.elapsed());
            match self.events.recv_timeout(left) {
                Ok((place, event)) => {
                    let line = self.processes[place].take(event);
                    if let Some(heard) = line.and_then(|line| self.hear(place, line)) {
                        return (place, heard);
                    }
                }
                Err(RecvTimeoutError::Timeout) => {}
                // All their streams are at the end; what is left is theirs.
                Err(RecvTimeoutError::Disconnected) => std::thread::sleep(left),
            }
            if self.looked.elapsed() >= tick {
                // Where this process itself was stopped for a while, the others
                // were not silent for as long.
                let passed = self.looked.elapsed().min(2 * tick);
                self.looked = Instant::now();
                return match self.look(passed) {
                    Some(ended) => (ended, Heard::Ended),
                    None => (0, Heard::Nothing),
                };
            }
        }
    }

    /// Looks after all of them; one that has ended.
    fn look(&mut self, passed: Duration) -> Option<usize> {
        if interrupt::requested() {
            self.processes.iter_mut().for_each(Process::kill);
        }
        for process in self.processes.iter_mut().filter(|one| !one.is_over()) {
            process.silent += passed;
            let within = match (process.awaited, process.heartbeat) {
                (Awaited::Hello, _) => self.grace,
                (Awaited::Answer, Some(heartbeat)) => self.grace + MISSED * heartbeat,
                (Awaited::End, _) => END_WITHIN.min(self.grace),
                (Awaited::Answer | Awaited::Nothing, _) => continue,
            };
            if process.silent > within {
                process.fault(Fault::Silent {
                    awaited: process.awaited,
                    seconds: within.as_secs(),
                    stopped: process.is_stopped(),
                });
            }
        }
        let mut processes = self.processes.iter_mut();
        let ended = processes.position(|process| process.has_ended(passed))?;
        self.processes[ended].end();
        Some(ended)
    }

    /// What a line means; `None` where that concerns its process alone.
    fn hear(&mut self, place: usize, line: Line) -> Option<Heard> {
        let process = &mut self.processes[place];
        diagnose::heard(process.id(), &line);
        let message = match line {
            Line::Output(line) => return Some(Heard::Output(line)),
            Line::Garbled(said, error) => {
                process.fault(Fault::Unreadable { said, why: error });
                return None;
            }
            Line::Message(message) => message,
        };
        process.silent = Duration::ZERO;
        match &message {
            Message::Hello {
                protocol,
                heartbeat_ms,
                ..
            } if *protocol == VERSION => {
                process.ended.hello = true;
                process.heartbeat = heartbeat_ms.map(Duration::from_millis);
                process.awaited = Awaited::Answer;
            }
            Message::Hello { protocol, .. } => process.fault(Fault::OtherProtocol(*protocol)),
            Message::Begin { id } | Message::At { id } => process.ended.at = Some(id.clone()),
            Message::Verdict { id, record, .. } | Message::Candidate { id, record } => {
                process.ended.at = None;
                process.ended.settled.push(id.clone());
                if let (Some(file), Some(text)) = (&record.file, &record.record) {
                    let unwritten = match &self.write {
                        Some(write) => write(file, text).err(),
                        None => record.unwritten.clone(),
                    };
                    process.ended.records.push(Sent {
                        file: file.clone(),
                        text: text.clone(),
                        unwritten,
                    });
                }
            }
            Message::Hung { id, text } => {
                process.ended.at = Some(id.clone());
                process.ended.hung = Some(text.clone());
                process.close();
            }
            Message::Swept { .. } => {
                process.ended.at = None;
                process.awaited = Awaited::Nothing;
            }
            Message::Bye => {
                process.ended.bye = true;
                process.ended.at = None;
                process.close();
            }
            Message::Alive => return None,
            Message::Ready { .. } => process.awaited = Awaited::Nothing,
            answer if is_answer(answer) => process.awaited = Awaited::Nothing,
            _ => {}
        }
        Some(Heard::Message(message))
    }
}

/// Whether it is what a worker says that was asked to do something with a case.
fn is_answer(message: &Message) -> bool {
    matches!(
        message,
        Message::Warm { .. }
            | Message::Burst(_)
            | Message::Profiled(_)
            | Message::Counted { .. }
            | Message::Instructed { .. }
            | Message::Sites { .. }
            | Message::Callgrind { .. }
            | Message::Failed { .. }
    )
}

impl Pool {
    /// Starts every command as a worker. One that is silent for longer than the
    /// grace while something is awaited of it is ended.
    ///
    /// # Errors
    /// If one cannot be started; those that were are ended.
    pub(crate) fn start(commands: Vec<Command>, grace: Duration) -> io::Result<Pool> {
        let workers = Workers::start(commands, grace);
        workers.map(Pool).map_err(|(_, error)| error)
    }

    /// Listens until every worker has ended by itself. It lists, which has to be
    /// done at once, or not at all.
    pub(crate) fn listen(mut self, observer: &mut dyn Observer) -> Vec<Ended> {
        while !self.0.all_are_over() {
            let (place, heard) = self.next(observer);
            if matches!(heard, Heard::Message(Message::Hello { .. })) {
                self.0.processes[place].heartbeat = Some(Duration::ZERO);
            }
        }
        self.reap()
    }

    /// Waits until all are there, then gives each a turn after the other, so that
    /// the rounds of every case are spread over the whole run. The records that
    /// they send are written at once.
    pub(crate) fn take_turns(mut self, write: Write, observer: &mut dyn Observer) -> Vec<Ended> {
        self.0.write = Some(write);
        while !(self.0.processes)
            .iter()
            .all(|process| process.ended.hello || process.is_over())
        {
            let (place, heard) = self.next(observer);
            if matches!(heard, Heard::Message(Message::Hello { .. })) {
                self.0.processes[place].awaited = Awaited::Nothing;
            }
        }
        while !self.0.all_are_over() {
            for place in 0..self.0.processes.len() {
                self.turn(place, observer);
            }
        }
        self.reap()
    }

    /// One sweep of one worker, or its end.
    fn turn(&mut self, place: usize, observer: &mut dyn Observer) {
        if self.0.processes[place].is_over() {
            return;
        }
        self.0.processes[place].go();
        loop {
            match self.next(observer) {
                (from, Heard::Message(Message::Swept { open, .. })) if from == place => {
                    let process = &mut self.0.processes[place];
                    process.idle_sweeps = if open > 0 { 0 } else { process.idle_sweeps + 1 };
                    // With nothing open, one more word lets it settle what is
                    // left and go; a worker that stays is shown the door.
                    if process.idle_sweeps > 1 {
                        process.close();
                    }
                    return;
                }
                (from, Heard::Ended) if from == place => return,
                _ => {}
            }
        }
    }

    /// Takes in one event, and passes it on.
    fn next(&mut self, observer: &mut dyn Observer) -> (usize, Heard) {
        let (place, heard) = self.0.next();
        match &heard {
            Heard::Message(message) => observer.message(place, message),
            Heard::Output(line) => observer.output(place, line),
            Heard::Nothing => observer.tick(),
            Heard::Ended => {}
        }
        (place, heard)
    }

    fn reap(mut self) -> Vec<Ended> {
        let processes = self.0.processes.iter_mut();
        processes.map(Process::exit_report).collect()
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
            return fault.line();
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
        let before = if self.hello {
            "before it was done"
        } else {
            "before it introduced itself"
        };
        match status.code() {
            Some(code) if self.bye => format!("exited with code {code} after it was done"),
            Some(code) => format!("exited with code {code} {before}"),
            None => format!("ended with {status}"),
        }
    }
}

/// The numbers of signals differ between systems; their names do not.
#[cfg(unix)]
fn signal(status: ExitStatus) -> Option<String> {
    use std::os::unix::process::ExitStatusExt as _;
    let number = status.signal()?;
    Some(match nix::sys::signal::Signal::try_from(number) {
        Ok(signal) => format!("was killed by {} (signal {number})", signal.as_str()),
        // Those of applications have no names.
        Err(_) => format!("was killed by signal {number}"),
    })
}

#[cfg(not(unix))]
fn signal(_: ExitStatus) -> Option<String> {
    None
}
