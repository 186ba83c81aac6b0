use perf_runtime::perf_budget;

#[perf_budget(p99_9999 = "10ms", p999 = "10ms")]
fn case() {}

fn main() {}
