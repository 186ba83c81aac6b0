//! Measures in a process of this binary that does one task: started, watched, listened to.

#![allow(clippy::disallowed_methods, reason = "starts this program again")]

use std::env;
use std::hash::{BuildHasher as _, Hasher as _, RandomState};
use std::io::{self, Read as _, Write as _};
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::Duration;

use perf_grammar::{Task, variable};

use crate::collections::{
    cut_last, joined, mapped, numbers, owned, parsed, parts, without_controls,
};
use crate::measure::registry::registered;
use crate::model::case::Case;
use crate::model::problem::Problem;
use crate::model::sample::Spread;
use crate::model::unmeasured::{Cause, Unmeasured};
use crate::system::clock::Stopwatch;
use crate::system::mailbox::{Nothing, Sender, mailbox};
use crate::system::stream::{Lines, without_end};
use crate::system::threads;
use crate::system::worker_env::{PROTOCOL, WorkerEnv};

/// What stands before an answer on the child's standard output, behind a byte and
/// the token that its parent gave it, and between the words of one. What a test
/// prints itself may stand in front of it.
const SEPARATOR: char = '\u{1e}';
const ANSWER: &str = "answer";
const BETWEEN: &str = "\u{1f}";
/// The most that is read of a line, bytes: an answer is shorter, and what a test
/// prints has no end that is known.
const LONGEST: usize = 64 << 10;

/// Lines of the child's standard error that are kept, and that are told.
const KEPT_LINES: usize = 20;
const SHOWN_LINES: usize = 4;

/// How often a child is looked after while it says nothing.
const GLANCE: Duration = Duration::from_millis(20);
/// Lines that may wait to be heard.
const WAITING: usize = 64;

/// How long the pipes of a child that ended are listened to: a process that it
/// left behind may hold them open.
const AFTERWARDS: Duration = Duration::from_secs(10);
/// How long nothing may come from them, counted in glances: where this process has no
/// processor for a while, what the child said last waits to be heard.
const SILENCE: u32 = 100;

/// A task that this binary does in another process.
pub(crate) struct Isolated<'a> {
    pub(crate) task: Task,
    /// The cases that it is about.
    pub(crate) cases: &'a [&'static Case],
    /// A variable for the process, and its value: what to do in detail.
    pub(crate) details: Option<(&'static str, String)>,
    /// How long the process may take.
    pub(crate) longest: Duration,
}

/// The result, or why there is none; `None` of an answer that is another.
type Answer<T> = Option<Result<T, Unmeasured>>;

impl Isolated<'_> {
    /// Runs the process to its end, and reads each answer until one is the result.
    ///
    /// # Errors
    /// An error that is the result; else what lacks, and how the process ended that had no
    /// result, or why it could not be started.
    pub(crate) fn result<T>(
        &self,
        lacks: &str,
        read: &mut dyn FnMut(&[&str]) -> Answer<T>,
    ) -> Result<T, Unmeasured> {
        let mut result = None;
        let ended = self.run(&mut |words| {
            if result.is_none() {
                result = read(words);
            }
        });
        result.unwrap_or_else(|| Err(without_result(ended).so(lacks)))
    }

    /// Runs the process to its end, and hears each answer.
    ///
    /// # Errors
    /// If it could not be started.
    pub(crate) fn run(&self, hear: &mut dyn FnMut(&[&str])) -> Result<Ended, Cause> {
        let mut command = Command::new(this_program()?);
        let token = entrust(&mut command, self.task, self.cases);
        if let Some((variable, value)) = &self.details {
            command.env(variable, value);
        }
        watch(&mut command, &token, self.longest, hear)
            .map_err(|error| Cause::not_started(&error.to_string()))
    }
}

fn without_result(ended: Result<Ended, Cause>) -> Unmeasured {
    match ended {
        Ok(ended) => ended.why(),
        Err(why) => why.into(),
    }
}

/// The path of this binary.
///
/// # Errors
/// If the system does not know it.
pub(crate) fn this_program() -> Result<PathBuf, Cause> {
    env::current_exe().map_err(|error| Cause::no_own_path(&error.to_string()))
}

/// How a child ended.
#[derive(Debug)]
pub(crate) struct Ended {
    /// `None` if it was killed because its time was up.
    pub(crate) status: Option<ExitStatus>,
    /// The last lines of its standard error.
    pub(crate) last_lines: Vec<String>,
}

/// What a child said, and that its output came to an end.
enum Said {
    Out(String),
    Err(String),
    End,
}

