//! A function that marks itself what is timed.
#![deny(warnings)]
#![allow(unused_qualifications)]

use perf_runtime::{Bencher, perf_budget};

#[perf_budget(max = "10s", ignore)]
fn marks(b: &mut Bencher) {
    let text = String::from("one two");
    b.iter(|| text.len());
}

#[perf_budget(max = "10s", ignore)]
fn may_fail(b: &mut perf_runtime::Bencher<'_>) -> Result<(), std::num::ParseIntError> {
    let number: u32 = "12".parse()?;
    b.iter_with_setup(|| vec![0; 4], |mut numbers| numbers.push(number));
    Ok(())
}

// The same names as the expansion's own.
#[perf_budget(max = "10s", ignore)]
fn bencher(bencher: &mut Bencher<'_>) {
    bencher.iter(|| ());
}

#[cfg(not(test))]
fn main() {}
