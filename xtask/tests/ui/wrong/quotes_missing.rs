use perf_runtime::perf_budget;

#[perf_budget(p99 = 10ms, mem = 5 MB, throughput = 1000/s, p50 = 1.5ms)]
fn case() {}

fn main() {}
