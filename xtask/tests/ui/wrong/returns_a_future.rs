use perf_runtime::perf_budget;

#[perf_budget(p99 = "1ms")]
fn case() -> impl Future<Output = u32> {
    async { 4 }
}

fn main() {}
