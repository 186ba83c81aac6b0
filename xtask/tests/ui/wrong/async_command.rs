use perf_runtime::perf_budget;

#[perf_budget(first = "1s")]
async fn case() -> std::process::Command {
    std::process::Command::new("true")
}

fn main() {}
