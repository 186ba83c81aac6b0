use perf_runtime::perf_budget;

#[perf_budget(p99 = "1ms", mode = soft)]
fn case() {}

fn main() {}
