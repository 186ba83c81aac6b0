use perf_runtime::{Bencher, perf_budget};

fn parse(text: &str) -> usize {
    text.lines().filter(|line| line.contains('=')).count()
}

fn text(lines: usize) -> String {
    "name = demo\n".repeat(lines)
}

fn unsorted() -> Vec<u32> {
    (0..1_000).rev().collect()
}

/// What stands before the measured closure is `setup`.
#[perf_budget(p50 = "10ms", setup = || text(1_000))]
fn parses(text: &String) -> usize {
    parse(text)
}

/// A fresh input for each call: `fn(T)`.
#[perf_budget(p50 = "10ms", setup = unsorted)]
fn sorts(mut numbers: Vec<u32>) -> Vec<u32> {
    numbers.sort();
    numbers
}

/// A case of each size, `parses_sizes/100` and `parses_sizes/1000`.
#[perf_budget(p50 = "10ms", args = [100, 1_000], setup = text)]
fn parses_sizes(text: &String) -> usize {
    parse(text)
}

/// Elements a second: `items`, and a floor.
#[perf_budget(throughput = "1000/s", items = 1_000, setup = || text(1_000))]
fn lines_a_second(text: &String) -> usize {
    parse(text)
}

/// A body that marks what is timed stays as it is.
#[perf_budget(p50 = "10ms")]
fn by_hand(bencher: &mut Bencher) {
    let text = text(1_000);
    bencher.iter(|| parse(&text));
}
