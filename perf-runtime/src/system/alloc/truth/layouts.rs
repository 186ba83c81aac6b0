//! The allocator's four methods called by hand, and allocations that are refused.

use std::alloc::{Layout, alloc, alloc_zeroed, dealloc, realloc};
use std::hint::black_box;

use super::table::{Row, bytes, gone, truth};

/// More than any system gives.
const HUGE: usize = isize::MAX as usize;

const fn layout(size: usize, align: usize) -> Layout {
    match Layout::from_size_align(size, align) {
        Ok(layout) => layout,
        Err(_) => panic!("the rows below use sound layouts"),
    }
}

/// Allocates a block, resizes it, and frees it.
///
/// # Safety
/// The sizes are not 0.
unsafe fn round_trip(first: Layout, zeroed: bool, sizes: &[usize]) {
    // SAFETY: the size is not zero, says the caller.
    let mut block = unsafe {
        if zeroed {
            alloc_zeroed(first)
        } else {
            alloc(first)
        }
    };
    let mut now = first;
    for size in sizes {
        // SAFETY: the block has this layout, and the new size is not zero.
        block = unsafe { realloc(black_box(block), now, *size) };
        now = layout(*size, first.align());
    }
    assert!(!block.is_null());
    assert!(block.addr().is_multiple_of(first.align()));
    // SAFETY: the block has this layout.
    unsafe { dealloc(black_box(block), now) };
}

pub(crate) const ROWS: &[Row] = &[
    Row {
        name: "a page that starts on a page",
        // SAFETY: the size is not zero.
        run: |count, _| count(&mut || unsafe { round_trip(layout(64, 4096), false, &[]) }),
        truth: truth(1, 1, 64, 64, 0),
    },
    Row {
        name: "a zeroed block on a line of 128",
        // SAFETY: the size is not zero.
        run: |count, _| count(&mut || unsafe { round_trip(layout(1000, 128), true, &[]) }),
        truth: truth(1, 1, 1000, 1000, 0),
    },
    Row {
        name: "an over-aligned block grows and shrinks",
        run: |count, _| {
            // SAFETY: no size is zero.
            count(&mut || unsafe { round_trip(layout(100, 512), false, &[700, 300]) });
        },
        // Whatever the allocator inside does: moving holds nothing twice by our rule.
        truth: truth(3, 1, 100 + 700 + 300, 700, 0).resizing(2, 100 + 300),
    },
    Row {
        name: "a reallocation to the same size",
        // SAFETY: no size is zero.
        run: |count, _| count(&mut || unsafe { round_trip(layout(100, 8), false, &[100]) }),
        truth: truth(2, 1, 200, 100, 0).resizing(1, 100),
    },
    Row {
        name: "a large block moves its pages",
        run: |count, _| {
            let (small, large) = (1 << 18, 1 << 22);
            // SAFETY: no size is zero.
            count(&mut || unsafe { round_trip(layout(small, 8), false, &[large, small]) });
        },
        truth: truth(3, 1, (1 << 18) + (1 << 22) + (1 << 18), 1 << 22, 0).resizing(2, 2 << 18),
    },
    Row {
        name: "a refused vector",
        run: |count, _| {
            count(&mut || {
                let mut v = Vec::<u8>::new();
                assert!(black_box(&mut v).try_reserve_exact(HUGE).is_err());
            });
        },
        truth: truth(0, 0, 0, 0, 0).refusing(HUGE as u64),
    },
    Row {
        name: "a refused growth leaves the old block",
        run: |count, _| {
            count(&mut || {
                let mut v = bytes(100);
                v.push(1);
                assert!(black_box(&mut v).try_reserve_exact(HUGE - 1).is_err());
                assert_eq!((v.len(), v.capacity()), (1, 100));
                gone(v);
            });
        },
        truth: truth(1, 1, 100, 100, 0).refusing_to_grow(HUGE as u64 - 100),
    },
    Row {
        name: "a length that overflows asks for nothing",
        run: |count, _| {
            count(&mut || assert!(Vec::<u64>::new().try_reserve(usize::MAX).is_err()));
        },
        truth: truth(0, 0, 0, 0, 0),
    },
];
