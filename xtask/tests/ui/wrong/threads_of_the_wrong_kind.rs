use perf_runtime::perf_budget;

#[perf_budget(max = "1s", threads = 0)]
fn none() {}

#[perf_budget(max = "1s", threads = "10")]
fn text() {}

#[perf_budget(max = "1s", rate = "500")]
fn without_a_unit() {}

#[perf_budget(max = "1s", rate = 500/s)]
fn without_quotes() {}

fn main() {}
