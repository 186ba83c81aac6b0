#[global_allocator]
static ALLOC: perf_runtime::CountingAllocator = perf_runtime::CountingAllocator::system();

#[perf_runtime::perf_budget(p99 = "50ms", allocs = 2_010, mem = "100KB", setup = || "name = demo\n".repeat(1_000))]
fn parses_the_config(text: &String) -> usize {
    guide::parse(text).len()
}
