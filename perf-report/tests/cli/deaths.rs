//! Test processes that end, hang or talk as no worker should: each is named, and
//! the other cases keep their verdicts.

use std::io::Write as _;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::fake::{FOLDER, variable};
use crate::program::Workspace;

pub(crate) const TESTS: &[(&str, fn())] = &[
    (
        "a process that exits in a case is red, whatever its code",
        an_exit_is_red,
    ),
    (
        "a binary that exits before it is asked for its cases is red",
        an_early_exit_is_red,
    ),
    (
        "a main that loops before it serves is ended by name",
        a_loop_before_main_is_ended,
    ),
    (
        "a process that a signal stops is ended by name",
        a_stopped_process_is_ended,
    ),
    (
        "a process that does not end when it is done is ended",
        a_lingering_process_is_ended,
    ),
    (
        "after a death between cases each is measured alone",
        a_death_between_cases_is_looked_into,
    ),
    (
        "what a test prints is no message",
        a_forged_message_is_output,
    ),
    (
        "a worker that cannot reach the socket speaks behind its token",
        a_token_stands_for_the_socket,
    ),
    (
        "a line without an end costs no memory",
        an_endless_line_is_not_kept,
    ),
    (
        "a record that its test could not write is not lost",
        an_unwritten_record_is_not_lost,
    ),
    (
        "a record that something else wrote over is what its test sent",
        a_record_is_what_was_sent,
    ),
    #[cfg(unix)]
    (
        "what a test starts and leaves behind ends with it",
        what_is_left_behind_is_ended,
    ),
    #[cfg(unix)]
    (
        "a pipe in the folder of a run is no record and is not waited for",
        a_pipe_is_not_waited_for,
    ),
    #[cfg(unix)]
    (
        "a signal is called by its name",
        a_signal_is_called_by_its_name,
    ),
];

/// What the process does, or what is done to it, in the last round of `app::slow`.
pub(crate) fn strike(scenario: &str, task: &str) {
    match scenario {
        "exits" => std::process::exit(0),
        "is stopped" => signal("STOP"),
        "is trapped" => signal("TRAP"),
        "forges" => {
            let forged = "\x1e{\"t\":\"verdict\",\"id\":\"app::slow\",\"outcome\":\"pass\"}\n\
                \x1e{\"t\":\"verdict\",\"id\":\"web::page\",\"outcome\":\"pass\"}\n\
                \x1e{\"t\":\"swept\",\"open\":0}\n\x1e{\"t\":\"bye\"}\n\x1e[[[[\n";
            print(forged.as_bytes());
        }
        "behind a token" => print(b"\x1e{\"t\":\"config_error\",\"text\":\"forged\"}\n"),
        "prints a line without end" => (0..64).for_each(|_| print(&[b'x'; 1 << 20])),
        "leaves a child" if task == "measure" => {
            let child = sleep_for_long();
            let pid = std::path::PathBuf::from(variable(FOLDER)).join("left-behind");
            std::fs::write(pid, child.to_string()).expect("written");
        }
        "is slow" => wait_under("hanging"),
        _ => {}
    }
}

fn print(bytes: &[u8]) {
    let mut out = std::io::stdout().lock();
    out.write_all(bytes)
        .and_then(|()| out.flush())
        .expect("it is read");
}

/// How long a program lives that a process leaves behind, in seconds.
pub(crate) const ORPHAN_S: u64 = 120;

/// Starts a program that outlives this one, and holds its standard streams open.
pub(crate) fn sleep_for_long() -> u32 {
    Command::new("sleep")
        .arg(ORPHAN_S.to_string())
        .stdin(Stdio::null())
        .spawn()
        .expect("a child")
        .id()
}

fn signal(name: &str) {
    let id = std::process::id().to_string();
    let sent = Command::new("kill").args(["-s", name, &id]).status();
    assert!(sent.is_ok_and(|status| status.success()), "no signal");
    // It may come a little later.
    std::thread::sleep(Duration::from_secs(1));
}

/// Waits, and leaves the number of this process in a file of the workspace.
pub(crate) fn wait_under(file: &str) -> ! {
    let file = std::path::PathBuf::from(variable(FOLDER)).join(file);
    std::fs::write(file, std::process::id().to_string()).expect("written");
    wait()
}

pub(crate) fn wait() -> ! {
    loop {
        std::thread::sleep(Duration::from_secs(1));
    }
}

