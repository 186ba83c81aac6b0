use perf_runtime::perf_budget;

#[perf_budget(span("render", min = "1ms", p100 = "2ms", p99 = 5))]
fn spans() {}

#[perf_budget(events("h2", p99 = 5), count("rows", max = "5ms"))]
fn counts() {}

fn main() {}
