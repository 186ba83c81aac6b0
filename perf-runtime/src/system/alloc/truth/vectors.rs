//! Vectors and strings: room, growth by doubling, shrinking, exact hints.
//!
//! What the standard library is known to do here: a vector's first growth
//! gives room for 8 items of one byte and for 4 of up to 1024; each further
//! one doubles; growing and shrinking are reallocations; iterators that know
//! their length are collected into one block of that length.

use std::collections::VecDeque;
use std::hint::black_box;

use super::table::{Row, bytes, gone, truth};

pub(crate) const ROWS: &[Row] = &[
    Row {
        name: "nothing",
        run: |count, _| count(&mut || ()),
        truth: truth(0, 0, 0, 0, 0),
    },
    Row {
        name: "an empty vector",
        run: |count, _| count(&mut || gone(Vec::<u64>::new())),
        truth: truth(0, 0, 0, 0, 0),
    },
    Row {
        name: "a vector of items without size",
        run: |count, _| count(&mut || gone(vec![(); 1000])),
        truth: truth(0, 0, 0, 0, 0),
    },
    Row {
        name: "a vector with room",
        run: |count, _| count(&mut || gone(Vec::<u64>::with_capacity(10))),
        truth: truth(1, 1, 10 * 8, 10 * 8, 0),
    },
    Row {
        name: "pushing bytes: room for 8, 16, 32",
        run: |count, _| {
            count(&mut || {
                let mut v = Vec::new();
                (0..17_u8).for_each(|n| black_box(&mut v).push(n));
                gone(v);
            });
        },
        truth: truth(3, 1, 8 + 16 + 32, 32, 0).resizing(2, 8 + 16),
    },
    Row {
        name: "pushing words: room for 4, 8, 16, 32, 64, 128",
        run: |count, _| {
            count(&mut || {
                let mut v = Vec::new();
                (0..100_u64).for_each(|n| black_box(&mut v).push(n));
                gone(v);
            });
        },
        // 4 + 8 + 16 + 32 + 64 + 128 = 252 items; all but the last room is carried over.
        truth: truth(6, 1, 252 * 8, 128 * 8, 0).resizing(5, 124 * 8),
    },
    Row {
        name: "pushing into reserved room",
        run: |count, _| {
            count(&mut || {
                let mut v = Vec::with_capacity(100);
                (0..100_u64).for_each(|n| black_box(&mut v).push(n));
                gone(v);
            });
        },
        truth: truth(1, 1, 800, 800, 0),
    },
    Row {
        name: "a zeroed vector",
        run: |count, _| count(&mut || gone(vec![0_u8; black_box(4096)])),
        truth: truth(1, 1, 4096, 4096, 0),
    },
    Row {
        name: "a filled vector",
        run: |count, _| count(&mut || gone(vec![7_u32; black_box(100)])),
        truth: truth(1, 1, 400, 400, 0),
    },
    Row {
        name: "growing to an exact size",
        run: |count, _| {
            count(&mut || {
                let mut v = bytes(100);
                v.reserve_exact(400);
                gone(v);
            });
        },
        truth: truth(2, 1, 100 + 400, 400, 0).resizing(1, 100),
    },
    Row {
        name: "shrinking to fit",
        run: |count, _| {
            count(&mut || {
                let mut v = bytes(100);
                v.extend_from_slice(&[1; 10]);
                v.shrink_to_fit();
                gone(v);
            });
        },
        truth: truth(2, 1, 100 + 10, 100, 0).resizing(1, 10),
    },
    Row {
        name: "shrinking to nothing is a free",
        run: |count, _| {
            count(&mut || {
                let mut v = bytes(100);
                v.shrink_to_fit();
                gone(v);
            });
        },
        truth: truth(1, 1, 100, 100, 0),
    },
    Row {
        name: "a boxed slice of a vector with room to spare",
        run: |count, _| {
            count(&mut || {
                let mut v = bytes(64);
                v.extend_from_slice(&[1; 3]);
                gone(v.into_boxed_slice());
            });
        },
        truth: truth(2, 1, 64 + 3, 64, 0).resizing(1, 3),
    },
    Row {
        name: "collecting a range",
        run: |count, _| count(&mut || gone((0..black_box(50_u64)).collect::<Vec<_>>())),
        truth: truth(1, 1, 50 * 8, 50 * 8, 0),
    },
    Row {
        name: "collecting from a slice into wider items",
        run: |count, _| {
            let from = [1_u8; 30];
            count(&mut || {
                let wide: Vec<u64> = black_box(&from).iter().map(|n| u64::from(*n)).collect();
                gone(wide);
            });
        },
        truth: truth(1, 1, 30 * 8, 30 * 8, 0),
    },
    Row {
        name: "cloning takes the length, not the room",
        run: |count, _| {
            let mut v = bytes(100);
            v.extend_from_slice(&[1; 10]);
            count(&mut || gone(black_box(&v).clone()));
        },
        truth: truth(1, 1, 10, 10, 0),
    },
    Row {
        name: "cloning a nested vector",
        run: |count, _| {
            let nested = vec![vec![1_u8; 10]; 5];
            count(&mut || gone(black_box(&nested).clone()));
        },
        // A vector is a pointer and two lengths: 24 bytes on 64 bits.
        truth: truth(6, 6, 5 * 24 + 5 * 10, 5 * 24 + 5 * 10, 0),
    },
    Row {
        name: "splitting off a half",
        run: |count, _| {
            count(&mut || {
                let mut v = black_box(vec![1_u8; 100]);
                let half = v.split_off(60);
                gone((v, half));
            });
        },
        truth: truth(2, 2, 100 + 40, 140, 0),
    },
    Row {
        name: "a string from a text",
        run: |count, _| count(&mut || gone(String::from(black_box("twelve bytes")))),
        truth: truth(1, 1, 12, 12, 0),
    },
    Row {
        name: "formatting into reserved room",
        run: |count, _| {
            use std::fmt::Write;
            count(&mut || {
                let mut text = String::with_capacity(64);
                write!(text, "{}-{}", black_box(12_345), black_box(67)).unwrap();
                gone(text);
            });
        },
        truth: truth(1, 1, 64, 64, 0),
    },
    Row {
        name: "a string grown by characters: room for 8, 16",
        run: |count, _| {
            count(&mut || {
                let mut text = String::new();
                "123456789"
                    .chars()
                    .for_each(|c| black_box(&mut text).push(c));
                gone(text);
            });
        },
        truth: truth(2, 1, 8 + 16, 16, 0).resizing(1, 8),
    },
    Row {
        name: "repeating and joining texts",
        run: |count, _| {
            count(&mut || {
                gone(black_box("abc").repeat(20));
                gone(black_box(["one", "two", "three"]).join(", "));
            });
        },
        // 3 x 20; 3 + 3 + 5 letters and two separators of 2.
        truth: truth(2, 2, 60 + 15, 60, 0),
    },
    Row {
        name: "a ring buffer with room",
        run: |count, _| count(&mut || gone(VecDeque::<u64>::with_capacity(10))),
        truth: truth(1, 1, 80, 80, 0),
    },
];
