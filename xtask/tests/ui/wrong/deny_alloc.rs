use perf_runtime::perf_budget;

#[perf_budget(deny_alloc = true)]
fn with_a_value() {}

#[perf_budget(allocs = 0, deny_alloc)]
fn twice() {}

fn main() {}
