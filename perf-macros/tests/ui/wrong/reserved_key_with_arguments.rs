use perf_runtime::perf_budget;

#[perf_budget(count("rows", max = 5), p99 = "10ms")]
fn case() {}

fn main() {}
