use perf_runtime::perf_budget;

#[perf_budget(degradation = "2x")]
fn without_threads() {}

#[perf_budget(degradation = "2x", threads = 1)]
fn with_one() {}

#[perf_budget(degradation = "2", threads = 5)]
fn without_a_unit() {}

fn main() {}
