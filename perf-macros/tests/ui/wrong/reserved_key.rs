use perf_runtime::perf_budget;

#[perf_budget(regression = "10%")]
fn case() {}

fn main() {}
