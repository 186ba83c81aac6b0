//! Counts the instructions of cases in a separate process: by the processor, or under callgrind.
//!
//! The process is a fresh one in both tiers: threads that are started before a
//! counter is opened are not counted by it, and a pool that an earlier call
//! started would be missing.

#![allow(clippy::disallowed_methods, reason = "reads what callgrind writes")]

mod answer;
mod counter;
mod dump;
mod serve;
#[cfg(test)]
mod tests;

pub(crate) use serve::serve;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{self, Command};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use perf_grammar::{Task, variable};

use crate::collections::names::Names;
use crate::model::case::Case;
use crate::model::sample::{Instructions, Tier};
use crate::model::unmeasured::{Cause, Unmeasured};
use crate::probes::isolate::{self, Ended};
use crate::system::clock::Stopwatch;
use answer::Answer;

/// How long counting may take: for the start, and more for each case.
const START_S: u64 = 120;
const CASE_S: u64 = 60;

/// How long a call may take that is to be dumped, with the start and the warm-up.
pub(crate) const LONGEST_DUMP: Duration = Duration::from_secs(30);
/// The most bytes of a dump that is sent: some 5,000 chains of callers.
const MOST_DUMPED: usize = 2 << 20;
/// Callers of a function that callgrind keeps separate: costs are known for each chain of
/// this number of functions, of which the runtime takes up about three. Where functions call each
/// other in too many ways for that, the next number is tried.
const CALLERS: [u32; 2] = [16, 2];

/// The start of each sentence about a case that a process did not answer for.
const NONE: &str = "no instructions were counted";

/// What came of each case, by id.
pub(crate) type Counted = Names<Result<Instructions, Unmeasured>>;

