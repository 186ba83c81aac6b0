//! A function without an argument, with every kind of output.
#![deny(warnings, missing_docs, unreachable_pub)]

use perf_runtime::perf_budget;

#[perf_budget(max = "10s")]
fn returns_nothing() {}

#[perf_budget(max = "10s", ignore)]
fn returns_a_value() -> Vec<u8> {
    vec![1, 2, 3]
}

#[perf_budget(max = "10s", ignore)]
const fn is_const() -> &'static str {
    "constant"
}

#[perf_budget(max = "10s", ignore)]
fn returns_an_iterator() -> impl Iterator<Item = u32> {
    0..4
}

#[perf_budget(max = "10s", ignore = "its test is started by hand")]
pub(crate) fn returns_ok() -> Result<u32, std::num::ParseIntError> {
    "12".parse()
}

#[perf_budget(max = "10s", ignore)]
fn returns_err() -> Result<u32, Box<dyn std::error::Error>> {
    Ok("twelve".parse()?)
}

/// An error that nothing can print.
struct Silent;

type Outcome = Result<(), Silent>;

#[perf_budget(max = "10s", ignore)]
fn returns_a_silent_err() -> Outcome {
    Err(Silent)
}

#[cfg(not(test))]
fn main() {}
