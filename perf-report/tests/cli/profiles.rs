//! Profiles: of broken time limits by themselves, and of any case on request. The played
//! worker is sampled as any process is.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::connection::{next_command, say};
use crate::deaths;
use crate::fake::{FOLDER, turns, variable};
use crate::program::Workspace;

pub(crate) const TESTS: &[(&str, fn())] = &[
    (
        "a run without a broken time limit starts nothing more and writes no profile",
        no_broken_limit_is_not_profiled,
    ),
    (
        "a broken time limit is profiled, unless that is left out",
        a_broken_limit_is_profiled,
    ),
    (
        "what keeps a case from being profiled changes no verdict",
        a_profile_that_fails_changes_nothing,
    ),
    (
        "any case is profiled on request, which is no run",
        any_case_is_profiled_on_request,
    ),
    (
        "a stored profile that is broken is named, and changes no exit code",
        a_broken_profile_is_named,
    ),
];

/// How the played worker is profiled; one that is not told to is an old one.
pub(crate) const HOW: &str = "PERF_FAKE_PROFILE";
const STORED: &str = "target/perf/runs/r1/profiles/app.slow.json";
/// The file of the workspace in which the played worker notes, for each request, what its
/// calls had of a processor, in nanoseconds.
const HAD: &str = "processor-time";

/// Plays the task `bursts`.
pub(crate) fn serve(package: &str, ids: &[&str]) {
    let how = variable(HOW);
    writeln!(turns(), "bursts {package} {}", ids.join(" ")).expect("written");
    say(&match &*how {
        "" => json!({"t": "ready"}),
        _ => json!({"t": "ready", "process": std::process::id()}),
    });
    while let Some(line) = next_command() {
        let words: Vec<&str> = line.split(' ').collect();
        let id = *words.last().expect("a word");
        match (words[0], &*how) {
            ("warm", _) => say(&json!({"t": "warm", "id": id, "typical_ns": 20e6, "calls": 20})),
            ("profile", "dies") => std::process::abort(),
            ("profile", "hangs") => deaths::wait(),
            ("profile", "panics") => {
                say(&json!({"t": "failed", "id": id, "kind": "panic", "text": "oh"}));
            }
            ("profile", _) => say(&profiled(id, words[1].parse().expect("a number"))),
            _ => return,
        }
    }
}

/// Makes calls of 20 ms.
fn profiled(id: &str, units: usize) -> Value {
    let (start, had) = (now_ns(), processor_ns());
    let timed: Vec<[u64; 2]> = (0..units)
        .map(|_| {
            let at = now_ns();
            works();
            [at - start, now_ns() - at]
        })
        .collect();
    let path = std::path::PathBuf::from(variable(FOLDER)).join(HAD);
    let mut file = OpenOptions::new().create(true).append(true).open(path);
    let file = file.as_mut().expect("it can be written");
    writeln!(file, "{}", processor_ns() - had).expect("written");
    let slowest = timed.iter().enumerate().max_by_key(|(_, [_, ns])| *ns);
    let (index, [_, ns]) = slowest.expect("one call or more");
    json!({
        "t": "profiled", "id": id, "thread": thread(), "start_ns": start, "batch": 1, "queued_ns": 0, "timed": timed,
        "worst": {"index": index, "ns": ns, "cpu_ns": ns, "waited_ns": 0, "page_faults": 1, "voluntary_switches": null, "involuntary_switches": 0},
    })
}

#[inline(never)]
fn works() {
    let start = Instant::now();
    while start.elapsed() < Duration::from_millis(20) {
        std::hint::black_box(start);
    }
}

/// By CLOCK_MONOTONIC.
#[cfg(target_os = "linux")]
fn now_ns() -> u64 {
    by(nix::time::ClockId::CLOCK_MONOTONIC)
}

/// Processor time of this thread.
#[cfg(target_os = "linux")]
fn processor_ns() -> u64 {
    by(nix::time::ClockId::CLOCK_THREAD_CPUTIME_ID)
}

#[cfg(target_os = "linux")]
fn by(clock: nix::time::ClockId) -> u64 {
    let now = nix::time::clock_gettime(clock).expect("a clock");
    u64::try_from(Duration::from(now).as_nanos()).expect("less than 584 years")
}

#[cfg(not(target_os = "linux"))]
fn now_ns() -> u64 {
    0
}

#[cfg(not(target_os = "linux"))]
fn processor_ns() -> u64 {
    0
}

/// The number of this thread.
fn thread() -> Option<u32> {
    let this = std::fs::read_link("/proc/thread-self").ok()?;
    this.file_name()?.to_str()?.parse().ok()
}

