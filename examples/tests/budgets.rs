//! Budgets in an ordinary integration test: the standard harness runs them
//! beside the plain tests, one at a time.

use std::path::PathBuf;
use std::process::{Command, Output};
use std::sync::LazyLock;

use examples::guard::{Error, Report};
use examples::{Cache, Guard, Lockfile, Patterns};
use perf_runtime::{CountingAllocator, perf_budget};
use tempfile::TempDir;

// One line, and memory can be limited in this target.
#[global_allocator]
static ALLOC: CountingAllocator = CountingAllocator::system();

/// A service with 50 packages from the registry. It is read before anything is
/// measured, because a budget is for checking it.
static SERVICE: LazyLock<Lockfile> =
    LazyLock::new(|| read(include_str!("../fixtures/service-50.lock")));

fn read(text: &str) -> Lockfile {
    Lockfile::parse(text).expect("the fixture is a lock file")
}

fn new_guard() -> Guard {
    Guard::new(Cache::in_memory().expect("SQLite opens in memory"))
}

/// A guard that has accepted the service.
fn guard() -> Guard {
    let mut guard = new_guard();
    guard.accept(&SERVICE).expect("an empty cache takes it");
    guard
}

/// A budget test is an ordinary test, and ordinary tests stand beside it.
#[test]
fn the_batch_of_the_budgets_has_50_packages() {
    let report = guard().check(&SERVICE).expect("the cache can be read");
    assert_eq!(report.to_string(), "50 packages, 0 findings");
}

/// `fn(&mut T)`: the guard is made once, and every call finds it warm.
#[perf_budget(
    p95 = "1ms",
    max = "5s",
    setup = guard,
    class = "standard",
    group = "batch",
    id = "PERF003",
    message = "people wait for this one before every commit"
)]
fn a_batch_of_50_packages_is_checked(guard: &mut Guard) -> Result<Report, Error> {
    guard.check(&SERVICE)
}

/// The same without the map in front of the table: fifty queries. The report
/// of an honest lock file holds nothing, and so does the call.
#[perf_budget(p95 = "10ms", max = "5s", setup = guard, class = "complex", group = "batch")]
fn a_batch_of_50_packages_is_checked_uncached(guard: &mut Guard) -> Result<Report, Error> {
    guard.forget_recent();
    guard.check(&SERVICE)
}

/// No growth: a batch after the first leaves no byte behind.
#[perf_budget(retained = "0B", mem = "1KB", setup = guard, group = "memory")]
fn repeated_batches_leave_nothing_behind(guard: &mut Guard) -> Result<Report, Error> {
    guard.check(&SERVICE)
}

/// `fn(T)`: every call gets its own guard, made outside the timing, and
/// finds nothing in memory. It returns the guard, so that closing the database
/// is outside too. `first` is about the first call of a process, typically: each
/// process that is started for it makes one.
#[perf_budget(first = "20ms", p90 = "20ms", setup = guard, warmup = 3, tags = ["cold"], group = "batch")]
fn the_first_batch_of_a_guard_is_not_slow(mut guard: Guard) -> Result<(Guard, Report), Error> {
    let report = guard.check(&SERVICE)?;
    Ok((guard, report))
}

/// What a guard takes once it is made, and at most while it is made. SQLite is
/// a C library with its own heap, which no Rust allocator sees.
#[perf_budget(retained = "75KB", mem = "100KB", group = "memory", id = "PERF005")]
fn a_guard_is_light() -> Guard {
    new_guard()
}

/// The cost of a session: fifty guards at the same time, each with its own
/// patterns.
#[perf_budget(retained = "3.5MB", mem = "3.5MB", p90 = "500ms", group = "memory")]
fn fifty_guards_fit() -> Vec<Guard> {
    (0..50).map(|_| new_guard()).collect()
}

/// The round numbers of a requirement: an operation needs less than 50 MB at its
/// peak, and fifty sessions less than 100 MB. The budgets above are close to
/// the truth; these say what was promised.
#[perf_budget(mem = "50MB", group = "memory", id = "PERF012")]
fn a_platform_is_read_within_its_memory() -> Lockfile {
    read(include_str!("../fixtures/platform-300.lock"))
}

#[perf_budget(retained = "100MB", group = "memory", id = "PERF013")]
fn fifty_sessions_are_cheap() -> Vec<Guard> {
    (0..50).map(|_| guard()).collect()
}

/// `growth`: what stays behind when the function is called again and again. A
/// leak grows with the calls; the map in front of the table fills up and stops.
#[perf_budget(growth = "10MB", setup = guard, group = "memory", id = "PERF014")]
fn a_thousand_batches_do_not_grow(guard: &mut Guard) -> Result<Report, Error> {
    guard.check(&SERVICE)
}

