use std::alloc::System;

static ALLOC: System = System;
perf_runtime::stats_alloc!(ALLOC);

fn main() {}
