use perf_runtime::perf_budget;

#[perf_budget(p99 = "1ms")]
unsafe fn case() {}

fn main() {}
