//! One test process: its pipes, the threads that read them, and its end.

use std::collections::VecDeque;
use std::io::{self, BufRead as _, BufReader, Read, Write as _};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::Sender;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use super::Ended;
use crate::protocol::Line;

/// Lines of standard error that are kept.
const KEPT_LINES: usize = 20;
/// How long to wait for the rest of the pipes of a process that is gone.
const LAST_WORDS: Duration = Duration::from_millis(500);

/// What comes from a process.
pub(crate) enum Event {
    /// A line, taken apart.
    Line(Box<Line>),
    /// Standard output is at its end.
    Ended,
}

/// A process.
pub(crate) struct Process {
    child: Child,
    stdin: Option<ChildStdin>,
    stderr: Arc<Mutex<VecDeque<String>>>,
    stderr_reader: Option<JoinHandle<()>>,
    over: bool,
    gone_since: Option<Instant>,
    /// Sweeps in a row in which nothing was open.
    pub(crate) idle_sweeps: u32,
    pub(crate) ended: Ended,
}

impl Process {
    /// Starts it.
    pub(crate) fn start(
        place: usize,
        mut command: Command,
        events: Sender<(usize, Event)>,
    ) -> io::Result<Process> {
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = command.spawn()?;
        let stderr = Arc::default();
        if let Some(stdout) = child.stdout.take() {
            std::thread::spawn(move || {
                read_lines(stdout, |line| {
                    // If nobody listens any more, there is nobody to tell.
                    let _ = events.send((place, Event::Line(Box::new(Line::read(line)))));
                });
                let _ = events.send((place, Event::Ended));
            });
        }
        let kept = Arc::clone(&stderr);
        let stderr_reader = child
            .stderr
            .take()
            .map(|pipe| std::thread::spawn(move || read_lines(pipe, |line| keep(&kept, line))));
        Ok(Process {
            stdin: child.stdin.take(),
            child,
            stderr,
            stderr_reader,
            over: false,
            gone_since: None,
            idle_sweeps: 0,
            ended: Ended::default(),
        })
    }

    /// Whether it has ended.
    pub(crate) fn is_over(&self) -> bool {
        self.over
    }

    /// Allows one sweep. If it is dead the word is lost, and its end is told
    /// elsewhere.
    pub(crate) fn go(&mut self) {
        self.tell("go");
    }

    /// Says one line to it. If it is dead the word is lost, and its end is told
    /// elsewhere.
    pub(crate) fn tell(&mut self, line: &str) {
        if let Some(stdin) = &mut self.stdin {
            let line = format!("{line}\n");
            let _ = stdin
                .write_all(line.as_bytes())
                .and_then(|()| stdin.flush());
        }
    }

    /// Says that nothing more is asked of it.
    pub(crate) fn close(&mut self) {
        self.stdin = None;
    }

    /// Ends one that is no worker of this protocol.
    pub(crate) fn fault(&mut self, why: String) {
        self.ended.fault.get_or_insert(why);
        let _ = self.child.kill();
    }

    /// Whether it is gone although its standard output is still open.
    pub(crate) fn is_gone(&mut self) -> bool {
        if self.over || !matches!(self.child.try_wait(), Ok(Some(_))) {
            return false;
        }
        self.gone_since.get_or_insert_with(Instant::now).elapsed() > LAST_WORDS
    }

    /// Marks the end.
    pub(crate) fn end(&mut self) {
        self.close();
        self.over = true;
        self.ended.status = self.child.wait().ok();
    }

    /// What is left of it.
    pub(crate) fn remains(&mut self) -> Ended {
        let start = Instant::now();
        while self
            .stderr_reader
            .as_ref()
            .is_some_and(|reader| !reader.is_finished())
            && start.elapsed() < LAST_WORDS
        {
            std::thread::sleep(Duration::from_millis(5));
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

impl Drop for Process {
    fn drop(&mut self) {
        if !self.over {
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
    }
}

fn keep(kept: &Mutex<VecDeque<String>>, line: &[u8]) {
    let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
    if kept.len() == KEPT_LINES {
        kept.pop_front();
    }
    kept.push_back(String::from_utf8_lossy(line).trim_end().to_owned());
}

fn read_lines(pipe: impl Read, mut each: impl FnMut(&[u8])) {
    let mut pipe = BufReader::new(pipe);
    let mut line = Vec::new();
    while pipe
        .read_until(b'\n', &mut line)
        .is_ok_and(|bytes| bytes > 0)
    {
        each(&line);
        line.clear();
    }
}
