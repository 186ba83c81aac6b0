//! Limits on what has a name.
#![deny(warnings)]

use perf_runtime::perf_budget;

#[perf_budget(
    span("render", p99 = "2ms", mean = "1ms", max = "5ms"),
    span("parse", p99_9 = "3ms"),
    events("sqlx::query", max = 5),
    events("h2", max = 0),
    count("cache.miss", max = "1_000"),
    ratio = "0.5x naive::parse",
    errors = "20%",
    ignore
)]
fn everything() {}

#[perf_budget(count("rows", max = 5), ignore)]
fn one_is_a_limit() {}

#[cfg(test)]
mod naive {
    use perf_runtime::perf_budget;

    #[perf_budget(p50 = "1s", ignore)]
    fn parse() {}
}

#[cfg(not(test))]
fn main() {}
