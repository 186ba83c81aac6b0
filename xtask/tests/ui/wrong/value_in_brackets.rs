use perf_runtime::perf_budget;

#[perf_budget(p99("10ms"), mem: "5MB")]
fn case() {}

fn main() {}
