use perf_runtime::perf_budget;

#[perf_budget(p99 = "0ms", throughput = "0/s", max_time = "0s")]
fn case() {}

fn main() {}
