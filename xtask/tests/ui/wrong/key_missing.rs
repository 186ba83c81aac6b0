use perf_runtime::perf_budget;

#[perf_budget("10ms", = "5MB")]
fn case() {}

fn main() {}
