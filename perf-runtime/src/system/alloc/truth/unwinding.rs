//! Panics caught inside what is counted.
//!
//! What the standard library allocates for a panic is not stated anywhere. So
//! each row is counted with blocks of no bytes as well, which allocates what
//! the panic needs and no block, and the hand count is of the difference.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use super::table::{Row, bytes, gone, truth};

/// Unwinds without a word on the terminal, and returns how it ended.
fn caught(f: impl FnOnce()) {
    let ended = catch_unwind(AssertUnwindSafe(|| {
        f();
        resume_unwind(Box::new(()));
    }));
    assert!(ended.is_err());
}

pub(crate) const ROWS: &[Row] = &[
    Row {
        name: "a panic frees what its frames hold",
        run: |count, n| {
            count(&mut || {
                let ended = catch_unwind(|| {
                    let _held = (bytes(n), bytes(n));
                    resume_unwind(Box::new(()));
                });
                assert!(ended.is_err());
            });
        },
        truth: truth(2, 2, 2000, 2000, 0),
    },
    Row {
        name: "a panic takes its payload along",
        run: |count, n| {
            let mut payload = None;
            count(&mut || {
                let ended = catch_unwind(|| resume_unwind(Box::new(bytes(n))));
                payload = ended.err();
            });
            gone(payload);
        },
        truth: truth(1, 0, 1000, 1000, 1000),
    },
    Row {
        name: "what was stored before the panic is kept",
        run: |count, n| {
            let mut kept = Vec::new();
            count(&mut || caught(|| kept = bytes(n)));
            gone(kept);
        },
        truth: truth(1, 0, 1000, 1000, 1000),
    },
    Row {
        name: "a destructor allocates while a panic unwinds",
        run: |count, n| {
            struct Noisy(usize);
            impl Drop for Noisy {
                fn drop(&mut self) {
                    gone(bytes(self.0));
                }
            }
            count(&mut || {
                caught(|| {
                    let _noisy = Noisy(n);
                    resume_unwind(Box::new(()));
                });
            });
        },
        truth: truth(1, 1, 1000, 1000, 0),
    },
];