/// Lets a command that starts this binary do a task for these cases. What stands
/// before its answers is returned.
pub(crate) fn entrust(command: &mut Command, task: Task, cases: &[&'static Case]) -> String {
    let token = token();
    let lines: Vec<String> = mapped(cases, |case| format!("={}", case.id()));
    // Under the standard harness the first of them becomes the worker.
    command.args(cases.first().map(|case| case.harness_name()));
    command
        .args([
            "--exact",
            "--test-threads=1",
            "--nocapture",
            "--include-ignored",
        ])
        .env(variable::WORKER, PROTOCOL)
        .env(variable::WORKER_TASK, task.word())
        .env(variable::WORKER_TOKEN, &token)
        .env(variable::WORKER_SELECT, joined(&lines, "\n"));
    token
}

/// What no test prints by accident.
fn token() -> String {
    // The standard library seeds it from the system.
    format!("{:016x}", RandomState::new().build_hasher().finish())
}

/// The child's side: the cases that it is to do, in the order it was told;
/// ids that this binary does not know are left out.
pub(crate) fn entrusted(surroundings: &WorkerEnv) -> Vec<(String, &'static Case)> {
    let all = registered();
    let mut known = Vec::new();
    for line in &surroundings.select {
        for case in &all {
            let id = case.id();
            if line.strip_prefix("=") == Some(&*id) {
                known.push((id, *case));
                break;
            }
        }
    }
    known
}

/// The child's side: the one case that it is to do.
///
/// # Errors
/// If this binary does not know it.
pub(crate) fn entrusted_case(surroundings: &WorkerEnv) -> Result<&'static Case, Problem> {
    let case = entrusted(surroundings).into_iter().next();
    let case = case.ok_or_else(Problem::unknown_case)?;
    Ok(case.1)
}

/// The child's side: says some words, on a separate line and in one write,
/// past any capturing; whether the connection is open still.
#[inline(never)]
pub(crate) fn answer(surroundings: &WorkerEnv, words: &[String]) -> bool {
    let token = surroundings.token.as_deref().unwrap_or_default();
    let mut out = io::stdout().lock();
    let said = out.write_all(written(token, words).as_bytes());
    said.and_then(|()| out.flush()).is_ok()
}

/// The answer where there is nothing.
#[inline(never)]
pub(crate) fn nothing(why: &Unmeasured) -> Vec<String> {
    let mut words = vec![owned("failed")];
    why.add_words(&mut words);
    words
}

/// Why there is nothing, where that is the answer.
pub(crate) fn failed(words: &[&str]) -> Option<Unmeasured> {
    match *words {
        ["failed", ref why @ ..] => Unmeasured::from_words(why),
        _ => None,
    }
}

/// How calls differ in a figure, from the four words of it in an answer.
pub(crate) fn spread(words: &[&str]) -> Option<Spread> {
    let [least, median, ref calls @ ..] = *words else {
        return None;
    };
    let [calls_at_least, calls_at_largest] = numbers(calls)?;
    Some(Spread {
        least: parsed(least)?,
        median: parsed(median)?,
        calls_at_least,
        calls_at_largest,
    })
}

fn written(token: &str, words: &[String]) -> String {
    // Whatever was printed before it, it is no part of a line without an end.
    let mut line = format!("\n{SEPARATOR}{token}{ANSWER}");
    for word in words {
        line.push_str(BETWEEN);
        line.push_str(&without_controls(word));
    }
    line += "\n";
    line
}

fn read<'l>(token: &str, line: &'l str) -> Option<Vec<&'l str>> {
    // No word holds a separator.
    let (_, answer) = cut_last(line, SEPARATOR)?;
    let words = answer.strip_prefix(token)?.strip_prefix(ANSWER)?;
    Some(parts(words.strip_prefix(BETWEEN)?, BETWEEN))
}

/// Runs a command to its end, or for so long at most, and hears each answer, which
/// stands behind this token.
///
/// # Errors
/// If it could not be started.
pub(crate) fn watch(
    command: &mut Command,
    token: &str,
    longest: Duration,
    hear: &mut dyn FnMut(&[&str]),
) -> io::Result<Ended> {
    let start = Stopwatch::start();
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    let (sender, said) = mailbox(WAITING);
    let mut open = 0;
    if let Some(mut out) = child.stdout.take() {
        open += 1;
        let out = Lines::new(Box::new(move |piece| out.read(piece)));
        listen(out, Said::Out, sender.clone())?;
    }
    if let Some(mut err) = child.stderr.take() {
        open += 1;
        let err = Lines::new(Box::new(move |piece| err.read(piece)));
        listen(err, Said::Err, sender.clone())?;
    }
    let mut last_lines = Vec::new();
    let (mut status, mut glances) = (None, 0);
    let mut until = longest;
    while open > 0 && glances < SILENCE {
        match said.receive(GLANCE) {
            Ok(Said::Out(line)) => {
                if let Some(words) = read(token, &line) {
                    hear(&words);
                }
            }
            Ok(Said::Err(line)) => {
                last_lines.push(line);
                if last_lines.len() > KEPT_LINES {
                    last_lines.remove(0);
                }
            }
            Ok(Said::End) => open -= 1,
            Err(Nothing::Disconnected) => break,
            Err(Nothing::Timeout) => {
                if status.is_some() {
                    glances += 1;
                } else {
                    status = child.try_wait()?;
                    if status.is_some() {
                        until = start.elapsed() + AFTERWARDS;
                    }
                }
            }
        }
        if start.elapsed() >= until {
            break;
        }
    }
    if status.is_none() {
        status = end(&mut child, longest.saturating_sub(start.elapsed()))?;
    }
    Ok(Ended { status, last_lines })
}

