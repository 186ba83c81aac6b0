use perf_runtime::perf_budget;

#[perf_budget(p99 = "1ms", group = parsing, id = 7, message = "")]
fn case() {}

fn main() {}
