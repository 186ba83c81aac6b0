use perf_runtime::perf_budget;

#[perf_budget(span(p99 = "2ms"))]
fn no_name() {}

#[perf_budget(events())]
fn nothing() {}

#[perf_budget(events("", max = 5))]
fn empty() {}

#[perf_budget(count(rows, max = 5))]
fn no_quotes() {}

fn main() {}
