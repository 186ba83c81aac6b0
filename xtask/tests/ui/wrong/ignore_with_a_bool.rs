use perf_runtime::perf_budget;

#[perf_budget(p99 = "1ms", ignore = true)]
fn case() {}

fn main() {}
