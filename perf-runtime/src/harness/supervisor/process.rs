//! A process that measures, as its supervisor sees it: started, listened to, ended.

use std::env;
use std::io::{self, Read as _};
use std::net::Shutdown;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::Duration;

use perf_grammar::{Task, variable};

use super::{Harness, MARK, words};
use crate::collections::{lines, mapped, owned, trim};
use crate::harness::session::Lost;
use crate::system::clock::Stopwatch;
use crate::system::mailbox::{Nothing, Receiver, Sender, mailbox};
use crate::system::stream::{self, Source};
use crate::system::threads;
use crate::system::worker_env::PROTOCOL;

/// How often a process is looked after while it says nothing.
pub(super) const GLANCE: Duration = Duration::from_millis(50);
/// How long nothing may come from the pipes of a process that ended, and how much
/// may in all: a process that it left behind may hold them open, and print.
const SILENCE: Duration = Duration::from_secs(1);
const AFTERWARDS: Duration = Duration::from_secs(10);
/// What is read of the output at once, and how much of it may wait.
const PIECE: usize = 8 << 10;
const WAITING: usize = 64;

/// What a process says and prints.
#[derive(Debug)]
pub(super) enum Event {
    Words(Vec<String>),
    Out(Vec<u8>),
    Err(Vec<u8>),
    /// It said what cannot be read.
    Garbled(String),
    /// It says nothing more.
    Closed,
    /// One of its streams is at its end.
    End,
}

/// One process.
#[derive(Debug)]
pub(super) struct Process {
    child: Child,
    events: Receiver<Event>,
    /// What is open of the connection and its streams.
    open: u32,
    /// Whether it was waited for.
    waited: bool,
}

impl Process {
    /// Starts this binary again, to measure these cases.
    ///
    /// # Errors
    /// If it cannot be started.
    pub(super) fn start(
        test: &str,
        cases: Vec<String>,
        lost: &[Lost],
        harness: Harness,
        run: &str,
    ) -> io::Result<Process> {
        let (own, others) = UnixStream::pair()?;
        let mut command = Command::new(env::current_exe()?);
        match harness {
            // The test of the first case becomes the one that measures.
            Harness::Standard { .. } => command
                .arg(test)
                .arg("--exact")
                .arg("--test-threads=1")
                .arg("--nocapture")
                .arg("--include-ignored"),
            // Its `main` may look at them.
            #[cfg(feature = "harness")]
            Harness::Serial => command.args(env::args_os().skip(1)),
        };
        let piped = |piped: bool| match piped {
            true => Stdio::piped(),
            false => Stdio::inherit(),
        };
        let supervisor = format!("{}", std::process::id());
        command
            .env(variable::WORKER, PROTOCOL)
            .env(variable::WORKER_TASK, Task::Session.word())
            .env(variable::WORKER_SUPERVISOR, &*supervisor)
            .env(variable::RUN_ID, run)
            .stdin(OwnedFd::from(others))
            .stdout(piped(matches!(harness, Harness::Standard { .. })))
            .stderr(piped(harness == Harness::Standard { captures: true }));
        let child = command.spawn()?;
        // With it goes this process's copy of the other end.
        drop(command);
        let (sender, events) = mailbox(WAITING);
        let mut process = Process {
            child,
            events,
            open: 1,
            waited: false,
        };
        if let Some(mut out) = process.child.stdout.take() {
            let sender = sender.clone();
            process.open += 1;
            let mut out = move |piece: &mut [u8]| out.read(piece);
            reader(Box::new(move || relay(&mut out, Event::Out, &sender)))?;
        }
        if let Some(mut err) = process.child.stderr.take() {
            let sender = sender.clone();
            process.open += 1;
            let mut err = move |piece: &mut [u8]| err.read(piece);
            reader(Box::new(move || relay(&mut err, Event::Err, &sender)))?;
        }
        let marks = match harness {
            Harness::Standard { .. } => vec![owned(MARK)],
            #[cfg(feature = "harness")]
            Harness::Serial => Vec::new(),
        };
        let mut words = Vec::new();
        for lost in lost {
            words.append(&mut lost.words());
        }
        reader(Box::new(move || talk(own, &[marks, cases, words], &sender)))?;
        Ok(process)
    }

