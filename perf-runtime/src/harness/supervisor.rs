//! Measures cases in a process of this binary, and in a further one without the
//! case that ends it or hangs.
//!
//! What a case does to its process, such as `exit`, `abort` or a stack overflow,
//! it cannot do to the one that knows the verdicts and ends red.

#![allow(
    clippy::disallowed_macros,
    clippy::disallowed_methods,
    reason = "passes on what the other process prints"
)]

#[cfg(unix)]
mod output;
#[cfg(unix)]
mod process;
#[cfg(unix)]
mod queue;
mod reached;
#[cfg(unix)]
mod serve;
mod settled;
mod stopped;
#[cfg(unix)]
mod supervise;
#[cfg(unix)]
mod words;

use std::sync::Arc;
use std::time::Duration;

use self::reached::Reached;
#[cfg(unix)]
pub(crate) use self::serve::serve;
pub(crate) use self::settled::Settled;
pub(crate) use self::stopped::Stopped;
#[cfg(all(unix, any(test, fuzzing)))]
pub(crate) use self::words::fuzz;
use perf_grammar::Tally;

use crate::harness::in_process;
use crate::harness::session::Options;
use crate::system::exit::Unfinished;
use crate::system::worker_env::WorkerEnv;

/// What stands on the standard output of a process under the standard harness
/// before what tests print.
#[cfg(unix)]
const MARK: &str = "\u{1e}performance budgets\n";

/// What is said where the process that knows the verdicts ends too early.
const ENDED: &str = "the process ended before every performance budget was judged; look for a test or a function that calls `exit`";

/// Under which harness the cases run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Harness {
    /// libtest, and whether it captures what tests print.
    Standard { captures: bool },
    /// `perf_runtime::main!()`.
    #[cfg(feature = "harness")]
    Serial,
}

/// What is reported about cases while they are measured.
pub(crate) trait Listener {
    /// A case is settled.
    fn settled(&mut self, settled: Settled);
    /// Another process has been measuring for this long.
    fn waiting(&mut self, waited: Duration);
    /// Something to say once of all cases.
    fn note(&mut self, text: &str);
    /// Every case is settled; this many broken time limits only warn because the
    /// build is unoptimised.
    fn done(&mut self, tally: &Tally, unoptimised: usize);
}

/// Measures the cases of the options. A case that ends its process or hangs fails,
/// and the others are measured in a further one.
///
/// Where no process can be started, a debugger looks on or the surroundings ask
/// for it, they are measured in this one.
///
/// # Errors
/// Every mistake of the configuration, or why the rest was not measured.
pub(crate) fn run<L: Listener>(
    options: Options,
    surroundings: &Arc<WorkerEnv>,
    harness: Harness,
    listener: impl Fn() -> L + Clone + Send + 'static,
) -> Result<(), Stopped> {
    let unfinished = Arc::new(Unfinished::new(ENDED.to_owned()));
    for case in &options.cases {
        unfinished.open(&case.id());
    }
    let said = Arc::downgrade(&unfinished);
    let reached = move || Reached::new(said.clone(), listener());
    #[cfg(unix)]
    if !surroundings.in_process && !process::is_debugged() {
        match supervise::run(&options, surroundings, harness, &mut reached()) {
            Err(supervise::Stop::NoProcess) => {}
            Err(supervise::Stop::Stopped(why)) => return Err(why),
            Ok(()) => return Ok(()),
        }
    }
    let _ = harness;
    in_process::run(options, surroundings, reached)
        .map_err(|mistakes| Stopped::refused(&mistakes.lines()))
}

/// No process is ever started to measure for another one on this system.
#[cfg(not(unix))]
pub(crate) fn serve(_: &Arc<WorkerEnv>) -> bool {
    false
}
