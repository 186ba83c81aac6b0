//! The environment variables that people set, and the sources that read them.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use crate::root;

/// Who reads a variable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reader {
    /// Test binaries.
    Tests,
    /// The command line.
    CommandLine,
    /// Both.
    Both,
}

impl Reader {
    pub(crate) fn word(self) -> &'static str {
        match self {
            Reader::Tests => "tests",
            Reader::CommandLine => "command line",
            Reader::Both => "both",
        }
    }
}

/// Every variable, who reads it, and what it says.
pub(crate) const VARIABLES: &[(&str, Reader, &str)] = &[
    (
        "PERF_BUDGETS_FILE",
        Reader::Both,
        "The budget file, instead of the nearest `perf-budgets.toml` upwards.",
    ),
    (
        "PERF_BUDGETS_MODE",
        Reader::Tests,
        "`hard`, `soft` or `off` for every case; above the file, below `--mode`.",
    ),
    (
        "PERF_BUDGETS_PROFILE",
        Reader::Tests,
        "The profile of the budget file; `--profile` is above it.",
    ),
    (
        "CI",
        Reader::Tests,
        "Chooses the profile `ci` where the file has one, unless it is `false` or `0`.",
    ),
    (
        "PERF_RUN_ID",
        Reader::Both,
        "The name of the run, so that processes and machines share it; `NEXTEST_RUN_ID` where it is not set.",
    ),
    (
        "PERF_OUT_DIR",
        Reader::Both,
        "The folder of records, instead of `target/perf`.",
    ),
    (
        "PERF_HISTORY",
        Reader::CommandLine,
        "Where the history is kept, as `--history`.",
    ),
    ("PERF_SEED", Reader::Both, "Seeds the order of rounds."),
    (
        "PERF_LAYOUT_SEED",
        Reader::CommandLine,
        "Seeds the layouts in which `ab` links each build.",
    ),
    (
        "PERF_LINKER",
        Reader::CommandLine,
        "Set by `ab` for the linker that keeps object files; not for people.",
    ),
    (
        "PERF_DEADLINE",
        Reader::Both,
        "The grace of a call beyond four times `max_time`: `60s`.",
    ),
    (
        "PERF_TIME_LIMITS",
        Reader::Tests,
        "How many limits on time the whole run has, where several binaries share `false_fail`; set by the command line.",
    ),
    (
        "PERF_INSTRUCTIONS",
        Reader::Tests,
        "`callgrind` counts the instructions of every case, as `--instructions`.",
    ),
    (
        "PERF_SAMPLER",
        Reader::CommandLine,
        "`callgrind` profiles by the instructions of a call, as is done where ptrace is not permitted.",
    ),
    (
        "PERF_ALLOC_PROFILE",
        Reader::Tests,
        "Writes down where each case allocates, as `--alloc-profile`.",
    ),
    (
        "PERF_IN_PROCESS",
        Reader::Tests,
        "Measures in the process of the tests, for a debugger.",
    ),
    (
        "PERF_LOG",
        Reader::CommandLine,
        "What the command line does, on standard error: `debug`, `perf_report::cargo=trace,info`.",
    ),
    (
        "PERF_LOG_FORMAT",
        Reader::CommandLine,
        "`json`: an object a line.",
    ),
    (
        "NEXTEST_RUN_ID",
        Reader::Tests,
        "Set by nextest: the name of the run.",
    ),
    ("RUST_TEST_THREADS", Reader::Tests, "As libtest reads it."),
    (
        "RUST_TEST_NOCAPTURE",
        Reader::Tests,
        "As libtest reads it: passes are shown.",
    ),
    (
        "NO_COLOR",
        Reader::CommandLine,
        "No colours; `CLICOLOR=0` as well, `CLICOLOR_FORCE=1` colours a log.",
    ),
    (
        "GITHUB_STEP_SUMMARY",
        Reader::CommandLine,
        "Set by GitHub Actions: `--format github` appends the summary of the job.",
    ),
    (
        "GITHUB_WORKSPACE",
        Reader::CommandLine,
        "Set by GitHub Actions: annotations name files from here.",
    ),
    (
        "GITHUB_RUN_ID",
        Reader::CommandLine,
        "Set by GitHub Actions: comments link to what the job keeps; `CI_JOB_URL` does the same on GitLab.",
    ),
];

/// Set by the command line for processes that it starts, or read by tests of ours.
const PREFIXES: [&str; 3] = ["PERF_WORKER", "PERF_REPORT_", "PERF_TEST_"];
/// Set by build scripts, or read by tests of ours.
const OTHERS: [&str; 8] = [
    "PERF_",
    "PERF_OPT_LEVEL",
    "PERF_PROFILE",
    "PERF_RUSTC_VERSION",
    "PERF_SIMULATIONS",
    "PERF_STRESS_GENERATIONS",
    "PERF_TARGET",
    "PERF_TRUTH_REPEATS",
];

/// Every variable of ours that a source names is described, and no other.
#[test]
fn every_variable_that_is_read_is_described() {
    let mut read = BTreeSet::new();
    let mut folders: Vec<PathBuf> = ["perf-runtime/src", "perf-report/src"]
        .iter()
        .map(|folder| root().join(folder))
        .collect();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("a folder of sources") {
            let path = entry.expect("it can be listed").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|end| end == "rs") {
                read.extend(named(&fs::read_to_string(&path).expect("a source")));
            }
        }
    }
    let described: BTreeSet<String> = VARIABLES
        .iter()
        .map(|(name, ..)| (*name).to_owned())
        .filter(|name| name.starts_with("PERF_"))
        .collect();
    read.retain(|name| {
        let is_inner = PREFIXES.iter().any(|prefix| name.starts_with(prefix));
        !is_inner && !OTHERS.contains(&name.as_str())
    });
    assert_eq!(read, described);
}

/// Names in quotes that look like variables of ours.
fn named(source: &str) -> Vec<String> {
    let word = |c: char| c.is_ascii_uppercase() || c == '_';
    source
        .split('"')
        .filter(|part| part.starts_with("PERF_") && part.chars().all(word))
        .map(str::to_owned)
        .collect()
}
