//! The budget file, as tests read it and as production does.

#![no_main]

use perf_layer::BudgetLayer;
use tracing_subscriber::Registry;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let is_sound = perf_runtime::fuzz::budget_file(bytes);
    let text = std::str::from_utf8(bytes).unwrap_or_default();
    // One file for both: what tests take, a running program takes too.
    match BudgetLayer::from_text::<Registry>(text).map(drop) {
        Err(error) if is_sound => assert!(error.codes().eq(["no_span"]), "{error}"),
        _ => {}
    }
});
