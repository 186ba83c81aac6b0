//! Linux and Apple's systems tell what a process used when its end is asked for.

use std::io;
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, ExitStatus};

use crate::model::sample::ChildUsage;

/// Waits until the program has ended. `ended` is called in between, while its
/// number is still its own: afterwards the system may give it to another.
///
/// # Errors
/// If the system does not let us wait for it.
pub(crate) fn wait(
    child: &mut Child,
    ended: impl FnOnce(),
) -> io::Result<(ExitStatus, ChildUsage)> {
    let pid = libc::pid_t::try_from(child.id()).map_err(io::Error::other)?;
    // SAFETY: all zeros is a valid `siginfo_t`, a struct of integers.
    let mut info: libc::siginfo_t = unsafe { std::mem::zeroed() };
    // SAFETY: `info` is a valid place for the result, and the process is our
    // own child, which no other thread waits for.
    again(|| unsafe {
        libc::waitid(
            libc::P_PID,
            child.id(),
            &raw mut info,
            libc::WEXITED | libc::WNOWAIT,
        )
    })?;
    ended();
    let mut status = 0;
    // SAFETY: all zeros is a valid `rusage`, a struct of integers.
    let mut usage: libc::rusage = unsafe { std::mem::zeroed() };
    // SAFETY: both are valid places for the results; the process is our child
    // still, because the call above left it.
    again(|| unsafe { libc::wait4(pid, &raw mut status, 0, &raw mut usage) })?;
    Ok((ExitStatus::from_raw(status), used(&usage)))
}

/// Ends a child at once. It must not have been waited for.
pub(crate) fn kill(pid: u32) {
    if let Ok(pid) = libc::pid_t::try_from(pid) {
        // SAFETY: a signal to a process; no memory is involved.
        unsafe { libc::kill(pid, libc::SIGKILL) };
    }
}

/// Repeats what a signal interrupted.
fn again(mut call: impl FnMut() -> libc::c_int) -> io::Result<()> {
    loop {
        if call() >= 0 {
            return Ok(());
        }
        let error = io::Error::last_os_error();
        if error.kind() != io::ErrorKind::Interrupted {
            return Err(error);
        }
    }
}

fn used(usage: &libc::rusage) -> ChildUsage {
    // Linux counts in kilobytes, Apple in bytes.
    let unit = if cfg!(target_vendor = "apple") {
        1
    } else {
        1024
    };
    ChildUsage {
        starts: 1,
        user_ns: nanoseconds(usage.ru_utime),
        system_ns: nanoseconds(usage.ru_stime),
        max_rss_bytes: u64::try_from(usage.ru_maxrss).ok().map(|n| n * unit),
        floor_bytes: 0,
        faults: u64::try_from(usage.ru_minflt.saturating_add(usage.ru_majflt)).ok(),
    }
}

fn nanoseconds(time: libc::timeval) -> Option<u64> {
    let seconds = u64::try_from(time.tv_sec).ok()?;
    Some(seconds * 1_000_000_000 + u64::try_from(time.tv_usec).ok()? * 1_000)
}
