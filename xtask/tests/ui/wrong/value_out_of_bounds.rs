use perf_runtime::perf_budget;

#[perf_budget(p99 = "1441min", max_time = "9000000000s", warmup = 1_000_000_001)]
fn too_much() {}

#[perf_budget(allocs = 1.5, max_time = "1us")]
fn too_little() {}

fn main() {}