/// Waits for a child for so long at most, then kills it.
fn end(child: &mut Child, longest: Duration) -> io::Result<Option<ExitStatus>> {
    let start = Stopwatch::start();
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(Some(status));
        }
        if start.elapsed() >= longest {
            // It may have ended in between; then there is nothing to kill.
            let _ = child.kill();
            child.wait()?;
            return Ok(None);
        }
        thread::sleep(GLANCE);
    }
}

fn listen(mut lines: Lines, said: fn(String) -> Said, sender: Sender<Said>) -> io::Result<()> {
    let listen = move || {
        let mut line = Vec::new();
        // What a test prints need not be UTF-8.
        while matches!(lines.next(&mut line, LONGEST), Ok(true)) {
            let text = String::from_utf8_lossy(&line);
            if !sender.send(said(owned(without_end(&text)))) {
                return;
            }
        }
        sender.send(Said::End);
    };
    threads::start("perf-listen", Box::new(listen)).map(drop)
}

impl Ended {
    /// How it ended, and its last words in the place of help.
    pub(crate) fn why(&self) -> Unmeasured {
        let first = self.last_lines.len().saturating_sub(SHOWN_LINES);
        let lines = joined(&self.last_lines[first..], " | ");
        let cause = match self.status {
            Some(status) => Cause::process_ended(&status.to_string(), &lines),
            None => Cause::process_killed(&lines),
        };
        cause.into()
    }

    /// Whether it was ended by an instruction that the processor, or valgrind
    /// in its place, does not know.
    #[cfg(feature = "instructions")]
    pub(crate) fn met_unknown_instruction(&self) -> bool {
        #[cfg(unix)]
        {
            use std::os::unix::process::ExitStatusExt as _;
            self.status.and_then(|status| status.signal()) == Some(libc::SIGILL)
        }
        #[cfg(not(unix))]
        {
            false
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_heard_whatever_the_test_printed_before_it() {
        let words = ["a::b", "failed", "two\nlines\u{1f}"].map(str::to_owned);
        let line = written("17", &words);
        let line = line.trim_start_matches('\n');
        assert!(
            line.ends_with('\n') && line.lines().count() == 1,
            "{line:?}"
        );
        let line = format!("test a::b ... {}", line.trim_end_matches('\n'));
        let words = Some(vec!["a::b", "failed", "two lines "]);
        assert_eq!(read("17", &line), words);
        assert_eq!(read("18", &line), None, "it is another's");
        assert_eq!(read("", "answer"), None);
        assert_eq!(read("", "\u{1e}{\"t\":\"bye\"}"), None);
        assert_eq!(read("", "\u{1e}answer\u{1f}a"), Some(vec!["a"]));
    }

    #[cfg(unix)]
    #[test]
    fn a_child_is_heard_to_its_end_and_killed_when_its_time_is_up() {
        let shell = |script: &str, longest| {
            let mut command = Command::new("sh");
            command.args(["-c", script]);
            let mut heard = Vec::new();
            let ended = watch(&mut command, "", longest, &mut |words| {
                heard.push(words.join(","));
            })
            .unwrap();
            (heard, ended)
        };
        let long = Duration::from_secs(60);
        let said = "printf 'x \\036answer\\037a\\037b\\n'; echo oh >&2;";
        let (heard, ended) = shell(&format!("{said} exit 3"), long);
        assert_eq!(heard, ["a,b"]);
        assert_eq!(ended.status.and_then(|status| status.code()), Some(3));
        assert!(ended.why().line().ends_with("its last words were: oh"));
        // How much it had said by then depends on the machine.
        let (_, ended) = shell(&format!("{said} exec sleep 600"), Duration::from_millis(1));
        assert!(ended.why().line().contains("took too long"));
        // A process that it leaves behind holds its pipes and is not waited for.
        let left = "sleep 600 & printf '\\036answer\\037%s\\n' $!; exit 0";
        let (heard, ended) = shell(left, long);
        assert!(ended.status.is_some_and(|status| status.success()));
        let mut kill = Command::new("kill");
        kill.arg(&heard[0]);
        assert!(kill.status().unwrap().success(), "it is there: {heard:?}");
    }

    #[cfg(all(unix, feature = "instructions"))]
    #[test]
    fn a_child_that_met_an_instruction_that_is_not_known_says_so() {
        let mut command = Command::new("sh");
        command.args(["-c", "kill -ILL $$"]);
        let ended = watch(&mut command, "", Duration::from_secs(60), &mut |_| {}).unwrap();
        assert!(ended.met_unknown_instruction());
    }
}
