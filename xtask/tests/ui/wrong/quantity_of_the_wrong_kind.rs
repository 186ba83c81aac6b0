use perf_runtime::perf_budget;

#[perf_budget(p99 = ["10ms"], mem = LIMIT, max = true)]
fn case() {}

fn main() {}
