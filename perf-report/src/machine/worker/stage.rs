//! Workers that make bursts of calls, each when it is told to.

use std::collections::VecDeque;
use std::io;
use std::process::Command;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};

use super::TICK;
use super::process::{Event, Process};
use crate::protocol::{Line, Message, VERSION};

/// Workers that stand ready beside each other, of which one works at a time.
pub(crate) struct Stage {
    processes: Vec<Process>,
    events: Receiver<(usize, Event)>,
    /// What others said while one was listened to.
    unheard: Vec<VecDeque<Message>>,
}

/// Why a worker did not do what it was told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// The case failed: its words.
    Failed { kind: String, text: String },
    /// The process is no worker that can do it, or has ended: a predicate to go
    /// behind its name.
    Gone(String),
}

impl Stage {
    /// Starts every command, and waits until all are ready.
    ///
    /// # Errors
    /// The first that cannot be started or is no worker of bursts: its place, and
    /// why.
    pub(crate) fn start(commands: Vec<Command>) -> Result<Stage, (usize, String)> {
        let (sender, events) = channel();
        let mut stage = Stage {
            processes: Vec::new(),
            events,
            unheard: commands.iter().map(|_| VecDeque::new()).collect(),
        };
        for (place, command) in commands.into_iter().enumerate() {
            let started = Process::start(place, command, sender.clone());
            let process = started
                .map_err(|error: io::Error| (place, format!("cannot be started: {error}")))?;
            stage.processes.push(process);
        }
        for place in 0..stage.processes.len() {
            let ready = |message: Message| match message {
                Message::Ready => Ok(Some(())),
                Message::ConfigError { text } => Err(text),
                _ => Ok(None),
            };
            stage
                .listen(place, ready)
                .map_err(|refusal| (place, refusal.to_string()))?;
        }
        Ok(stage)
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.processes.len()
    }

    /// Tells a worker to do something with a case, and waits for its answer.
    ///
    /// # Errors
    /// If the case fails, or the process ends.
    pub(crate) fn ask(&mut self, place: usize, command: &str) -> Result<Message, Refusal> {
        if self.processes[place].is_over() {
            return Err(Refusal::Gone(self.processes[place].remains().how()));
        }
        self.processes[place].tell(command);
        let answer = |message: Message| match message {
            Message::Warm { .. }
            | Message::Burst { .. }
            | Message::Counted { .. }
            | Message::Instructed { .. }
            | Message::Failed { .. } => Ok(Some(message)),
            _ => Ok(None),
        };
        match self.listen(place, answer)? {
            Message::Failed { kind, text, .. } => Err(Refusal::Failed { kind, text }),
            message => Ok(message),
        }
    }

    /// Tells a worker something that it does not answer.
    pub(crate) fn tell(&mut self, place: usize, command: &str) {
        self.processes[place].tell(command);
    }

    /// Takes in events until one worker has said what is waited for.
    fn listen<T>(
        &mut self,
        place: usize,
        mut wanted: impl FnMut(Message) -> Result<Option<T>, String>,
    ) -> Result<T, Refusal> {
        while let Some(message) = self.unheard[place].pop_front() {
            if let Some(found) = wanted(message).map_err(Refusal::Gone)? {
                return Ok(found);
            }
        }
        loop {
            let (from, event) = match self.events.recv_timeout(TICK) {
                Ok(event) => event,
                Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => {
                    if self.processes[place].is_gone() {
                        self.processes[place].end();
                        return Err(self.gone(place));
                    }
                    continue;
                }
            };
            match event {
                Event::Ended => {
                    self.processes[from].end();
                    if from == place {
                        return Err(self.gone(place));
                    }
                }
                Event::Line(line) => match *line {
                    Line::Message(Message::Hello { protocol, .. }) if protocol != VERSION => {
                        self.processes[from].fault(format!(
                            "speaks worker protocol {protocol}, this perf-report speaks {VERSION}; use the same version of perf-runtime and perf-report"
                        ));
                    }
                    Line::Message(Message::Hung { id, text }) => {
                        self.processes[from].ended.at = Some(id);
                        self.processes[from].ended.hung = Some(text);
                    }
                    Line::Message(Message::Bye) => self.processes[from].ended.bye = true,
                    Line::Message(message) if from == place => {
                        if let Some(found) = wanted(message).map_err(Refusal::Gone)? {
                            return Ok(found);
                        }
                    }
                    Line::Garbled(text, error) => self.processes[from]
                        .fault(format!("said what cannot be read ({error}): {text}")),
                    Line::Message(message) => self.unheard[from].push_back(message),
                    Line::Output(_) => {}
                },
            }
        }
    }

    fn gone(&mut self, place: usize) -> Refusal {
        let remains = self.processes[place].remains();
        let mut how = remains.how();
        for line in &remains.stderr {
            how.push_str("\n    ");
            how.push_str(line);
        }
        Refusal::Gone(how)
    }
}

impl std::fmt::Display for Refusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Refusal::Failed { kind, text } if kind == "panic" => {
                write!(f, "the function panicked: {text}")
            }
            Refusal::Failed { kind, text } if kind == "error" => {
                write!(f, "the function returned an error: {text}")
            }
            Refusal::Failed { text, .. } => f.write_str(text),
            Refusal::Gone(how) => f.write_str(how),
        }
    }
}
