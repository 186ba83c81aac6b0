use perf_runtime::perf_budget;

#[perf_budget(p100 = "10ms")]
fn case() {}

fn main() {}
