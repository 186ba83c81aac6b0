use perf_runtime::perf_budget;

#[perf_budget(p99 = "1ms")]
#[perf_budget(mem = "5MB")]
fn case() {}

fn main() {}
