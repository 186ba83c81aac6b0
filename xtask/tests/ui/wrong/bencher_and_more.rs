use perf_runtime::{Bencher, perf_budget};

#[perf_budget(p99 = "1ms")]
fn case(b: &mut Bencher, number: u32) {
    b.iter(|| number);
}

fn main() {}