    /// What comes next; `None` where nothing came for a moment, or nothing will.
    pub(super) fn next(&mut self) -> Option<Event> {
        match self.events.receive(GLANCE) {
            Ok(Event::Closed | Event::End) => {
                self.open -= 1;
                None
            }
            Ok(event) => Some(event),
            Err(Nothing::Timeout) => None,
            Err(Nothing::Disconnected) => {
                self.open = 0;
                thread::sleep(GLANCE);
                None
            }
        }
    }

    /// Whether it has ended, and nothing more comes from it.
    pub(super) fn is_over(&mut self) -> bool {
        self.open == 0 || matches!(self.child.try_wait(), Ok(Some(_)) | Err(_))
    }

    /// Waits for its end, for so long at most, and takes in what is still to
    /// come; where it does not end by itself, it is killed.
    pub(super) fn end(
        mut self,
        longest: Duration,
        take: &mut dyn FnMut(Event),
    ) -> Option<ExitStatus> {
        let start = Stopwatch::start();
        let (mut status, mut glances) = (None, 0);
        while self.open > 0 || status.is_none() {
            match self.next() {
                Some(event) => {
                    glances = 0;
                    take(event);
                }
                None => glances += 1,
            }
            if status.is_none() {
                status = self.child.try_wait().ok().flatten();
            }
            let longest = match status {
                Some(_) => AFTERWARDS,
                None => SILENCE.max(longest),
            };
            if start.elapsed() > longest || (status.is_some() && GLANCE * glances > SILENCE) {
                break;
            }
        }
        if status.is_none() {
            let _ = self.child.kill();
            status = self.child.wait().ok();
        }
        self.waited = true;
        status
    }

    /// Ends it at once.
    pub(super) fn kill(&mut self) {
        // It may have ended in between; then there is nothing to kill.
        let _ = self.child.kill();
    }
}

/// Whether a debugger looks on, or another program that follows this process
/// alone.
pub(super) fn is_debugged() -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    for line in &lines(&status) {
        if let Some(pid) = line.strip_prefix("TracerPid:") {
            return trim(pid) != "0";
        }
    }
    false
}

impl Drop for Process {
    /// No process is left behind, whatever happens to this one's thread.
    fn drop(&mut self) {
        if !self.waited {
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
    }
}

/// Starts a thread that reads.
fn reader(read: Box<dyn FnOnce() + Send>) -> io::Result<()> {
    threads::start("perf-supervisor", read).map(drop)
}

/// Gives on what the process prints, until it ends or no one listens.
fn relay(pipe: &mut Source, event: fn(Vec<u8>) -> Event, sender: &Sender<Event>) {
    let mut piece = vec![0; PIECE];
    while let Ok(length @ 1..) = stream::once(pipe, &mut piece) {
        if !sender.send(event(piece[..length].to_vec())) {
            return;
        }
    }
    sender.send(Event::End);
}

/// Says what is to be measured, and listens.
fn talk(mut own: UnixStream, task: &[Vec<String>], sender: &Sender<Event>) {
    // A process that ends without having listened is seen by its end.
    for words in task {
        if words::write(&mut own, &mapped(words, String::as_str)).is_err() {
            break;
        }
    }
    // A test that reads its standard input finds it at its end.
    let _ = own.shutdown(Shutdown::Write);
    loop {
        let event = match words::read(&mut |piece| own.read(piece)) {
            Ok(Some(words)) => Event::Words(words),
            Ok(None) => break,
            // A process that dies may leave half a message, or an unread one.
            Err(error)
                if matches!(
                    error.kind(),
                    io::ErrorKind::UnexpectedEof | io::ErrorKind::ConnectionReset
                ) =>
            {
                break;
            }
            Err(error) => {
                sender.send(Event::Garbled(format!("{error}")));
                break;
            }
        };
        if !sender.send(event) {
            return;
        }
    }
    sender.send(Event::Closed);
}
