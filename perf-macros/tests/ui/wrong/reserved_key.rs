use perf_runtime::perf_budget;

#[perf_budget(growth = "10MB")]
fn case() {}

fn main() {}
