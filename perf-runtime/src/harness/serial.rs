//! Entry point of `harness = false`: `perf_runtime::main!()`, on libtest-mimic.

#![allow(
    clippy::disallowed_macros,
    clippy::disallowed_methods,
    reason = "prints the results of the serial harness"
)]

use std::collections::HashMap;
use std::io::Write as _;
use std::process::ExitCode;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use libtest_mimic::{Arguments as Mimic, ColorSetting, FormatSetting, Trial};
use perf_grammar::Tally;

use crate::engine::Confirm;
use crate::harness::arguments::{self, Arguments, Format};
use crate::harness::session::Options;
use crate::harness::supervisor::{self, Harness, Listener, Settled};
use crate::harness::test_output::{self, TestOutput};
use crate::harness::worker;
use crate::measure::registry::registered;
use crate::model::case::Case;
use crate::policy::DEFAULT_MAX_TIME_NS;
use crate::system::exit;
use crate::system::worker_env::WorkerEnv;

/// A target with no case at all: what is most likely wrong.
const NO_CASES: &str = "this target has `harness = false` and no `#[perf_budget]` case is registered in it, so nothing would be judged.\n\
    - Are the annotated functions in this file, or in a module it declares?\n\
    - Cases of another crate are linked only if this file names that crate: add `use my_crate as _;`, and annotate functions that its test build contains.\n\
    - Is `#[perf_budget]` above `#[test]`? Below it, the function vanishes together with the test.\n\
    - A target without budgets needs no `perf_runtime::main!()`: remove it, or the target.";

/// What `--help` prints under `perf_runtime::main!()`.
const SERIAL_HELP: &str = "Runs the performance budgets of this target, one at a time and in turns.\n\n\
    Usage: TARGET [FILTER..] [--exact] [--skip FILTER] [--list] [--ignored | --include-ignored]\n\
    \u{20}             [--format pretty|terse|json] [--quiet] [--color auto|always|never] [--logfile PATH]\n\n\
    The other arguments of the standard harness are accepted and change nothing here,\n\
    and those of criterion, divan and gungraun are named and change nothing:\n\
    budgets are never run beside each other, whatever --test-threads says.\n";

/// Runs every registered case that the arguments select, in turns, and says
/// how each ended. The body of [`main!`](crate::main).
#[must_use]
pub fn main() -> ExitCode {
    exit::reached();
    match worker::serve_once() {
        worker::Served::NoWorker => {}
        worker::Served::Done => return ExitCode::SUCCESS,
        worker::Served::Refused(why) => return refuse(&why.line()),
    }
    let arguments = match Arguments::read(arguments::given()) {
        Ok(arguments) => arguments,
        Err(problem) => return refuse(&problem.line()),
    };
    let all = registered();
    if arguments.help {
        print!("{}", SERIAL_HELP);
        return ExitCode::SUCCESS;
    }
    // Before the list too: nextest would find nothing to run, and be content.
    if all.is_empty() {
        return refuse(NO_CASES);
    }
    if arguments.list {
        print!("{}", listing(&all, &arguments));
        return ExitCode::SUCCESS;
    }
    run(&all, &arguments)
}

fn refuse(why: &str) -> ExitCode {
    let _ = std::io::stderr().write_all(format!("error: {why}\n").as_bytes());
    failed()
}

/// The exit code of a target that is red, which its `main` must not drop.
fn failed() -> ExitCode {
    exit::broken();
    ExitCode::from(exit::FAILED)
}

