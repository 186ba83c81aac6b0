use perf_runtime::perf_budget;

#[perf_budget(complexity = "n lgo n", args = [1, 2])]
fn case(_: u32) {}

fn main() {}
