//! The allocator that a program installs.

use std::alloc::{GlobalAlloc, Layout, System};

use super::{capture, ledger};

/// An allocator that counts what the one inside it does, while a budget is
/// measured that limits memory.
///
/// Memory limits need it in every target that has some:
///
/// ```
/// #[global_allocator]
/// static ALLOC: perf_runtime::CountingAllocator = perf_runtime::CountingAllocator::system();
/// # fn main() {}
/// ```
///
/// While nothing is counted it costs one load and one branch a call.
#[derive(Debug, Default)]
pub struct CountingAllocator<A = System> {
    inner: A,
}

impl CountingAllocator {
    /// Counts what the system's allocator does.
    #[must_use]
    pub const fn system() -> Self {
        CountingAllocator { inner: System }
    }
}

impl<A> CountingAllocator<A> {
    /// Counts what `inner` does.
    #[must_use]
    pub const fn new(inner: A) -> Self {
        CountingAllocator { inner }
    }

    /// The allocator inside, for one that has further figures to ask for.
    #[must_use]
    pub const fn inner(&self) -> &A {
        &self.inner
    }
}

// All four methods are passed on. The provided `alloc_zeroed` would write to
// every page of a large block, and the provided `realloc` would copy it.
//
// PERF: the idle branch is a tail call; what counts is kept out of line, so
// that the idle path needs no stack frame, and takes the inner allocator last,
// so that the other arguments stay in the registers they came in.
//
// SAFETY: every method hands its arguments to the inner allocator unchanged
// and returns what that returns, so the inner allocator's guarantees are this
// one's. Counting neither allocates nor unwinds: its sums of 64 bits do not
// overflow in the life of a process.
unsafe impl<A: GlobalAlloc> GlobalAlloc for CountingAllocator<A> {
    #[inline]
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        if ledger::idle() {
            // SAFETY: the caller keeps the contract of `alloc`.
            unsafe { self.inner.alloc(layout) }
        } else {
            // SAFETY: as above.
            unsafe { Self::counted_alloc(layout, &self.inner) }
        }
    }

    #[inline]
    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        if ledger::idle() {
            // SAFETY: the caller keeps the contract of `alloc_zeroed`.
            unsafe { self.inner.alloc_zeroed(layout) }
        } else {
            // SAFETY: as above.
            unsafe { Self::counted_alloc_zeroed(layout, &self.inner) }
        }
    }

    #[inline]
    unsafe fn realloc(&self, block: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
        if ledger::idle() {
            // SAFETY: the caller keeps the contract of `realloc`.
            unsafe { self.inner.realloc(block, layout, new_size) }
        } else {
            // SAFETY: as above.
            unsafe { Self::counted_realloc(block, layout, new_size, &self.inner) }
        }
    }

    #[inline]
    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        if ledger::idle() {
            // SAFETY: the caller keeps the contract of `dealloc`.
            unsafe { self.inner.dealloc(block, layout) }
        } else {
            // SAFETY: as above.
            unsafe { Self::counted_dealloc(block, layout, &self.inner) }
        }
    }
}

// What was taken is counted after the inner allocator succeeded; what is given
// back is counted before, because another thread may take it at once.
impl<A: GlobalAlloc> CountingAllocator<A> {
    #[cold]
    #[inline(never)]
    unsafe fn counted_alloc(layout: Layout, inner: &A) -> *mut u8 {
        // SAFETY: the caller keeps the contract of `alloc`.
        let block = unsafe { inner.alloc(layout) };
        if !block.is_null() {
            book(
                || ledger::took(layout.size()),
                || capture::took(block, layout.size()),
            );
        }
        block
    }

    #[cold]
    #[inline(never)]
    unsafe fn counted_alloc_zeroed(layout: Layout, inner: &A) -> *mut u8 {
        // SAFETY: the caller keeps the contract of `alloc_zeroed`.
        let block = unsafe { inner.alloc_zeroed(layout) };
        if !block.is_null() {
            book(
                || ledger::took(layout.size()),
                || capture::took(block, layout.size()),
            );
        }
        block
    }

    #[cold]
    #[inline(never)]
    unsafe fn counted_realloc(old: *mut u8, layout: Layout, new_size: usize, inner: &A) -> *mut u8 {
        // SAFETY: the caller keeps the contract of `realloc`.
        let block = unsafe { inner.realloc(old, layout, new_size) };
        if !block.is_null() {
            book(
                || ledger::resized(layout.size(), new_size),
                || capture::resized(old, layout.size(), block, new_size),
            );
        }
        block
    }

    #[cold]
    #[inline(never)]
    unsafe fn counted_dealloc(block: *mut u8, layout: Layout, inner: &A) {
        book(
            || ledger::gave(layout.size()),
            || capture::gave(block, layout.size()),
        );
        // SAFETY: the caller keeps the contract of `dealloc`.
        unsafe { inner.dealloc(block, layout) }
    }
}

/// Counts what was done, unless the recorder did it, and notifies the recorder
/// where a capture asks.
///
/// PERF: one load without a capture, as nearly always.
#[inline(always)]
fn book(count: impl FnOnce(), record: impl FnOnce()) {
    let asked = capture::is_asked();
    if !(asked && capture::is_own()) {
        count();
    }
    if asked {
        record();
    }
}
