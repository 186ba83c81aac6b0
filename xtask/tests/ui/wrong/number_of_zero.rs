use perf_runtime::perf_budget;

#[perf_budget(p99 = "1ms", samples = 0, items = "10")]
fn case() {}

fn main() {}
