use perf_runtime::perf_budget;

#[perf_budget(max = "1s", threads = 10)]
fn case(b: &mut perf_runtime::Bencher) {
    b.iter(|| 5);
}

fn main() {}
