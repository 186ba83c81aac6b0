use perf_runtime::perf_budget;

#[perf_budget(span("render"))]
fn no_limit() {}

#[perf_budget(events("h2", 5))]
fn no_word() {}

#[perf_budget(count("rows" max = 5))]
fn no_comma() {}

fn main() {}
