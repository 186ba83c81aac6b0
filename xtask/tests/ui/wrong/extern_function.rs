use perf_runtime::perf_budget;

#[perf_budget(p99 = "1ms")]
extern "C" fn case() {}

fn main() {}
