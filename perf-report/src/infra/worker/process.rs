//! One test process: its streams, the threads that read them, and its end.

use std::collections::VecDeque;
use std::io::{self, Write};
use std::process::{Command, ExitStatus, Stdio};
use std::sync::mpsc::Sender;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use perf_grammar::variable;

use super::fault::{Awaited, Fault};
use super::socket::{GiveUp, Socket};
use super::{Ended, SHORT_TICK, lines};
use crate::infra::child::Child;
use crate::infra::diagnose;
use crate::model::protocol::{self, Line};

/// Lines of standard error that are kept, and how much of each.
const KEPT_LINES: usize = 20;
const KEPT_BYTES: usize = 4 << 10;
/// How long the streams of a process that is gone may bring nothing. It is counted in looks
/// at it, so that a machine that had no processor for this one cuts off nothing that was said.
const LAST_WORDS: Duration = Duration::from_millis(500);
/// What the harness prints before it runs tests.
const RUNNING: &[u8] = b"running ";

/// What comes from a process.
pub(super) enum Event {
    /// It has connected: this is where it is told things.
    Connected(Box<dyn Write + Send>),
    /// A message, or a line of the harness, and whether it came by the connection.
    Line(Box<Line>, bool),
    /// A stream is at its end: the connection, or standard output.
    Closed { connection: bool },
}

/// A process.
pub(crate) struct Process {
    child: Child,
    /// Where it is told things; `None` once nothing more is.
    commands: Option<Box<dyn Write + Send>>,
    /// Its connection, while it is waited for and while it lasts.
    give_up: Option<GiveUp>,
    connected: bool,
    open_connection: bool,
    open_stdout: bool,
    stderr: Arc<Mutex<VecDeque<String>>>,
    stderr_reader: Option<std::thread::JoinHandle<()>>,
    status: Option<ExitStatus>,
    /// For how long it was gone and nothing was heard.
    gone_for: Duration,
    over: bool,
    /// How often it says that it is alive, where it does.
    pub(super) heartbeat: Option<Duration>,
    pub(super) awaited: Awaited,
    /// For how long nothing was heard of it that is awaited.
    pub(super) silent: Duration,
    /// Sweeps in a row in which nothing was open.
    pub(crate) idle_sweeps: u32,
    pub(crate) ended: Ended,
}

impl Process {
    /// Starts it. One that was given a token is awaited at a socket, and else
    /// heard on standard output behind that token.
    ///
    /// # Errors
    /// If it cannot be started.
    pub(super) fn start(
        place: usize,
        mut command: Command,
        events: Sender<(usize, Event)>,
    ) -> io::Result<Process> {
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let token = command
            .get_envs()
            .find(|(name, _)| *name == variable::WORKER_TOKEN)
            .and_then(|(_, token)| Some(token?.to_string_lossy().into_owned()));
        // Without a socket it is heard on standard output.
        let socket = token.as_ref().and_then(|_| Socket::new().ok());
        if let Some(socket) = &socket {
            command.env(variable::WORKER_CHANNEL, socket.path());
        }
        let mut child = Child::spawn(&mut command)?;
        let give_up = socket.as_ref().map(Socket::give_up);
        let open_connection = socket.is_some();
        if let Some(socket) = socket {
            let events = events.clone();
            std::thread::spawn(move || listen(socket, place, &events));
        }
        let stdout = child.take_stdout();
        let open_stdout = stdout.is_some();
        if let Some(stdout) = stdout {
            let mark = protocol::mark(token.as_deref());
            std::thread::spawn(move || {
                lines::read(stdout, &mark, |line, dropped| {
                    let line = match memchr::memmem::rfind(line, &mark) {
                        Some(at) => Line::message(&line[at + mark.len()..], dropped),
                        // What else a test prints is not looked at.
                        None if line.starts_with(RUNNING) => {
                            Line::Output(lines::text(line, dropped, lines::PRINTED))
                        }
                        None => return,
                    };
                    // Without a receiver there is nothing to report.
                    let _ = events.send((place, Event::Line(Box::new(line), false)));
                });
                let _ = events.send((place, Event::Closed { connection: false }));
            });
        }
        let stderr = Arc::default();
        let kept = Arc::clone(&stderr);
        let stderr_reader = child.take_stderr().map(|pipe| {
            std::thread::spawn(move || {
                lines::read(pipe, b"\n", |line, dropped| keep(&kept, line, dropped));
            })
        });
        let stdin = child.take_stdin();
        Ok(Process {
            commands: stdin.map(|stdin| Box::new(stdin) as Box<dyn Write + Send>),
            child,
            give_up,
            connected: false,
            open_connection,
            open_stdout,
            stderr,
            stderr_reader,
            status: None,
            gone_for: Duration::ZERO,
            over: false,
            heartbeat: None,
            awaited: Awaited::Hello,
            silent: Duration::ZERO,
            idle_sweeps: 0,
            ended: Ended::default(),
        })
    }

