//! The runtime under another name.
#![deny(warnings)]

use perf_runtime as budgets;

mod tools {
    pub(crate) use perf_runtime as performance;

    #[performance::perf_budget(max = "10s", ignore, crate = self::performance)]
    fn by_self() {}

    #[performance::perf_budget(max = "10s", ignore, crate = super::budgets)]
    fn by_super() {}
}

#[budgets::perf_budget(max = "10s", ignore, crate = tools::performance)]
fn by_path() {}

#[budgets::perf_budget(max = "10s", ignore, crate = ::perf_runtime)]
fn by_crate() {}

#[cfg(not(test))]
fn main() {}
