//! The names of the environment variables that the runtime, the command line and their
//! workers pass on.
//!
//! Those that people set are described in the guide; `WORKER*` belong to the worker
//! protocol.

/// The budget file, instead of the nearest `perf-budgets.toml` upwards.
pub const BUDGETS_FILE: &str = "PERF_BUDGETS_FILE";
/// The mode of every case: `hard`, `soft` or `off`.
pub const BUDGETS_MODE: &str = "PERF_BUDGETS_MODE";
/// The profile of the budget file.
pub const BUDGETS_PROFILE: &str = "PERF_BUDGETS_PROFILE";
/// The name of the run, which processes and machines share.
pub const RUN_ID: &str = "PERF_RUN_ID";
/// The folder of records, instead of `target/perf`.
pub const OUT_DIR: &str = "PERF_OUT_DIR";
/// Where the history is kept.
pub const HISTORY: &str = "PERF_HISTORY";
/// Seeds the order of rounds.
pub const SEED: &str = "PERF_SEED";
/// Seeds the layouts in which `ab` links each build.
pub const LAYOUT_SEED: &str = "PERF_LAYOUT_SEED";
/// The linker that a linker which keeps object files calls.
pub const LINKER: &str = "PERF_LINKER";
/// The grace of a call beyond four times `max_time`.
pub const DEADLINE: &str = "PERF_DEADLINE";
/// Time limits of the whole run, over all binaries.
pub const TIME_LIMITS: &str = "PERF_TIME_LIMITS";
/// `callgrind`: the instructions of every case are counted.
pub const INSTRUCTIONS: &str = "PERF_INSTRUCTIONS";
/// `callgrind`: profiles are by the instructions of a call.
pub const SAMPLER: &str = "PERF_SAMPLER";
/// Set: where each case allocates is written down.
pub const ALLOC_PROFILE: &str = "PERF_ALLOC_PROFILE";
/// Set: cases are measured in the process of the tests.
pub const IN_PROCESS: &str = "PERF_IN_PROCESS";
/// What the command line logs, and how much of it.
pub const LOG: &str = "PERF_LOG";
/// `json`: the log is an object a line.
pub const LOG_FORMAT: &str = "PERF_LOG_FORMAT";
/// The version of the worker protocol: this process is a worker.
pub const WORKER: &str = "PERF_WORKER";
/// What the worker is to do, a [`Task`](crate::Task).
pub const WORKER_TASK: &str = "PERF_WORKER_TASK";
/// The socket at which the command line listens.
pub const WORKER_CHANNEL: &str = "PERF_WORKER_CHANNEL";
/// What stands before a message on a standard stream.
pub const WORKER_TOKEN: &str = "PERF_WORKER_TOKEN";
/// What people start the command line with, for hints.
pub const WORKER_COMMAND: &str = "PERF_WORKER_COMMAND";
/// The mode that the command line was given.
pub const WORKER_MODE: &str = "PERF_WORKER_MODE";
/// The `max_time` that the command line was given.
pub const WORKER_MAX_TIME: &str = "PERF_WORKER_MAX_TIME";
/// Patterns of cases, one a line.
pub const WORKER_SELECT: &str = "PERF_WORKER_SELECT";
/// Tags, one a line; `-tag` leaves out.
pub const WORKER_TAGS: &str = "PERF_WORKER_TAGS";
/// Groups, one a line.
pub const WORKER_GROUPS: &str = "PERF_WORKER_GROUPS";
/// Classes, one a line.
pub const WORKER_CLASSES: &str = "PERF_WORKER_CLASSES";
/// Requirements, one a line.
pub const WORKER_IDS: &str = "PERF_WORKER_IDS";
/// Set: ignored cases are measured as well.
pub const WORKER_IGNORED: &str = "PERF_WORKER_IGNORED";
/// `sent`: the command line writes the records.
pub const WORKER_RECORDS: &str = "PERF_WORKER_RECORDS";
/// What is counted, or how.
pub const WORKER_COUNT: &str = "PERF_WORKER_COUNT";
/// Names of the meters that are read, one a line.
pub const WORKER_METERS: &str = "PERF_WORKER_METERS";
/// What `prove` adds to calls, or changes of limits, one mutation a line.
pub const WORKER_MUTATE: &str = "PERF_WORKER_MUTATE";
/// How the names of callgrind's dump files begin; the process runs under callgrind.
pub const WORKER_CALLGRIND: &str = "PERF_WORKER_CALLGRIND";
/// The process that started this one to measure.
pub const WORKER_SUPERVISOR: &str = "PERF_WORKER_SUPERVISOR";
/// Set by nextest: the process runs one test.
pub const NEXTEST: &str = "NEXTEST";
/// Set by nextest: the name of the run.
pub const NEXTEST_RUN_ID: &str = "NEXTEST_RUN_ID";
/// Set by CI services, unless it is `false` or `0`.
pub const CI: &str = "CI";
/// How many tests run at once, as libtest reads it.
pub const TEST_THREADS: &str = "RUST_TEST_THREADS";
/// Whether what passing tests print is shown, as libtest reads it.
pub const TEST_NOCAPTURE: &str = "RUST_TEST_NOCAPTURE";
