//! The end of a process on a system without such a hook: it is not watched.

use std::io::Write as _;

/// Watches nothing.
pub(super) fn watch() {}

/// Writes to standard error.
pub(super) fn say(text: &str) {
    let _ = std::io::stderr().write_all(text.as_bytes());
}

/// Ends the process.
pub(super) fn end(code: i32) -> ! {
    std::process::exit(code)
}
