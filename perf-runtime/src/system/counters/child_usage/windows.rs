//! Windows reports what a process used for as long as its handle is open.

use std::ffi::c_void;
use std::io;
use std::os::windows::io::AsRawHandle as _;
use std::process::{Child, ExitStatus};

use crate::model::sample::ChildUsage;
use crate::system::counters::resident;

type Handle = *mut c_void;

/// `FILETIME`, in steps of 100 ns.
#[repr(C)]
#[derive(Clone, Copy, Default)]
struct FileTime {
    low: u32,
    high: u32,
}

const PROCESS_TERMINATE: u32 = 1;

#[link(name = "kernel32")]
unsafe extern "system" {
    fn CloseHandle(handle: Handle) -> i32;
    fn GetProcessTimes(
        process: Handle,
        created: *mut FileTime,
        ended: *mut FileTime,
        kernel: *mut FileTime,
        user: *mut FileTime,
    ) -> i32;
    fn OpenProcess(access: u32, inherit: i32, pid: u32) -> Handle;
    fn TerminateProcess(process: Handle, code: u32) -> i32;
}

/// Waits until the program has ended, and calls `ended` then.
///
/// # Errors
/// If the system does not let us wait for it.
pub(crate) fn wait(
    child: &mut Child,
    ended: impl FnOnce(),
) -> io::Result<(ExitStatus, ChildUsage)> {
    let status = child.wait()?;
    ended();
    let process = child.as_raw_handle();
    let (user_ns, system_ns) = times(process).unzip();
    // SAFETY: the handle is open for as long as the child is there.
    let memory = unsafe { resident::of(process) };
    // Of a process that has ended Wine says 0, which is not what it held.
    let memory = memory.filter(|memory| memory.peak_bytes > 0);
    let usage = ChildUsage {
        starts: 1,
        user_ns,
        system_ns,
        max_rss_bytes: memory.map(|memory| memory.peak_bytes),
        floor_bytes: 0,
        faults: memory.map(|memory| memory.faults),
    };
    Ok((status, usage))
}

/// The processor time of a process outside of the system and within it, nanoseconds: in
/// steps of a clock tick.
fn times(process: Handle) -> Option<(u64, u64)> {
    let [mut created, mut ended, mut kernel, mut user] = [FileTime::default(); 4];
    // SAFETY: all are valid places for the results, and the handle is open.
    let known = unsafe {
        GetProcessTimes(
            process,
            &raw mut created,
            &raw mut ended,
            &raw mut kernel,
            &raw mut user,
        )
    };
    let ns = |time: FileTime| ((u64::from(time.high) << 32) | u64::from(time.low)) * 100;
    (known != 0).then(|| (ns(user), ns(kernel)))
}

/// Ends a program at once.
pub(crate) fn kill(pid: u32) {
    // SAFETY: the handle is used only where it was given, and closed once.
    unsafe {
        let process = OpenProcess(PROCESS_TERMINATE, 0, pid);
        if !process.is_null() {
            TerminateProcess(process, 1);
            CloseHandle(process);
        }
    }
}
