use perf_runtime::perf_budget;

#[perf_budget(p99 = "1ms", tags = "slow")]
fn case() {}

fn main() {}
