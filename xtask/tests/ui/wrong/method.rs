use perf_runtime::perf_budget;

struct Parser;

impl Parser {
    #[perf_budget(p99 = "1ms")]
    fn parse(&self) -> u32 {
        4
    }

    #[perf_budget(p99 = "1ms")]
    fn new() -> Self {
        Parser
    }
}

fn main() {}
