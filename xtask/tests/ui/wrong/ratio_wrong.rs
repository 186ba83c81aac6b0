use perf_runtime::perf_budget;

#[perf_budget(ratio = "0.5x")]
fn to_nothing() {}

#[perf_budget(ratio = "naive::parse 0.5x")]
fn the_other_way_round() {}

#[perf_budget(ratio = "0.5x naive::*")]
fn to_many() {}

#[perf_budget(ratio = 0.5)]
fn to_a_number() {}

fn main() {}
