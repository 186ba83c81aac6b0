use perf_runtime::perf_budget;

#[perf_budget(p99 = "1ms", setup = || 5)]
fn case<T: Copy>(input: T) -> T {
    input
}

fn main() {}
