use perf_runtime::perf_budget;

#[perf_budget(xyzzy = 3)]
fn case() {}

fn main() {}
