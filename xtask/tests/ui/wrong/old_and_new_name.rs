#[perf_runtime::perf_budget(p99 = "1ms", rounds = 100, samples = 200)]
fn both() {}

fn main() {}
