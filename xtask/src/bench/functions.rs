//! The functions that are judged: one of each kind of work, from 0.1 µs to 3 ms.
//!
//! This file is copied into temporary projects, where perf-runtime, criterion
//! and divan all measure it. None of the functions is inlined, so that every
//! copy of a case runs the same machine code.

use std::collections::BTreeMap;
use std::hint::black_box;
use std::sync::LazyLock;

/// A stream of numbers that looks random and is always the same.
fn numbers(seed: u64) -> impl Iterator<Item = u64> {
    let mut state = seed;
    std::iter::repeat_with(move || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        state >> 33
    })
}

/// FNV-1a over 128 bytes: arithmetic that waits for its own results, some
/// 70 ns.
#[inline(never)]
pub(crate) fn hash() -> u64 {
    const KEY: &[u8; 64] = b"a-key-of-64-bytes-as-a-cache-would-use-it-for-one-of-its-entries";
    let key = black_box(KEY);
    key.iter()
        .chain(key)
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
            (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
        })
}

/// Parses a hundred numbers: branches, some 0.4 µs.
#[inline(never)]
pub(crate) fn parse() -> u64 {
    const LINE: &str = "17,4,1984,3,77,60,8080,443,12,9,31,1024,6,2,48,1999,5,300";
    (0..6)
        .flat_map(|_| black_box(LINE).split(','))
        .filter_map(|number| number.parse::<u64>().ok())
        .sum()
}

/// The edit distance of two sentences: a table in the first cache, some 10 µs.
#[inline(never)]
pub(crate) fn distance() -> usize {
    const FROM: &str = "the quick brown fox jumps over the lazy dog, and runs; at noon it sleeps below an oak, and dreams of chickens";
    const TO: &str = "a quiet brown fix jumped over two lazy dogs, and sings at noon; it slept below old oaks, and dreamt of kitchens";
    let (from, to) = (black_box(FROM).as_bytes(), black_box(TO).as_bytes());
    let mut row = [0_usize; 128];
    for (column, cell) in row.iter_mut().enumerate() {
        *cell = column;
    }
    for (number, a) in from.iter().enumerate() {
        let mut diagonal = row[0];
        row[0] = number + 1;
        for (column, b) in to.iter().enumerate() {
            let replaced = diagonal + usize::from(a != b);
            diagonal = row[column + 1];
            row[column + 1] = replaced.min(diagonal + 1).min(row[column] + 1);
        }
    }
    row[to.len()]
}

/// Fills a tree with small texts and drops it: the allocator, some 40 µs.
#[inline(never)]
pub(crate) fn map() -> usize {
    let mut map: BTreeMap<u64, Vec<u8>> = BTreeMap::new();
    for number in numbers(7).take(2200) {
        map.entry(number % 257)
            .or_default()
            .extend_from_slice(&number.to_le_bytes());
    }
    map.values().map(Vec::len).max().unwrap_or(0)
}

/// Copies and sorts ten thousand numbers: memory and branches, some 60 µs.
#[inline(never)]
pub(crate) fn sort() -> Vec<u64> {
    static UNSORTED: LazyLock<Vec<u64>> = LazyLock::new(|| numbers(11).take(10_000).collect());
    let mut all = UNSORTED.clone();
    all.sort_unstable();
    all
}

/// Multiplies two matrices the plain way: the second cache, some 3 ms.
#[inline(never)]
pub(crate) fn matrix() -> f64 {
    const SIDE: usize = 200;
    static CELLS: LazyLock<Vec<f64>> = LazyLock::new(|| {
        numbers(13)
            .map(|n| (n % 1000) as f64)
            .take(SIDE * SIDE)
            .collect()
    });
    let cells = black_box(&**CELLS);
    let mut trace = 0.0;
    let mut product = vec![0.0; SIDE * SIDE];
    for row in 0..SIDE {
        for column in 0..SIDE {
            let cell: f64 = (0..SIDE)
                .map(|k| cells[row * SIDE + k] * cells[k * SIDE + column])
                .sum();
            product[row * SIDE + column] = cell;
        }
        trace += product[row * SIDE + row];
    }
    trace
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_function_does_its_work() {
        assert_eq!(parse(), 84_624);
        assert_eq!(hash(), 0x33d7_d6b0_0bf6_95a1);
        assert_eq!(distance(), 27);
        assert!(map() >= 56);
        let sorted = sort();
        assert!(sorted.len() == 10_000 && sorted.is_sorted());
        assert!(matrix() > 0.0);
    }
}
