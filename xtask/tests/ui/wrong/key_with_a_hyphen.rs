use perf_runtime::perf_budget;

#[perf_budget(max-time = "1s", alloc-bytes = "5MB")]
fn case() {}

fn main() {}
