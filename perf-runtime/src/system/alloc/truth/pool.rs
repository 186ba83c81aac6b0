//! Threads that wait for work without allocating, and end with a word.

use std::sync::{Arc, Barrier, Mutex};
use std::thread::{self, JoinHandle};

use super::table::{bytes, gone};

/// Threads that do each piece of work together.
pub(crate) struct Pool {
    shared: Arc<Shared>,
    workers: Vec<JoinHandle<()>>,
}

struct Shared {
    /// All workers and the one who asks.
    meet: Barrier,
    /// The workers alone.
    hold: Barrier,
    /// The size of the block that each is to hold; none ends them.
    work: Mutex<Option<usize>>,
}

impl Pool {
    pub(crate) fn start(workers: usize) -> Pool {
        let shared = Arc::new(Shared {
            meet: Barrier::new(workers + 1),
            hold: Barrier::new(workers),
            work: Mutex::new(None),
        });
        let workers = (0..workers).map(|_| {
            let shared = Arc::clone(&shared);
            thread::spawn(move || shared.serve())
        });
        let workers = workers.collect();
        let pool = Pool { shared, workers };
        // What a thread allocates at its start is over when it has worked once.
        pool.everyone(0);
        pool
    }

    /// Each worker allocates a block of `n` bytes, and frees it when all have.
    pub(crate) fn everyone(&self, n: usize) {
        *self.shared.work.lock().unwrap() = Some(n);
        self.shared.meet.wait();
        self.shared.meet.wait();
    }

    pub(crate) fn stop(self) {
        *self.shared.work.lock().unwrap() = None;
        self.shared.meet.wait();
        for worker in self.workers {
            worker.join().unwrap();
        }
    }
}

impl Shared {
    fn serve(&self) {
        loop {
            self.meet.wait();
            let Some(n) = *self.work.lock().unwrap() else {
                return;
            };
            let held = bytes(n);
            self.hold.wait();
            gone(held);
            self.meet.wait();
        }
    }
}