fn no_broken_limit_is_not_profiled() {
    for scenario in ["sound", "undecided"] {
        let workspace = Workspace::new(scenario);
        let outcome = workspace.with(&[(HOW, "works")]).call("perf");
        outcome.shows(0, &[]);
        assert!(!outcome.err.contains("profiling"), "{}", outcome.err);
        let told = workspace.read("turns");
        assert!(!told.is_empty() && !told.contains("bursts"), "{told}");
        assert!(!workspace.path("target/perf/runs/r1/profiles").exists());
    }
}

fn a_broken_limit_is_profiled() {
    let workspace = Workspace::new("warn");
    let left_out = workspace.with(&[(HOW, "works")]).call("perf --no-profile");
    left_out.shows(0, &["app::slow"]);
    assert!(!workspace.read("turns").contains("bursts"));
    assert!(!workspace.path(STORED).exists());

    let workspace = Workspace::new("fail");
    let outcome = workspace.with(&[(HOW, "works")]).call("perf");
    outcome.shows(1, &["profiling app::slow, whose time limit is broken"]);
    assert!(workspace.read("turns").contains("bursts app app::slow\n"));
    let profile: Value = serde_json::from_str(&workspace.read(STORED)).expect("a profile");
    assert_eq!(profile["case"], "app::slow");
    let samples = profile["samples"].as_array().expect("a list");
    if can_sample() {
        let functions = profile["frames"].to_string();
        // More than 100 of each second on a processor, of which a busy machine gives less.
        let had = workspace.read(HAD);
        let had_ns = had
            .lines()
            .map(|line| line.parse::<u64>().expect("a number"));
        let had_ms = had_ns.sum::<u64>() / 1_000_000;
        let found = samples.len() as u64;
        assert!(found > had_ms / 10, "{found} samples of {had_ms} ms");
        assert!(functions.contains("profiles::works"), "{functions}");
        let threads = profile["threads"].as_array().expect("a list");
        assert!(
            threads.iter().any(|thread| thread["is_caller"] == true),
            "{threads:?}"
        );
    }
    // The same again without measuring.
    let told = workspace.read("turns");
    workspace.call("perf report").shows(1, &["app::slow"]);
    assert_eq!(workspace.read("turns"), told);
}

fn a_profile_that_fails_changes_nothing() {
    #[track_caller]
    fn check(how: &str, why: &str) {
        let workspace = Workspace::new("warn");
        let variables = [(HOW, how), ("PERF_DEADLINE", "5s")];
        workspace
            .with(&variables)
            .call("perf")
            .shows(0, &["6 limits = 5 passed + 0 waived + 1 warned"]);
        let profile: Value = serde_json::from_str(&workspace.read(STORED)).expect("a profile");
        assert_eq!(profile["samples"], json!([]));
        let unseen = profile["unseen"].as_array().expect("a list");
        let [unseen] = unseen.as_slice() else {
            panic!("{unseen:?}")
        };
        assert!(
            !can_sample() || unseen.to_string().contains(why),
            "{unseen}"
        );
    }
    check("", "its perf-runtime is older than profiles");
    check("dies", "was killed by SIGABRT");
    check("hangs", "gave no answer for 5 s");
    check("panics", "the function panicked: oh");
}

fn any_case_is_profiled_on_request() {
    let workspace = Workspace::new("sound");
    let outcome = workspace
        .with(&[(HOW, "works")])
        .call("perf profile app::fast");
    let stored = "target/perf/profiles/app.fast.json";
    if can_sample() {
        outcome.shows(0, &["profiles: target/perf/profiles"]);
    }
    let profile: Value = serde_json::from_str(&workspace.read(stored)).expect("a profile");
    assert_eq!(profile["case"], "app::fast");
    assert!(!workspace.path("target/perf/runs").exists());

    // Nothing was seen: then that is the answer.
    workspace
        .call("perf profile fast")
        .shows(4, &["profiles: target/perf/profiles"]);
    workspace
        .call("perf profile nothing")
        .shows(2, &["nothing"]);
    workspace.call("perf profile").shows(2, &["<CASE>"]);
}

fn a_broken_profile_is_named() {
    let workspace = Workspace::new("warn");
    workspace.call("perf --no-profile").shows(0, &[]);
    std::fs::create_dir(workspace.path("target/perf/runs/r1/profiles")).expect("made");
    workspace.write(STORED, "{\n  \"schema\": 1,\n  oops");
    let place = "profiles/app.slow.json:3:3: ";
    workspace.call("perf report").shows(0, &[place]);
}

/// Whether processes are sampled on this system. Where it does not allow that, the
/// sampler's own tests say so.
fn can_sample() -> bool {
    cfg!(all(
        target_os = "linux",
        any(target_arch = "x86_64", target_arch = "aarch64")
    ))
}
