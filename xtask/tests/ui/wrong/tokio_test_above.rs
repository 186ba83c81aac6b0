use perf_runtime::perf_budget;

// What `#[tokio::test]` leaves for the attributes below it.
#[perf_budget(p99 = "1ms")]
#[::core::prelude::v1::test]
fn case() {}

fn main() {}
