use perf_runtime::perf_budget;

#[perf_budget(p99 = "10ms", p99_0 = "20ms")]
fn case() {}

fn main() {}
