use perf_runtime::perf_budget;

#[perf_budget(p99)]
fn case() {}

fn main() {}
