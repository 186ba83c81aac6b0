//! What every allocator is asked to do, and how long that takes.
//!
//! This file is copied into a temporary project. There it is a separate
//! library, compiled once, so that all programs run the same machine code: which
//! functions are inlined into which would else differ from program to program,
//! and has moved a ratio by 0.1. Each program links one allocator, is told a
//! workload, how many threads do it at once, a mode, and by what its rounds
//! are divided, and prints nanoseconds a round.
#![allow(unreachable_pub, reason = "these are public in that project")]

use std::collections::{BTreeMap, HashMap};
use std::hint::{black_box, spin_loop};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Instant;

/// Bursts of a process; the first few find their memory and are not looked at.
const BURSTS: usize = 15;
const WARMUP: usize = 3;
/// Rounds of a burst: some 0.5 ms over the bare allocator.
const PAIRS: usize = 50_000;
const CALLS: usize = 10;

/// What an allocator may be told to do around the work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Around {
    /// Around all of it.
    Process,
    /// Around the part of one thread, on that thread.
    Thread,
}

/// What an allocator does around the work: it is told the mode and calls what
/// it is given once.
pub type Surround = fn(&str, Around, &mut dyn FnMut());

/// Does as the program's arguments say.
///
/// # Panics
/// If they are not as above.
#[allow(dead_code, reason = "the tests of this file are no such program")]
pub fn main(surround: Surround) {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [workload, threads, mode, divisor] = &arguments[..] else {
        panic!("found {arguments:?}, expected a workload, threads, a mode and a divisor");
    };
    let (work, rounds) =
        work(workload).unwrap_or_else(|| panic!("`{workload}` is none of the workloads"));
    let [threads, divisor]: [usize; 2] =
        [threads, divisor].map(|text| text.parse().expect("counts are numbers"));
    let rounds = (rounds / divisor).max(1);
    let mut nanoseconds = 0.0;
    surround(mode, Around::Process, &mut || {
        nanoseconds = measure(work, rounds, threads, mode, surround);
    });
    println!("{nanoseconds}");
}

/// The median time of a burst, a round: that of the slower thread.
pub fn measure(
    work: fn(usize),
    rounds: usize,
    threads: usize,
    mode: &str,
    surround: Surround,
) -> f64 {
    let arrived = AtomicUsize::new(0);
    let one_thread = || {
        let mut bursts = [0.0_f64; BURSTS];
        surround(mode, Around::Thread, &mut || {
            for (number, nanoseconds) in bursts.iter_mut().enumerate() {
                meet(&arrived, (number + 1) * threads);
                let start = Instant::now();
                work(rounds);
                *nanoseconds = start.elapsed().as_nanos() as f64 / rounds as f64;
            }
        });
        bursts
    };
    let mut slowest = thread::scope(|scope| {
        let others: Vec<_> = (1..threads).map(|_| scope.spawn(one_thread)).collect();
        let mut slowest = one_thread();
        for other in others {
            let bursts = other.join().expect("no workload panics");
            for (slowest, nanoseconds) in slowest.iter_mut().zip(bursts) {
                *slowest = slowest.max(nanoseconds);
            }
        }
        slowest
    });
    let counted = &mut slowest[WARMUP..];
    counted.sort_by(f64::total_cmp);
    counted[counted.len() / 2]
}

/// Waits until this many arrivals were seen in all, in a separate loop: a
/// sleeping thread would start its burst when the other's is over.
fn meet(arrived: &AtomicUsize, all: usize) {
    arrived.fetch_add(1, Ordering::AcqRel);
    let mut turns = 0_u32;
    while arrived.load(Ordering::Acquire) < all {
        turns += 1;
        if turns.is_multiple_of(1000) {
            thread::yield_now();
        } else {
            spin_loop();
        }
    }
}

/// The workload of that name, and how many rounds of it make a burst.
pub fn work(name: &str) -> Option<(fn(usize), usize)> {
    Some(match name {
        "16-B" => (pairs::<16>, PAIRS),
        "256-B" => (pairs::<256>, PAIRS),
        "4-KiB" => (pairs::<4096>, PAIRS),
        "64-KiB" => (pairs::<65_536>, PAIRS),
        "maps" => (maps, CALLS),
        "json" => (json, CALLS),
        _ => return None,
    })
}

/// Allocates this many bytes and frees them. They are not written: that would
/// be most of the time, and is the same for every allocator.
fn pairs<const SIZE: usize>(rounds: usize) {
    for _ in 0..rounds {
        drop(black_box(Box::<[u8; SIZE]>::new_uninit()));
    }
}

/// Builds an index of words by number and one of numbers by word, and looks
/// everything up in both.
fn maps(rounds: usize) {
    for _ in 0..rounds {
        let mut words = BTreeMap::new();
        let mut numbers = HashMap::new();
        for number in 0..300_u64 {
            let key = number.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 40;
            let word = format!("word-{key}");
            numbers.insert(word.clone(), key);
            words.insert(key, word);
        }
        let found = words
            .iter()
            .filter(|(key, word)| numbers.get(*word) == Some(*key))
            .count();
        assert_eq!(black_box(found), words.len());
    }
}

/// Parses a list of orders into a tree of values.
fn json(rounds: usize) {
    let orders: Vec<String> = (0..50)
        .map(|n| {
            format!(
                r#"{{"id":{n},"customer":"customer {n}","paid":true,"lines":[{{"item":"book","price":12.5,"tags":["paper","used"]}},{{"item":"pen","price":{n}.25,"tags":[]}}]}}"#
            )
        })
        .collect();
    let text = format!("[{}]", orders.join(","));
    for _ in 0..rounds {
        let value: serde_json::Value =
            serde_json::from_str(black_box(&text)).expect("the text is JSON");
        assert_eq!(black_box(value).as_array().map(Vec::len), Some(50));
    }
}
