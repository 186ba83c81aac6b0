use perf_runtime::perf_budget;

#[perf_budget(max = "1s", args = [1, 2], setup = || vec![0; 5])]
fn case(_: Vec<u8>) {}

fn main() {}
