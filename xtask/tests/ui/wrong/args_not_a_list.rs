use perf_runtime::perf_budget;

#[perf_budget(max = "1s", args = 10)]
fn number(_: u32) {}

#[perf_budget(max = "1s", args = (10, 20))]
fn tuple(_: u32) {}

#[perf_budget(max = "1s", args = [])]
fn empty(_: u32) {}

#[perf_budget(max = "1s", args = || [10])]
fn closure(_: u32) {}

fn main() {}
