//! How work grows with its input, and how it compares to another way: cases
//! with arguments, and cases that are judged by a second one.

use std::collections::HashMap;
use std::fmt::Write;
use std::sync::LazyLock;

use examples::Lockfile;
use examples::lockfile::ParseError;
use perf_runtime::{CountingAllocator, perf_budget};

#[global_allocator]
static ALLOC: CountingAllocator = CountingAllocator::system();

/// Numbers of packages. One list for several functions.
const SIZES: &[usize] = &[100, 1_000, 10_000];

static PLATFORM: LazyLock<Lockfile> = LazyLock::new(|| {
    Lockfile::parse(include_str!("../fixtures/platform-300.lock"))
        .expect("the fixture is a lock file")
});

/// A lock file of `packages` packages, each of which needs the one in front.
fn text(packages: usize) -> String {
    let mut text = String::from("version = 4\n");
    for n in 0..packages {
        let needed = n.saturating_sub(1);
        writeln!(
            text,
            "[[package]]\nname = \"package-{n}\"\nversion = \"1.0.{n}\"\nsource = \"registry\"\ndependencies = [\"package-{needed}\"]"
        )
        .expect("a text takes it");
    }
    text
}

fn parsed(packages: usize) -> Lockfile {
    Lockfile::parse(&text(packages)).expect("it is a lock file")
}

#[test]
fn the_index_agrees_with_asking_one_by_one() {
    let index = PLATFORM.needed_by_index();
    for package in &PLATFORM.packages {
        let one = PLATFORM.needed_by(&package.name);
        assert_eq!(index.get(&*package.name).copied(), one, "{}", package.name);
    }
}

/// `args` makes a case of each size, and `setup` makes the input of a size.
/// `complexity` is judged by time and by allocations, which tell it exactly.
#[perf_budget(complexity = "n log n", args = SIZES, setup = text, group = "growth", id = "PERF030")]
fn reading_grows_with_the_file(text: &str) -> Result<Lockfile, ParseError> {
    Lockfile::parse(text)
}

/// Limits beside `complexity` hold for every size.
#[perf_budget(complexity = "n log n", allocs = 50, p50 = "1s", args = SIZES, setup = parsed, group = "growth")]
fn the_index_grows_with_the_file(lockfile: &Lockfile) -> HashMap<&str, &str> {
    lockfile.needed_by_index()
}

/// What the guard did before it had the index: each question reads the list
/// from its start. A test with three packages never shows it; this fails with
/// the growth that was found instead: `cargo test -p examples --release --test
/// growth -- --ignored by_accident`.
#[perf_budget(
    complexity = "n log n",
    args = [100, 300, 1_000, 3_000],
    setup = parsed,
    ignore = "shows what a function looks like that is quadratic by accident",
    group = "growth"
)]
fn quadratic_by_accident(lockfile: &Lockfile) -> usize {
    one_by_one(lockfile)
}

fn one_by_one(lockfile: &Lockfile) -> usize {
    let packages = lockfile.packages.iter();
    packages
        .filter(|package| lockfile.needed_by(&package.name).is_some())
        .count()
}

/// `ratio`: at most half the time of another case. Both are measured in turns
/// in one process, so that a slow machine slows both.
#[perf_budget(ratio = "0.5x naive::who_is_needed", group = "growth", id = "PERF017")]
fn who_is_needed() -> usize {
    let index = PLATFORM.needed_by_index();
    let packages = PLATFORM.packages.iter();
    packages
        .filter(|package| index.contains_key(&*package.name))
        .count()
}

mod naive {
    use super::*;

    /// The other case of a ratio is a case too, with its own limit.
    #[perf_budget(p50 = "1s", group = "growth")]
    fn who_is_needed() -> usize {
        one_by_one(&PLATFORM)
    }
}