/// What the whole process holds, libraries in C included. The system says so,
/// and much besides the function has a part in it, so a breach only warns.
#[perf_budget(rss = "200MB", setup = guard, group = "memory", tags = ["process"])]
fn a_batch_needs_little_of_the_machine(guard: &mut Guard) -> Result<Report, Error> {
    guard.check(&SERVICE)
}

/// Instructions hardly depend on the machine. Where no processor counts them,
/// `cargo xtask perf --instructions` does so under valgrind; `mode = "soft"`,
/// so that nothing fails where neither is there.
#[perf_budget(instructions = 20_000_000, mode = "soft", setup = guard, group = "batch")]
fn a_batch_takes_few_instructions(guard: &mut Guard) -> Result<Report, Error> {
    guard.check(&SERVICE)
}

/// No lock that another thread holds, no read that blocks. Linux counts how often a
/// call waits; `mode = "soft"`, so that nothing fails elsewhere.
#[perf_budget(switches = 0, mode = "soft", setup = guard, group = "batch")]
fn a_batch_waits_for_nothing(guard: &mut Guard) -> Result<Report, Error> {
    guard.check(&SERVICE)
}

/// The memory of threads that a call starts is its own. Time spent waiting for
/// the threads counts on any clock but `cpu`.
#[perf_budget(
    p90 = "50ms",
    mem = "10KB",
    clock = "wall",
    setup = Patterns::popular,
    tags = ["threads"],
    group = "match"
)]
fn four_threads_share_the_patterns(patterns: &Patterns) -> usize {
    let names: Vec<&str> = SERVICE.foreign().map(|package| &*package.name).collect();
    std::thread::scope(|scope| {
        let workers: Vec<_> = names
            .chunks(names.len().div_ceil(4))
            .map(|part| {
                scope.spawn(move || {
                    part.iter()
                        .filter(|name| patterns.resembles(name).is_some())
                        .count()
                })
            })
            .collect();
        workers
            .into_iter()
            .map(|worker| worker.join().expect("it does not panic"))
            .sum()
    })
}

/// A cache in a file, with its folder.
fn on_disk() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("there is a place for temporary files");
    let path = folder.path().join("guard.sqlite");
    let mut guard = Guard::new(Cache::open(&path).expect("it can be made"));
    guard.accept(&SERVICE).expect("an empty cache takes it");
    (folder, path)
}

/// Waiting for a disk is part of the call: `wall` and the default `clean` clock
/// count it. `tags` let a machine with a slow disk leave it out.
#[perf_budget(p95 = "50ms", setup = on_disk, clock = "wall", tags = ["disk"], group = "lookup")]
fn a_lookup_in_a_file_just_opened(
    (_folder, path): &(TempDir, PathBuf),
) -> Result<bool, rusqlite::Error> {
    Ok(Cache::open(path)?.lookup("serde")?.is_some())
}

/// A whole process, from its start to its end.
#[perf_budget(p90 = "100ms", warmup = 2, max_time = "2s", clock = "wall", tags = ["process"], id = "PERF008")]
fn the_program_says_what_it_does() -> std::io::Result<Output> {
    Command::new(env!("CARGO_BIN_EXE_dependency-guard"))
        .arg("--help")
        .output()
}

/// Cold start: a function that returns a `Command`. The program is started for
/// each call, and its time, its processor time and what it held are limited;
/// if it says that it failed, so does the case. The user who types its name waits by
/// the clock on the wall.
#[perf_budget(
    p50 = "100ms",
    max = "5s",
    cpu = "200ms",
    rss = "100MB",
    clock = "wall",
    group = "start",
    tags = ["process"],
    id = "PERF023"
)]
fn the_program_starts() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_dependency-guard"));
    command.arg("--help");
    command
}

/// The same of a command that has something to do.
#[perf_budget(p50 = "1s", max = "5s", rss = "100MB", clock = "wall", group = "start", tags = ["process"])]
fn the_program_checks_a_platform() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_dependency-guard"));
    command.arg(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/fixtures/platform-300.lock"
    ));
    command
}

/// This is what a broken budget looks like. `mode = "soft"` makes it a warning;
/// `hard`, which is the default, would fail the test. Both limits are several
/// times too tight on every machine and in every build.
#[perf_budget(
    p50 = "50us",
    allocs = 500,
    mode = "soft",
    message = "it is over on purpose: the example of a warning",
    group = "demonstration"
)]
fn over_budget_on_purpose_to_show_a_warning() -> Lockfile {
    read(include_str!("../fixtures/platform-300.lock"))
}

/// It is listed and not run: `cargo test -- --ignored` does.
#[perf_budget(
    p50 = "20s",
    setup = guard,
    warmup = 1,
    max_time = "2min",
    ignore = "it takes a minute",
    tags = ["slow"]
)]
fn ten_thousand_uncached_batches(guard: &mut Guard) -> Result<(), Error> {
    (0..10_000).try_for_each(|_| {
        guard.forget_recent();
        guard.check(&SERVICE).map(drop)
    })
}
