//! Quantities, ratios, tolerances and thresholds.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| perf_grammar::fuzz::units(bytes));
