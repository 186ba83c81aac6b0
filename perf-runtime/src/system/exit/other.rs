//! The end of a process on a system without such a hook: it is not watched.

/// Calls nothing.
pub(super) fn at_exit(_: extern "C" fn()) {}

/// Ends the process.
pub(super) fn end(code: i32) -> ! {
    std::process::exit(code)
}
