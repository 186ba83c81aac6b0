use perf_runtime::perf_budget;

#[perf_budget(p99 = "1ms")]
#[test]
#[should_panic(expected = "four")]
fn case() {
    panic!("four");
}

fn main() {}
