use perf_runtime::perf_budget;

#[perf_budget(p99 = "1ms", setup = || 5)]
fn case() {}

fn main() {}
