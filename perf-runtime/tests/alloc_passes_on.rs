//! Installed as the global allocator, ours hands every kind of call to the one inside.

// The feature installs an allocator, and a program has one.
#![cfg(not(feature = "global-allocator"))]

use std::alloc::System;
use std::hint::black_box;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;

use perf_runtime::CountingAllocator;
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, Stats, StatsAlloc};

#[global_allocator]
static ALLOC: CountingAllocator<&StatsAlloc<System>> = CountingAllocator::new(&INSTRUMENTED_SYSTEM);

/// The inner allocator counts the whole process, so one test runs at a time.
static ALONE: Mutex<()> = Mutex::new(());

fn alone() -> MutexGuard<'static, ()> {
    // A test that failed says so itself; the others are still of use.
    ALONE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The fewest calls of several tries: the harness's own thread allocates now
/// and then, which only adds.
fn seen_inside(f: impl Fn()) -> Stats {
    let _alone = alone();
    let tries = (0..20).map(|_| {
        let region = Region::new(&INSTRUMENTED_SYSTEM);
        f();
        region.change()
    });
    tries
        .min_by_key(|stats| stats.allocations + stats.reallocations + stats.deallocations)
        .expect("there were twenty tries")
}

#[test]
fn the_inner_allocator_sees_what_the_program_asks_for() {
    let expected = Stats {
        allocations: 2,
        deallocations: 2,
        reallocations: 1,
        bytes_allocated: 100 + 300 + 4096,
        bytes_deallocated: 400 + 4096,
        bytes_reallocated: 300,
    };
    let seen = seen_inside(|| {
        let mut grows: Vec<u8> = black_box(Vec::with_capacity(100));
        grows.reserve_exact(400);
        drop(black_box(grows));
        drop(black_box(vec![0_u8; 4096]));
    });
    assert_eq!(seen, expected);
}

#[cfg(target_os = "linux")]
#[test]
fn a_large_zeroed_block_is_not_touched() {
    let resident_kib = || -> u64 {
        let status = std::fs::read_to_string("/proc/self/status").unwrap();
        let line = status
            .lines()
            .find(|line| line.starts_with("VmRSS:"))
            .unwrap();
        line.split_whitespace().nth(1).unwrap().parse().unwrap()
    };
    let _alone = alone();
    let before = resident_kib();
    let block = black_box(vec![0_u8; 256 << 20]);
    let grown = resident_kib().saturating_sub(before);
    drop(block);
    assert!(grown < 64 << 10, "{grown} KiB of 256 MiB");
}

#[test]
fn threads_allocate_to_their_very_end() {
    struct AllocatesAtExit(Vec<u8>);
    impl Drop for AllocatesAtExit {
        fn drop(&mut self) {
            self.0 = black_box(vec![1; 100]);
        }
    }
    thread_local!(static LAST: AllocatesAtExit = const { AllocatesAtExit(Vec::new()) });
    let _alone = alone();
    for _ in 0..50 {
        let thread = thread::spawn(|| LAST.with(|last| last.0.len()));
        assert_eq!(thread.join().unwrap(), 0);
    }
}
