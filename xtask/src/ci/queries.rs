//! The recipes that count queries, and the example of diesel.

use std::process::Command;

use super::{Length, checked, test_target};
use crate::step::{Stopped, cargo, catches, skipped, step};

/// The package of the example of diesel: a tenth of what all dependencies of the tests take to
/// build, and so tested at full length alone.
pub(super) const DIESEL: &str = "diesel-queries";

/// The recipes that count queries are checked against loops of them, one for
/// each library: fifty records, and a query more.
pub(super) fn loops() -> Result<(), Stopped> {
    through(
        "rusqlite",
        test_target("queries", "examples")?,
        "a_query_for_each_report",
        &[],
    )?;
    through(
        "sqlx",
        test_target("orders", "examples/service")?,
        "a_query_for_each_order_on_purpose",
        // What reports a statement to `tracing` shows which it is.
        &["50 of them say: SELECT product, cents FROM item"],
    )
}

fn through(library: &str, mut tests: Command, case: &str, which: &[&str]) -> Result<(), Stopped> {
    tests.env("PERF_BUDGETS_MODE", "hard");
    tests.args(["--include-ignored", "--exact"]);
    tests.arg(format!("{case}::perf_budget"));
    let words = [&["51 is over its budget of 4 by 47"], which].concat();
    catches(
        &format!("a loop of queries through {library}"),
        &words,
        &mut tests,
    )
}

/// The example of diesel, which is built by itself, and its loop of queries.
pub(super) fn diesel(length: Length) -> Result<(), Stopped> {
    const TITLE: &str = "the example of diesel";
    if length == Length::Short {
        skipped(
            TITLE,
            "it takes 25 s of processors to build; `cargo xtask ci --all` tests it",
        );
        return Ok(());
    }
    let tests = || {
        let mut command = checked(cargo(), "test");
        command.args(["-p", DIESEL]);
        command
    };
    step(TITLE, &mut tests())?;
    let mut queries = tests();
    queries.args(["--test", "diesel", "--"]);
    through("diesel", queries, "a_query_for_each_order", &[])
}
