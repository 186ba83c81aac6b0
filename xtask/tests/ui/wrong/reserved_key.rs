use perf_runtime::perf_budget;

#[perf_budget(isolate = "process")]
fn case() {}

fn main() {}
