use perf_runtime::perf_budget;

#[perf_budget(first = "1s")]
fn case() -> tokio::process::Command {
    unimplemented!()
}

fn main() {}
