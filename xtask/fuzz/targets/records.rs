//! Records of runs, and everything that shows one.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| perf_report::fuzz::records(bytes));
