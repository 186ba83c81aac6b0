//! Entry point of the command line: `cargo xtask perf` drives this process, a
//! sweep at a time, over its standard input and output.
//!
//! The protocol is described in `schema/worker-protocol-1.md`.

#![allow(
    clippy::disallowed_macros,
    clippy::disallowed_methods,
    reason = "answers the command line"
)]

use std::sync::OnceLock;
use std::thread;
use std::time::Duration;

use perf_grammar::{Feature, Mode, Task};

use crate::collections::{cut, owned};
use crate::engine::Confirm;
use crate::harness::output::{say, say_waiting};
use crate::harness::resolve::{Resolved, resolve};
use crate::harness::session::{
    DEFAULT_WORKER_MAX_TIME_NS, Observer, Options, Recorded, Session, Step,
};
use crate::harness::watchdog::Watchdog;
use crate::harness::{ab_worker, supervisor, test_output};
use crate::measure::mutation;
use crate::measure::registry::registered;
use crate::model::case::Case;
use crate::model::plan::Limit;
use crate::model::problem::{Mistakes, Problem};
use crate::policy::file::Settings;
use crate::policy::selector::{Label, Labels, Selector};
use crate::probes::{first_call, instructions, memory, metering, rss, spans};
use crate::report::case_report::CaseReport;
use crate::report::json::Json;
use crate::report::record;
use crate::system::clock::Stopwatch;
use crate::system::files::Unwritten;
use crate::system::threads;
use crate::system::worker_env::{PROTOCOL, WorkerEnv};
use crate::system::{alloc, channel, clock, environment};

/// How often the watcher looks whether a case hangs.
const LOOK: Duration = Duration::from_millis(250);
/// How often the command line is told that the case that is called has time left:
/// it ends a worker that is silent for much longer.
const HEARTBEAT: Duration = Duration::from_secs(1);
/// The exit code of a process that ended itself because a case hangs.
const HUNG: i32 = 124;

/// What the command line looks for in a test binary before it starts it: a
/// binary without these bytes has no budgets. The `.1` behind the version says
/// that it connects to `PERF_WORKER_CHANNEL` or speaks behind `PERF_WORKER_TOKEN`.
#[used]
static MARKER: [u8; 31] = *b"perf-budget-worker-protocol-1.1";

/// Whether a worker was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Served {
    /// It was not started as a worker.
    NoWorker,
    /// It did its task, in this call or an earlier one.
    Done,
    /// It was asked for in words that this runtime does not know.
    Refused(Problem),
}

/// Serves as a worker where one is asked for, once a process.
pub(crate) fn serve_once() -> Served {
    static SERVED: OnceLock<Served> = OnceLock::new();
    SERVED.get_or_init(serve).clone()
}

fn serve() -> Served {
    std::hint::black_box(&MARKER);
    let surroundings = match WorkerEnv::read() {
        Ok(surroundings) => surroundings,
        Err(problem) => return cannot_read(problem),
    };
    let Some(task) = surroundings.task else {
        return Served::NoWorker;
    };
    if let Err(problem) = mutation::plant(&surroundings.mutated) {
        return Served::Refused(problem);
    }
    // The other tasks are asked for by a worker, and answered over standard output.
    if task.is_of_the_command_line() {
        channel::open(&surroundings);
    }
    let served = match task {
        Task::Session if supervisor::serve(&surroundings) => return Served::Done,
        // A program that a case starts is not meant.
        Task::Session => return Served::NoWorker,
        Task::Count => memory::serve(&surroundings),
        Task::Instructions => instructions::serve(&surroundings),
        Task::Resident => rss::serve(&surroundings),
        Task::Meters => metering::serve(&surroundings),
        Task::Trace => spans::serve(&surroundings),
        Task::First => first_call::serve(&surroundings),
        Task::List => list(&surroundings),
        Task::Measure => measure(&surroundings, Confirm::Elsewhere),
        Task::Confirm => measure(&surroundings, Confirm::IsConfirmation),
        Task::Bursts => bursts(&surroundings),
    };
    if let Err(mistakes) = served {
        config_error(&mistakes);
    }
    say(&|json| json.text("t", "bye"));
    Served::Done
}

