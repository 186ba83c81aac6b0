//! One measurement at a time: turns within the process, and a lock file across the machine.

#![allow(clippy::disallowed_methods, reason = "locks a file of the machine")]

mod machine;
mod turns;

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

pub(crate) use machine::MachineLock;
pub(crate) use turns::{Turn, Turns};

/// Who waits longer than this is told, and told again each time it has passed.
const LONG_WAIT: Duration = Duration::from_secs(10);

/// The turns of this process.
static PROCESS: Turns = Turns::new();

/// The holder of the turn and the machine hangs, and will not give them back.
static ABANDONED: AtomicBool = AtomicBool::new(false);
/// The turns of the holder that goes on.
static AFTERWARDS: Turns = Turns::new();

/// Goes on without what a thread that hangs will never give back: its turn,
/// and the lock of the machine, which is this process's then anyway.
pub(crate) fn abandon() {
    ABANDONED.store(true, Ordering::Release);
}

/// Unlocks the machine at once, where this process has locked it: it is about
/// to end, and what a case forked must not keep the lock.
pub(crate) fn unlock() {
    machine::unlock();
}

/// Waits for this thread's turn in the process: first come, first served.
pub(crate) fn process() -> Turn<'static> {
    if ABANDONED.load(Ordering::Acquire) {
        AFTERWARDS.wait()
    } else {
        PROCESS.wait()
    }
}

/// Waits until no other process of this machine measures.
///
/// `on_long_wait` is called with the time waited so far, every ten seconds.
/// Where the lock cannot be had, the caller goes on without: a measurement that
/// may be disturbed is better than none, and [`MachineLock::note`] says so.
#[inline(never)]
pub(crate) fn machine(on_long_wait: &mut dyn FnMut(Duration)) -> MachineLock {
    if ABANDONED.load(Ordering::Acquire) {
        return MachineLock::held_already();
    }
    MachineLock::acquire(&machine::path(), LONG_WAIT, on_long_wait)
}
