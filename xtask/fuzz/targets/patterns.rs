//! Patterns of cases, and names with stars.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| perf_grammar::fuzz::patterns(bytes));
