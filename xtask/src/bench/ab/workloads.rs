//! What two builds are compared by: five kinds of work, of which each call does as
//! much as it is asked to.
//!
//! This file is a crate of temporary projects. The amount of work is an argument, so
//! that a slowdown is planted by changing a constant elsewhere and nothing here: 105
//! instead of 100 is 5 % more. None of the functions is inlined, so that every case
//! runs the same machine code.

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

/// FNV-1a over this many bytes: arithmetic that waits for its own results, some 100 ns
/// for 100.
#[inline(never)]
pub fn hash(amount: usize) -> u64 {
    const KEY: [u8; 256] = [0x5a; 256];
    let key = black_box(&KEY);
    key.iter()
        .take(amount)
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
            (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
        })
}

/// Parses this many numbers: branches, some 0.5 µs for 100.
#[inline(never)]
pub fn parse(amount: usize) -> u64 {
    const NUMBERS: [&str; 8] = ["17", "1984", "3", "8080", "443", "31", "2", "300"];
    let numbers = black_box(&NUMBERS);
    (0..amount)
        .filter_map(|at| numbers[at % 8].parse::<u64>().ok())
        .sum()
}

/// Copies and sorts a hundred numbers, this many times: memory and branches, some
/// 60 µs for 100.
#[inline(never)]
pub fn sort(amount: usize) -> u64 {
    static UNSORTED: LazyLock<Vec<u64>> = LazyLock::new(|| numbers(11).take(12_800).collect());
    let unsorted = black_box(&**UNSORTED);
    let mut hundred = [0; 100];
    let mut least = 0;
    // A hundred at a time, so that 5 % more are 5 % more of everything.
    for at in 0..amount {
        let start = at % 128 * 100;
        hundred.copy_from_slice(&unsorted[start..start + 100]);
        hundred.sort_unstable();
        least ^= hundred[0];
    }
    least
}

/// Fills a small tree and drops it, this many times: the allocator, some 40 µs for 100.
#[inline(never)]
pub fn map(amount: usize) -> usize {
    let mut most = 0;
    for seed in 0..amount {
        let mut map: BTreeMap<u64, Vec<u8>> = BTreeMap::new();
        for number in numbers(seed as u64 % 16).take(8) {
            map.entry(number % 5)
                .or_default()
                .extend_from_slice(&number.to_le_bytes());
        }
        most = most.max(map.values().map(Vec::len).max().unwrap_or(0));
    }
    most
}

/// Multiplies this many rows with a matrix the plain way: the second cache, some 0.7 ms
/// for 100.
#[inline(never)]
pub fn matrix(amount: usize) -> f64 {
    const SIDE: usize = 100;
    static CELLS: LazyLock<Vec<f64>> = LazyLock::new(|| {
        numbers(13)
            .map(|number| (number % 1000) as f64)
            .take(SIDE * SIDE)
            .collect()
    });
    let cells = black_box(&**CELLS);
    let mut sum = 0.0;
    for row in 0..amount {
        let start = row % SIDE * SIDE;
        for column in 0..SIDE {
            let cell: f64 = (0..SIDE)
                .map(|k| cells[start + k] * cells[k * SIDE + column])
                .sum();
            sum += cell;
        }
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_function_does_as_much_as_it_is_told() {
        assert_ne!(hash(100), hash(103));
        assert_eq!(parse(8), 10_860);
        assert_eq!(parse(16), 21_720);
        assert!(sort(100) > 0);
        assert!(map(100) >= 16);
        assert!(matrix(105) > matrix(100));
    }
}
