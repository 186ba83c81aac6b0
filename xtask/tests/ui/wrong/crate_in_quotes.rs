use perf_runtime::perf_budget;

#[perf_budget(p99 = "1ms", crate = "budgets::runtime")]
fn case() {}

fn main() {}
