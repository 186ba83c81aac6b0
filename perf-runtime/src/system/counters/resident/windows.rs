//! Windows says the working set of a process, and the highest of its life, which it never forgets.

use std::ffi::c_void;

use perf_grammar::Metric;

use super::Resident;
use crate::model::sample::Used;
use crate::model::unmeasured::Cause;

/// `PROCESS_MEMORY_COUNTERS`.
#[repr(C)]
#[derive(Default)]
struct Memory {
    size: u32,
    page_faults: u32,
    peak_working_set: usize,
    working_set: usize,
    /// Of pools and of the page file.
    others: [usize; 6],
}

#[link(name = "kernel32")]
unsafe extern "system" {
    fn GetCurrentProcess() -> *mut c_void;
    fn K32GetProcessMemoryInfo(process: *mut c_void, memory: *mut Memory, size: u32) -> i32;
}

/// The peak cannot be reset.
pub(crate) fn reset() -> bool {
    false
}

/// Reads the working set of this process, and the highest of its life.
///
/// # Errors
/// If the system does not say.
pub(crate) fn read() -> Result<Resident, Cause> {
    // SAFETY: the handle is the process's own.
    let memory = unsafe { of(GetCurrentProcess()) };
    memory.ok_or_else(Cause::no_resident)
}

/// Reads the page faults of this process; switches are not counted.
pub(crate) fn used() -> Used {
    // SAFETY: the handle is the process's own.
    let memory = unsafe { of(GetCurrentProcess()) };
    Metric::USED.map(|metric| match metric {
        // A process that has started has had some.
        Metric::PageFaults => Some(memory?.faults).filter(|faults| *faults > 0),
        _ => None,
    })
}

/// What the system says of a process, whether it runs or has ended.
///
/// # Safety
/// The handle is open, and may be asked.
pub(in super::super) unsafe fn of(process: *mut c_void) -> Option<Resident> {
    let mut memory = Memory::default();
    memory.size = size_of::<Memory>() as u32;
    // SAFETY: `memory` is a valid place for the result, of the size that is said.
    let known = unsafe { K32GetProcessMemoryInfo(process, &raw mut memory, memory.size) };
    (known != 0).then(|| Resident {
        now_bytes: memory.working_set as u64,
        peak_bytes: memory.peak_working_set as u64,
        faults: memory.page_faults.into(),
    })
}

#[cfg(test)]
mod tests {
    #[test]
    fn memory_that_is_touched_is_resident() {
        let before = super::read().unwrap();
        let touched = std::hint::black_box(vec![1_u8; 32 << 20]);
        let after = super::read().unwrap();
        assert!(
            after.now_bytes >= before.now_bytes + (16 << 20),
            "{before:?} {after:?}"
        );
        assert!(after.peak_bytes >= after.now_bytes, "{after:?}");
        drop(touched);
    }
}
