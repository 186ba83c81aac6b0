//! Boxes, shared pointers and nodes, and what their owners do with them.
//!
//! What the standard library is known to do here: `Rc` and `Arc` put two
//! counters of a word before the value, and the whole is rounded up to its
//! alignment; a list's node is two pointers and the value; a tree's leaf has
//! room for 11 entries. Sizes are those of 64 bits.

use std::collections::{BTreeMap, LinkedList};
use std::ffi::CString;
use std::hint::black_box;
use std::rc::{Rc, Weak};
use std::sync::Arc;

use super::table::{Row, bytes, gone, truth};

/// A value that wants an address with a wide alignment.
#[repr(align(256))]
struct Wide([u8; 300]);

pub(crate) const ROWS: &[Row] = &[
    Row {
        name: "a box",
        run: |count, _| count(&mut || gone(Box::new([7_u8; 100]))),
        truth: truth(1, 1, 100, 100, 0),
    },
    Row {
        name: "a box of nothing",
        run: |count, _| count(&mut || gone(Box::new(()))),
        truth: truth(0, 0, 0, 0, 0),
    },
    Row {
        name: "a box that wants a multiple of 256",
        run: |count, _| count(&mut || gone(black_box(Box::new(Wide([1; 300]))).0[7])),
        // 300 rounded up to the alignment.
        truth: truth(1, 1, 512, 512, 0),
    },
    Row {
        name: "a boxed closure that owns a vector",
        run: |count, _| {
            count(&mut || {
                let v = bytes(50);
                let boxed: Box<dyn Fn() -> usize> = Box::new(move || v.capacity());
                gone(boxed);
            });
        },
        // The closure is the vector: 24 bytes.
        truth: truth(2, 2, 50 + 24, 74, 0),
    },
    Row {
        name: "a shared value and its clones",
        run: |count, _| {
            count(&mut || {
                let one = black_box(Rc::new(7_u64));
                gone([Rc::clone(&one), Rc::clone(&one), one]);
            });
        },
        // Two counters and the value.
        truth: truth(1, 1, 2 * 8 + 8, 24, 0),
    },
    Row {
        name: "a weak pointer keeps the block",
        run: |count, _| {
            let mut kept = Weak::new();
            count(&mut || kept = Rc::downgrade(&black_box(Rc::new([1_u8; 100]))));
            drop(kept);
        },
        // 16 + 100, rounded up to a multiple of 8.
        truth: truth(1, 0, 120, 120, 120),
    },
    Row {
        name: "a shared text",
        run: |count, _| count(&mut || gone(Arc::<str>::from(black_box("hello")))),
        // 16 + 5, rounded up to a multiple of 8.
        truth: truth(1, 1, 24, 24, 0),
    },
    Row {
        name: "a vector made a shared slice is copied",
        run: |count, _| count(&mut || gone(Arc::<[u8]>::from(vec![1_u8; black_box(84)]))),
        // 16 + 84, rounded up to a multiple of 8, beside the 84.
        truth: truth(2, 2, 84 + 104, 188, 0),
    },
    Row {
        name: "a list of 10 words",
        run: |count, _| count(&mut || gone((0..10_u64).collect::<LinkedList<_>>())),
        truth: truth(10, 10, 10 * 24, 240, 0),
    },
    Row {
        name: "a tree that fits a leaf",
        run: |count, _| {
            count(&mut || {
                let mut tree = BTreeMap::new();
                (0..11_u64).for_each(|n| {
                    black_box(&mut tree).insert(n, n);
                });
                gone(tree);
            });
        },
        // 11 keys, 11 values, the parent, and two numbers of 16 bits, rounded
        // up to a multiple of 8.
        truth: truth(1, 1, 11 * 8 + 11 * 8 + 8 + 8, 192, 0),
    },
    Row {
        name: "a text for C, with its zero",
        run: |count, _| count(&mut || gone(CString::new(black_box("abc")).unwrap())),
        truth: truth(1, 1, 4, 4, 0),
    },
    Row {
        name: "a result that is kept",
        run: |count, _| {
            let mut kept = Vec::new();
            count(&mut || kept = bytes(640));
            gone(kept);
        },
        truth: truth(1, 0, 640, 640, 640),
    },
    Row {
        name: "memory from before is net of entry",
        run: |count, _| {
            let mut early = bytes(1000);
            count(&mut || {
                gone(std::mem::take(&mut early));
                gone(bytes(1500));
            });
        },
        // From -1000 up to 500.
        truth: truth(1, 2, 1500, 500, -1000),
    },
    Row {
        name: "growing what is from before",
        run: |count, _| {
            let mut early = bytes(1000);
            count(&mut || early.reserve_exact(3000));
            gone(early);
        },
        truth: truth(1, 0, 3000, 2000, 2000).resizing(1, 1000),
    },
    Row {
        name: "replacing a value holds both for a moment",
        run: |count, _| {
            let mut slot = bytes(300);
            count(&mut || {
                let old = std::mem::replace(&mut slot, bytes(500));
                gone(old);
            });
            gone(slot);
        },
        truth: truth(1, 1, 500, 500, 200),
    },
    Row {
        name: "taking first holds one",
        run: |count, _| {
            let mut slot = bytes(300);
            count(&mut || {
                gone(std::mem::take(&mut slot));
                slot = bytes(500);
            });
            gone(slot);
        },
        truth: truth(1, 1, 500, 200, 200),
    },
    Row {
        name: "swapping allocates nothing",
        run: |count, _| {
            let (mut a, mut b) = (bytes(10), bytes(20));
            count(&mut || std::mem::swap(black_box(&mut a), black_box(&mut b)));
            gone((a, b));
        },
        truth: truth(0, 0, 0, 0, 0),
    },
    Row {
        name: "one after the other",
        run: |count, _| count(&mut || (1..=20).for_each(|n| gone(bytes(n)))),
        // 20 x 21 / 2 bytes; the last is the largest.
        truth: truth(20, 20, 210, 20, 0),
    },
    Row {
        name: "all at once",
        run: |count, _| count(&mut || gone(std::array::from_fn::<_, 20, _>(|n| bytes(n + 1)))),
        truth: truth(20, 20, 210, 210, 0),
    },
    Row {
        name: "an inner scope ends before the next begins",
        run: |count, _| {
            count(&mut || {
                let outer = bytes(100);
                {
                    let inner = bytes(200);
                    gone(inner);
                }
                let later = bytes(150);
                gone((outer, later));
            });
        },
        truth: truth(3, 3, 450, 300, 0),
    },
    Row {
        name: "fields are dropped in turn, and a drop may allocate",
        run: |count, _| {
            struct Noisy(Vec<u8>);
            impl Drop for Noisy {
                fn drop(&mut self) {
                    gone(bytes(self.0.capacity() - 30));
                }
            }
            count(&mut || gone((Noisy(bytes(100)), Noisy(bytes(50)))));
        },
        // The first drop allocates while both vectors live, the second beside 50.
        truth: truth(4, 4, 100 + 50 + 70 + 20, 220, 0),
    },
    Row {
        name: "a recursion holds a block a level",
        run: |count, _| {
            fn down(levels: usize) {
                let held = bytes(10);
                if levels > 1 {
                    down(levels - 1);
                }
                gone(held);
            }
            count(&mut || down(30));
        },
        truth: truth(30, 30, 300, 300, 0),
    },
    Row {
        name: "what is leaked stays",
        run: |count, _| {
            let mut kept: &'static mut [u8] = &mut [];
            count(&mut || kept = black_box(vec![1_u8; 90]).leak());
            // SAFETY: it is the slice that was leaked, and nothing points to it.
            unsafe { gone(Box::from_raw(kept)) };
        },
        truth: truth(1, 0, 90, 90, 90),
    },
];
