//! The calling thread's stack, as return addresses; a file per system.

#[cfg(all(unix, not(miri)))]
mod unix;
#[cfg(all(unix, not(miri)))]
use unix as system;

#[cfg(all(windows, target_arch = "x86_64"))]
mod windows;
#[cfg(all(windows, target_arch = "x86_64"))]
use windows as system;

#[cfg(not(any(all(unix, not(miri)), all(windows, target_arch = "x86_64"))))]
mod other;
#[cfg(not(any(all(unix, not(miri)), all(windows, target_arch = "x86_64"))))]
use other as system;

pub(super) use system::{function_of, unwinder, walk};

/// Frames that are kept of a stack, from its top: what is below does not
/// distinguish stacks of a deep recursion any more.
pub(super) const DEPTH: usize = 128;
