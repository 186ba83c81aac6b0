//! One command of a chore: run, named, timed, and stopped at when it fails.

use std::env;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

/// Steps of this process that passed, and checks that were skipped.
static PASSED: AtomicUsize = AtomicUsize::new(0);
static SKIPPED: AtomicUsize = AtomicUsize::new(0);

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

/// The same at the lowest priority where the system has one, for work beside other steps.
pub(crate) fn cargo_last() -> Command {
    if !cfg!(unix) {
        return cargo();
    }
    let mut command = Command::new("nice");
    command.args(["-n", "19"]).arg(cargo().get_program());
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

/// Runs a command that must succeed.
///
/// # Errors
/// Names the command and how it ended.
pub(crate) fn step(title: &str, command: &mut Command) -> Result<(), Stopped> {
    println!("\n=== {title}");
    let start = Instant::now();
    let status = command
        .status()
        .map_err(|error| not_started(title, command, &error))?;
    ended(title, command, status, start)
}

/// The same beside other steps: what the command prints is shown when it has ended.
///
/// # Errors
/// Names the command and how it ended.
pub(crate) fn step_beside(title: &str, command: &mut Command) -> Result<(), Stopped> {
    let start = Instant::now();
    let output = command
        .output()
        .map_err(|error| not_started(title, command, &error))?;
    let text = [output.stdout, output.stderr].concat();
    print!(
        "\n=== {title}, beside other steps\n{}",
        String::from_utf8_lossy(&text)
    );
    ended(title, command, output.status, start)
}

fn not_started(title: &str, command: &Command, error: &std::io::Error) -> Stopped {
    format!("{title}: {command:?} could not be started: {error}")
}

fn ended(
    title: &str,
    command: &Command,
    status: ExitStatus,
    start: Instant,
) -> Result<(), Stopped> {
    let seconds = start.elapsed().as_secs_f64();
    println!("=== {title}: {status} after {seconds:.0} s");
    if !status.success() {
        return Err(format!("{title}: {command:?} ended with {status}"));
    }
    PASSED.fetch_add(1, Ordering::Relaxed);
    Ok(())
}

/// Runs a command that must fail and say these words: a checker is checked against
/// something it must catch.
///
/// # Errors
/// If the command succeeds, or fails for another reason.
pub(crate) fn catches(title: &str, words: &[&str], command: &mut Command) -> Result<(), Stopped> {
    let output = command
        .output()
        .map_err(|error| not_started(title, command, &error))?;
    let text = [output.stdout, output.stderr].concat();
    let text = String::from_utf8_lossy(&text);
    let lacks = words.iter().find(|word| !text.contains(**word));
    if !output.status.success() && lacks.is_none() {
        println!("\n=== {title}: caught, as it must be");
        PASSED.fetch_add(1, Ordering::Relaxed);
        return Ok(());
    }
    Err(format!(
        "{title}: {command:?} was to fail with `{}`, and ended with {}:\n{text}",
        lacks.or(words.first()).unwrap_or(&""),
        output.status
    ))
}

/// Says loudly that a check did not run, and why.
pub(crate) fn skipped(title: &str, reason: &str) {
    SKIPPED.fetch_add(1, Ordering::Relaxed);
    println!("\n=== SKIPPED: {title}: {reason}");
}

/// How many steps passed and how many checks were skipped, in one line.
pub(crate) fn closing(failed: usize) -> String {
    let [passed, skipped] = [&PASSED, &SKIPPED].map(|count| count.load(Ordering::Relaxed));
    format!("checks: {passed} passed, {failed} failed, {skipped} skipped")
}
