//! The machine itself does harm: folders, clocks and signals.

use std::process::Command;
use std::time::{Duration, Instant};

use super::{Attack, LONGEST, Patience, each, in_time};
use crate::project::{Ran, skipped};

/// The command in a mount namespace, where these have been mounted; none where the system
/// gives no such namespace.
fn mounted(command: &Command, mounts: &str) -> Option<Command> {
    const SPACE: [&str; 2] = ["--map-root-user", "--mount"];
    let there = Command::new("unshare").args(SPACE).arg("true").status();
    if !there.is_ok_and(|status| status.success()) {
        skipped("no mount namespace can be made");
        return None;
    }
    let mut mounted = Command::new("unshare");
    mounted
        .args(SPACE)
        .args(["sh", "-c", &format!("{mounts} && exec \"$@\""), "sh"]);
    mounted.arg(command.get_program()).args(command.get_args());
    mounted.envs(
        command
            .get_envs()
            .filter_map(|(name, value)| Some((name, value?))),
    );
    for (name, _) in command.get_envs().filter(|(_, value)| value.is_none()) {
        mounted.env_remove(name);
    }
    mounted.current_dir(command.get_current_dir().expect("it has a folder"));
    Some(mounted)
}

#[test]
#[ignore = "takes minutes: each attack in a separate run"]
fn a_folder_that_takes_nothing_changes_no_verdict_and_is_named() {
    let all = [
        // Full, without room for one more name, only to be read, and no folder at all.
        (
            "full",
            "mkdir -p OUT && mount -t tmpfs -o size=16k none OUT",
        ),
        (
            "full-of-names",
            "mkdir -p OUT && mount -t tmpfs -o nr_inodes=3 none OUT",
        ),
        ("read-only", "mkdir -p OUT && mount -t tmpfs -o ro none OUT"),
        ("a-loop", "mkdir -p OUT && ln -sfn runs OUT/runs"),
        ("no-sockets", "mount -t tmpfs -o nr_inodes=1 none TMP"),
    ];
    each(&all, |(name, mounts)| {
        let attack = Attack::new(name, Patience::Long);
        let page = attack.project.path().join("report.json");
        let command = attack.perf(
            &format!("run --test attacked --output json={}", page.display()),
            &[],
        );
        let mounts = mounts
            .replace("OUT", &attack.project.out_dir().display().to_string())
            .replace("TMP", &attack.temporary.display().to_string());
        let Some(command) = mounted(&command, &mounts) else {
            return;
        };
        let ran = in_time(command).ended_with(0);
        let text = std::fs::read_to_string(&page).expect("the report stands elsewhere");
        let report: serde_json::Value = serde_json::from_str(&text).expect("JSON");
        assert_eq!(report["tally"]["passed"], 7, "{}", ran.text());
        let folder = attack.project.out_dir().display().to_string();
        assert!(
            name == "no-sockets" || ran.text().contains(&folder),
            "{}",
            ran.text()
        );
        attack.leaves_nothing(&ran);
    });
}

/// A library that stands before the system's: the day is another one at each reading,
/// and in a process that measures an hour passes at once.
const CLOCK: &str = r#"
#define _GNU_SOURCE
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>
int clock_gettime(clockid_t clock, struct timespec *time) {
    static long readings;
    int result = syscall(SYS_clock_gettime, clock, time);
    long reading = __atomic_add_fetch(&readings, 1, __ATOMIC_RELAXED);
    if (clock == CLOCK_REALTIME) time->tv_sec += (reading % 3 - 1) * 400L * 86400L;
    const char *jump = getenv("CHAOS_JUMP");
    if (clock == CLOCK_MONOTONIC && jump && getenv("PERF_WORKER") && reading > 20000) time->tv_sec += atol(jump);
    return result;
}
"#;

#[test]
#[ignore = "takes minutes: each attack in a separate run"]
fn a_clock_that_jumps_breaks_no_budget() {
    let attack = Attack::new("clock", Patience::Long);
    let (source, library) = (
        attack.project.path().join("clock.c"),
        attack.project.path().join("clock.so"),
    );
    std::fs::write(&source, CLOCK).expect("written");
    let built = Command::new("cc")
        .args(["-shared", "-fPIC", "-O1", "-o"])
        .args([&library, &source])
        .status();
    if !built.is_ok_and(|status| status.success()) {
        return skipped("there is no C compiler");
    }
    let library = library.display().to_string();
    for jump in [None, Some("5"), Some("3600")] {
        let mut variables = vec![("LD_PRELOAD", &*library)];
        variables.extend(jump.map(|seconds| ("CHAOS_JUMP", seconds)));
        let (report, ran) = attack.run(&variables);
        let tally = &report["tally"];
        match jump {
            None => assert_eq!(tally["passed"], 9, "{}", ran.text()),
            // A case is out of time, or was called when it happened.
            Some(_) => assert_eq!(tally["limits"], 9, "{}", ran.text()),
        }
        attack.leaves_nothing(&ran);
    }
}

#[test]
#[ignore = "takes minutes: each attack in a separate run"]
fn a_run_that_is_ended_from_outside_leaves_nothing_and_says_what_was_judged() {
    each(&["INT", "TERM", "KILL"], |signal| {
        let attack = Attack::new(signal, Patience::Long);
        let mut command = attack.perf("run --test attacked --test beside", &[("CHAOS", "slow")]);
        command
            .stdout(std::process::Stdio::piped())
            .stderr(std::process::Stdio::piped());
        let program = command.spawn().expect("it starts");
        let began = Instant::now();
        // The worker is there: it has judged a case. The file of the run is written before.
        let is_case = |record: &serde_json::Value| record["case"].is_object();
        while !attack.project.records().iter().any(is_case) && began.elapsed() < LONGEST {
            std::thread::sleep(Duration::from_millis(20));
        }
        let sent = Command::new("kill")
            .args(["-s", signal, &program.id().to_string()])
            .status();
        assert!(sent.is_ok_and(|status| status.success()), "no signal");
        let output = program.wait_with_output().expect("it ends");
        let ran = Ran {
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
            code: output.status.code(),
        };
        if signal != "KILL" {
            assert_eq!(ran.code, Some(130), "{}", ran.text());
            assert!(ran.text().contains("9 limits ="), "{}", ran.text());
        }
        attack.leaves_nothing(&ran);
    });
}
