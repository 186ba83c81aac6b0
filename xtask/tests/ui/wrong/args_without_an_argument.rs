use perf_runtime::perf_budget;

#[perf_budget(max = "1s", args = [1, 2])]
fn case() {}

fn main() {}
