use perf_runtime::perf_budget;

#[perf_budget(events = 5)]
fn value() {}

#[perf_budget(count)]
fn alone() {}

fn main() {}
