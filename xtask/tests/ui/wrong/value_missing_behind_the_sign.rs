use perf_runtime::perf_budget;

#[perf_budget(p99 = , mem =)]
fn case() {}

fn main() {}
