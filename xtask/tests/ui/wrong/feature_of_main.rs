use perf_runtime::perf_budget;

#[perf_budget(p99 = "1s")]
fn case() {}

perf_runtime::main!();
