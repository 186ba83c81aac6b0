use perf_runtime::perf_budget;

// A stand-in: only the name counts.
use perf_budget as test_case;

#[perf_budget(p99 = "1ms")]
#[test_case(p99 = "1ms")]
fn case() {}

fn main() {}
