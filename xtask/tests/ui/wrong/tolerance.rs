use perf_runtime::perf_budget;

#[perf_budget(regression = "1%")]
fn below_the_layout_of_code() {}

#[perf_budget(regression = "0.9x")]
fn faster() {}

#[perf_budget(p99 = "1ms", regression_tail = 10)]
fn no_text() {}

#[perf_budget(regression = "10 percent")]
fn no_unit() {}

fn main() {}
