use perf_runtime::perf_budget;

#[perf_budget(p99 = "1ms", setup = |n| n)]
fn case(number: u32) {
    drop(number);
}

fn main() {}