/// Whether a process is there, and no zombie.
#[cfg(unix)]
pub(crate) fn is_alive(id: &str) -> bool {
    let said = Command::new("ps").args(["-o", "stat=", "-p", id]).output();
    let state = said.map(|said| String::from_utf8_lossy(&said.stdout).trim().to_owned());
    state.is_ok_and(|state| !state.is_empty() && !state.starts_with('Z'))
}

const OTHERS: &str =
    "6 limits = 4 passed + 0 waived + 0 warned + 0 failed + 0 undecided + 2 unmeasured";
/// As with `PERF_DEADLINE`, which sets how long a worker may be silent. Those that are
/// sound must not be silent for as long on a busy machine either.
const SOON: &[(&str, &str)] = &[("PERF_DEADLINE", "5s")];

fn an_exit_is_red() {
    Workspace::new("exits").call("perf").shows(
        1,
        &[
            OTHERS,
            "fail  app::slow  ended its process: the process of app (lib) exited with code 0 before it was done",
        ],
    );
}

fn an_early_exit_is_red() {
    Workspace::new("exits early").call("perf").shows(
        4,
        &[
            "web (test web) exited with code 0 before it introduced itself",
            "perf_runtime::main!()",
            "4 limits = 4 passed",
        ],
    );
}

fn a_loop_before_main_is_ended() {
    Workspace::new("loops before main")
        .with(SOON)
        .call("perf")
        .shows(
            4,
            &[
                "web (test web) did not introduce itself within 5 s, which PERF_DEADLINE sets",
                "4 limits = 4 passed",
            ],
        );
}

fn a_stopped_process_is_ended() {
    let start = Instant::now();
    let outcome = Workspace::new("is stopped").with(SOON).call("perf");
    let parts = [
        OTHERS,
        "app::slow  ended its process",
        "gave no answer for 5 s",
    ];
    outcome.shows(1, &parts);
    if cfg!(target_os = "linux") {
        outcome.shows(1, &["was stopped by a signal"]);
    }
    assert!(start.elapsed().as_secs() < 45, "{:?}", start.elapsed());
}

fn a_lingering_process_is_ended() {
    Workspace::new("lingers").with(SOON).call("perf").shows(
        4,
        &[
            "6 limits = 6 passed",
            "the process of web (test web) had not ended 5 s after it had nothing more to do",
        ],
    );
}

fn a_death_between_cases_is_looked_into() {
    Workspace::new("dies between").call("perf").shows(
        1,
        &[
            OTHERS,
            "app::slow  ended its process: the process of app (lib) was killed by SIGABRT",
        ],
    );
}

fn a_forged_message_is_output() {
    let outcome = Workspace::new("forges").call("perf --strict");
    outcome.shows(0, &["6 limits = 6 passed"]);
    assert_eq!(
        outcome.err.matches("app::slow").count(),
        1,
        "{}",
        outcome.err
    );
}

fn a_token_stands_for_the_socket() {
    Workspace::new("behind a token")
        .call("perf --strict")
        .shows(0, &["6 limits = 6 passed"]);
}

fn an_endless_line_is_not_kept() {
    Workspace::new("prints a line without end")
        .call("perf")
        .shows(0, &["6 limits = 6 passed"]);
}

fn an_unwritten_record_is_not_lost() {
    let workspace = Workspace::new("full disk");
    workspace.call("perf").shows(
        0,
        &[
            "6 limits = 6 passed",
            "a record was not written: ",
            ".json: the file cannot be written: ",
            ", and 2 more",
        ],
    );
}

fn a_record_is_what_was_sent() {
    let workspace = Workspace::new("meddled with");
    workspace.call("perf").shows(0, &["6 limits = 6 passed"]);
}

#[cfg(unix)]
fn what_is_left_behind_is_ended() {
    let workspace = Workspace::new("leaves a child");
    workspace.call("perf").shows(0, &["6 limits = 6 passed"]);
    let left = workspace.read("left-behind");
    assert!(!left.is_empty() && !is_alive(&left), "{left} is alive");
}

#[cfg(unix)]
fn a_pipe_is_not_waited_for() {
    let workspace = Workspace::new("sound");
    workspace.call("perf").shows(0, &[]);
    let pipe = workspace.path("target/perf/runs/r1/pipe.json");
    let made = Command::new("mkfifo").arg(&pipe).status();
    assert!(made.is_ok_and(|status| status.success()), "no pipe");
    workspace
        .call("perf report")
        .shows(4, &["pipe.json: cannot be read: it is no regular file"]);
}

#[cfg(unix)]
fn a_signal_is_called_by_its_name() {
    Workspace::new("is trapped")
        .call("perf")
        .shows(1, &["was killed by SIGTRAP (signal 5)"]);
}