/// Says to the command line, where one drives this process, why the surroundings cannot be
/// followed; else the harness says it.
fn cannot_read(problem: Problem) -> Served {
    let Some(driven) = WorkerEnv::of_driven() else {
        return Served::Refused(problem);
    };
    channel::open(&driven);
    hello(&registered(), false);
    config_error(&problem.into());
    say(&|json| json.text("t", "bye"));
    Served::Done
}

/// Says that nothing is measured, and why, with a code for each mistake.
fn config_error(mistakes: &Mistakes) {
    say(&|json| {
        json.text("t", "config_error");
        json.text("text", &mistakes.lines());
        json.texts("codes", &mistakes.codes());
    });
}

/// Introduces this process, `beating` if [`watch`] follows.
fn hello(cases: &[&'static Case], beating: bool) {
    say(&|json| {
        json.text("t", "hello");
        json.member("protocol", &PROTOCOL);
        json.text("runtime", env!("CARGO_PKG_VERSION"));
        json.maybe_text("package", cases.first().map(|case| case.package));
        let target = |case: &&Case| {
            cut(case.module_path, ":")
                .unwrap_or((case.module_path, ""))
                .0
        };
        json.maybe_text("target", cases.first().map(target));
        if beating {
            json.whole("heartbeat_ms", HEARTBEAT.as_millis() as u64);
        }
    });
}

fn list(surroundings: &WorkerEnv) -> Result<(), Mistakes> {
    let all = registered();
    hello(&all, false);
    surroundings_of_tests();
    let resolved = resolve(&all, surroundings, DEFAULT_WORKER_MAX_TIME_NS)?;
    for note in &resolved.remarks() {
        warning(&note.line());
    }
    for unmatched in &resolved.unmatched() {
        say(&|json| {
            json.text("t", "unmatched");
            json.text("what", &unmatched.what());
            json.text("text", &unmatched.text());
            if unmatched.waives_nothing.is_some() {
                json.truth("waives_nothing", true);
            }
            json.maybe_object("rule", unmatched.rule, &|json, rule| {
                json.text("id", &unmatched.table);
                json.text("source", &rule.place);
                rule_limits(json, &rule.settings, unmatched.path);
            });
        });
    }
    let chosen = select(&all, surroundings)?;
    for one in &resolved.cases {
        if one.case.is_among(&chosen) {
            say(&|json| list_case(json, one));
        }
    }
    Ok(())
}

/// What the tests are measured on and with, for `doctor`: nothing else sees what a
/// test process does.
fn surroundings_of_tests() {
    let environment = environment::read();
    say(&|json| {
        json.text("t", "surroundings");
        json.maybe_text(
            "allocator",
            match alloc::installed() {
                alloc::Installed::Nothing => None,
                alloc::Installed::Ours => Some("counting"),
                #[cfg(feature = "stats_alloc")]
                alloc::Installed::Stats(_) => Some("stats_alloc"),
            },
        );
        json.object("environment", &|json| {
            record::machine(json, &environment, environment.stolen_since_boot());
            json.truth("debug_assertions", cfg!(debug_assertions));
            json.text("fingerprint", &environment.fingerprint());
            json.texts("unfit", &environment.unfit());
        });
    });
}

/// The limits of a `[budget]` that matches no case, as a case lists its own.
fn rule_limits(json: &mut Json, settings: &Settings, path: &str) {
    let mode = match settings.mode {
        Some(set) => set.value,
        None => Mode::Hard,
    };
    json.objects("limits", &settings.limits, &|json, (target, limit)| {
        let name = Limit::name_of(target.metric, target.of.as_deref());
        json.text("metric", &name);
        json.text("limit", &target.metric.shown(limit.value as f64));
        json.text("mode", mode.word());
        json.text("layer", "budget");
        let place = limit.place.map(|place| place.shown(path));
        json.maybe_text("source", place.as_deref());
    });
}

fn list_case(json: &mut Json, one: &Resolved) {
    let case = one.case;
    json.text("t", "case");
    json.text("id", &one.id);
    json.text("test", &case.test_name());
    json.text(
        "source",
        &format!("{}:{}", case.place.file, case.place.line),
    );
    json.whole("time_limits", one.judged_time_limits());
    json.objects("limits", &one.budget.limits, &|json, limit| {
        json.text("metric", &limit.name());
        json.text("limit", &limit.metric.shown(limit.value as f64));
        json.text("mode", limit.mode.word());
        json.text("layer", limit.source.layer.word());
        json.maybe_text("source", limit.source.place.as_deref());
    });
    json.object("regression", &|json| {
        record::regression(json, &one.plan.regression)
    });
    json.maybe_text("class", case.class);
    json.maybe_text("group", case.group);
    json.maybe_text("requirement", case.requirement);
    json.texts("tags", case.tags);
    json.truth("ignored", case.ignore.is_some());
    json.truth("isolated", case.shape.isolate);
    json.texts("explain", &one.explain);
}

/// The cases that the command line asks for: by some of the selectors, and by
/// one of each kind of label that it names.
fn select(all: &[&'static Case], surroundings: &WorkerEnv) -> Result<Vec<&'static Case>, Problem> {
    let mut exact = Vec::new();
    let mut selectors = Vec::new();
    for line in &surroundings.select {
        match line.strip_prefix("=") {
            Some(id) => exact.push(id),
            None => selectors.push(Selector::parse(line)?),
        }
    }
    let (mut without, mut with) = (Vec::new(), Vec::new());
    for tag in &surroundings.tags {
        match tag.strip_prefix("-") {
            Some(tag) => without.push(owned(tag)),
            None => with.push(tag.clone()),
        }
    }
    let asked_for = &[
        (Label::Tag, &with),
        (Label::Group, &surroundings.groups),
        (Label::Class, &surroundings.classes),
        (Label::Id, &surroundings.requirements),
    ];
    let mut chosen = Vec::new();
    for case in all {
        let id = case.id();
        let labels = Labels::of(case, &id);
        let mut named = surroundings.select.is_empty() || exact.contains(&&*id);
        for selector in &selectors {
            named = named || selector.matches(&labels);
        }
        let mut labelled = true;
        for (label, names) in asked_for {
            labelled = labelled && (names.is_empty() || labels.have(*label, names));
        }
        let left_out = labels.have(Label::Tag, &without);
        let kept = surroundings.ignored || case.ignore.is_none();
        if named && labelled && !left_out && kept {
            chosen.push(*case);
        }
    }
    Ok(chosen)
}

fn measure(surroundings: &WorkerEnv, confirm: Confirm) -> Result<(), Mistakes> {
    let all = registered();
    hello(&all, true);
    if confirm == Confirm::Elsewhere {
        for off in &switched_off(surroundings) {
            warning(&off.line());
        }
    }
    let cases = select(&all, surroundings)?;
    let options = Options {
        cases,
        alone: true,
        confirm,
        default_max_time_ns: DEFAULT_WORKER_MAX_TIME_NS,
        lost: Vec::new(),
    };
    let mut session = Session::new(&options, surroundings)?;
    let watchdog = Watchdog::default();
    session.watch(watchdog.clone());
    watch(watchdog)?;
    let mut speaker = Speaker {
        only_sends: surroundings.only_sends,
        record: None,
    };
    let mut idle_until = None;
    while channel::next_command().as_deref() == Some("go") {
        if let Some(until) = idle_until.take() {
            clock::sleep_until(until);
        }
        match session.sweep(&mut speaker) {
            Step::Done => return Ok(()),
            Step::Idle { until_ns } => idle_until = Some(until_ns),
            Step::Swept => {}
        }
        let progress = session.progress();
        say(&|json| {
            json.text("t", "swept");
            let total = progress.cases.len();
            json.whole("open", (total - progress.settled) as u64);
            json.whole("done", progress.settled as u64);
            json.whole("total", total as u64);
            json.whole("left_ms", progress.left_ns / 1_000_000);
        });
    }
    Ok(())
}

/// A warning that stands beside the results.
fn warning(text: &str) {
    say(&|json| {
        json.text("t", "warning");
        json.text("text", text);
    });
}

/// What the command line asks for that this binary was built without.
fn switched_off(surroundings: &WorkerEnv) -> Vec<Problem> {
    let mut off = Vec::new();
    if surroundings.instructions && cfg!(not(feature = "instructions")) {
        off.push(Problem::without(Feature::Instructions, "--instructions"));
    }
    if surroundings.alloc_profile && cfg!(not(feature = "alloc-sites")) {
        off.push(Problem::without(Feature::AllocSites, "--alloc-profile"));
    }
    off
}

fn bursts(surroundings: &WorkerEnv) -> Result<(), Mistakes> {
    let all = registered();
    hello(&all, true);
    let cases = select(&all, surroundings)?;
    let watchdog = Watchdog::default();
    watch(watchdog.clone())?;
    ab_worker::serve(&cases, surroundings, DEFAULT_WORKER_MAX_TIME_NS, &watchdog)
}

/// Ends the process where a case hangs: nothing else ends a thread. The command
/// line starts another one for the other cases. While a case is called that has
/// time left, the command line is told so.
fn watch(watchdog: Watchdog) -> Result<(), Problem> {
    let look = move || {
        let mut last = Stopwatch::start();
        loop {
            thread::sleep(LOOK);
            if last.elapsed() >= HEARTBEAT && watchdog.is_watching() {
                last = Stopwatch::start();
                say(&|json| json.text("t", "alive"));
            }
            if let Some(overdue) = watchdog.overdue() {
                say(&|json| {
                    json.text("t", "hung");
                    json.text("id", &overdue.id);
                    json.text("text", &overdue.loss().line());
                });
                std::process::exit(HUNG);
            }
        }
    };
    threads::start("perf-heartbeat", Box::new(look))
        .map(drop)
        .map_err(|error| Problem::no_thread("to watch", &format!("{error}")))
}

struct Speaker {
    /// The command line writes the records that it is sent.
    only_sends: bool,
    /// The record of the case that settles next, and why there is no file of it.
    record: Option<(Recorded, Option<Unwritten>)>,
}

impl Observer for Speaker {
    fn begin(&mut self, id: &str) {
        say(&|json| {
            json.text("t", "begin");
            json.text("id", id);
        });
    }

    fn at(&mut self, id: &str) {
        say(&|json| {
            json.text("t", "at");
            json.text("id", id);
        });
    }

    fn record(&mut self, record: &Recorded) -> Result<(), Unwritten> {
        let written = match self.only_sends {
            true => Ok(()),
            false => record.write(),
        };
        self.record = Some((record.clone(), written.clone().err()));
        written
    }

    fn settled(&mut self, report: &CaseReport) {
        let record = self.record.take();
        say(&|json| {
            let candidate = report.has_candidate();
            json.text("t", if candidate { "candidate" } else { "verdict" });
            json.text("id", &report.id);
            json.text("outcome", report.verdict().word());
            json.text("sentence", &test_output::one_line(report));
            if let Some((record, unwritten)) = &record {
                json.text("file", &record.file);
                json.text("record", &record.text);
                if let Some(why) = unwritten {
                    json.text("unwritten", &why.text());
                }
            }
        });
    }

    fn waiting(&mut self, waited: Duration) {
        say_waiting(waited);
    }
}
