//! Processor time: of finished child processes, and of everything on the machine.

use std::fs;
use std::process::Command;

use crate::step::Stopped;

/// Where the times of waited-for children stand in `/proc/self/stat`, counted
/// from the field after the program's name: `cutime` and `cstime`.
const CHILDREN: [usize; 2] = [13, 14];
/// The same with those of the process itself, `utime` and `stime`.
const ALL: [usize; 4] = [11, 12, 13, 14];

/// Seconds of processor time, user and system, of every child that was waited
/// for, and of theirs.
///
/// # Errors
/// On systems without `/proc`.
pub(crate) fn seconds_of_children() -> Result<f64, Stopped> {
    seconds("/proc/self/stat", &CHILDREN)
}

/// The same of a process, its children that it waited for, and theirs.
///
/// # Errors
/// On systems without `/proc`, and where there is no such process.
pub(crate) fn seconds_of(process: u32) -> Result<f64, Stopped> {
    seconds(&format!("/proc/{process}/stat"), &ALL)
}

fn seconds(file: &str, fields: &[usize]) -> Result<f64, Stopped> {
    let stat = fs::read_to_string(file).map_err(|error| {
        format!("processor time is read from {file}, which only Linux has: {error}")
    })?;
    let ticks = ticks(&stat, fields).ok_or_else(|| format!("{file} is not as expected: {stat}"))?;
    Ok(ticks as f64 / ticks_a_second())
}

/// The name of the program may hold spaces and brackets; fields are counted
/// after its last bracket.
fn ticks(stat: &str, wanted: &[usize]) -> Option<u64> {
    let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
    wanted
        .iter()
        .map(|at| fields.get(*at)?.parse::<u64>().ok())
        .sum()
}

/// Seconds of processor time that everything on this machine used since it
/// started, and those it left unused, over all processors.
///
/// # Errors
/// On systems without `/proc`.
pub(crate) fn seconds_of_all() -> Result<(f64, f64), Stopped> {
    let stat = fs::read_to_string("/proc/stat").map_err(|error| format!("/proc/stat: {error}"))?;
    let (busy, idle) =
        ticks_of_all(&stat).ok_or_else(|| format!("/proc/stat is not as expected: {stat}"))?;
    Ok((
        busy as f64 / ticks_a_second(),
        idle as f64 / ticks_a_second(),
    ))
}

/// The first line: `cpu user nice system idle iowait irq softirq steal ..`,
/// where guests are counted in user time already.
fn ticks_of_all(stat: &str) -> Option<(u64, u64)> {
    let words = stat
        .lines()
        .next()?
        .strip_prefix("cpu ")?
        .split_whitespace();
    let fields: Vec<u64> = words.map_while(|word| word.parse().ok()).take(8).collect();
    let idle = fields.get(3)? + fields.get(4)?;
    Some((fields.iter().sum::<u64>() - idle, idle))
}

fn ticks_a_second() -> f64 {
    let said = Command::new("getconf").arg("CLK_TCK").output().ok();
    said.and_then(|out| String::from_utf8(out.stdout).ok()?.trim().parse().ok())
        .unwrap_or(100.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_counted_after_the_programs_name() {
        let stat =
            "77 (a b) c) S 1 77 77 0 -1 4194560 100 2000 0 0 5 6 250 50 20 0 1 0 900 1000 10";
        assert_eq!(ticks(stat, &CHILDREN), Some(300));
        assert_eq!(ticks(stat, &ALL), Some(311));
        assert_eq!(ticks("77 (x) S 1", &CHILDREN), None);
    }

    #[test]
    fn all_the_machine_does_is_busy_or_idle() {
        assert_eq!(
            ticks_of_all("cpu  10 1 20 400 5 2 3 4 7 0\ncpu0 1\n"),
            Some((40, 405))
        );
        assert_eq!(ticks_of_all("cpu 10"), None);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn the_time_of_a_child_is_seen() {
        let before = seconds_of_children().expect("Linux has /proc");
        let ran = Command::new("sh")
            .args(["-c", "i=0; while [ $i -lt 200000 ]; do i=$((i+1)); done"])
            .status();
        assert!(ran.expect("sh runs").success());
        let used = seconds_of_children().expect("Linux has /proc") - before;
        assert!(used > 0.02, "{used}");
    }
}
