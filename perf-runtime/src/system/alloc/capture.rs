//! Where a call allocates: the stack of every allocation, during a capture.
//!
//! A [`Capture`] makes the allocator's counting path write a log: for each
//! allocation its size, its address and its stack, for each free its address.
//! Who asks replays the log ([`crate::report::alloc_sites`]), and has the heaviest stacks
//! looked up.

mod unwind;
mod recorder;
mod log;
#[cfg(test)]
mod tests;

use std::sync::{Mutex, MutexGuard, PoisonError};

use super::Region;
use crate::model::sample::Scope;
use crate::report::alloc_sites::Change;

pub(crate) use log::Log;

/// One capture at a time in a process.
static TURN: Mutex<()> = Mutex::new(());

/// Whether the allocator has to look further at what it does.
#[inline(always)]
pub(super) fn is_asked() -> bool {
    recorder::wanted()
}

/// Whether this allocation or free is the recorder's own.
pub(super) fn is_own() -> bool {
    recorder::muted()
}

/// A block was allocated.
#[cold]
pub(super) fn took(block: *mut u8, size: usize) {
    recorder::record(block as usize, Change::Took { size });
}

/// A block was reallocated.
#[cold]
pub(super) fn resized(from: *mut u8, old: usize, block: *mut u8, size: usize) {
    let from = from as usize;
    recorder::record(block as usize, Change::Moved { from, old, size });
}

/// A block is about to be freed.
#[cold]
pub(super) fn gave(block: *mut u8, size: usize) {
    recorder::record(block as usize, Change::Gave { size });
}

/// While it lives, allocations are recorded: those of the calling thread, or
/// of all threads of the process.
///
/// A second one waits for the first to end; one thread must not start two.
#[must_use = "a capture records until it is finished"]
#[derive(Debug)]
pub(crate) struct Capture {
    scope: Scope,
    /// The allocator notifies the recorder only while something is counted.
    region: Option<Region>,
    _turn: MutexGuard<'static, ()>,
}

impl Capture {
    pub(crate) fn start(scope: Scope) -> Capture {
        Capture::with_room(scope, recorder::ROOM)
    }

    fn with_room(scope: Scope, room: recorder::Room) -> Capture {
        let turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
        recorder::start(scope, room);
        Capture {
            scope,
            region: Some(Region::enter(scope)),
            _turn: turn,
        }
    }

    /// Ends the recording, and hands over what was recorded.
    pub(crate) fn finish(mut self) -> Log {
        if let Some(region) = self.region.take() {
            region.leave();
        }
        Log::new(self.scope, recorder::stop().unwrap_or_default())
    }
}

impl Drop for Capture {
    /// After `finish` there is nothing left to stop; a panic unwinds through a
    /// capture that was not finished.
    fn drop(&mut self) {
        drop(self.region.take());
        if let Some(tape) = recorder::stop() {
            drop(Log::new(self.scope, tape));
        }
    }
}
