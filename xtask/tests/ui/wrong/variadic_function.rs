use perf_runtime::perf_budget;

unsafe extern "C" {
    #[perf_budget(p99 = "1ms")]
    fn printf(format: *const u8, ...) -> i32;
}

fn main() {}
