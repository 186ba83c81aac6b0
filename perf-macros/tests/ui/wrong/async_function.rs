use perf_runtime::perf_budget;

#[perf_budget(p99 = "1ms")]
async fn case() {}

fn main() {}
