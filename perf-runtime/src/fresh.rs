//! Counts the memory of one case in a process of its own, where another
//! thread that allocates can only be one that the call started.

use std::env;
use std::process::{Command, Stdio};

use crate::case::{Case, Clock};
use crate::driver::{Count, Driver};
use crate::registry::registered;
use crate::sample::{Failure, Memory, Scope};
use crate::surroundings::{PROTOCOL, Surroundings};

/// What stands before the answer on the child's standard output.
const ANSWER: &str = "\u{1e}counted";

/// Starts this test binary again for one case, and reads what it counted.
///
/// # Errors
/// Says why nothing was counted: the limits of the case are then unmeasured.
pub(crate) fn count(case: &'static Case) -> Result<Memory, String> {
    let program = env::current_exe()
        .map_err(|error| format!("this test's own path is not known: {error}"))?;
    let output = Command::new(program)
        .args([
            &*case.test_name(),
            "--exact",
            "--test-threads=1",
            "--nocapture",
            "--include-ignored",
        ])
        .env("PERF_WORKER", PROTOCOL)
        .env("PERF_WORKER_TASK", "count")
        .env("PERF_WORKER_SELECT", format!("={}", case.id()))
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .output()
        .map_err(|error| format!("a fresh process for the count could not be started: {error}"))?;
    let text = String::from_utf8_lossy(&output.stdout);
    let answer = text
        .rsplit_once(ANSWER)
        .and_then(|(_, rest)| rest.lines().next());
    match answer.map(read) {
        Some(Some(memory)) => Ok(memory),
        _ => Err(format!(
            "other threads allocated meanwhile, and the fresh process for the count ended with {} and no figures",
            output.status
        )),
    }
}

/// The child's side: counts the one case that is selected.
///
/// # Errors
/// If no case is selected, or the function failed.
pub(crate) fn serve(surroundings: &Surroundings) -> Result<(), String> {
    let id = surroundings
        .select
        .first()
        .and_then(|line| line.strip_prefix('='));
    let case = registered()
        .into_iter()
        .find(|case| Some(&*case.id()) == id);
    let case = case.ok_or("no such case is registered in this binary")?;
    let mut driver = Driver::new(case, Clock::Wall);
    let memory = count_alone(&mut driver)
        .map_err(|failure| format!("the function failed while it was counted: {failure:?}"))?;
    // One write, past the harness's capturing; the line end parts it from
    // what the function itself may print next.
    let line = format!("{ANSWER} {}\n", written(&memory));
    let mut out = std::io::stdout().lock();
    std::io::Write::write_all(&mut out, line.as_bytes()).map_err(|error| error.to_string())
}

/// Counts in a process where nothing else runs: the calling thread first, all
/// threads where others allocated. Some calls are made before, so that what is
/// built once is not counted.
///
/// # Errors
/// If the function fails.
pub(crate) fn count_alone(driver: &mut Driver) -> Result<Memory, Failure> {
    for _ in 0..2 {
        driver.count(Scope::Thread)?;
    }
    if let Count::Exact(memory) = driver.count(Scope::Thread)? {
        return Ok(memory);
    }
    match driver.count(Scope::Process)? {
        Count::Exact(memory) => Ok(memory),
        Count::Foreign => Err(Failure::Misuse(
            "the count of all threads was refused".to_owned(),
        )),
    }
}

fn written(memory: &Memory) -> String {
    let Memory {
        calls,
        scope,
        peak_bytes,
        allocs,
        alloc_bytes,
        retained_bytes,
    } = memory;
    format!(
        "{} {calls} {peak_bytes} {allocs} {alloc_bytes} {retained_bytes}",
        scope.word()
    )
}

fn read(line: &str) -> Option<Memory> {
    let mut words = line.split_whitespace();
    let scope = match words.next()? {
        "thread" => Scope::Thread,
        "process" => Scope::Process,
        _ => return None,
    };
    let mut next = || words.next()?.parse().ok();
    Some(Memory {
        scope,
        calls: next()?,
        peak_bytes: next()?,
        allocs: next()?,
        alloc_bytes: next()?,
        retained_bytes: words.next()?.parse().ok()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_child_writes_the_parent_reads() {
        let memory = Memory {
            calls: 3,
            scope: Scope::Process,
            peak_bytes: 1 << 40,
            allocs: 7,
            alloc_bytes: 9,
            retained_bytes: -12,
        };
        assert_eq!(read(&written(&memory)), Some(memory));
        assert_eq!(read("thread 1 2 3"), None);
        assert_eq!(read("nonsense 1 2 3 4 5"), None);
    }
}
