use perf_runtime::{Bencher, perf_budget};

#[perf_budget(p99 = "1ms")]
fn by_value(b: Bencher<'_>) {
    drop(b);
}

#[perf_budget(p99 = "1ms")]
fn by_shared_reference(b: &Bencher<'_>) {
    let _ = b;
}

fn main() {}
