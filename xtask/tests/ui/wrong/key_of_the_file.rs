use perf_runtime::perf_budget;

#[perf_budget(p99 = "10ms", false_fail = 0.01)]
fn case() {}

fn main() {}
