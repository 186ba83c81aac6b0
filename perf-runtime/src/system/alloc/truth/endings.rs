//! Threads that are not joined, and what they free when they end.
//!
//! A scope that ends waits for its threads' closures, not for the threads; a
//! thread whose handle is dropped is not waited for. The counting thread must
//! wait until the process has the threads it had before.

use std::cell::RefCell;
use std::sync::{Arc, Barrier};
use std::thread;

use super::table::{Row, bytes, gone, truth};

/// Allocates once more when its thread ends, and only then frees what it holds.
struct AtExit(Vec<u8>);

impl Drop for AtExit {
    fn drop(&mut self) {
        gone(bytes(self.0.capacity()));
    }
}

thread_local! {
    static LAST: RefCell<AtExit> = const { RefCell::new(AtExit(Vec::new())) };
}

fn leave_behind(n: usize) {
    LAST.with_borrow_mut(|last| last.0 = bytes(n));
}

pub(crate) const ROWS: &[Row] = &[
    Row {
        name: "a destructor at the end of a joined thread",
        run: |count, n| count(&mut || thread::spawn(move || leave_behind(n)).join().unwrap()),
        truth: truth(2, 2, 2000, 2000, 0),
    },
    Row {
        name: "a scope that ends by itself",
        run: |count, n| {
            count(&mut || {
                thread::scope(|scope| {
                    scope.spawn(|| gone(bytes(n)));
                });
            });
        },
        truth: truth(1, 1, 1000, 1000, 0),
    },
    Row {
        name: "a scope whose thread allocates nothing itself",
        run: |count, _| {
            count(&mut || {
                thread::scope(|scope| {
                    scope.spawn(|| ());
                });
            });
        },
        truth: truth(0, 0, 0, 0, 0),
    },
    Row {
        name: "a scope of four that ends by itself",
        run: |count, n| {
            count(&mut || {
                let all = Barrier::new(4);
                thread::scope(|scope| {
                    for _ in 0..4 {
                        scope.spawn(|| {
                            let held = bytes(n);
                            all.wait();
                            gone(held);
                        });
                    }
                });
            });
        },
        truth: truth(4, 4, 4000, 4000, 0),
    },
    Row {
        name: "a destructor after a scope has ended",
        run: |count, n| {
            count(&mut || {
                thread::scope(|scope| {
                    scope.spawn(|| {
                        gone((bytes(n), bytes(n), bytes(n)));
                        leave_behind(n);
                    });
                });
            });
        },
        // The peak lies before the destructor's two blocks: what the scope
        // itself frees meanwhile is not in one order with those.
        truth: truth(5, 5, 5000, 3000, 0),
    },
    Row {
        name: "a thread whose handle is dropped",
        run: |count, n| {
            count(&mut || {
                let held = Arc::new(Barrier::new(2));
                let here = Arc::clone(&held);
                drop(thread::spawn(move || {
                    let block = bytes(n);
                    here.wait();
                    leave_behind(block.capacity());
                    gone(block);
                }));
                held.wait();
            });
        },
        // The first block is freed before the destructor allocates the third.
        truth: truth(3, 3, 3000, 2000, 0),
    },
];