/// Counts the instructions of these cases by the processor.
pub(crate) fn on_hardware(cases: &[&'static Case]) -> Counted {
    count(cases, Tier::Hardware)
}

/// Counts the instructions of these cases under callgrind.
pub(crate) fn under_callgrind(cases: &[&'static Case]) -> Counted {
    count(cases, Tier::Callgrind)
}

/// Counts the instructions of a case under callgrind, and gives the dump of the call with
/// the least: the cost of each instruction in each chain of callers, in callgrind's format
/// with whole addresses and numbered names.
///
/// # Errors
/// Why there is none.
pub(crate) fn dumped(case: &'static Case) -> Result<String, Unmeasured> {
    let start = Stopwatch::start();
    let mut why = Unmeasured::default();
    for (nth, callers) in (1..).zip(CALLERS) {
        let longest = LONGEST_DUMP * nth / CALLERS.len() as u32;
        let longest = longest.saturating_sub(start.elapsed());
        let mut heard = run(&[case], Tier::Callgrind, longest, Some(callers));
        why = match (heard.counted.remove(&case.id()), heard.dump) {
            (Some(Ok(_)), Some(dump)) if dump.len() <= MOST_DUMPED => return Ok(dump),
            (Some(Ok(_)), Some(_)) => Cause::too_many_callers().into(),
            _ if heard.late => Cause::callgrind_late(&longest.as_secs().to_string()).into(),
            (Some(Err(why)), _) => return Err(why),
            _ => return Err(heard.end),
        };
    }
    Err(why)
}

/// How long counting this many cases may take.
pub(crate) fn longest(cases: usize) -> Duration {
    Duration::from_secs(START_S + CASE_S * cases as u64)
}

fn count(cases: &[&'static Case], tier: Tier) -> Counted {
    let longest = longest(cases.len());
    let start = Stopwatch::start();
    gather(cases, longest, |rest| {
        run(rest, tier, longest.saturating_sub(start.elapsed()), None)
    })
}

/// What one process said, and how it ended.
#[derive(Debug, Default)]
struct Heard {
    counted: Counted,
    /// The case that it started last.
    at: Option<String>,
    /// How it ended, for the cases that it did not answer for.
    end: Unmeasured,
    /// Whether its time was up.
    late: bool,
    /// The dump that it kept.
    dump: Option<String>,
}

/// Counts the cases in one process; where it dies of a case, in a further one
/// for the cases after it.
fn gather(
    cases: &[&'static Case],
    longest: Duration,
    mut run: impl FnMut(&[&'static Case]) -> Heard,
) -> Counted {
    let mut counted = Counted::new();
    let mut rest = cases.to_vec();
    while !rest.is_empty() {
        let heard = run(&rest);
        counted.extend(heard.counted.into_vec());
        rest.retain(|case| !counted.contains(&case.id()));
        let open = |id: &String| rest.iter().any(|case| case.id() == *id);
        let ended_in = heard.at.filter(open);
        if let Some(id) = &ended_in {
            counted.insert(id.clone(), Err(heard.end.clone().so(NONE)));
            rest.retain(|case| case.id() != *id);
        }
        if heard.late || ended_in.is_none() {
            let why = match (heard.late, &ended_in) {
                (true, Some(id)) => Cause::all_late(&longest.as_secs().to_string(), id).into(),
                _ => heard.end,
            };
            let why = why.so(NONE);
            counted.extend(rest.drain(..).map(|case| (case.id(), Err(why.clone()))));
        }
    }
    counted
}

/// Starts one process for these cases and listens to its end. `callers` is how many are told
/// apart where the dump of the last case is kept, which says more than its total then.
fn run(cases: &[&'static Case], tier: Tier, longest: Duration, callers: Option<u32>) -> Heard {
    let mut heard = Heard::default();
    let folder = match tier {
        Tier::Hardware => None,
        Tier::Callgrind => match Folder::new() {
            Ok(folder) => Some(folder),
            Err(why) => {
                heard.end = why.into();
                return heard;
            }
        },
    };
    let program = match isolate::this_program() {
        Ok(program) => program,
        Err(why) => {
            heard.end = why.into();
            return heard;
        }
    };
    let mut command = match &folder {
        None => Command::new(program),
        Some(folder) => valgrind(&folder.files, &program, callers),
    };
    let token = isolate::entrust(&mut command, Task::Instructions, cases);
    if callers.is_some() {
        command.env(variable::WORKER_COUNT, counter::KEEPS);
    }
    // Capturing backtraces is work too: it must not hang on what is set here.
    command
        .env("RUST_BACKTRACE", "0")
        .env_remove("RUST_LIB_BACKTRACE");
    let mut hear = |words: &[&str]| match answer::read(words) {
        Some((id, Answer::At)) => heard.at = Some(id),
        Some((id, Answer::Counted(counted))) => {
            heard.counted.insert(id, counted);
        }
        None => {}
    };
    let ended = isolate::watch(&mut command, &token, longest, &mut hear);
    let kept = folder.filter(|_| callers.is_some());
    heard.dump = kept.and_then(|folder| fs::read_to_string(counter::kept(&folder.files)).ok());
    match ended {
        Ok(ended) => {
            heard.late = ended.status.is_none();
            heard.end = how_it_ended(ended, tier);
        }
        Err(error) => heard.end = not_started(&error, tier),
    }
    heard
}

/// Valgrind with callgrind, which counts nothing until it is asked to; with `callers` each
/// instruction by itself, for each chain of that length.
fn valgrind(files: &str, program: &Path, callers: Option<u32>) -> Command {
    let mut command = Command::new("valgrind");
    command
        // What the user sets for other runs must not change these counts.
        .env_remove("VALGRIND_OPTS")
        .env(variable::WORKER_CALLGRIND, files)
        .args([
            "--quiet",
            "--tool=callgrind",
            "--instr-atstart=no",
            "--dump-line=no",
            "--separate-threads=no",
            "--cache-sim=no",
            "--fair-sched=try",
            "--vgdb=no",
        ])
        .args(match callers {
            None => vec!["--dump-instr=no".to_owned()],
            Some(callers) => vec![
                "--dump-instr=yes".to_owned(),
                format!("--separate-callers={callers}"),
                "--compress-mangled=yes".to_owned(),
                "--compress-pos=no".to_owned(),
            ],
        })
        // Callgrind takes a percent sign for the start of a variable.
        .arg(format!("--callgrind-out-file={}", files.replace('%', "%%")))
        .arg("--")
        .arg(program);
    command
}

fn not_started(error: &io::Error, tier: Tier) -> Unmeasured {
    let why = error.to_string();
    let cause = match (tier, error.kind()) {
        (Tier::Callgrind, io::ErrorKind::NotFound) => Cause::no_valgrind(),
        (Tier::Callgrind, _) => Cause::valgrind_not_started(&why),
        (Tier::Hardware, _) => Cause::not_started(&why),
    };
    cause.into()
}

fn how_it_ended(mut ended: Ended, tier: Tier) -> Unmeasured {
    if tier == Tier::Callgrind && ended.met_unknown_instruction() {
        return Cause::unknown_instruction().into();
    }
    // Of a stack that valgrind prints, the reason above it says more.
    ended.last_lines.retain(|line| !is_frame(line));
    ended.why()
}

/// Whether this is a line of a stack as valgrind prints it: `==123==    by 0x..`.
fn is_frame(line: &str) -> bool {
    let words = line
        .rsplit_once("==")
        .map_or("", |(_, words)| words)
        .trim_start();
    words.starts_with("at 0x") || words.starts_with("by 0x")
}

/// A folder for callgrind's files, removed in the end.
#[derive(Debug)]
struct Folder {
    path: PathBuf,
    /// How the names of its files begin; the child is told by environment.
    files: String,
}

impl Folder {
    fn new() -> Result<Folder, Cause> {
        static MADE: AtomicU64 = AtomicU64::new(0);
        let number = MADE.fetch_add(1, Ordering::Relaxed);
        let name = format!("perf-budget-callgrind-{}-{number}", process::id());
        let path = std::env::temp_dir().join(name);
        // A process of this number that was killed may have left one.
        let _ = fs::remove_dir_all(&path);
        let shown = path.display().to_string();
        fs::create_dir(&path).map_err(|error| Cause::no_folder(&shown, &error.to_string()))?;
        let files = path.join("callgrind").to_str().map(str::to_owned);
        let files = files.ok_or_else(|| Cause::folder_not_utf8(&shown))?;
        Ok(Folder { path, files })
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // What stays costs a few kilobytes in the temporary folder.
        let _ = fs::remove_dir_all(&self.path);
    }
}
