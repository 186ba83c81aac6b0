//! Apple's systems say what is resident, and the highest of the process's life, which they never forget.

use super::Resident;
use crate::model::unmeasured::Cause;

/// The peak cannot be reset.
pub(crate) fn reset() -> bool {
    false
}

/// Reads what is resident, and the peak of the process's life.
///
/// # Errors
/// If the system does not say.
pub(crate) fn read() -> Result<Resident, Cause> {
    let read = || {
        let used = super::of_process()?;
        Some((
            super::page_faults(&used)?,
            u64::try_from(used.ru_maxrss).ok()?,
        ))
    };
    let (faults, peak_bytes) = read().ok_or_else(Cause::no_resident)?;
    let now_bytes = task().ok_or_else(Cause::no_resident)?.pti_resident_size;
    Ok(Resident {
        now_bytes,
        peak_bytes: peak_bytes.max(now_bytes),
        faults,
    })
}

/// What the system says of this process's memory and threads.
pub(in super::super) fn task() -> Option<libc::proc_taskinfo> {
    // SAFETY: all zeros is a valid `proc_taskinfo`, a struct of integers.
    let mut task: libc::proc_taskinfo = unsafe { std::mem::zeroed() };
    let size = i32::try_from(size_of::<libc::proc_taskinfo>()).ok()?;
    // SAFETY: `task` is a valid place for the result, of the size that is said.
    let read = unsafe {
        libc::proc_pidinfo(
            libc::getpid(),
            libc::PROC_PIDTASKINFO,
            0,
            (&raw mut task).cast(),
            size,
        )
    };
    (read == size).then_some(task)
}
