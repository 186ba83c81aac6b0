//! Systems without counters of switches and waiting: what is not counted is `None`, never zero.

/// Processor time of the calling thread, nanoseconds.
#[cfg(target_vendor = "apple")]
pub(crate) fn cpu_ns() -> Option<u64> {
    clock_ns(libc::CLOCK_THREAD_CPUTIME_ID)
}

/// Processor time of all threads of the process, nanoseconds.
#[cfg(target_vendor = "apple")]
pub(crate) fn process_cpu_ns() -> Option<u64> {
    clock_ns(libc::CLOCK_PROCESS_CPUTIME_ID)
}

#[cfg(target_vendor = "apple")]
fn clock_ns(clock: libc::clockid_t) -> Option<u64> {
    let mut time = libc::timespec {
        tv_sec: 0,
        tv_nsec: 0,
    };
    // SAFETY: `time` is a valid place for the result.
    let status = unsafe { libc::clock_gettime(clock, &raw mut time) };
    if status != 0 {
        return None;
    }
    Some(u64::try_from(time.tv_sec).ok()? * 1_000_000_000 + u64::try_from(time.tv_nsec).ok()?)
}

/// Processor time of the calling thread: not known.
#[cfg(not(target_vendor = "apple"))]
pub(crate) fn cpu_ns() -> Option<u64> {
    None
}

/// Processor time of all threads of the process: not known.
#[cfg(not(target_vendor = "apple"))]
pub(crate) fn process_cpu_ns() -> Option<u64> {
    None
}

/// A clock that all processes share: not known.
pub(crate) fn monotonic_ns() -> Option<u64> {
    None
}

/// The number of the calling thread in the system: not known.
pub(crate) fn thread_id() -> Option<u64> {
    None
}

/// Page faults of the calling thread: not known.
pub(crate) fn page_faults() -> Option<u64> {
    None
}

/// Voluntary and involuntary switches of the calling thread: not known.
pub(crate) fn switches() -> (Option<u64>, Option<u64>) {
    (None, None)
}

/// How long all threads of the process waited for a processor: not known.
#[cfg(feature = "load")]
pub(crate) fn process_waited_ns() -> Option<u64> {
    None
}

/// How many threads the process has.
#[cfg(target_vendor = "apple")]
pub(crate) fn threads() -> Option<u64> {
    u64::try_from(super::resident::task()?.pti_threadnum).ok()
}

/// Whether another thread of the process runs.
#[cfg(target_vendor = "apple")]
pub(crate) fn others_are_ready() -> bool {
    super::resident::task().is_some_and(|task| task.pti_numrunning > 1)
}

/// How many threads the process has: not known.
#[cfg(not(target_vendor = "apple"))]
pub(crate) fn threads() -> Option<u64> {
    None
}

/// Whether another thread of the process could run: not known.
#[cfg(not(target_vendor = "apple"))]
pub(crate) fn others_are_ready() -> bool {
    false
}

/// What a thread of the process has had of a processor: not known.
#[cfg(feature = "tracing")]
pub(crate) fn share_of(_: u64) -> Option<super::Share> {
    None
}

/// When the calling thread had a processor and when it waited: not known.
pub(crate) fn turns() -> Option<super::Turns> {
    None
}
