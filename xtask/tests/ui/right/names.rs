//! Names mean in the attribute what they mean beside it, and any name will do.
#![deny(warnings)]
#![allow(unused_qualifications)]

use perf_runtime::perf_budget;

#[cfg(test)]
const LENGTH: usize = 3;

#[cfg(test)]
fn make() -> Vec<u8> {
    vec![0; LENGTH]
}

#[perf_budget(max = "10s", ignore, setup = self::make)]
fn finds_self(bytes: Vec<u8>) -> usize {
    bytes.len()
}

mod inner {
    use perf_runtime::perf_budget;

    #[perf_budget(max = "10s", ignore, setup = super::make)]
    fn finds_super(bytes: Vec<u8>) -> usize {
        bytes.len()
    }

    #[perf_budget(max = "10s", ignore, setup = || super::inner::deeper::make(super::LENGTH))]
    fn finds_private_names(bytes: &[u8]) -> usize {
        bytes.len()
    }

    #[cfg(test)]
    mod deeper {
        pub(super) fn make(length: usize) -> Vec<u8> {
            vec![0; length]
        }
    }
}

#[perf_budget(max = "10s", ignore)]
fn r#match() {}

#[perf_budget(max = "10s", ignore)]
#[allow(non_snake_case)]
fn camelCase() {}

#[perf_budget(max = "10s", ignore, setup = || 5)]
fn input(input: u8) -> u8 {
    input
}

#[perf_budget(max = "10s", ignore)]
fn output() -> u8 {
    5
}

#[cfg(not(test))]
fn main() {}
