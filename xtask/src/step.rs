//! One command of a chore: run, named, timed, and stopped at when it fails.

mod left_out;

use std::env;
use std::ffi::OsStr;
use std::io::{self, BufRead, BufReader, PipeReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::sync::{LazyLock, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use self::left_out::LeftOut;

/// What the steps of this process came to.
static DONE: Mutex<Done> = Mutex::new(Done {
    passed: Vec::new(),
    left_out: LeftOut::new(),
});
/// When the first step began.
static START: LazyLock<Instant> = LazyLock::new(Instant::now);

struct Done {
    passed: Vec<Passed>,
    left_out: LeftOut,
}

/// A step that passed.
struct Passed {
    title: String,
    /// Seconds since the first step began.
    began: f64,
    seconds: f64,
    /// Processor time of everything that it started, where the system reports it.
    cpu: Option<f64>,
}

/// Why a chore stopped, in words for the terminal.
pub(crate) type Stopped = String;

/// The workspace's folder.
pub(crate) fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .map_or_else(|| PathBuf::from("."), Path::to_owned)
}

/// The cargo that started this chore.
pub(crate) fn cargo() -> Command {
    let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(workspace());
    command
}

/// The same at the lowest priority, for work beside other steps.
pub(crate) fn cargo_last() -> Command {
    last(cargo().get_program())
}

/// A program at the lowest priority, where the system has one.
pub(crate) fn last(program: impl AsRef<OsStr>) -> Command {
    nice(19, program)
}

/// A program at a lower priority than others, by `steps` of 19.
pub(crate) fn nice(steps: u8, program: impl AsRef<OsStr>) -> Command {
    let mut command = if cfg!(unix) {
        let mut nice = Command::new("nice");
        nice.args(["-n", &steps.to_string()]).arg(program);
        nice
    } else {
        Command::new(program)
    };
    command.current_dir(workspace());
    command
}

/// Whether a program can be started and says its version.
pub(crate) fn has(program: &str, arguments: &[&str]) -> bool {
    Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

/// Runs a command that must succeed, and shows what it prints.
///
/// # Errors
/// Names the command and how it ended.
pub(crate) fn step(title: &str, command: &mut Command) -> Result<(), Stopped> {
    println!("\n=== {title}");
    let ran = run(title, command, &mut |line| println!("{line}"))?;
    ended(title, command, ran)
}

/// The same beside other steps: what the command prints is shown when it has ended.
///
/// # Errors
/// Names the command and how it ended.
pub(crate) fn step_beside(title: &str, command: &mut Command) -> Result<(), Stopped> {
    let mut text = String::new();
    let ran = run(title, command, &mut |line| {
        text = [&*text, line, "\n"].concat()
    })?;
    print!("\n=== {title}, beside other steps\n{text}");
    ended(title, command, ran)
}

/// A command as it could be typed, without the rest of a very long one.
fn shown(command: &Command) -> String {
    const MOST: usize = 400;
    let text = format!("{command:?}");
    match text.char_indices().nth(MOST) {
        Some((end, _)) => format!("{} ..", &text[..end]),
        None => text,
    }
}

/// A command that has ended.
struct Ran {
    status: ExitStatus,
    began: Instant,
    cpu: Option<f64>,
}

/// Runs a command to its end, whose two streams are one.
fn run(title: &str, command: &mut Command, show: &mut dyn FnMut(&str)) -> Result<Ran, Stopped> {
    LazyLock::force(&START);
    let began = Instant::now();
    let (mut child, output) = start(command)
        .map_err(|error| format!("{title}: {command:?} could not be started: {error}"))?;
    let lines = lines(output);
    loop {
        match lines.recv_timeout(Duration::from_millis(500)) {
            Ok(text) => {
                done().left_out.read(&text);
                show(&text);
            }
            // What it started in the background may keep the pipe open.
            Err(RecvTimeoutError::Timeout) if !has_ended(&mut child) => {}
            Err(_) => break,
        }
    }
    let cpu = processor_time(&child);
    let status = child
        .wait()
        .map_err(|error| format!("{title}: {command:?} was lost: {error}"))?;
    Ok(Ran { status, began, cpu })
}

/// The lines of a pipe, read on a thread that ends with the pipe.
fn lines(output: PipeReader) -> Receiver<String> {
    let (sender, receiver) = mpsc::channel();
    std::thread::spawn(move || {
        let mut output = BufReader::new(output);
        let mut line = Vec::new();
        while output
            .read_until(b'\n', &mut line)
            .is_ok_and(|bytes| bytes > 0)
        {
            let text = String::from_utf8_lossy(&line);
            let sent = sender.send(text.trim_end_matches('\n').to_owned());
            line.clear();
            if sent.is_err() {
                break;
            }
        }
    });
    receiver
}

/// Starts a command that writes both of its streams into one pipe.
fn start(command: &mut Command) -> io::Result<(Child, PipeReader)> {
    let (output, input) = io::pipe()?;
    command.stdin(Stdio::null());
    command.stdout(input.try_clone()?).stderr(input);
    let child = command.spawn()?;
    // The command keeps its ends of the pipe open for as long as it lives.
    command.stdout(Stdio::null()).stderr(Stdio::null());
    Ok((child, output))
}

#[cfg(target_os = "linux")]
fn has_ended(child: &mut Child) -> bool {
    use nix::sys::wait::WaitStatus;
    // Not waited for: what it used is read first.
    let status = status(child, nix::sys::wait::WaitPidFlag::WNOHANG);
    status != Some(WaitStatus::StillAlive)
}

#[cfg(not(target_os = "linux"))]
fn has_ended(child: &mut Child) -> bool {
    !matches!(child.try_wait(), Ok(None))
}

#[cfg(target_os = "linux")]
fn status(child: &Child, flags: nix::sys::wait::WaitPidFlag) -> Option<nix::sys::wait::WaitStatus> {
    use nix::sys::wait::{Id, WaitPidFlag, waitid};
    let pid = nix::unistd::Pid::from_raw(i32::try_from(child.id()).ok()?);
    let flags = flags | WaitPidFlag::WEXITED | WaitPidFlag::WNOWAIT;
    waitid(Id::Pid(pid), flags).ok()
}

/// Processor seconds of a child that has ended and was not waited for, and of
/// everything that it started and waited for.
#[cfg(target_os = "linux")]
fn processor_time(child: &Child) -> Option<f64> {
    status(child, nix::sys::wait::WaitPidFlag::empty())?;
    crate::processor::seconds_of(child.id()).ok()
}

#[cfg(not(target_os = "linux"))]
fn processor_time(_: &Child) -> Option<f64> {
    None
}

fn ended(title: &str, command: &Command, ran: Ran) -> Result<(), Stopped> {
    let Ran { status, began, cpu } = ran;
    let seconds = began.elapsed().as_secs_f64();
    let used = cpu.map_or(String::new(), |cpu| format!(", {cpu:.0} s of processors"));
    println!("=== {title}: {status} after {seconds:.0} s{used}");
    if !status.success() {
        return Err(format!("{title}: {} ended with {status}", shown(command)));
    }
    passed(title, began, cpu);
    Ok(())
}

fn passed(title: &str, began: Instant, cpu: Option<f64>) {
    done().passed.push(Passed {
        title: title.to_owned(),
        began: began.duration_since(*START).as_secs_f64(),
        seconds: began.elapsed().as_secs_f64(),
        cpu,
    });
}

fn done() -> MutexGuard<'static, Done> {
    DONE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Runs a command that must fail and say these words: a checker is checked against
/// something it must catch.
///
/// # Errors
/// If the command succeeds, or fails for another reason.
pub(crate) fn catches(title: &str, words: &[&str], command: &mut Command) -> Result<(), Stopped> {
    says(title, false, words, command)?;
    println!("\n=== {title}: caught, as it must be");
    Ok(())
}

/// Runs a command that must succeed and say these words: a test that is found by its name
/// is there.
///
/// # Errors
/// If the command fails, or says something else.
pub(crate) fn proves(title: &str, words: &[&str], command: &mut Command) -> Result<(), Stopped> {
    says(title, true, words, command)?;
    println!("\n=== {title}: passed");
    Ok(())
}

fn says(title: &str, succeeds: bool, words: &[&str], command: &mut Command) -> Result<(), Stopped> {
    let mut text = String::new();
    let ran = run(title, command, &mut |line| {
        text = [&*text, line, "\n"].concat()
    })?;
    let lacks = words.iter().find(|word| !text.contains(**word));
    if ran.status.success() == succeeds && lacks.is_none() {
        passed(title, ran.began, ran.cpu);
        return Ok(());
    }
    Err(format!(
        "{title}: {command:?} was to {} with `{}`, and ended with {}:\n{text}",
        if succeeds { "pass" } else { "fail" },
        lacks.or(words.first()).unwrap_or(&""),
        ran.status
    ))
}

/// Says loudly that a check did not run, and why.
pub(crate) fn skipped(title: &str, reason: &str) {
    done().left_out.step(title, reason);
    println!("\n=== SKIPPED: {title}: {reason}");
}

/// How long each step took, what was left out, and in one line how many checks
/// passed, failed and were left out.
pub(crate) fn closing(failed: usize) -> String {
    let done = done();
    let mut steps: Vec<&Passed> = done.passed.iter().collect();
    steps.sort_by(|a, b| a.began.total_cmp(&b.began));
    let row = |step: &&Passed| {
        let cpu = step.cpu.map_or("?".to_owned(), |cpu| format!("{cpu:.0}"));
        let Passed {
            title,
            began,
            seconds,
            ..
        } = step;
        format!("{began:>7.0} {seconds:>7.0} {cpu:>7}  {title}\n")
    };
    let rows: String = steps.iter().map(row).collect();
    let whole = START.elapsed().as_secs_f64();
    let used: f64 = steps.iter().filter_map(|step| step.cpu).sum();
    let (skipped, ignored) = done.left_out.counts();
    format!(
        "  began    took     cpu  seconds\n{rows}{:>7} {whole:>7.0} {used:>7.0}  the whole\n{}checks: {} passed, {failed} failed, {skipped} skipped; {ignored} tests ignored",
        "",
        done.left_out,
        steps.len()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        command
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_commands_lines_are_one_text_and_its_processor_time_is_known() {
        let script = "echo out; echo err >&2; i=0; while [ $i -lt 200000 ]; do i=$((i+1)); done";
        let mut lines = Vec::new();
        let ran = run("a loop", &mut shell(script), &mut |line| {
            lines.push(line.to_owned())
        });
        let ran = ran.expect("sh runs");
        assert!(ran.status.success());
        assert_eq!(lines, ["out", "err"]);
        assert!(
            ran.cpu.is_some_and(|seconds| seconds > 0.02),
            "{:?}",
            ran.cpu
        );
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn what_a_command_leaves_behind_keeps_no_step() {
        let mut lines = Vec::new();
        let script = "sleep 600 & echo $!";
        let ran = run("a daemon", &mut shell(script), &mut |line| {
            lines.push(line.to_owned())
        });
        assert!(ran.is_ok_and(|ran| ran.status.success()));
        let [daemon] = &lines[..] else {
            panic!("{lines:?}");
        };
        assert!(Path::new("/proc").join(daemon).exists());
        let killed = Command::new("kill").arg(daemon).status();
        assert!(killed.is_ok_and(|status| status.success()));
    }

    #[test]
    fn what_must_be_caught_has_to_fail_with_the_words() {
        let caught = |script| catches("a check", &["a race"], &mut shell(script));
        assert_eq!(caught("echo a race; exit 1"), Ok(()));
        assert!(caught("echo a race").is_err());
        let other = caught("echo another; exit 1").expect_err("it says something else");
        assert!(other.contains("was to fail with `a race`"), "{other}");
        let proved = |script| proves("a test", &["1 passed"], &mut shell(script));
        assert_eq!(proved("echo 1 passed"), Ok(()));
        assert!(proved("echo 1 passed; exit 1").is_err());
        let none = proved("echo 0 passed").expect_err("it is not there");
        assert!(none.contains("was to pass with `1 passed`"), "{none}");
    }
}
