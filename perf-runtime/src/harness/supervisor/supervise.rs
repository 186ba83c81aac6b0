//! The process that knows the verdicts: starts those that measure, one after the
//! other, and listens to them.

use std::process::ExitStatus;
use std::time::Duration;

use super::output::{Output, Stream};
use super::process::{Event, GLANCE, Process};
use super::queue::{Next, Queue};
use super::reached::Reached;
use super::serve::ENDED;
use super::{Harness, Listener, Settled, Stopped};
use crate::collections::{joined, mapped, owned};
use crate::harness::session::{Lost, Options, Recorded};
use crate::harness::watchdog;
use crate::model::note::Note;
use crate::model::problem::Problem;
use crate::model::sample::Loss;
use crate::system::files::{self, Unwritten};
use crate::system::worker_env::WorkerEnv;

/// How long a process may say nothing at least, before it is taken for stopped.
const QUIET: Duration = Duration::from_secs(10);

/// Why not every case was judged.
#[derive(Debug)]
pub(super) enum Stop {
    /// No process can be started that measures.
    NoProcess,
    /// A mistake of the configuration, or a process that does not measure.
    Stopped(Stopped),
}

impl From<Problem> for Stop {
    fn from(problem: Problem) -> Stop {
        Stop::Stopped(Stopped::refused(&problem.line()))
    }
}

/// Measures every case of the options.
///
/// # Errors
/// Why not all of them were.
pub(super) fn run<L: Listener>(
    options: &Options,
    surroundings: &WorkerEnv,
    harness: Harness,
    reached: &mut Reached<L>,
) -> Result<(), Stop> {
    let grace_ns = watchdog::grace_ns(surroundings.deadline.as_deref())?;
    // Every process writes to the same run.
    let run = files::run_id(&files::environment)?;
    let quiet = Duration::from_nanos(grace_ns).max(QUIET);
    let (mut all, mut isolated) = (Vec::new(), Vec::new());
    for case in &options.cases {
        all.push(case.id());
        if case.shape.isolate {
            isolated.push(case.id());
        }
    }
    let mut queue = Queue::new(all, &isolated);
    let mut started = false;
    loop {
        let (cases, lost) = match queue.next() {
            Next::Measure { cases, lost } => (cases, lost),
            Next::Release(held) => {
                for settled in held {
                    reached.take(settled);
                }
                continue;
            }
            Next::Done => {
                reached.finish();
                return Ok(());
            }
        };
        let mut test = String::new();
        for case in &options.cases {
            if test.is_empty() && cases.contains(&case.id()) {
                test = case.harness_name();
            }
        }
        let process = match Process::start(&test, cases.clone(), &lost, harness, &run) {
            Ok(process) => process,
            Err(_) if !started => return Err(Stop::NoProcess),
            Err(error) => {
                let why = Stopped::not_started(&format!("{error}"));
                return Err(Stop::Stopped(why));
            }
        };
        started = true;
        let mut heard = Heard::new(harness, &mut queue, reached);
        let status = heard.listen(process, quiet);
        match heard.end(status, quiet) {
            End::Refused(why) => return Err(Stop::Stopped(why)),
            End::NotReached => return Err(Stop::NoProcess),
            End::Ended { at, how, certain } => {
                if !queue.ended(at, certain) {
                    return Err(Stop::Stopped(how));
                }
            }
            End::Bye => {
                let mut unknown = Vec::new();
                for id in &cases {
                    if queue.is_open(id) {
                        unknown.push(id);
                    }
                }
                if !unknown.is_empty() {
                    let why = Stopped::unknown_cases(&format!("{unknown:?}"));
                    return Err(Stop::Stopped(why));
                }
            }
        }
    }
}

/// How a process ended.
enum End {
    /// It did what it was asked to.
    Bye,
    /// It cannot do it, and no other can.
    Refused(Stopped),
    /// It ended in peace without having been told: it is no test of this name, or
    /// its `main` does something else the second time.
    NotReached,
    /// It ended before it was done: at which case, how, and whether it is certain
    /// that it was this case.
    Ended {
        at: Option<Lost>,
        how: Stopped,
        certain: bool,
    },
}

/// What one process says.
struct Heard<'run, L> {
    queue: &'run mut Queue,
    reached: &'run mut Reached<L>,
    output: Output,
    /// The case that it called last, and what for.
    at: Option<(String, String)>,
    hung: Option<Lost>,
    refused: Option<Stopped>,
    /// Why there is no file of the record of the case that settles next.
    unwritten: Option<Unwritten>,
    garbled: Option<String>,
    began: bool,
    bye: bool,
    /// It said nothing for so long that it was killed.
    silent: bool,
}

