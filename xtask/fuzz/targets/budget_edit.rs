//! Changes to the text of a budget file.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| perf_report::fuzz::budget_edit(bytes));
