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

#[cfg(any(target_os = "linux", target_vendor = "apple"))]
use perf_grammar::Metric;

#[cfg(any(target_os = "linux", target_vendor = "apple"))]
use crate::model::sample::Used;

#[cfg(windows)]
pub(super) use system::of;
#[cfg(target_vendor = "apple")]
pub(super) use system::task;
#[cfg(not(any(target_os = "linux", target_vendor = "apple")))]
pub(crate) use system::used;
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

/// What `getrusage` says of the process.
#[cfg(any(target_os = "linux", target_vendor = "apple"))]
fn of_process() -> Option<libc::rusage> {
    // SAFETY: all zeros is a valid `rusage`, a struct of integers.
    let mut usage: libc::rusage = unsafe { std::mem::zeroed() };
    // SAFETY: `usage` is a valid place for the result.
    let status = unsafe { libc::getrusage(libc::RUSAGE_SELF, &raw mut usage) };
    (status == 0).then_some(usage)
}

/// Reads what the process used so far, its threads together, those that ended included.
///
/// NOTE: software events of `perf_event_open` were rejected: they count the same page
/// faults, but containers and `kernel.perf_event_paranoid` above 2 refuse them, and
/// where the kernel is left out, as without rights it has to be, switches read 0. Which
/// switches were voluntary is documented on Linux alone.
#[cfg(any(target_os = "linux", target_vendor = "apple"))]
pub(crate) fn used() -> Used {
    let mut used = [None; Metric::USED.len()];
    if let Some(process) = of_process() {
        for (at, metric) in Metric::USED.iter().enumerate() {
            used[at] = match metric {
                Metric::PageFaults => page_faults(&process),
                Metric::DiskFaults => u64::try_from(process.ru_majflt).ok(),
                Metric::Switches if cfg!(target_os = "linux") => {
                    u64::try_from(process.ru_nvcsw).ok()
                }
                _ => None,
            };
        }
    }
    used
}

/// Page faults of the process, those that read a disk included.
#[cfg(any(target_os = "linux", target_vendor = "apple"))]
fn page_faults(usage: &libc::rusage) -> Option<u64> {
    u64::try_from(usage.ru_minflt.saturating_add(usage.ru_majflt)).ok()
}
