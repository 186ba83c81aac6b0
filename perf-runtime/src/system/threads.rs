//! Starts the threads of this crate.

use std::io;
use std::thread::{Builder, JoinHandle};

/// As much as a program's main thread has: functions under test may recurse.
pub(crate) const STACK: usize = 8 << 20;

/// Starts a thread with such a stack; `name` is how debuggers call it.
///
/// NOTE: what it does is boxed, because the standard library compiles what starts a
/// thread anew for each closure.
///
/// # Errors
/// If the system starts none.
pub(crate) fn start(name: &str, work: Box<dyn FnOnce() + Send>) -> io::Result<JoinHandle<()>> {
    let builder = Builder::new().name(name.to_owned()).stack_size(STACK);
    builder.spawn(work)
}
