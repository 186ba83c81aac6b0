//! Waits for a program that was started, and reads what it used.

#[cfg(any(target_os = "linux", target_vendor = "apple"))]
mod unix;
#[cfg(any(target_os = "linux", target_vendor = "apple"))]
use unix as system;

#[cfg(windows)]
mod windows;
#[cfg(windows)]
use windows as system;

#[cfg(not(any(target_os = "linux", target_vendor = "apple", windows)))]
mod other;
#[cfg(not(any(target_os = "linux", target_vendor = "apple", windows)))]
use other as system;

pub(crate) use system::{kill, wait};

/// The least that the system reports of the peak of a program that this process
/// starts: what this process itself held at most so far.
///
/// Linux starts a program in a child that shares the memory of its parent, and
/// counts the peak of that memory as the child's: `/bin/true` started from a
/// process that once held 80 MB shows 80 MB. Elsewhere a program starts from
/// nothing.
pub(crate) fn floor_bytes() -> u64 {
    if cfg!(target_os = "linux") {
        super::resident::read().map_or(u64::MAX, |resident| resident.peak_bytes)
    } else {
        0
    }
}
