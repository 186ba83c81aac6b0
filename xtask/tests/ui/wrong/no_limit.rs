use perf_runtime::perf_budget;

#[perf_budget(mode = "soft")]
fn case() {}

fn main() {}
