//! The end of a process on Windows.

use std::ffi::c_void;

type Handle = *mut c_void;

const PROCESS_DETACH: u32 = 0;
const PROCESS_ATTACH: u32 = 1;
const STANDARD_ERROR: u32 = -12_i32 as u32;

#[link(name = "kernel32")]
unsafe extern "system" {
    fn GetCurrentProcess() -> Handle;
    fn GetStdHandle(which: u32) -> Handle;
    fn TerminateProcess(process: Handle, code: u32) -> i32;
    fn WriteFile(
        file: Handle,
        bytes: *const u8,
        length: u32,
        written: *mut u32,
        overlapped: *mut c_void,
    ) -> i32;
}

/// Called by the loader when the program starts, and when it ends by `ExitProcess`, which
/// is what `std::process::exit` and the return of `main` come to.
///
/// NOTE: `atexit` of the C library would not do: `ExitProcess` does not ask it.
#[used]
#[unsafe(link_section = ".CRT$XLM")]
static CALLBACK: extern "system" fn(Handle, u32, *mut c_void) = callback;

extern "system" fn callback(_: Handle, reason: u32, _: *mut c_void) {
    match reason {
        PROCESS_ATTACH => super::start(),
        PROCESS_DETACH => super::at_exit(None),
        _ => {}
    }
}

/// The loader watches it: see above.
pub(super) fn watch() {}

/// Writes to standard error. All other threads are gone, and may have held its lock.
pub(super) fn say(text: &str) {
    let mut rest = text.as_bytes();
    while !rest.is_empty() {
        let mut written = 0;
        let length = u32::try_from(rest.len()).unwrap_or(u32::MAX);
        // SAFETY: the bytes are there for the call, and `written` is a valid place.
        let done = unsafe {
            WriteFile(
                GetStdHandle(STANDARD_ERROR),
                rest.as_ptr(),
                length,
                &raw mut written,
                std::ptr::null_mut(),
            )
        };
        if done == 0 || written == 0 {
            return;
        }
        rest = &rest[written as usize..];
    }
}

/// Ends the process at once: nothing that waits for its end is called.
pub(super) fn end(code: i32) -> ! {
    // SAFETY: the handle is the process's own.
    unsafe { TerminateProcess(GetCurrentProcess(), code as u32) };
    // Not reached.
    std::process::abort()
}
