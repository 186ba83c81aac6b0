use perf_runtime::perf_budget;

#[perf_budget(max = "1s", threads = 10, setup = || 5)]
fn case(number: &mut u32) {
    *number += 1;
}

fn main() {}
