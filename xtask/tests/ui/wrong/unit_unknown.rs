use perf_runtime::perf_budget;

#[perf_budget(p99 = "10mss", mem = "5mb", p50 = 10seconds)]
fn case() {}

fn main() {}
