//! The head of programs whose functions take a known time.

/// Calls are counted without an atomic read-modify-write, which would take as long as
/// the shortest of them.
pub(super) const SPIN: &str = r#"//! Functions that take a known time.
#![allow(dead_code, clippy::identity_op, clippy::erasing_op)]

use std::hint::black_box;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};

use perf_runtime::perf_budget;

perf_runtime::main!();

/// How often a function was called.
struct Count(AtomicU64);

impl Count {
    const fn new() -> Count {
        Count(AtomicU64::new(0))
    }

    fn next(&self) -> u64 {
        let n = self.0.load(Relaxed);
        self.0.store(n + 1, Relaxed);
        n
    }
}

#[inline(never)]
fn steps(n: u64) {
    for step in 0..n {
        black_box(step);
    }
}

/// Steps in 1024 ns: the most of many tries, so that no neighbour is in it.
fn pace() -> u64 {
    static PACE: OnceLock<u64> = OnceLock::new();
    *PACE.get_or_init(|| {
        let try_once = |_| {
            let start = Instant::now();
            steps(20_000);
            20_000 * 1024 / (start.elapsed().as_nanos() as u64).max(1)
        };
        (0..2_000).map(try_once).max().unwrap_or(1)
    })
}

/// Takes this many nanoseconds of processor time.
fn busy(ns: u64) {
    steps(ns * pace() / 1024);
}

fn asleep(ns: u64) {
    std::thread::sleep(Duration::from_nanos(ns));
}
"#;