    /// The number of the process.
    pub(super) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Whether it has ended.
    pub(crate) fn is_over(&self) -> bool {
        self.over
    }

    /// Takes in an event; the line that it says, if it is to be believed.
    pub(super) fn take(&mut self, event: Event) -> Option<Line> {
        self.gone_for = Duration::ZERO;
        match event {
            Event::Connected(commands) => {
                self.connected = true;
                self.commands = Some(commands);
                None
            }
            Event::Closed { connection } => {
                if connection {
                    self.open_connection = false;
                } else {
                    self.open_stdout = false;
                }
                if !self.open_connection && (connection || !self.connected) {
                    // What hears nothing more has nothing more to do.
                    self.close();
                }
                None
            }
            // After a fault nothing it still says is believed; what it prints
            // once it has connected is the test's.
            Event::Line(line, by_connection) => {
                let is_message = !matches!(*line, Line::Output(_));
                let believed = !self.over
                    && self.ended.fault.is_none()
                    && (by_connection || !is_message || !self.connected);
                believed.then_some(*line)
            }
        }
    }

    /// Allows one sweep. If it is dead the word is lost, and its end is told
    /// elsewhere.
    pub(crate) fn go(&mut self) {
        self.ask("go");
    }

    /// Says one line to it, which it answers.
    pub(crate) fn ask(&mut self, line: &str) {
        self.tell(line);
        self.silent = Duration::ZERO;
        if self.awaited != Awaited::End {
            self.awaited = Awaited::Answer;
        }
    }

    /// Says one line to it. If it is dead the word is lost, and its end is told
    /// elsewhere.
    pub(crate) fn tell(&mut self, line: &str) {
        diagnose::sent(self.id(), line);
        if let Some(commands) = &mut self.commands {
            let line = format!("{line}\n");
            let _ = commands
                .write_all(line.as_bytes())
                .and_then(|()| commands.flush());
        }
    }

    /// Says that nothing more is asked of it.
    pub(crate) fn close(&mut self) {
        self.commands = None;
        self.awaited = Awaited::End;
        self.silent = Duration::ZERO;
    }

    /// Ends one that is no worker of this protocol, or is none any more.
    pub(crate) fn fault(&mut self, fault: Fault) {
        self.ended.fault.get_or_insert(fault);
        self.kill();
    }

    /// Ends it, and what it has started.
    pub(super) fn kill(&mut self) {
        if self.status.is_none() {
            self.child.kill();
        }
    }

    /// Whether the system has stopped it, where the system says so.
    pub(super) fn is_stopped(&self) -> bool {
        status(self.child.id()).is_some_and(|rest| rest.starts_with(['T', 't']))
    }

