use perf_runtime::perf_budget;

#[perf_budget(max = "1s", threads = 10, clock = "cpu")]
async fn case() {}

#[perf_budget(max = "1s", rate = "10/s", clock = "clean")]
async fn other() {}

fn main() {}
