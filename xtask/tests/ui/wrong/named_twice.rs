use perf_runtime::perf_budget;

#[perf_budget(span("a", p99 = "1ms"), span("b", p99 = "1ms"), span("a", max = "1s", p99 = "2ms"))]
fn case() {}

fn main() {}
