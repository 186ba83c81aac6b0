use perf_runtime::perf_budget;

#[perf_budget(p99 = "10ms", setup = ||, max = +)]
fn case(number: u32) {
    drop(number);
}

fn main() {}
