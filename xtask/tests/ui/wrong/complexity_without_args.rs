use perf_runtime::perf_budget;

#[perf_budget(complexity = "n log n")]
fn case() {}

fn main() {}
