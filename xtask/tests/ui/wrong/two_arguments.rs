use perf_runtime::perf_budget;

#[perf_budget(p99 = "1ms", setup = || (1, 2))]
fn case(a: u32, b: u32) -> u32 {
    a + b
}

fn main() {}