impl<'run, L: Listener> Heard<'run, L> {
    fn new(
        harness: Harness,
        queue: &'run mut Queue,
        reached: &'run mut Reached<L>,
    ) -> Heard<'run, L> {
        Heard {
            queue,
            reached,
            output: Output::new(harness == Harness::Standard { captures: true }),
            at: None,
            hung: None,
            refused: None,
            unwritten: None,
            garbled: None,
            began: false,
            bye: false,
            silent: false,
        }
    }

    /// Listens to its end.
    fn listen(&mut self, mut process: Process, quiet: Duration) -> Option<ExitStatus> {
        // Glances are counted, and no time is read: where this process is stopped
        // as well, by a terminal, the silence has no length.
        let mut glances = 0;
        while !self.bye && self.garbled.is_none() && !process.is_over() {
            match process.next() {
                Some(event) => {
                    glances = 0;
                    self.take(event);
                }
                None => glances += 1,
            }
            if GLANCE * glances > quiet {
                self.silent = true;
                process.kill();
                break;
            }
        }
        if self.garbled.is_some() {
            process.kill();
        }
        // What stands behind `perf_runtime::main!()` may take its time.
        let longest = if self.bye { quiet } else { Duration::ZERO };
        process.end(longest, &mut |event| self.take(event))
    }

    fn take(&mut self, event: Event) {
        match event {
            Event::Words(words) => self.hear(&words),
            Event::Out(bytes) => self.output.take(Stream::Out, &bytes),
            Event::Err(bytes) => self.output.take(Stream::Err, &bytes),
            Event::Garbled(why) => self.garbled = Some(why),
            Event::Closed | Event::End => {}
        }
    }

    fn hear(&mut self, words: &[String]) {
        let of: Vec<&str> = mapped(words, String::as_str);
        match of[..] {
            ["hello"] => self.began = true,
            ["alive"] => {}
            ["calls", id, phase] => self.at = Some((owned(id), owned(phase))),
            ["waiting", seconds] => {
                let waited = Duration::from_secs(seconds.parse().unwrap_or(0));
                self.reached.waiting(waited);
            }
            ["note", text] => self.reached.note(text),
            ["hung", id, phase, seconds] => {
                self.hung = Some(Lost {
                    id: owned(id),
                    loss: Loss::Hung {
                        phase: owned(phase),
                        seconds: seconds.parse().unwrap_or(0),
                    },
                });
            }
            ["refused", why] => self.refused = Some(Stopped::refused(why)),
            ["record", folder, file, text] => {
                let record = Recorded {
                    folder: folder.into(),
                    file: owned(file),
                    text: owned(text),
                };
                self.unwritten = record.write().err();
            }
            ["bye"] => self.bye = true,
            _ => match Settled::read(words) {
                Some(mut settled) => {
                    if let Some(why) = self.unwritten.take() {
                        settled.output.note(&Note::not_written(&why.text()).line());
                    }
                    if let Some(settled) = self.queue.settled(settled) {
                        self.reached.take(settled);
                    }
                }
                None => self.garbled = Some(format!("found {words:?}")),
            },
        }
    }

    fn end(&mut self, status: Option<ExitStatus>, quiet: Duration) -> End {
        if let Some(why) = self.refused.take() {
            return End::Refused(why);
        }
        if self.bye {
            return End::Bye;
        }
        if let Some(hung) = self.hung.take() {
            return End::Ended {
                how: Stopped::unknown_end(""),
                at: Some(hung),
                certain: true,
            };
        }
        if !self.began && status.is_some_and(|status| status.success()) {
            return End::NotReached;
        }
        let lines = joined(&self.output.last_words(), " | ");
        let mut how = match (status, &self.garbled) {
            _ if self.silent => Stopped::silent(&format!("{}", quiet.as_secs()), &lines),
            (_, Some(found)) => Stopped::garbled(found, &lines),
            (Some(status), None) if status.code() == Some(ENDED) => Stopped::closed_files(&lines),
            (Some(status), None) => Stopped::ended(&format!("{status}"), &lines),
            (None, None) => Stopped::unknown_end(&lines),
        };
        let at = self.at.take().map(|(id, phase)| {
            let how = how.line();
            let loss = Loss::Died { phase, how };
            Lost { id, loss }
        });
        if !self.began {
            how = Stopped::before_start(&how.line());
        }
        End::Ended {
            at,
            how,
            certain: self.silent,
        }
    }
}
