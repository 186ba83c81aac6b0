use perf_runtime::perf_budget;

#[perf_budget(p99.9 = "10ms")]
fn case() {}

fn main() {}
