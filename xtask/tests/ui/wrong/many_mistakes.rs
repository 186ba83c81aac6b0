use perf_runtime::perf_budget;

#[perf_budget(p99 = "10mss", memm = "5MB", samples = 0, mode = "hard", mode = "soft", setup = make())]
#[should_panic]
async fn case<T>(_first: T, _second: u8) -> ! {
    loop {}
}

fn main() {
    // The function itself is still there.
    drop(case(1, 2));
}
