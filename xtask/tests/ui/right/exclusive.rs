//! A state that is lent to every call, which may change it.
#![deny(warnings)]

use std::collections::HashMap;

use perf_runtime::perf_budget;

#[perf_budget(max = "10s", ignore, setup = HashMap::new)]
fn counts(seen: &mut HashMap<u32, u32>) -> Result<u32, String> {
    let count = seen.entry(1).or_insert(0);
    *count += 1;
    if *count < 4 {
        Ok(*count)
    } else {
        Err(format!("called {count} times"))
    }
}

#[perf_budget(max = "10s", ignore, setup = || vec![0; 4])]
fn lends_what_it_changed(numbers: &mut [u8]) -> &mut u8 {
    numbers[0] = numbers[0].wrapping_add(1);
    &mut numbers[0]
}

#[cfg(not(test))]
fn main() {}
