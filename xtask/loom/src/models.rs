use std::cell::Cell;
use std::ffi::c_void;

use loom::sync::Arc;
use loom::sync::atomic::{AtomicBool, Ordering};
use loom::thread;

use crate::model::sample::Scope;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    allocs: u64,
    frees: u64,
    alloc_bytes: u64,
    peak_bytes: u64,
    retained_bytes: i64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Counted {
    counts: Counts,
    foreign: bool,
}

mod thread_end {
    use super::*;

    pub(super) type Ended = unsafe extern "C" fn(*mut c_void);

    loom::thread_local! {
        static END: Cell<Option<(Ended, *mut c_void)>> = Cell::new(None);
    }

    pub(super) fn tell(ended: Ended, given: *mut c_void) {
        END.with(|end| end.set(Some((ended, given))));
    }

    /// As the system does where a thread ends.
    pub(super) fn comes() {
        if let Some((ended, given)) = END.with(Cell::take) {
            unsafe { ended(given) };
        }
    }
}

mod ledger {
    include!(concat!(env!("OUT_DIR"), "/ledger.rs"));
}

/// Threads are interrupted so often at most: more orders than that are not tried.
const INTERRUPTIONS: usize = 3;

fn tried(model: impl Fn() + Send + Sync + 'static) {
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = Some(INTERRUPTIONS);
    builder.check(model);
}

/// A thread that allocates a block, perhaps frees it, and ends.
fn allocates(size: usize, frees: bool) -> thread::JoinHandle<()> {
    thread::spawn(move || {
        ledger::took(size);
        if frees {
            ledger::gave(size);
        }
        thread_end::comes();
    })
}

pub fn a_slot_is_taken_over() {
    tried(|| {
        let region = ledger::enter(Scope::Process);
        // The second may find the slot of the first, or take another.
        let threads = [allocates(3, false), allocates(4, false)];
        threads
            .into_iter()
            .for_each(|thread| thread.join().unwrap());
        let Counted { counts, .. } = ledger::leave(Scope::Process, region);
        assert_eq!((counts.allocs, counts.alloc_bytes), (2, 7));
        assert_eq!((counts.peak_bytes, counts.retained_bytes), (7, 7));
    });
}

pub fn a_process_is_counted() {
    tried(|| {
        let region = ledger::enter(Scope::Process);
        let other = allocates(3, true);
        ledger::took(5);
        other.join().unwrap();
        let Counted { counts, foreign } = ledger::leave(Scope::Process, region);
        assert_eq!((counts.allocs, counts.frees, counts.alloc_bytes), (2, 1, 8));
        assert_eq!(counts.retained_bytes, 5);
        // Both at the same time, or one after the other.
        assert!([5, 8].contains(&counts.peak_bytes), "{counts:?}");
        assert!(!foreign);
    });
}

pub fn another_thread_is_noticed() {
    tried(|| {
        let region = ledger::enter(Scope::Thread);
        let other = allocates(3, false);
        ledger::took(5);
        other.join().unwrap();
        let Counted { counts, foreign } = ledger::leave(Scope::Thread, region);
        assert_eq!((counts.allocs, counts.peak_bytes), (1, 5));
        assert!(foreign, "never wrongly false");
    });
}

pub fn regions_overlap() {
    tried(|| {
        let is_open = Arc::new(AtomicBool::new(false));
        let seen = is_open.clone();
        let region = ledger::enter(Scope::Process);
        let other = thread::spawn(move || {
            let region = ledger::enter(Scope::Process);
            seen.store(true, Ordering::Release);
            let counted = ledger::leave(Scope::Process, region);
            thread_end::comes();
            counted
        });
        let overlaps = is_open.load(Ordering::Acquire);
        let counted = ledger::leave(Scope::Process, region);
        let others = other.join().unwrap();
        assert!(!overlaps || (counted.foreign && others.foreign));
    });
}