    /// Whether it has come to its end: it is gone, and what it said was heard. A
    /// program that it left behind in another session may keep a stream open. `passed` is
    /// the time since the last look.
    pub(super) fn has_ended(&mut self, passed: Duration) -> bool {
        if self.over {
            return false;
        }
        if self.status.is_none() {
            self.status = self.child.try_wait().ok().flatten();
            if self.status.is_none() {
                return false;
            }
            self.give_up = None;
        } else {
            self.gone_for += passed;
        }
        let heard = !self.open_connection && !self.open_stdout;
        heard || self.gone_for > LAST_WORDS
    }

    /// Whether its end is near.
    pub(super) fn is_ending(&self) -> bool {
        !self.over && (self.awaited == Awaited::End || self.status.is_some())
    }

    /// Marks the end.
    pub(super) fn end(&mut self) {
        self.close();
        self.give_up = None;
        self.over = true;
        self.ended.status = self.status;
    }

    /// What is left of it.
    pub(crate) fn exit_report(&mut self) -> Ended {
        let mut waited = Duration::ZERO;
        while self
            .stderr_reader
            .as_ref()
            .is_some_and(|reader| !reader.is_finished())
            && waited < LAST_WORDS
        {
            std::thread::sleep(SHORT_TICK);
            waited += SHORT_TICK;
        }
        let kept = self.stderr.lock().unwrap_or_else(PoisonError::into_inner);
        self.ended.stderr = kept
            .iter()
            .filter(|line| !line.is_empty())
            .cloned()
            .collect();
        self.ended.clone()
    }
}

/// The process that started another, where the system says so.
pub(super) fn parent(id: u32) -> Option<u32> {
    status(id)?.split(' ').nth(1)?.parse().ok()
}

/// What the system says of a process behind its name: its state, its parent, ..
fn status(id: u32) -> Option<String> {
    let text = std::fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
    let (_, after_name) = text.rsplit_once(')')?;
    Some(after_name.trim_start().to_owned())
}

/// Waits for the worker at its socket, and hears it to the end.
fn listen(socket: Socket, place: usize, events: &Sender<(usize, Event)>) {
    // Without a receiver there is nothing to report.
    let send = |event| drop(events.send((place, event)));
    if let Some(stream) = socket.accept()
        && let Ok(commands) = stream.try_clone()
    {
        // A worker speaks first.
        let mut commands = Some(commands);
        lines::read(stream, b"{", |line, dropped| {
            if let Some(commands) = commands.take() {
                send(Event::Connected(Box::new(commands)));
            }
            let line = Line::message(line, dropped);
            send(Event::Line(Box::new(line), true));
        });
    }
    send(Event::Closed { connection: true });
}

fn keep(kept: &Mutex<VecDeque<String>>, line: &[u8], dropped: usize) {
    let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
    if kept.len() == KEPT_LINES {
        kept.pop_front();
    }
    kept.push_back(lines::text(line, dropped, KEPT_BYTES));
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    /// A machine that is busy elsewhere makes no look at a process late for what it said.
    #[test]
    fn what_was_said_is_waited_for_by_looks_and_not_by_the_clock() {
        let (sender, events) = std::sync::mpsc::channel();
        let mut process =
            Process::start(0, Command::new("true"), sender).expect("a program that ends");
        while process.status.is_none() {
            assert!(!process.has_ended(Duration::ZERO), "nothing was taken in");
            std::thread::yield_now();
        }
        // However long ago it went.
        assert!(!process.has_ended(Duration::ZERO));
        assert!(!process.has_ended(LAST_WORDS));
        let (_, closed) = events.recv().expect("the end of its output");
        process.take(closed);
        assert!(process.has_ended(Duration::ZERO), "all was heard");

        let (sender, _events) = std::sync::mpsc::channel();
        let mut silent =
            Process::start(0, Command::new("true"), sender).expect("a program that ends");
        while silent.status.is_none() {
            silent.has_ended(Duration::ZERO);
            std::thread::yield_now();
        }
        assert!(!silent.has_ended(LAST_WORDS));
        assert!(silent.has_ended(Duration::from_millis(1)), "it is silent");
    }
}
