use perf_runtime::perf_budget;

#[perf_budget(p99 = "1ms")]
#[test]
#[ignore = "slow"]
fn case() {}

fn main() {}
