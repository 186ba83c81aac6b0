//! A state that is lent to every call, and outputs that borrow from it.
#![deny(warnings)]

use perf_runtime::perf_budget;

/// A view of a text.
struct Words<'text>(std::str::SplitWhitespace<'text>);

#[perf_budget(max = "10s", ignore, setup = || vec![1, 2, 3])]
fn sums(numbers: &[u32]) -> u32 {
    numbers.iter().sum()
}

#[perf_budget(max = "10s", ignore, setup = || String::from("one two"))]
fn lends_a_part(text: &str) -> Option<&str> {
    text.split(' ').next()
}

#[perf_budget(max = "10s", ignore, setup = || String::from("one two"))]
fn lends_a_view(text: &str) -> Words<'_> {
    Words(text.split_whitespace())
}

#[perf_budget(max = "10s", ignore, setup = || "one two")]
fn lends_an_iterator(text: &str) -> impl Iterator<Item = &str> {
    Words(text.split_whitespace()).0
}

#[perf_budget(max = "10s", ignore, setup = || String::from("broken"))]
fn lends_an_error(text: &str) -> Result<(), &str> {
    Err(text)
}

#[cfg(not(test))]
fn main() {}
