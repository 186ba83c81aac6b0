//! The end of a process on Unix.

use std::io::Write as _;

/// Called by the system before `main`.
///
/// NOTE: a call from the harness would come too late for a `main` that ends
/// before it reaches one.
#[used]
#[cfg_attr(
    target_vendor = "apple",
    unsafe(link_section = "__DATA,__mod_init_func")
)]
#[cfg_attr(not(target_vendor = "apple"), unsafe(link_section = ".init_array"))]
static START: extern "C" fn() = super::start;

/// Watches the end of the process by `exit` or by the return of `main`. The C library of GNU
/// says the exit code.
pub(super) fn watch() {
    // SAFETY: the function lives as long as the program, and does not unwind:
    // a panic in an `extern "C"` function aborts.
    // Without memory for it nothing is called, and nothing else changes.
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    let _ = unsafe { on_exit(ends_with, std::ptr::null_mut()) };
    // SAFETY: as above.
    #[cfg(not(all(target_os = "linux", target_env = "gnu")))]
    let _ = unsafe { libc::atexit(ends) };
}

#[cfg(all(target_os = "linux", target_env = "gnu"))]
unsafe extern "C" {
    fn on_exit(
        function: extern "C" fn(libc::c_int, *mut libc::c_void),
        argument: *mut libc::c_void,
    ) -> libc::c_int;
}

#[cfg(all(target_os = "linux", target_env = "gnu"))]
extern "C" fn ends_with(code: libc::c_int, _: *mut libc::c_void) {
    // Of the code the system keeps eight bits.
    super::at_exit(Some(code & 0xff));
}

#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
extern "C" fn ends() {
    super::at_exit(None);
}

/// Writes to standard error.
pub(super) fn say(text: &str) {
    let _ = std::io::stderr().write_all(text.as_bytes());
}

/// Ends the process at once: nothing that waits for its end is called.
pub(super) fn end(code: i32) -> ! {
    // SAFETY: it has no requirements.
    unsafe { libc::_exit(code) }
}
