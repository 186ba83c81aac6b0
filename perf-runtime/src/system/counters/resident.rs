//! How much memory of the process is resident, and was at most.

#[cfg(target_os = "linux")]
mod linux;
#[cfg(target_os = "linux")]
use linux as system;

#[cfg(target_vendor = "apple")]
mod apple;
#[cfg(target_vendor = "apple")]
use apple as system;

#[cfg(windows)]
mod windows;
#[cfg(windows)]
use windows as system;

#[cfg(not(any(target_os = "linux", target_vendor = "apple", windows)))]
mod other;
#[cfg(not(any(target_os = "linux", target_vendor = "apple", windows)))]
use other as system;

#[cfg(windows)]
pub(super) use system::of;
#[cfg(target_vendor = "apple")]
pub(super) use system::task;
pub(crate) use system::{read, reset};

/// The resident memory of this process at one moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Resident {
    /// Resident now, bytes.
    pub(crate) now_bytes: u64,
    /// The most that was resident since the last reset; since the start of the
    /// process, where there is none.
    pub(crate) peak_bytes: u64,
    /// Page faults of the process so far, those that read a disk included.
    pub(crate) faults: u64,
}

/// Page faults of the process so far, and the peak as `getrusage` has it, in
/// the system's unit.
#[cfg(any(target_os = "linux", target_vendor = "apple"))]
fn usage() -> Option<(u64, u64)> {
    // SAFETY: all zeros is a valid `rusage`, a struct of integers.
    let mut usage: libc::rusage = unsafe { std::mem::zeroed() };
    // SAFETY: `usage` is a valid place for the result.
    let status = unsafe { libc::getrusage(libc::RUSAGE_SELF, &raw mut usage) };
    if status != 0 {
        return None;
    }
    let faults = u64::try_from(usage.ru_minflt).ok()? + u64::try_from(usage.ru_majflt).ok()?;
    Some((faults, u64::try_from(usage.ru_maxrss).ok()?))
}
