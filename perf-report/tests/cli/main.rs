//! The whole program against a cargo and test processes that are played by this
//! very executable.

mod baselines;
mod browser;
#[cfg(feature = "history")]
mod durability;
mod connection;
mod deaths;
mod documents;
mod fake;
#[cfg(unix)]
mod interrupts;
#[cfg(feature = "history")]
mod history;
#[cfg(feature = "history")]
mod past;
#[cfg(all(feature = "postgres", unix))]
mod server;
mod budgets;
mod file;
mod many;
mod pages;
mod pieces;
mod program;
mod runs;
mod selection;

use std::process::ExitCode;

use libtest_mimic::{Arguments, Trial};

fn main() -> ExitCode {
    let mut arguments = std::env::args_os().skip(1);
    if arguments
        .next()
        .is_some_and(|first| first == program::ITSELF)
    {
        return perf_report::cli::main_with(arguments);
    }
    if std::env::var_os(fake::SCENARIO).is_some() {
        return fake::play();
    }
    #[cfg(feature = "history")]
    if durability::is_writer() {
        return durability::write();
    }
    let trials = runs::TESTS
        .iter()
        .chain(selection::TESTS)
        .chain(baselines::TESTS)
        .chain(budgets::TESTS);
    let trials = trials.chain(many::TESTS).chain(deaths::TESTS);
    let trials = trials.chain(documents::TESTS);
    #[cfg(unix)]
    let trials = trials.chain(interrupts::TESTS);
    #[cfg(feature = "history")]
    let trials = trials.chain(history::TESTS).chain(durability::TESTS);
    #[cfg(all(feature = "postgres", unix))]
    let trials = trials.chain(server::TESTS);
    let trials = trials.map(|(name, test)| {
        Trial::test(*name, move || {
            test();
            Ok(())
        })
    });
    // Without a browser they are skipped, by name.
    let pages = pages::TESTS.iter().map(|(name, test)| {
        let trial = Trial::test(*name, move || {
            test();
            Ok(())
        });
        trial.with_ignored_flag(!pages::can_run())
    });
    libtest_mimic::run(&Arguments::from_args(), trials.chain(pages).collect()).exit_code()
}
