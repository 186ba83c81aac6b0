//! What the counting allocator promises, checked against hand counting and a second opinion.

use std::alloc::{GlobalAlloc, Layout};
use std::hint::black_box;
use std::sync::Barrier;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;

use stats_alloc::StatsAlloc;

use super::{Counted, CountingAllocator, Counts, Region, installed, ledger};
use crate::model::sample::Scope;

fn counted(scope: Scope, f: impl FnOnce()) -> Counted {
    let region = Region::enter(scope);
    f();
    region.leave()
}

fn on_this_thread(f: impl FnOnce()) -> Counts {
    counted(Scope::Thread, f).counts
}

fn counts(
    allocs: u64,
    frees: u64,
    alloc_bytes: u64,
    peak_bytes: u64,
    retained_bytes: i64,
) -> Counts {
    Counts {
        allocs,
        frees,
        alloc_bytes,
        peak_bytes,
        retained_bytes,
    }
}

fn bytes(n: usize) -> Vec<u8> {
    black_box(Vec::with_capacity(n))
}

/// Runs a test of this module in a separate process.
fn alone(function: &str, body: impl FnOnce()) {
    super::alone::alone(module_path!(), function, body);
}

#[test]
fn each_kind_of_call_is_counted_as_hand_counting_says() {
    #[track_caller]
    fn check(f: impl FnOnce(), expected: Counts) {
        assert_eq!(on_this_thread(f), expected);
    }
    check(|| (), Counts::default());
    check(|| drop(bytes(100)), counts(1, 1, 100, 100, 0));
    check(|| drop((bytes(100), bytes(50))), counts(2, 2, 150, 150, 0));
    check(
        || [100, 50].into_iter().for_each(|n| drop(bytes(n))),
        counts(2, 2, 150, 100, 0),
    );
    check(
        || drop(black_box(vec![0_u8; 4096])),
        counts(1, 1, 4096, 4096, 0),
    );
    let mut kept = None;
    check(|| kept = Some(bytes(64)), counts(1, 0, 64, 64, 64));
    check(
        || {
            let mut v = bytes(100);
            v.reserve_exact(400);
            v.shrink_to(0);
        },
        counts(2, 1, 500, 400, 0),
    );
}

#[test]
fn memory_from_before_the_region_counts_against_what_is_live() {
    let early = bytes(1000);
    let seen = on_this_thread(|| {
        drop(early);
        drop(bytes(600));
    });
    assert_eq!(seen, counts(1, 2, 600, 0, -1000));
}

#[test]
fn regions_nest_and_each_has_its_own_peak() {
    let outer = Region::enter(Scope::Thread);
    drop(bytes(1000));
    let kept = bytes(10);
    let inner = on_this_thread(|| drop(bytes(200)));
    drop(kept);
    assert_eq!(inner, counts(1, 1, 200, 200, 0));
    assert_eq!(outer.leave().counts, counts(3, 3, 1210, 1000, 0));
}

#[test]
fn thread_counts_are_exact_in_1000_of_1000_while_others_allocate() {
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                while !done.load(Ordering::Relaxed) {
                    drop(bytes(black_box(24)));
                    let _ = on_this_thread(|| drop(bytes(32)));
                }
            });
        }
        let wrong = (0..1000)
            .map(|_| on_this_thread(|| (1..=20).for_each(|n| drop(bytes(n)))))
            .filter(|seen| *seen != counts(20, 20, 210, 20, 0))
            .count();
        done.store(true, Ordering::Relaxed);
        assert_eq!(wrong, 0, "of 1000");
    });
}

#[test]
fn the_installed_allocator_is_noticed() {
    assert!(matches!(installed(), super::Installed::Ours));
}

