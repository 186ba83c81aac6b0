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
        "NEXTEST",
        Reader::Tests,
        "Set by nextest, which starts a process for each test: none of them prints a closing line.",
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

/// Set by the command line for processes that it starts: the worker protocol describes them.
const INNER: &str = "PERF_WORKER";
/// The one list of names.
const LIST: &str = "perf-macros/grammar/src/variable.rs";

/// The sources of the runtime and the reports.
fn sources() -> Vec<(PathBuf, String)> {
    let mut sources = Vec::new();
    let mut folders = vec![
        root().join("perf-runtime/src"),
        root().join("perf-report/src"),
    ];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("a folder of sources") {
            let path = entry.expect("it can be listed").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|end| end == "rs") {
                let text = fs::read_to_string(&path).expect("a source");
                sources.push((path, text));
            }
        }
    }
    sources
}

/// The constants of the list, and the names that they hold.
fn listed() -> Vec<(String, String)> {
    let list = fs::read_to_string(root().join(LIST)).expect("the list of names");
    let constant = |line: &str| {
        let (name, value) = line.strip_prefix("pub const ")?.split_once(": &str = ")?;
        let value = value.trim_end_matches(';').trim_matches('"');
        Some((name.to_owned(), value.to_owned()))
    };
    list.lines().filter_map(constant).collect()
}

/// Every variable of the list that people set is described, and no other.
#[test]
fn every_variable_that_is_read_is_described() {
    let listed: BTreeSet<String> = listed().into_iter().map(|(_, value)| value).collect();
    // A variable of other programs that only one module reads is described and not listed.
    let is_of_the_list = |name: &&str| name.starts_with("PERF_") || listed.contains(*name);
    let described = VARIABLES.iter().map(|(name, ..)| *name);
    let described: BTreeSet<&str> = described.filter(is_of_the_list).collect();
    let set_by_people = listed.iter().map(String::as_str);
    let set_by_people = set_by_people.filter(|name| !name.starts_with(INNER));
    assert_eq!(set_by_people.collect::<BTreeSet<_>>(), described);
}

/// Outside tests a name stands in the list alone, and each is used.
#[test]
fn names_of_variables_stand_in_one_place() {
    let (sources, listed) = (sources(), listed());
    assert!(!listed.is_empty(), "{LIST} lists names");
    for (constant, _) in &listed {
        let used = format!("variable::{constant}");
        let is_used = sources.iter().any(|(_, text)| text.contains(&used));
        assert!(is_used, "neither read nor set: {used}");
    }
    let mut again = Vec::new();
    for (path, text) in &sources {
        let name = path.to_string_lossy();
        if name.ends_with("tests.rs") || name.contains("/tests/") || name.contains("fixture") {
            continue;
        }
        let code = text.split("#[cfg(test)]\nmod tests {").next();
        for (_, value) in &listed {
            if code.is_some_and(|code| code.contains(&format!("\"{value}\""))) {
                again.push(format!("{name}: {value:?}"));
            }
        }
    }
    assert!(again.is_empty(), "named outside {LIST}: {again:#?}");
}
