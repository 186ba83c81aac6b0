//! The figures: one ledger a thread, one for the process, and the word that says which regions are open.

use std::cell::Cell;
use std::ffi::c_void;
use std::ptr;
use std::sync::atomic::{AtomicI64, AtomicU32, AtomicU64, Ordering};

use super::slots::{self, Slot};
use super::{Counted, Counts, thread_end};
use crate::model::sample::Scope;

/// How many regions are open: process regions in the upper half, thread
/// regions in the lower.
///
/// Counts, because several regions may be open at once: saving and restoring a
/// mode would let the first that is left switch off the others.
static OPEN: Padded<AtomicU32> = Padded(AtomicU32::new(0));
const THREAD_REGION: u32 = 1;
const PROCESS_REGION: u32 = 1 << 16;

/// Regions are numbered as they are entered, from 1.
static NEWEST: Padded<AtomicU64> = Padded(AtomicU64::new(0));
/// The newest region that was open while a thread without one allocated. A
/// region compares it with its own number, so nothing has to be cleared at
/// entry, and regions of several threads don't clear each other's.
static OUTSIDE: Padded<AtomicU64> = Padded(AtomicU64::new(0));
/// The newest process region that was open while another thread entered one.
static OVERLAPPED: Padded<AtomicU64> = Padded(AtomicU64::new(0));

static PROCESS: ProcessLedger = ProcessLedger {
    live: Padded(AtomicI64::new(0)),
    peak: Padded(AtomicI64::new(0)),
};

thread_local! {
    // `const` and without `Drop`: it is there before the first allocation of
    // the thread and after its last, and using it never allocates.
    static THREAD: ThreadLedger = const {
        ThreadLedger {
            open: Cell::new(0),
            open_process: Cell::new(0),
            allocs: Cell::new(0),
            frees: Cell::new(0),
            bytes: Cell::new(0),
            live: Cell::new(0),
            peak: Cell::new(0),
            slot: Cell::new(None),
        }
    };
}

/// A separate cache line, so that writing it takes nothing from anybody
/// who reads another: 128 bytes, because processors fetch lines in pairs.
#[repr(align(128))]
struct Padded<T>(T);

/// What needs all threads at once to be known. What can be added up later
/// stands in the [`slots`].
struct ProcessLedger {
    live: Padded<AtomicI64>,
    /// Seldom written: only when it rises.
    peak: Padded<AtomicI64>,
}

#[repr(align(64))]
struct ThreadLedger {
    /// Thread regions that this thread has open.
    open: Cell<u32>,
    /// Process regions that this thread has open.
    open_process: Cell<u32>,
    allocs: Cell<u64>,
    frees: Cell<u64>,
    bytes: Cell<u64>,
    live: Cell<i64>,
    peak: Cell<i64>,
    /// Where the thread counts for the process, since it first did.
    slot: Cell<Option<&'static Slot>>,
}

/// Sums since the thread or process began, over the times it was counted.
/// `live` starts at an arbitrary level: only differences mean something.
#[derive(Clone, Copy, Debug)]
struct Totals {
    allocs: u64,
    frees: u64,
    bytes: u64,
    live: i64,
}

/// What a region remembers of its entry.
#[derive(Clone, Copy, Debug)]
pub(super) struct Entry {
    number: u64,
    before: Totals,
    /// The peak of the region around this one.
    outer_peak: i64,
}

/// Whether nothing is counted anywhere: all that the allocator asks while time
/// is measured.
#[inline(always)]
pub(super) fn idle() -> bool {
    OPEN.0.load(Ordering::Relaxed) == 0
}

/// A block of `size` bytes was allocated.
pub(super) fn took(size: usize) {
    let size = size as u64;
    record(Totals {
        allocs: 1,
        frees: 0,
        bytes: size,
        live: size as i64,
    });
}

