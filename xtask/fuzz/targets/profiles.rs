//! Profiles that runs keep.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| perf_report::fuzz::profiles(bytes));