#[test]
fn another_thread_is_foreign_and_only_then() {
    alone("another_thread_is_foreign_and_only_then", || {
        let quiet = counted(Scope::Thread, || drop(bytes(8)));
        assert!(!quiet.foreign);
        let spawning = counted(Scope::Thread, || {
            thread::spawn(|| drop(bytes(8))).join().unwrap()
        });
        assert!(spawning.foreign);
        assert!(
            !counted(Scope::Thread, || drop(bytes(8))).foreign,
            "the mark belongs to its region"
        );
        // Freeing is as foreign as allocating.
        let block = bytes(8);
        let (start, end) = (Barrier::new(2), Barrier::new(2));
        thread::scope(|scope| {
            scope.spawn(|| {
                start.wait();
                drop(block);
                end.wait();
            });
            let freeing = counted(Scope::Thread, || {
                start.wait();
                end.wait();
            });
            assert!(freeing.foreign);
            assert_eq!(freeing.counts, Counts::default());
        });
    });
}

#[test]
fn overlapping_regions_of_two_threads_do_not_end_each_other() {
    let (both_open, one_left) = (Barrier::new(2), Barrier::new(2));
    thread::scope(|scope| {
        scope.spawn(|| {
            let region = Region::enter(Scope::Thread);
            both_open.wait();
            drop(region);
            one_left.wait();
        });
        let seen = counted(Scope::Thread, || {
            both_open.wait();
            one_left.wait();
            drop(bytes(77));
        });
        assert_eq!(seen.counts, counts(1, 1, 77, 77, 0));
    });
}

#[test]
fn a_panic_ends_the_counting() {
    alone("a_panic_ends_the_counting", || {
        for scope in [Scope::Thread, Scope::Process] {
            let caught = std::panic::catch_unwind(|| {
                let _region = Region::enter(scope);
                assert!(!ledger::idle());
                panic!("on purpose");
            });
            assert!(caught.is_err());
            assert!(ledger::idle());
        }
    });
}

#[test]
fn process_counts_are_exact_over_all_threads_and_their_ends() {
    struct AllocatesAtExit;
    impl Drop for AllocatesAtExit {
        fn drop(&mut self) {
            drop(bytes(40));
            ENDED.fetch_add(1, Ordering::Release);
        }
    }
    static ENDED: AtomicUsize = AtomicUsize::new(0);
    thread_local!(static LAST: AllocatesAtExit = const { AllocatesAtExit });
    const THREADS: usize = 4;
    alone(
        "process_counts_are_exact_over_all_threads_and_their_ends",
        || {
            let at = || Barrier::new(THREADS + 1);
            let (ready, open, full) = (at(), at(), at());
            thread::scope(|scope| {
                for _ in 0..THREADS {
                    scope.spawn(|| {
                        LAST.with(|_| ());
                        ready.wait();
                        open.wait();
                        (0..250).for_each(|_| drop(bytes(16)));
                        let held = bytes(10_000);
                        full.wait();
                        drop(held);
                    });
                }
                ready.wait();
                let region = Region::enter(Scope::Process);
                open.wait();
                full.wait();
                // Waits until every thread freed its block and ran its destructor,
                // without joining, which would free memory of the thread itself.
                while ENDED.load(Ordering::Acquire) < THREADS {
                    thread::yield_now();
                }
                let seen = region.leave();
                let n = THREADS as u64;
                assert!(!seen.foreign);
                let (allocs, bytes) = (seen.counts.allocs, seen.counts.alloc_bytes);
                assert_eq!((allocs, bytes), (252 * n, (250 * 16 + 10_000 + 40) * n));
                assert_eq!(seen.counts.peak_bytes, 10_000 * n);
            });
        },
    );
}

#[test]
fn process_regions_of_two_threads_know_of_each_other() {
    alone("process_regions_of_two_threads_know_of_each_other", || {
        assert!(!counted(Scope::Process, || drop(bytes(8))).foreign);
        let outer = Region::enter(Scope::Process);
        let inner = thread::spawn(|| counted(Scope::Process, || drop(bytes(8))))
            .join()
            .unwrap();
        assert!(inner.foreign);
        assert!(outer.leave().foreign);
        let outer = Region::enter(Scope::Process);
        assert!(
            !counted(Scope::Process, || ()).foreign,
            "nested in the same thread"
        );
        assert!(!outer.leave().foreign);
    });
}

