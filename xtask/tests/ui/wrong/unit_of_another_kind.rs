use perf_runtime::perf_budget;

#[perf_budget(p99 = "10MB", throughput = "10ms")]
fn case() {}

fn main() {}
