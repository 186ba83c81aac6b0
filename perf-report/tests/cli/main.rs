//! The whole program against a cargo and test processes that are played by this
//! very executable.

mod baselines;
mod fake;
mod program;
mod runs;
mod selection;

use std::process::ExitCode;

use libtest_mimic::{Arguments, Trial};

fn main() -> ExitCode {
    if std::env::var_os(fake::SCENARIO).is_some() {
        return fake::play();
    }
    let trials = runs::TESTS
        .iter()
        .chain(selection::TESTS)
        .chain(baselines::TESTS);
    let trials = trials.map(|(name, test)| {
        Trial::test(*name, move || {
            test();
            Ok(())
        })
    });
    libtest_mimic::run(&Arguments::from_args(), trials.collect()).exit_code()
}
