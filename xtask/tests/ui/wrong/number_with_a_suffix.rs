use perf_runtime::perf_budget;

#[perf_budget(p99 = "1ms", samples = 10u64)]
fn case() {}

fn main() {}
