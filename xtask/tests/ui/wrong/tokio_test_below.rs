use perf_runtime::perf_budget;

// A stand-in: only the name counts.
mod tokio {
    pub(crate) use perf_runtime::perf_budget as test;
}

#[perf_budget(p99 = "1ms")]
#[tokio::test(p99 = "1ms")]
fn case() {}

fn main() {}
