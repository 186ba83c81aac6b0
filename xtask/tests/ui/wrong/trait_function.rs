use perf_runtime::perf_budget;

trait Parser {
    #[perf_budget(p99 = "1ms")]
    fn parse();
}

fn main() {}