/// A block of `size` bytes is about to be freed.
pub(super) fn gave(size: usize) {
    record(Totals {
        allocs: 0,
        frees: 1,
        bytes: 0,
        live: -(size as i64),
    });
}

/// A block was reallocated.
pub(super) fn resized(old: usize, new: usize) {
    record(Totals {
        allocs: 1,
        frees: 0,
        bytes: new as u64,
        live: new as i64 - old as i64,
    });
}

pub(super) fn enter(scope: Scope) -> Entry {
    // Numbered before it is opened: a thread that sees the region open sees its
    // number too (the release below, the acquire in `record`).
    let number = NEWEST.0.fetch_add(1, Ordering::Relaxed) + 1;
    THREAD.with(|thread| match scope {
        Scope::Thread => {
            let before = thread.totals();
            let outer_peak = thread.peak.replace(before.live);
            thread.open.set(thread.open.get() + 1);
            OPEN.0.fetch_add(THREAD_REGION, Ordering::AcqRel);
            Entry {
                number,
                before,
                outer_peak,
            }
        }
        Scope::Process => {
            let others = OPEN.0.fetch_add(PROCESS_REGION, Ordering::AcqRel) / PROCESS_REGION;
            if others > thread.open_process.get() {
                raise(&OVERLAPPED.0, number);
            }
            thread.open_process.set(thread.open_process.get() + 1);
            PROCESS.enter(number)
        }
    })
}

pub(super) fn leave(scope: Scope, entry: Entry) -> Counted {
    THREAD.with(|thread| match scope {
        Scope::Thread => {
            OPEN.0.fetch_sub(THREAD_REGION, Ordering::AcqRel);
            thread.open.set(thread.open.get() - 1);
            let peak = thread.peak.get();
            thread.peak.set(peak.max(entry.outer_peak));
            let foreign = OUTSIDE.0.load(Ordering::Acquire) >= entry.number;
            Counted {
                counts: thread.totals().since(&entry.before, peak),
                foreign,
            }
        }
        Scope::Process => {
            let (now, peak) = PROCESS.leave(&entry);
            OPEN.0.fetch_sub(PROCESS_REGION, Ordering::AcqRel);
            thread.open_process.set(thread.open_process.get() - 1);
            let foreign = OVERLAPPED.0.load(Ordering::Acquire) >= entry.number;
            Counted {
                counts: now.since(&entry.before, peak),
                foreign,
            }
        }
    })
}

/// PERF: inlined into its three callers, each of which changes only some of the
/// figures. A closure that is given to `with` and does all this is not inlined.
#[inline(always)]
fn record(change: Totals) {
    // PERF: first, because looking it up may be a call, over which whatever is
    // there already has to be saved.
    let thread: *const ThreadLedger = THREAD.with(ptr::from_ref);
    // SAFETY: the ledger of the calling thread has no `Drop` and is there to
    // the end of the thread, which is not before the end of this call.
    let thread = unsafe { &*thread };
    let open = OPEN.0.load(Ordering::Acquire);
    let own = thread.open.get();
    if own > 0 {
        thread.record(&change);
    }
    // A thread with an open region is foreign to the regions of other threads
    // as well; it then finds its own region marked too, which errs on the safe
    // side.
    if open % PROCESS_REGION > own {
        raise(&OUTSIDE.0, NEWEST.0.load(Ordering::Relaxed));
    }
    if open >= PROCESS_REGION {
        PROCESS.record(change.live);
        thread.record_in_slot(&change);
    }
}

/// Makes a mark at least `number`.
///
/// PERF: nearly always it is so already; a read-modify-write on every
/// allocation of every other thread would cost ten times as much.
fn raise(mark: &AtomicU64, number: u64) {
    if mark.load(Ordering::Relaxed) < number {
        mark.fetch_max(number, Ordering::Release);
    }
}

