//! A fresh input for each call.
#![deny(warnings)]

use perf_runtime::perf_budget;

#[cfg(test)]
fn make() -> Vec<u32> {
    vec![3, 1, 2]
}

#[perf_budget(max = "10s", ignore, setup = make)]
fn sorts(mut numbers: Vec<u32>) -> Vec<u32> {
    numbers.sort_unstable();
    numbers
}

#[perf_budget(max = "10s", ignore, setup = || (2, "two".to_owned()))]
fn takes_a_pair((number, text): (usize, String)) -> String {
    text.repeat(number)
}

#[perf_budget(max = "10s", ignore, setup = Vec::new)]
fn infers_the_input(bytes: Vec<u8>) -> usize {
    bytes.len()
}

#[perf_budget(max = "10s", ignore, setup = || "lives forever")]
fn takes_a_static(text: &'static str) -> &'static str {
    text
}

#[perf_budget(max = "10s", ignore, setup = || -> Box<dyn Fn() -> u8> { Box::new(|| 7) })]
fn takes_a_box(f: Box<dyn Fn() -> u8>) -> u8 {
    f()
}

#[cfg(not(test))]
fn main() {}
