use perf_runtime::perf_budget;

#[perf_budget(max = "1s", args = [1, 2], threads = 10)]
fn threads(_: u32) {}

#[perf_budget(max = "1s", rate = "500/s", args = [1, 2])]
fn rate(_: u32) {}

fn main() {}
