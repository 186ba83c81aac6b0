//! The examples of the guide that are no tests of a program in `examples/`.

use crate::project::Project;
use crate::workspace::Package;

pub(crate) fn packages() -> [Package; 2] {
    [
        Package::new("guide")
            .library(include_str!("guide/tutorial.rs"))
            .bench("parse", include_str!("guide/criterion.rs"))
            .test("counted", include_str!("guide/counted.rs"))
            .test("moved", include_str!("guide/moved.rs"))
            .test("rayon", include_str!("guide/rayon.rs")),
        Package::new("guide-no-std").library(include_str!("guide/no_std.rs")),
    ]
}

#[test]
fn the_budgets_of_the_guide_are_judged_as_it_says() {
    let guide = Project::of("guide");
    guide
        .run("test --release --lib")
        .ended_with(101)
        .says("times its budget of 20 µs");
    guide
        .run("test --release --test counted --test moved --test rayon")
        .ended_with(0);
    let no_std = Project::of("guide-no-std");
    no_std.run("test --release --lib").ended_with(0);
}

#[test]
fn benchmarks_of_criterion_become_budgets_that_compile_and_are_judged() {
    let guide = Project::of("guide");
    guide
        .run_perf("init --from criterion --force")
        .ended_with(0)
        .says("guide/benches/parse.rs: 4 budgets in guide/tests/parse_budgets.rs")
        .says("guide/benches/parse.rs:31:39: `iter_custom` takes the time by itself");
    guide
        .run("test --release --test parse_budgets")
        .ended_with(0)
        .says("4 passed");
}