impl ThreadLedger {
    fn totals(&self) -> Totals {
        Totals {
            allocs: self.allocs.get(),
            frees: self.frees.get(),
            bytes: self.bytes.get(),
            live: self.live.get(),
        }
    }

    #[inline(always)]
    fn record(&self, change: &Totals) {
        let live = self.live.get() + change.live;
        self.live.set(live);
        if change.allocs > 0 {
            self.allocs.set(self.allocs.get() + change.allocs);
            self.bytes.set(self.bytes.get() + change.bytes);
            self.peak.set(self.peak.get().max(live));
        } else {
            self.frees.set(self.frees.get() + change.frees);
        }
    }

    #[inline(always)]
    fn record_in_slot(&self, change: &Totals) {
        let Some(slot) = self.slot.get() else {
            return self.record_in_new_slot(change.allocs, change.frees, change.bytes);
        };
        if change.allocs > 0 {
            slot.took(change.bytes);
        } else {
            slot.gave();
        }
    }

    /// PERF: numbers instead of a reference, and in the last place, so that the
    /// usual way needs no stack.
    #[cold]
    #[inline(never)]
    fn record_in_new_slot(&self, allocs: u64, frees: u64, bytes: u64) {
        let slot = Slot::claim();
        self.slot.set(slot);
        if let Some(slot) = slot {
            thread_end::tell(ended, ptr::from_ref(slot).cast_mut().cast());
        }
        match slot {
            None => slots::add_shared(allocs, frees, bytes),
            Some(slot) if allocs > 0 => slot.took(bytes),
            Some(slot) => slot.gave(),
        }
    }
}

/// The calling thread is about to end. What it allocates or frees after this is
/// counted in a slot that it claims for it.
unsafe extern "C" fn ended(slot: *mut c_void) {
    THREAD.with(|thread| thread.slot.set(None));
    // SAFETY: a thread gives the slot that it claimed, and slots are never freed.
    let slot = unsafe { &*slot.cast::<Slot>() };
    slot.give_back();
}

impl ProcessLedger {
    fn totals(&self) -> Totals {
        let sums = slots::sums();
        Totals {
            allocs: sums.allocs,
            frees: sums.frees,
            bytes: sums.bytes,
            live: self.live.0.load(Ordering::SeqCst),
        }
    }

    fn enter(&self, number: u64) -> Entry {
        // Lowered first: a thread that allocates after the level was read compares
        // its own with a peak of this region.
        let outer_peak = self.peak.0.swap(i64::MIN, Ordering::SeqCst);
        let before = self.totals();
        self.peak.0.fetch_max(before.live, Ordering::Relaxed);
        Entry {
            number,
            before,
            outer_peak,
        }
    }

    fn leave(&self, entry: &Entry) -> (Totals, i64) {
        let now = self.totals();
        let peak = self.peak.0.fetch_max(entry.outer_peak, Ordering::Relaxed);
        (now, peak)
    }

    #[inline(always)]
    fn record(&self, change: i64) {
        // The value that comes back makes the peak exact: every level that was
        // ever reached is returned to exactly one thread.
        //
        // PERF: the one write that threads contend for. In one order with the
        // load below and with `enter`, which costs nothing on x86.
        let live = self.live.0.fetch_add(change, Ordering::SeqCst) + change;
        if change > 0 && live > self.peak.0.load(Ordering::SeqCst) {
            self.peak.0.fetch_max(live, Ordering::Relaxed);
        }
    }
}

impl Totals {
    fn since(&self, before: &Totals, peak: i64) -> Counts {
        Counts {
            allocs: self.allocs - before.allocs,
            frees: self.frees - before.frees,
            alloc_bytes: self.bytes - before.bytes,
            // Where regions of two threads overlap, the peak may just have been
            // lowered for the other; both are marked, and the figure is not used.
            peak_bytes: u64::try_from(peak.saturating_sub(before.live)).unwrap_or(0),
            retained_bytes: self.live - before.live,
        }
    }
}
