use perf_runtime::perf_budget;

#[perf_budget(p99 = "1ms", setup = vec![1, 2])]
fn case(numbers: Vec<u32>) {
    drop(numbers);
}

fn main() {}
