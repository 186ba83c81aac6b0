//! `#[test]` below the attribute makes way for the budget's own test, and
//! conditions hold wherever they stand.
#![deny(warnings)]

use perf_runtime::perf_budget;

// Only there in tests, like the function.
#[cfg(test)]
fn helper() -> u32 {
    4
}

#[perf_budget(max = "10s")]
#[test]
fn was_a_test() {
    assert_eq!(helper(), 4);
}

#[perf_budget(max = "10s")]
#[test]
#[cfg(any())]
fn is_not_there() {}

#[cfg_attr(all(), perf_budget(max = "10s", ignore))]
#[cfg_attr(any(), ignore)]
fn is_there() {}

#[cfg(not(test))]
fn main() {}
