//! Every key at once. The classes are those of the perf-budgets.toml above.
#![deny(warnings)]

use perf_runtime::perf_budget;

#[perf_budget(
    min = "1s", mean = "1_000ms", max = "0.5min", first = "1 s", p50 = "1000000us", p99_9 = "2000000µs",
    throughput = "0.5/s", mem = "50MB", alloc_bytes = "1.5MiB", retained = "0B", deny_alloc, growth = "10MB", rss = "1GB", instructions = 10_000, cpu = "5ms", cpu_share = "350%",
    items = 10, warmup = "10ms", samples = 200, max_time = "2s", clock = "wall", mode = "soft", regression = "20%", regression_tail = "2x",
    class = "critical", group = "parsing", id = "PERF001", tags = ["slow", "nightly"],
    message = "the editor calls this on each key", ignore = "an example", isolate = "process", crate = perf_runtime, setup = || 7,
)]
fn everything(number: u32) -> u32 {
    number
}

#[perf_budget(
    class = "standard",
    warmup = 0,
    clock = "cpu",
    mode = "off",
    allocs = "1_000"
)]
#[cfg(any())]
fn is_not_there() {}

#[perf_budget(
    class = "standard",
    warmup = 10,
    clock = "clean",
    mode = "hard",
    ignore
)]
#[cfg(test)]
fn a_class_is_enough() {}

#[perf_budget(class = "standard", tags = ["slow", "network"])]
fn asks_a_server() {}

#[cfg(not(test))]
fn main() {}
