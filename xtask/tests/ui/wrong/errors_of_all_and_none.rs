use perf_runtime::perf_budget;

#[perf_budget(errors = "0%")]
fn none() {}

#[perf_budget(errors = "100%")]
fn all() {}

#[perf_budget(errors = "0.2")]
fn without_a_unit() {}

fn main() {}
