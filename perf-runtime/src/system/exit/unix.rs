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

/// Calls a function where the process ends by `exit` or by the return of `main`.
pub(super) fn at_exit(function: extern "C" fn()) {
    // SAFETY: the function lives as long as the program, and does not unwind:
    // a panic in an `extern "C"` function aborts.
    // Without memory for it nothing is called, and nothing else changes.
    let _ = unsafe { libc::atexit(function) };
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