/// What `--list` prints, and nothing else: nextest reads it.
fn listing(all: &[&'static Case], arguments: &Arguments) -> String {
    let chosen = all
        .iter()
        .filter(|case| arguments.selects(&case.test_name(), case.ignore.is_some()));
    chosen
        .map(|case| format!("{}: test\n", case.test_name()))
        .collect()
}

fn run(all: &[&'static Case], arguments: &Arguments) -> ExitCode {
    for text in &arguments.passed_over {
        let _ = std::io::stderr().write_all(format!("note: {text}\n").as_bytes());
    }
    let chosen: Vec<&'static Case> = all
        .iter()
        .copied()
        .filter(|case| arguments.selects(&case.test_name(), case.ignore.is_some()))
        .collect();
    if chosen.is_empty() {
        let note = format!(
            "note: the arguments select none of the {} budgets of this target\n",
            all.len()
        );
        let _ = std::io::stderr().write_all(note.as_bytes());
    }
    let surroundings = match WorkerEnv::read() {
        Ok(surroundings) => surroundings,
        Err(problem) => return refuse(&problem.line()),
    };
    let options = Options {
        cases: chosen.clone(),
        alone: true,
        confirm: Confirm::InProcess,
        default_max_time_ns: DEFAULT_MAX_TIME_NS,
        lost: Vec::new(),
    };
    let results = Results::default();
    let listener = {
        let results = Arc::clone(&results);
        move || Keeper(Arc::clone(&results))
    };
    // Where nothing is selected, nothing is read either: a test of another
    // target must not fail for a budget file that it does not use.
    if !chosen.is_empty()
        && let Err(why) = supervisor::run(options, &surroundings, Harness::Serial, listener)
    {
        let why = why.line();
        let mut output = results.lock().unwrap_or_else(PoisonError::into_inner);
        if output.is_empty() {
            return refuse(&format!("no budget was measured:\n{why}"));
        }
        for case in &chosen {
            output
                .entry(case.id())
                .or_insert_with(|| TestOutput::refused(&why));
        }
    }
    let shown = all
        .iter()
        .filter(|case| case.is_among(&chosen) || arguments.passes_over_ignored(&case.test_name()));
    let trials = shown
        .map(|case| trial(case, case.is_among(&chosen), &results))
        .collect();
    let conclusion = libtest_mimic::run(&mimic(arguments), trials);
    if conclusion.has_failed() {
        failed()
    } else {
        ExitCode::SUCCESS
    }
}

type Results = Arc<Mutex<HashMap<String, TestOutput>>>;

/// The result of a case as libtest-mimic prints it.
fn trial(case: &'static Case, chosen: bool, output: &Results) -> Trial {
    let output = Arc::clone(output);
    let trial = Trial::test(case.test_name(), move || {
        let output = output
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(&case.id());
        let output = output.unwrap_or_else(|| TestOutput::broken_off(&case.id()));
        if let Some(text) = &output.aloud {
            test_output::aloud(&format!("{text}\n"));
        }
        if output.fails {
            Err(output.text.into())
        } else {
            Ok(())
        }
    });
    trial.with_ignored_flag(!chosen)
}

/// The arguments of libtest-mimic: the selection is made already, and one
/// thread is all it takes to read results.
fn mimic(arguments: &Arguments) -> Mimic {
    Mimic {
        test_threads: Some(1),
        color: arguments.color.as_deref().map(|color| match color {
            "always" => ColorSetting::Always,
            "never" => ColorSetting::Never,
            _ => ColorSetting::Auto,
        }),
        format: Some(match arguments.format {
            Format::Pretty | Format::Junit => FormatSetting::Pretty,
            Format::Terse => FormatSetting::Terse,
            Format::Json => FormatSetting::Json,
        }),
        logfile: arguments.logfile.clone(),
        ..Mimic::default()
    }
}

/// Keeps the results until they are printed.
struct Keeper(Results);

impl Listener for Keeper {
    fn settled(&mut self, settled: Settled) {
        let mut output = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        output.insert(settled.id, settled.output);
    }

    fn waiting(&mut self, waited: Duration) {
        test_output::aloud(&test_output::waiting_for_lock(waited));
    }

    fn note(&mut self, text: &str) {
        test_output::aloud(&format!("note: {text}\n"));
    }

    fn done(&mut self, tally: &Tally, unoptimised: usize) {
        if tally.limits > 0 {
            test_output::aloud(&format!("{tally}\n"));
        }
        debug_assert!(tally.adds_up(), "every limit has one verdict: {tally}");
        if unoptimised > 0 {
            test_output::aloud(&test_output::unoptimised(unoptimised));
        }
    }
}
