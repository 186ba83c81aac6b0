use perf_runtime::perf_budget;

// A stand-in: only the name counts.
use perf_budget as rstest;

#[perf_budget(p99 = "1ms")]
#[rstest(p99 = "1ms")]
fn case() {}

fn main() {}
