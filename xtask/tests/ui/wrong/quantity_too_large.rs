use perf_runtime::perf_budget;

#[perf_budget(p99 = "99999999999999999999min", allocs = 99999999999999999999)]
fn case() {}

fn main() {}
