use perf_runtime::perf_budget;

#[perf_budget(max = "1s")]
async fn case(b: &mut perf_runtime::Bencher<'_>) {
    b.iter(|| 5);
}

fn main() {}
