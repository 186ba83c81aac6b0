use perf_runtime::perf_budget;

#[perf_budget(p99 = "1ms")]
fn case(text: &str, ) {
    drop(text.len());
}

fn main() {}
