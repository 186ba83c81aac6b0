use perf_runtime::perf_budget;

#[perf_budget(p99 = "1s", threads = 10, degradation = "2x")]
fn users() {}

#[perf_budget(p99 = "1s", rate = "500/s")]
fn arrivals() {}

#[perf_budget(instructions = 1_000)]
fn instructions() {}

#[perf_budget(events("sqlx::query", max = 5), span("render", p99 = "2ms"))]
fn traced() {}

#[perf_budget(meter("open_files", max = 0))]
fn metered() {}

fn main() {}
