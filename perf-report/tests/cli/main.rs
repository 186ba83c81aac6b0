//! The whole program against a cargo and test processes that are played by this
//! very executable.

mod baselines;
mod browser;
#[cfg(feature = "history")]
mod durability;
mod connection;
mod deaths;
#[cfg(unix)]
mod diagnostics;
mod doctor;
mod documents;
mod fake;
#[cfg(unix)]
mod interrupts;
#[cfg(feature = "history")]
mod history;
#[cfg(feature = "history")]
mod merging;
#[cfg_attr(
    not(feature = "history"),
    allow(dead_code, reason = "most of its users are tests of histories")
)]
mod past;
#[cfg(all(feature = "postgres", unix))]
mod server;
mod budgets;
mod file;
mod formats;
mod init;
mod many;
mod pages;
mod picture;
mod pieces;
mod profiles;
mod program;
mod prove;
mod readers;
mod runs;
mod selection;
mod skeletons;
mod top;
#[cfg(all(feature = "history", unix))]
mod workflows;

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
    // Cargo is asked for its version without what a workspace sets.
    let asks_version = std::env::args_os()
        .nth(1)
        .is_some_and(|first| first == fake::VERSION);
    if asks_version || std::env::var_os(fake::SCENARIO).is_some() {
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
    let trials = trials
        .chain(many::TESTS)
        .chain(deaths::TESTS)
        .chain(doctor::TESTS)
        .chain(init::TESTS)
        .chain(formats::TESTS);
    let trials = trials
        .chain(documents::TESTS)
        .chain(top::TESTS)
        .chain(prove::TESTS)
        .chain(profiles::TESTS);
    #[cfg(all(feature = "history", unix))]
    let trials = trials.chain(workflows::TESTS);
    #[cfg(unix)]
    let trials = trials.chain(interrupts::TESTS).chain(diagnostics::TESTS);
    #[cfg(feature = "history")]
    let trials = trials
        .chain(history::TESTS)
        .chain(merging::TESTS)
        .chain(durability::TESTS);
    #[cfg(all(feature = "postgres", unix))]
    let trials = trials.chain(server::TESTS);
    let trials = trials.map(|(name, test)| {
        Trial::test(*name, move || {
            test();
            Ok(())
        })
    });
    // Without a browser they are skipped, by name.
    let has_browser = browser::browser().is_some();
    let pages = pages::TESTS
        .iter()
        .chain(picture::TESTS)
        .map(|(name, test)| {
            let trial = Trial::test(*name, move || {
                test();
                Ok(())
            });
            trial.with_ignored_flag(!has_browser)
        });
    // A reader that is not installed leaves its test out, by name.
    let readers = readers::READERS.iter().map(|(name, reader)| {
        let trial = Trial::test(*name, move || {
            reader.check();
            Ok(())
        });
        trial.with_ignored_flag(!reader.is_there())
    });
    let trials = trials.chain(pages).chain(readers).collect();
    let mut arguments = Arguments::from_args();
    // They wait for what they start about as long as they compute.
    let processors = std::thread::available_parallelism().map_or(1, usize::from);
    arguments.test_threads.get_or_insert(2 * processors);
    libtest_mimic::run(&arguments, trials).exit_code()
}
