//! Functions that use other threads.
//!
//! What the standard library allocates for a thread is not stated anywhere. So
//! each row is counted with blocks of no bytes as well, which starts the same
//! threads and allocates no block, and the hand count is of the difference.
//! Threads wait for each other with barriers where the peak would depend on
//! who comes first.

use std::panic::resume_unwind;
use std::sync::mpsc::{channel, sync_channel};
use std::sync::{Arc, Barrier, Mutex};
use std::thread;

use super::pool::Pool;
use super::table::{Row, bytes, gone, truth};

pub(crate) const ROWS: &[Row] = &[
    Row {
        name: "a thread allocates and frees",
        run: |count, n| count(&mut || thread::spawn(move || gone(bytes(n))).join().unwrap()),
        truth: truth(1, 1, 1000, 1000, 0),
    },
    Row {
        name: "a thread returns its block, which is kept",
        run: |count, n| {
            let mut kept = Vec::new();
            count(&mut || kept = thread::spawn(move || bytes(n)).join().unwrap());
            gone(kept);
        },
        truth: truth(1, 0, 1000, 1000, 1000),
    },
    Row {
        name: "allocated here, freed there",
        run: |count, n| {
            count(&mut || {
                let block = bytes(n);
                thread::spawn(move || gone(block)).join().unwrap();
            });
        },
        truth: truth(1, 1, 1000, 1000, 0),
    },
    Row {
        name: "allocated there, freed here",
        run: |count, n| count(&mut || gone(thread::spawn(move || bytes(n)).join().unwrap())),
        truth: truth(1, 1, 1000, 1000, 0),
    },
    Row {
        name: "from before, freed there",
        run: |count, n| {
            let mut early = bytes(n);
            count(&mut || {
                let block = std::mem::take(&mut early);
                // Freed before the thread's own blocks are, in one order.
                thread::spawn(move || gone(block)).join().unwrap();
            });
        },
        // The peak is that of starting the thread, before the free.
        truth: truth(0, 1, 0, 0, -1000),
    },
    Row {
        name: "allocated here, grown there, shrunk here",
        run: |count, n| {
            count(&mut || {
                let mut block = bytes(n);
                let mut block = thread::spawn(move || {
                    block.reserve_exact(3 * n);
                    block.resize(n / 2, 1);
                    block
                })
                .join()
                .unwrap();
                block.shrink_to_fit();
                gone(block);
            });
        },
        truth: truth(3, 1, 1000 + 3000 + 500, 3000, 0).resizing(2, 1000 + 500),
    },
    Row {
        name: "one thread after the other",
        run: |count, n| {
            count(&mut || {
                for _ in 0..3 {
                    thread::spawn(move || gone(bytes(n))).join().unwrap();
                }
            });
        },
        truth: truth(3, 3, 3000, 1000, 0),
    },
    Row {
        name: "two threads hold their blocks at once",
        run: |count, n| {
            count(&mut || {
                let both = Arc::new(Barrier::new(2));
                let start = || {
                    let both = Arc::clone(&both);
                    thread::spawn(move || {
                        let held = bytes(n);
                        both.wait();
                        gone(held);
                    })
                };
                let threads = [start(), start()];
                threads
                    .into_iter()
                    .for_each(|thread| thread.join().unwrap());
            });
        },
        truth: truth(2, 2, 2000, 2000, 0),
    },
    Row {
        name: "a named thread",
        run: |count, n| {
            count(&mut || {
                let builder = thread::Builder::new().name("counted".to_owned());
                builder
                    .spawn(move || gone(bytes(n)))
                    .unwrap()
                    .join()
                    .unwrap();
            });
        },
        truth: truth(1, 1, 1000, 1000, 0),
    },
    Row {
        name: "a thread starts a thread, and each holds a block",
        run: |count, n| {
            count(&mut || {
                let held = bytes(n);
                let outer = thread::spawn(move || {
                    let held = bytes(n);
                    thread::spawn(move || gone(bytes(n))).join().unwrap();
                    gone(held);
                });
                outer.join().unwrap();
                gone(held);
            });
        },
        truth: truth(3, 3, 3000, 3000, 0),
    },
    Row {
        name: "scoped threads that are joined",
        run: |count, n| {
            count(&mut || {
                let all = Barrier::new(3);
                thread::scope(|scope| {
                    let hold = || {
                        let held = bytes(n);
                        all.wait();
                        gone(held);
                    };
                    let threads = [(); 3].map(|()| scope.spawn(hold));
                    threads
                        .into_iter()
                        .for_each(|thread| thread.join().unwrap());
                });
            });
        },
        truth: truth(3, 3, 3000, 3000, 0),
    },
    Row {
        name: "blocks wait in a channel for the caller",
        run: |count, n| {
            count(&mut || {
                let (send, receive) = channel();
                let sender = thread::spawn(move || {
                    (0..10).for_each(|_| send.send(bytes(n)).unwrap());
                });
                sender.join().unwrap();
                assert_eq!(receive.into_iter().map(gone).count(), 10);
            });
        },
        // The thread's own blocks are freed before the ten are.
        truth: truth(10, 10, 10_000, 10_000, 0),
    },
    Row {
        name: "blocks wait in a channel for a thread",
        run: |count, n| {
            count(&mut || {
                let (send, receive) = sync_channel(10);
                (0..10).for_each(|_| send.send(bytes(n)).unwrap());
                drop(send);
                let receiver = thread::spawn(move || receive.into_iter().map(gone).count());
                assert_eq!(receiver.join().unwrap(), 10);
            });
        },
        truth: truth(10, 10, 10_000, 10_000, 0),
    },
    Row {
        name: "the last owner of a shared block is a thread",
        run: |count, n| {
            count(&mut || {
                let shared = Arc::new(bytes(n));
                let last = Arc::clone(&shared);
                let let_go = Arc::new(Barrier::new(2));
                let wait = Arc::clone(&let_go);
                let thread = thread::spawn(move || {
                    wait.wait();
                    gone(last);
                });
                drop(shared);
                let_go.wait();
                thread.join().unwrap();
            });
        },
        truth: truth(1, 1, 1000, 1000, 0),
    },
    Row {
        name: "a parked thread holds its block",
        run: |count, n| {
            count(&mut || {
                let parked = Arc::new(Barrier::new(2));
                let held = Arc::clone(&parked);
                let thread = thread::spawn(move || {
                    let block = bytes(n);
                    held.wait();
                    thread::park();
                    gone(block);
                });
                parked.wait();
                let block = bytes(n);
                thread.thread().unpark();
                thread.join().unwrap();
                gone(block);
            });
        },
        truth: truth(2, 2, 2000, 2000, 0),
    },
    Row {
        name: "one thread at a time behind a lock",
        run: |count, n| {
            count(&mut || {
                let (turn, all) = (Mutex::new(()), Barrier::new(4));
                thread::scope(|scope| {
                    let work = || {
                        all.wait();
                        for _ in 0..25 {
                            let _mine = turn.lock().unwrap();
                            gone(bytes(n));
                        }
                        all.wait();
                    };
                    let threads = [(); 4].map(|()| scope.spawn(work));
                    threads
                        .into_iter()
                        .for_each(|thread| thread.join().unwrap());
                });
            });
        },
        truth: truth(100, 100, 100_000, 1000, 0),
    },
    Row {
        name: "a thread that panics frees what it holds",
        run: |count, n| {
            count(&mut || {
                let thread = thread::spawn(move || {
                    let _held = bytes(n);
                    resume_unwind(Box::new(()));
                });
                assert!(thread.join().is_err());
            });
        },
        truth: truth(1, 1, 1000, 1000, 0),
    },
    Row {
        name: "a pool from before works for the caller",
        run: |count, n| {
            let pool = Pool::start(2);
            count(&mut || pool.everyone(n));
            pool.stop();
        },
        // Each of the two holds a block until both do.
        truth: truth(2, 2, 2000, 2000, 0),
    },
];