#[test]
fn a_refused_allocation_is_not_counted() {
    struct Refuses;
    // SAFETY: null is what an allocator returns that has nothing to give.
    unsafe impl GlobalAlloc for Refuses {
        unsafe fn alloc(&self, _: Layout) -> *mut u8 {
            std::ptr::null_mut()
        }
        unsafe fn dealloc(&self, _: *mut u8, _: Layout) {}
    }
    let allocator = CountingAllocator::new(Refuses);
    let layout = Layout::new::<u64>();
    let seen = on_this_thread(|| {
        // SAFETY: the layout is not empty; nothing is done with the blocks.
        assert!(unsafe { allocator.alloc(layout) }.is_null());
        // SAFETY: as above.
        assert!(unsafe { allocator.alloc_zeroed(layout) }.is_null());
    });
    assert_eq!(seen, Counts::default());
}

#[test]
fn a_random_script_agrees_with_hand_counting_and_with_stats_alloc() {
    for seed in 1..=50 {
        random_script(seed, Scope::Thread);
    }
}

#[test]
fn a_random_script_agrees_in_process_mode_as_well() {
    alone("a_random_script_agrees_in_process_mode_as_well", || {
        for seed in 1..=50 {
            random_script(seed, Scope::Process);
        }
    });
}

/// Makes 400 random calls of an allocator whose inner one is `StatsAlloc`, and
/// compares three opinions of them.
fn random_script(seed: u64, scope: Scope) {
    let allocator = CountingAllocator::new(StatsAlloc::system());
    let layout = |size| Layout::from_size_align(size, 8).unwrap();
    let mut state = seed;
    let mut random = move |below: usize| {
        state = state
            .wrapping_mul(6364136223846793005)
            .wrapping_add(1442695040888963407);
        (state >> 33) as usize % below
    };
    let mut blocks: Vec<(*mut u8, usize)> = Vec::with_capacity(400);
    let mut truth = Counts::default();
    let (mut live, mut reallocs, mut grown) = (0_i64, 0, 0);
    let theirs = allocator.inner().stats();
    let region = Region::enter(scope);
    for _ in 0..400 {
        let size = 1 + random(5000);
        match random(4) {
            kind @ (0 | 1) => {
                // SAFETY: the size is not zero.
                let block = unsafe {
                    if kind == 0 {
                        allocator.alloc(layout(size))
                    } else {
                        allocator.alloc_zeroed(layout(size))
                    }
                };
                blocks.push((block, size));
                truth.allocs += 1;
                truth.alloc_bytes += size as u64;
                live += size as i64;
            }
            2 if !blocks.is_empty() => {
                let at = random(blocks.len());
                let (block, old) = blocks[at];
                // SAFETY: the block is live and has this layout.
                blocks[at] = (unsafe { allocator.realloc(block, layout(old), size) }, size);
                truth.allocs += 1;
                truth.alloc_bytes += size as u64;
                live += size as i64 - old as i64;
                reallocs += 1;
                grown += size.saturating_sub(old);
            }
            _ => {
                if let Some((block, size)) = blocks.pop() {
                    // SAFETY: the block is live and has this layout.
                    unsafe { allocator.dealloc(block, layout(size)) };
                    truth.frees += 1;
                    live -= size as i64;
                }
            }
        }
        truth.peak_bytes = truth.peak_bytes.max(live as u64);
    }
    truth.retained_bytes = live;
    let ours = region.leave().counts;
    let theirs = allocator.inner().stats() - theirs;
    for (block, size) in blocks {
        // SAFETY: the block is live and has this layout.
        unsafe { allocator.dealloc(block, layout(size)) };
    }
    assert_eq!(ours, truth, "seed {seed}");
    assert_eq!(
        ours.allocs as usize,
        theirs.allocations + theirs.reallocations
    );
    assert_eq!(ours.frees as usize, theirs.deallocations);
    assert_eq!(
        ours.retained_bytes,
        theirs.bytes_allocated as i64 - theirs.bytes_deallocated as i64
    );
    assert_eq!(theirs.reallocations, reallocs);
    // stats_alloc adds the growth of a reallocation only; we add its new size.
    assert!(ours.alloc_bytes as usize >= theirs.bytes_allocated);
    assert!(theirs.bytes_allocated >= grown);
}
