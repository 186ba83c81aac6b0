use perf_runtime::perf_budget;

#[perf_budget(p99 = "1ms", setup = || [1, 2])]
fn case(input: impl IntoIterator<Item = u32>) -> usize {
    input.into_iter().count()
}

fn main() {}
