//! What test processes and the command line say to each other, read at both ends.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    perf_report::fuzz::worker_protocol(bytes);
    perf_runtime::fuzz::worker_protocol(bytes);
});
