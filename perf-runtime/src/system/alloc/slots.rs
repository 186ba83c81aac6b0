//! What each thread counts for the process: a cache line that it alone writes, and that outlives it.

use std::alloc::{GlobalAlloc, Layout, System};
use std::ptr::{self, NonNull};
use std::sync::atomic::{AtomicBool, AtomicPtr, AtomicU64, AtomicUsize, Ordering};

/// The slot that was added last; each names the one before it.
static LAST: AtomicPtr<Slot> = AtomicPtr::new(ptr::null_mut());

/// At least how many slots wait to be taken again: that there is none saves looking.
static GIVEN_BACK: AtomicUsize = AtomicUsize::new(0);

/// Where threads count whose slot the system refused.
static SHARED: Slot = Slot::new();

/// The counts of one thread at a time, and of those that had the slot before it: two
/// lines, because processors fetch them in pairs.
///
/// NOTE: slots are never freed: adding them up needs no lock. There are as
/// many as there ever were threads at once that allocated while the process was
/// counted; where the end of a thread is not told, as many as there ever were.
#[derive(Debug)]
#[repr(align(128))]
pub(super) struct Slot {
    allocs: AtomicU64,
    frees: AtomicU64,
    bytes: AtomicU64,
    /// Whether a thread has it.
    taken: AtomicBool,
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
            taken: AtomicBool::new(true),
            before: AtomicPtr::new(ptr::null_mut()),
        }
    }

    /// A slot for the calling thread, until it gives it back; none where the
    /// system has no memory.
    #[cold]
    pub(super) fn claim() -> Option<&'static Slot> {
        Slot::again().or_else(Slot::added)
    }

    /// Leaves the slot, with what is counted in it, to another thread; the caller
    /// had it and never counts in it again.
    pub(super) fn give_back(&self) {
        GIVEN_BACK.fetch_add(1, Ordering::Relaxed);
        // The thread that takes it goes on from what was counted.
        self.taken.store(false, Ordering::Release);
    }

    /// One that a thread gave back.
    fn again() -> Option<&'static Slot> {
        if GIVEN_BACK.load(Ordering::Relaxed) == 0 {
            return None;
        }
        let take = |slot: &&Slot| {
            let taken = &slot.taken;
            !taken.load(Ordering::Relaxed)
                && (taken.compare_exchange(false, true, Ordering::Acquire, Ordering::Relaxed))
                    .is_ok()
        };
        let slot = all().find(take)?;
        GIVEN_BACK.fetch_sub(1, Ordering::Relaxed);
        Some(slot)
    }

    /// One more than there were.
    ///
    /// Its memory comes from the system and not through the program's
    /// allocator, which is just being asked for something.
    fn added() -> Option<&'static Slot> {
        // SAFETY: a slot has a size.
        let block = unsafe { System.alloc(Layout::new::<Slot>()) };
        let slot = NonNull::new(block.cast::<Slot>())?;
        // SAFETY: the block has the size and the alignment of a slot, no other
        // thread knows it, and it is never freed.
        let slot: &'static Slot = unsafe {
            slot.write(Slot::new());
            slot.as_ref()
        };
        let mut last = LAST.load(Ordering::Relaxed);
        loop {
            slot.before.store(last, Ordering::Relaxed);
            // A thread that finds the slot finds it initialised.
            let this = ptr::from_ref(slot).cast_mut();
            match LAST.compare_exchange_weak(last, this, Ordering::AcqRel, Ordering::Relaxed) {
                Ok(_) => return Some(slot),
                Err(other) => last = other,
            }
        }
    }

    /// Counts an allocation of the calling thread, whose slot it is.
    ///
    /// PERF: no other thread writes the slot, so a load and a store do, and no
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
    let mut sums = SHARED.sums();
    for slot in all() {
        let own = slot.sums();
        sums.allocs += own.allocs;
        sums.frees += own.frees;
        sums.bytes += own.bytes;
    }
    sums
}

/// Every slot that is in the list by now.
fn all() -> impl Iterator<Item = &'static Slot> {
    let mut at = LAST.load(Ordering::Acquire);
    std::iter::from_fn(move || {
        // SAFETY: what the list names are slots, which are never freed, and are
        // only ever shared.
        let slot = unsafe { at.as_ref() }?;
        at = slot.before.load(Ordering::Relaxed);
        Some(slot)
    })
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;
    use std::thread;

    use super::*;
    use crate::system::alloc::alone::alone;

    #[test]
    fn every_claimed_slot_is_in_the_list_and_is_a_separate_line() {
        let threads: Vec<_> = (0..8)
            .map(|_| thread::spawn(|| [(); 50].map(|()| Slot::claim().expect("there is memory"))))
            .collect();
        let claimed: Vec<&Slot> = threads
            .into_iter()
            .flat_map(|thread| thread.join().expect("it does not panic"))
            .collect();
        let listed: Vec<_> = all().map(ptr::from_ref).collect();
        for slot in &claimed {
            let this = ptr::from_ref(*slot);
            assert_eq!(listed.iter().filter(|other| **other == this).count(), 1);
            assert_eq!(this.addr() % 128, 0);
        }
        let apart: HashSet<_> = claimed.iter().map(|slot| ptr::from_ref(*slot)).collect();
        assert_eq!(apart.len(), claimed.len());
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

    #[test]
    fn a_slot_that_was_given_back_is_taken_again_with_what_was_counted() {
        const THIS: &str = "a_slot_that_was_given_back_is_taken_again_with_what_was_counted";
        alone(module_path!(), THIS, || {
            let first = Slot::claim().expect("there is memory");
            first.took(3);
            first.gave();
            let before = first.sums();
            let slots = all().count();
            first.give_back();
            let again = Slot::claim().expect("there is memory");
            assert!(ptr::eq(first, again));
            assert_eq!((again.sums(), all().count()), (before, slots));
            let other = Slot::claim().expect("there is memory");
            assert!(!ptr::eq(first, other));
        });
    }

    #[cfg(unix)]
    #[test]
    fn there_are_as_many_slots_as_there_were_threads_at_once() {
        use std::hint::black_box;
        use std::sync::Barrier;

        use crate::model::sample::Scope;
        use crate::system::alloc::Region;

        const THIS: &str = "there_are_as_many_slots_as_there_were_threads_at_once";
        const AT_ONCE: usize = 4;
        alone(module_path!(), THIS, || {
            let call = || {
                let all = Barrier::new(AT_ONCE);
                thread::scope(|scope| {
                    let threads = [(); AT_ONCE].map(|()| {
                        scope.spawn(|| {
                            drop(black_box(Box::new([0_u8; 64])));
                            all.wait();
                        })
                    });
                    // A scope goes on when its threads have returned, and may not have ended.
                    for one in threads {
                        one.join().expect("it does not panic");
                    }
                });
            };
            call();
            let counted = |calls: usize| {
                let region = Region::enter(Scope::Process);
                (0..calls).for_each(|_| call());
                region.leave().counts
            };
            let one = counted(1);
            let slots = all().count();
            let many = counted(500);
            assert!(all().count() <= slots, "{} slots", all().count());
            assert_eq!(many.allocs, 500 * one.allocs);
        });
    }
}
