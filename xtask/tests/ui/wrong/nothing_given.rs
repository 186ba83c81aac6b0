use perf_runtime::perf_budget;

#[perf_budget]
fn bare() {}

#[perf_budget()]
fn empty() {}

fn main() {}
