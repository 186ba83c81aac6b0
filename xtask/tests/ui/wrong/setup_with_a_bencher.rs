use perf_runtime::{Bencher, perf_budget};

#[perf_budget(p99 = "1ms", setup = || 5)]
fn case(b: &mut Bencher) {
    b.iter(|| 5);
}

fn main() {}
