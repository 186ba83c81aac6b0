use perf_runtime::perf_budget;

#[perf_budget(p99 = "1ms")]
#[target_feature(enable = "sse2")]
fn case() {}

fn main() {}
