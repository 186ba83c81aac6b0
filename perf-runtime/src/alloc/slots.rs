//! What each thread counts for the process: a cache line that it alone writes, and that outlives it.

use std::alloc::{GlobalAlloc, Layout, System};
use std::ptr::{self, NonNull};
use std::sync::atomic::{AtomicPtr, AtomicU64, Ordering};

/// The slot that was added last; each names the one before it.
static LAST: AtomicPtr<Slot> = AtomicPtr::new(ptr::null_mut());

/// Where threads count whose slot the system refused.
static SHARED: Slot = Slot::new();

/// The counts of one thread: two lines, because processors fetch them in
/// pairs.
///
/// NOTE: slots are never given back: 128 bytes for each thread that ever
/// allocated while the process was counted. Giving them back would need to
/// know when a thread ends, and an allocator may not have a thread-local with
/// `Drop`: its registration allocates, and the standard library ends the
/// process for it.
#[derive(Debug)]
#[repr(align(128))]
pub(super) struct Slot {
    allocs: AtomicU64,
    frees: AtomicU64,
    bytes: AtomicU64,
    /// Written before the slot is in the list, and never after.
    before: AtomicPtr<Slot>,
}

/// Sums over all threads, the ended ones too, since the process began.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Sums {
    pub(super) allocs: u64,
    pub(super) frees: u64,
    pub(super) bytes: u64,
}

impl Slot {
    const fn new() -> Slot {
        Slot {
            allocs: AtomicU64::new(0),
            frees: AtomicU64::new(0),
            bytes: AtomicU64::new(0),
            before: AtomicPtr::new(ptr::null_mut()),
        }
    }

    /// A slot for the calling thread, which keeps it to its end; none where
    /// the system has no memory.
    ///
    /// Its memory comes from the system and not through the program's
    /// allocator, which is just being asked for something.
    #[cold]
    pub(super) fn claim() -> Option<&'static Slot> {
        // SAFETY: a slot has a size.
        let block = unsafe { System.alloc(Layout::new::<Slot>()) };
        let slot = NonNull::new(block.cast::<Slot>())?;
        // SAFETY: the block has the size and the alignment of a slot, nobody
        // else knows it, and it is never freed.
        let slot: &'static Slot = unsafe {
            slot.write(Slot::new());
            slot.as_ref()
        };
        let mut last = LAST.load(Ordering::Relaxed);
        loop {
            slot.before.store(last, Ordering::Relaxed);
            // Whoever finds the slot finds it initialised.
            let this = ptr::from_ref(slot).cast_mut();
            match LAST.compare_exchange_weak(last, this, Ordering::AcqRel, Ordering::Relaxed) {
                Ok(_) => return Some(slot),
                Err(other) => last = other,
            }
        }
    }

    /// Counts an allocation of the calling thread, whose slot it is.
    ///
    /// PERF: nobody else writes the slot, so a load and a store do, and no
    /// other processor has the line.
    #[inline(always)]
    pub(super) fn took(&self, bytes: u64) {
        add(&self.allocs, 1);
        add(&self.bytes, bytes);
    }

    /// Counts a free of the calling thread, whose slot it is.
    #[inline(always)]
    pub(super) fn gave(&self) {
        add(&self.frees, 1);
    }

    fn sums(&self) -> Sums {
        Sums {
            allocs: self.allocs.load(Ordering::Relaxed),
            frees: self.frees.load(Ordering::Relaxed),
            bytes: self.bytes.load(Ordering::Relaxed),
        }
    }
}

#[inline(always)]
fn add(sum: &AtomicU64, more: u64) {
    sum.store(sum.load(Ordering::Relaxed) + more, Ordering::Relaxed);
}

/// Counts for a thread that has no slot.
#[cold]
pub(super) fn add_shared(allocs: u64, frees: u64, bytes: u64) {
    SHARED.allocs.fetch_add(allocs, Ordering::Relaxed);
    SHARED.frees.fetch_add(frees, Ordering::Relaxed);
    SHARED.bytes.fetch_add(bytes, Ordering::Relaxed);
}

/// What all threads counted. What a thread counted before it ended, or before
/// it otherwise synchronised with the caller, is in it.
pub(super) fn sums() -> Sums {
    let mut all = SHARED.sums();
    let mut at = LAST.load(Ordering::Acquire);
    // SAFETY: what the list names are slots, which are never freed, and are
    // only ever shared.
    while let Some(slot) = unsafe { at.as_ref() } {
        let own = slot.sums();
        all.allocs += own.allocs;
        all.frees += own.frees;
        all.bytes += own.bytes;
        at = slot.before.load(Ordering::Relaxed);
    }
    all
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;

    #[test]
    fn every_claimed_slot_is_in_the_list_and_is_a_line_of_its_own() {
        let threads: Vec<_> = (0..8)
            .map(|_| thread::spawn(|| [(); 50].map(|()| Slot::claim().expect("there is memory"))))
            .collect();
        let claimed: Vec<&Slot> = threads
            .into_iter()
            .flat_map(|thread| thread.join().expect("it does not panic"))
            .collect();
        let mut listed = Vec::new();
        let mut at = LAST.load(Ordering::Acquire);
        // SAFETY: as in `sums`.
        while let Some(slot) = unsafe { at.as_ref() } {
            listed.push(ptr::from_ref(slot));
            at = slot.before.load(Ordering::Relaxed);
        }
        for slot in &claimed {
            let this = ptr::from_ref(*slot);
            assert_eq!(listed.iter().filter(|other| **other == this).count(), 1);
            assert_eq!(this.addr() % 128, 0);
        }
        assert!(claimed.iter().all(|slot| slot.sums() == Sums::default()));
    }

    #[test]
    fn what_an_ended_thread_counted_is_in_the_sums() {
        let before = sums();
        let count = || {
            let slot = Slot::claim().expect("there is memory");
            slot.took(1 << 40);
            slot.gave();
            add_shared(1, 1, 1 << 40);
        };
        thread::spawn(count).join().expect("it does not panic");
        // Other tests may count meanwhile, but not in such numbers.
        assert_eq!((sums().bytes - before.bytes) >> 40, 2);
        assert!(sums().allocs - before.allocs >= 2);
        assert!(sums().frees - before.frees >= 2);
    }
}
