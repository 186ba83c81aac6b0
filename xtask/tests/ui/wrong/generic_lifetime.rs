use perf_runtime::perf_budget;

#[perf_budget(p99 = "1ms", setup = || 5)]
fn case<'a>(input: &'a u32) -> &'a u32 {
    input
}

fn main() {}
