use perf_runtime::perf_budget;

#[perf_budget(memm = "5MB")]
fn case() {}

fn main() {}
