use perf_runtime::perf_budget;

#[perf_budget(p99 = "1ms")]
fn case<const N: usize>() -> usize {
    N
}

fn main() {}
