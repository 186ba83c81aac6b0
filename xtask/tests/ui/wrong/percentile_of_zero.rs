use perf_runtime::perf_budget;

#[perf_budget(p0 = "10ms")]
fn case() {}

fn main() {}
