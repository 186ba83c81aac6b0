use perf_runtime::perf_budget;

#[perf_budget(p99 = "1ms", mode = "sotf", clock = "sundial")]
fn case() {}

fn main() {}
