//! Annotations that a `macro_rules!` writes.
#![deny(warnings)]

use perf_runtime::perf_budget;

macro_rules! budgets {
    ($($name:ident $key:ident $limit:literal $input:expr => $type:ty;)*) => {$(
        #[perf_budget($key = $limit, ignore, setup = || $input)]
        fn $name(input: $type) -> usize {
            input.len()
        }
    )*};
}

budgets! {
    by_value p99 "10s" vec![1, 2] => Vec<u8>;
    by_reference max "10s" String::from("text") => &str;
}

#[cfg(not(test))]
fn main() {}
