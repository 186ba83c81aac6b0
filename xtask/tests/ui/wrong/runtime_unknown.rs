use perf_runtime::perf_budget;

#[perf_budget(max = "1s", runtime = "multi")]
async fn word() {}

#[perf_budget(max = "1s", runtime = 5)]
async fn number() {}

fn main() {}
