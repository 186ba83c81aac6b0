use perf_runtime::perf_budget;

#[perf_budget(p99 = "1ms", isolate = "thread")]
fn case() {}

fn main() {}
