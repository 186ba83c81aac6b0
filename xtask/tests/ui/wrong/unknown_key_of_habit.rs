use perf_runtime::perf_budget;

#[perf_budget(median = "10ms", memory = "5MB")]
fn case() {}

fn main() {}
