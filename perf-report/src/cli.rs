//! The command line: `cargo xtask perf`, `cargo perf-budget`.

#![allow(
    clippy::disallowed_macros,
    clippy::disallowed_methods,
    reason = "reads the arguments and prints what comes of them"
)]

mod ab;
mod arguments;
mod baseline;
mod bisect;
mod compare;
mod diagnostics;
mod budget_editor;
mod document;
mod doctor;
mod exit;
mod explain;
mod github;
#[cfg(feature = "history")]
mod history;
#[cfg(feature = "history")]
mod archiving;
mod guard;
mod heap;
mod init;
mod list;
mod measure;
#[cfg(feature = "history")]
mod merge;
mod output;
mod page;
mod profile;
mod profiling;
mod progress;
mod prove;
mod ratchet;
mod report;
mod run;
mod repeated_runs;
mod since;
mod comparison_inputs;
mod suggest;
mod discovery;
mod top;
#[cfg(feature = "history")]
mod trend;
#[cfg(not(feature = "history"))]
#[path = "cli/history_disabled.rs"]
mod archiving;

use std::ffi::OsString;
use std::io::Write;
use std::process::ExitCode;

use self::arguments::{Arguments, Parsed, Verb};
pub use self::exit::Exit;
use crate::infra::cargo::with_own_variables;
use crate::infra::interrupt;
pub use crate::infra::world::World;

/// The whole program of an `xtask` of one line, and of `cargo perf-budget`.
#[must_use]
pub fn main() -> ExitCode {
    main_with(std::env::args_os().skip(1))
}

/// The same with other arguments: an `xtask` with other chores, or with a
/// default package, passes on what it does not take itself.
#[must_use]
pub fn main_with(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let mut world = match World::of_this_process() {
        Ok(world) => world,
        Err(error) => {
            eprintln!("error: the working directory is gone: {error}");
            return ExitCode::from(Exit::Usage.code());
        }
    };
    match diagnostics::listen(&world) {
        // A progress bar would be drawn over what is printed.
        Ok(printing) => world.stderr_is_terminal &= !printing,
        Err(error) => {
            let mut err = std::io::stderr();
            // As a verb's: if it cannot be said, the code says it.
            let _ = writeln!(guard::Guard::new(&mut err, false), "error: {error}");
            return ExitCode::from(Exit::Usage.code());
        }
    }
    interrupt::listen();
    let exit = run(
        arguments,
        &mut std::io::stdout(),
        &mut std::io::stderr(),
        &world,
    );
    ExitCode::from(exit.code())
}

/// The same with arguments, writers and surroundings of the caller's choice.
///
/// The arguments come without the name of the program; a first one that is
/// `perf` or `perf-budget`, as cargo passes it on, is skipped. A progress bar is
/// drawn on the process's own standard error, and only if
/// [`World::stderr_is_terminal`].
pub fn run(
    arguments: impl IntoIterator<Item = OsString>,
    out: &mut dyn Write,
    err: &mut dyn Write,
    world: &World,
) -> Exit {
    let (arguments, command) = match arguments::parse(arguments) {
        Parsed::Arguments(arguments, command) => (arguments, command),
        Parsed::Shown(text) => {
            // Help whose reader is gone, as in `.. --help | head -1`.
            let _ = out.write_all(text.as_bytes());
            return Exit::Passed;
        }
        Parsed::Wrong(text) => {
            let _ = err.write_all(text.as_bytes());
            return Exit::Usage;
        }
    };
    let Arguments {
        verb,
        run: run_arguments,
    } = *arguments;
    let world = &with_own_variables(&world.started_as(command));
    let out: &mut dyn Write = &mut guard::Guard::new(out, world.colour());
    let err: &mut dyn Write = &mut guard::Guard::new(err, world.colour());
    let console = Console {
        out: &mut *out,
        err: &mut *err,
        world,
    };
    let result = match verb.unwrap_or(Verb::Run(run_arguments)) {
        Verb::Run(arguments) => run::run(&arguments, console),
        Verb::List(arguments) => list::run(&arguments, console),
        Verb::Explain(arguments) => explain::run(&arguments, console),
        Verb::Profile(arguments) => profile::run(&arguments, console),
        Verb::Report(arguments) => report::run(&arguments, console),
        Verb::Ab(arguments) => ab::run(&arguments, console),
        Verb::Bisect(arguments) => bisect::run(&arguments, console),
        #[cfg(feature = "history")]
        Verb::History(arguments) => history::run(&arguments, console),
        #[cfg(feature = "history")]
        Verb::Trend(arguments) => trend::run(&arguments, console),
        #[cfg(feature = "history")]
        Verb::Merge(arguments) => merge::run(&arguments, console),
        #[cfg(not(feature = "history"))]
        Verb::History(_) | Verb::Trend(_) | Verb::Merge(_) => Err(archiving::without()),
        Verb::Top(arguments) => top::run(&arguments, console),
        Verb::Suggest(arguments) => suggest::run(&arguments, console),
        Verb::Ratchet(arguments) => ratchet::run(&arguments, console),
        Verb::Prove(arguments) => prove::run(&arguments, console),
        Verb::Baseline(arguments) => baseline::run(&arguments, console),
        Verb::Compare(arguments) => compare::run(&arguments, console),
        Verb::Doctor(arguments) => doctor::run(&arguments, console),
        Verb::Init(arguments) => init::run(&arguments, console),
    };
    let exit = result.unwrap_or_else(|stop| {
        let _ = match stop.exit {
            Exit::Interrupted => writeln!(err, "{}", stop.message),
            _ => writeln!(err, "error: {}", stop.message),
        };
        stop.exit
    });
    if interrupt::requested() {
        Exit::Interrupted
    } else {
        exit
    }
}

/// What a verb is given beside its arguments.
struct Console<'a> {
    out: &'a mut dyn Write,
    err: &'a mut dyn Write,
    world: &'a World,
}

/// Why a verb could not be done to its end.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Stop {
    exit: Exit,
    message: String,
}

impl Stop {
    fn usage(message: impl Into<String>) -> Stop {
        Stop {
            exit: Exit::Usage,
            message: message.into(),
        }
    }

    /// What was begun is not gone on with where this process is to end.
    fn if_interrupted() -> Result<(), Stop> {
        if !interrupt::requested() {
            return Ok(());
        }
        Err(Stop {
            exit: Exit::Interrupted,
            message: "interrupted: nothing was judged, and nothing was changed".to_owned(),
        })
    }

    fn not_run(message: impl Into<String>) -> Stop {
        Stop {
            exit: Exit::NotRun,
            message: message.into(),
        }
    }
}
