use perf_runtime::perf_budget;

#[perf_budget(allocs = 1.5, retained = "0B")]
fn case() {}

fn main() {}
