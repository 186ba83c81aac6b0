//! One case for each argument.
#![deny(warnings)]
#![allow(unused_qualifications)]

use perf_runtime::perf_budget;

#[cfg(test)]
const SIZES: &[usize] = &[1, 1_000];

#[cfg(test)]
static NAMES: [&str; 2] = ["one", "two words"];

/// What it is called is what its `Debug` says.
#[cfg_attr(test, derive(Clone, Debug))]
struct Shape {
    sides: u8,
}

#[cfg(test)]
fn shapes() -> Vec<Shape> {
    (3..5).map(|sides| Shape { sides }).collect()
}

#[cfg(test)]
fn make(size: usize) -> Vec<usize> {
    vec![0; size]
}

#[perf_budget(max = "10s", ignore, args = [10, 5_000_000_000])]
fn by_value(n: u64) -> Result<(), u64> {
    if n == 10 { Ok(()) } else { Err(n) }
}

#[perf_budget(max = "10s", complexity = "n log n", ignore, args = SIZES)]
fn by_reference(n: &usize) -> usize {
    *n
}

#[perf_budget(max = "10s", ignore, args = NAMES)]
fn lends(text: &str) -> Option<&str> {
    text.split(' ').next()
}

#[perf_budget(max = "10s", ignore, args = self::shapes())]
fn by_debug(shape: Shape) -> u8 {
    shape.sides
}

#[perf_budget(max = "10s", ignore, args = [0.5, 2.5])]
fn of_decimals(factor: f32) -> f32 {
    factor
}

#[perf_budget(max = "10s", ignore, args = 1..=3, setup = make)]
fn makes_by_path(zeros: Vec<usize>) -> usize {
    zeros.len()
}

#[perf_budget(max = "10s", ignore, args = [("a", 2), ("b", 3)], setup = |(text, times)| text.repeat(times))]
fn makes_and_lends(text: &str) -> Result<(), &str> {
    Err(text)
}

#[perf_budget(max = "10s", ignore, args = SIZES, setup = |n| (n, 0))]
fn makes_and_changes((size, calls): &mut (usize, usize)) -> Result<(), usize> {
    *calls += 1;
    if calls < size { Ok(()) } else { Err(*calls) }
}

#[perf_budget(max = "10s", ignore, args = [1, 2], setup = |_| panic!("nothing can be made"))]
fn cannot_be_made(input: String) -> String {
    input
}

#[cfg(not(test))]
fn main() {}
