use perf_runtime::perf_budget;

#[perf_budget(p99 = 10, mem = "5")]
fn case() {}

fn main() {}
