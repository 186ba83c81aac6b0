use perf_runtime::perf_budget;

#[perf_budget(max = "1s", runtime = "multi_thread")]
fn case() {}

fn main() {}
