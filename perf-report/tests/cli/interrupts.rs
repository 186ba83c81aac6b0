//! Signals to the program: what it started ends, and what was judged is told.

use std::io::{BufRead as _, BufReader, Read as _};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant, SystemTime};

use crate::deaths::is_alive;
use crate::init::{files, fresh};
use crate::profiles;
use crate::program::Workspace;

pub(crate) const TESTS: &[(&str, fn())] = &[
    (
        "Ctrl-C tells what was judged and where the records lie",
        what_was_judged_is_told,
    ),
    ("SIGTERM ends the cargo that builds", the_build_is_ended),
    (
        "a signal while the first budget is built leaves every file as it was",
        init_is_undone,
    ),
    (
        "Ctrl-C ends a profile, and what was judged stands",
        a_profile_is_ended,
    ),
    (
        "a run that was killed is not whole for any verb that reads it",
        a_killed_run_is_not_whole,
    ),
    (
        "a run removes what one left that was killed before its workers were there",
        a_killed_run_leaves_nothing,
    ),
];

/// How long anything may take that takes a moment where nothing is wrong: less than the
/// minute for which a worker may be silent.
const HANGS_S: u64 = 45;

/// What became of the program, and of what it had started.
struct Ended {
    code: Option<i32>,
    out: String,
    err: String,
}

/// Starts the program, waits until it is ready, which takes some of its standard
/// error, and sends it a signal.
fn interrupt(command: &mut Command, signal: &str, ready: impl Fn(&mut Child) -> String) -> Ended {
    let mut program = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it starts");
    let mut err = ready(&mut program);
    let id = program.id().to_string();
    let sent = Command::new("kill").args(["-s", signal, &id]).status();
    assert!(sent.is_ok_and(|status| status.success()), "no signal");
    let start = Instant::now();
    let mut out = String::new();
    if let Some(mut pipe) = program.stdout.take() {
        pipe.read_to_string(&mut out).expect("text");
    }
    if let Some(mut pipe) = program.stderr.take() {
        pipe.read_to_string(&mut err).expect("text");
    }
    let status = program.wait().expect("it ends");
    assert!(start.elapsed().as_secs() < HANGS_S, "{:?}", start.elapsed());
    Ended {
        code: status.code(),
        out,
        err,
    }
}

/// The process that a played program has written its number of.
fn number(workspace: &Workspace, file: &str) -> String {
    let start = Instant::now();
    loop {
        let number = workspace.read(file);
        if !number.is_empty() || start.elapsed().as_secs() > HANGS_S {
            return number;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// A worker that hangs outlives the program which cannot end it any more.
fn end_outliving_worker(workspace: &Workspace, file: &str) {
    let worker = number(workspace, file);
    let sent = Command::new("kill").args(["-9", &worker]).status();
    assert!(sent.is_ok_and(|status| status.success()), "no signal");
}

/// Waits until the first case of a binary is settled, the second of which hangs.
fn first_settled(program: &mut Child) -> String {
    said(program, "pass app::fast")
}

/// Waits until the program says something.
fn said(program: &mut Child, part: &str) -> String {
    let mut said = BufReader::new(program.stderr.as_mut().expect("a pipe"));
    let mut text = String::new();
    while !text.contains(part) {
        assert!(
            said.read_line(&mut text).is_ok_and(|read| read > 0),
            "{text}"
        );
    }
    text
}

fn a_killed_run_is_not_whole() {
    let workspace = Workspace::new("is slow");
    // A worker that has not begun to hang ends with the connection.
    let hangs = |program: &mut Child| {
        let said = first_settled(program);
        number(&workspace, "hanging");
        said
    };
    let ended = interrupt(&mut workspace.command("perf"), "KILL", hangs);
    end_outliving_worker(&workspace, "hanging");
    assert_eq!(ended.code, None, "{}{}", ended.out, ended.err);
    let lacks = "run r1 was ended before it was whole: ";
    workspace.call("perf report").shows(
        4,
        &[
            lacks,
            " of 3 cases have records; lacking: app::slow",
            "the run was ended before it was measured",
        ],
    );
    for format in ["markdown", "json", "junit"] {
        let line = format!("perf report --format {format}");
        workspace.call(&line).shows(4, &[lacks]);
    }
    workspace.call("perf compare r1 r1").shows(4, &[lacks]);
    #[cfg(feature = "history")]
    {
        let merged = workspace.call("perf merge target/perf/runs --history kept.sqlite3");
        merged.shows(4, &[lacks, "it is left out", "0 runs added"]);
    }
}

fn a_killed_run_leaves_nothing() {
    let mut workspace = Workspace::new("loops before main");
    let temporary = workspace.path("tmp");
    std::fs::create_dir(&temporary).expect("made");
    let left = || std::fs::read_dir(&temporary).expect("it is there").count();
    let command = |workspace: &Workspace| {
        let mut command = workspace.command("perf");
        command.env("TMPDIR", &temporary);
        command
    };
    interrupt(&mut command(&workspace), "KILL", |_| {
        assert!(!number(&workspace, "looping").is_empty(), "no worker");
        // The folder of the other worker goes when that is there.
        let start = Instant::now();
        while left() > 1 && start.elapsed().as_secs() < HANGS_S {
            std::thread::sleep(Duration::from_millis(10));
        }
        String::new()
    });
    end_outliving_worker(&workspace, "looping");
    assert_eq!(left(), 1, "the folder of the worker that never came");
    workspace.play("sound");
    let next = || {
        let next = command(&workspace).output().expect("it starts");
        assert!(next.status.success(), "{next:?}");
        workspace.forget_run();
        left()
    };
    let aged = |seconds| {
        for folder in std::fs::read_dir(&temporary).expect("it is there") {
            let path = folder.expect("an entry").path();
            let folder = std::fs::File::open(path).expect("a folder");
            let earlier = SystemTime::now() - Duration::from_secs(seconds);
            folder.set_modified(earlier).expect("a folder of this user");
        }
    };
    // However long it took to come here.
    aged(0);
    assert_eq!(
        next(),
        1,
        "so new that a worker may be about to be awaited there"
    );
    aged(120);
    assert_eq!(next(), 0);
}

fn what_was_judged_is_told() {
    let workspace = Workspace::new("is slow");
    let ended = interrupt(&mut workspace.command("perf"), "INT", first_settled);
    let both = format!("{}\n{}", ended.out, ended.err);
    assert_eq!(ended.code, Some(130), "{both}");
    for part in [
        "the run was interrupted: ",
        " of 3 cases were measured",
        "records of run r1: target/perf/runs/r1",
        "app::slow",
        "the run was interrupted before it was measured",
    ] {
        assert!(both.contains(part), "no {part:?} in {both}");
    }
    assert!(!both.contains("ended its process"), "{both}");
    assert!(workspace.path("target/perf/runs/r1/app.fast.json").exists());
    let stored = workspace.read("target/perf/runs/r1/run.json");
    assert!(stored.contains("\"interrupted\": true"), "{stored}");
    // It is no sound run later either.
    workspace.call("perf report").shows(4, &["interrupted"]);
}

fn a_profile_is_ended() {
    let workspace = Workspace::new("warn");
    let mut command = workspace.command("perf");
    command.env(profiles::HOW, "hangs");
    let ended = interrupt(&mut command, "INT", |program| {
        said(program, "profiling app::slow")
    });
    let both = format!("{}\n{}", ended.out, ended.err);
    assert_eq!(ended.code, Some(130), "{both}");
    assert!(both.contains("+ 1 warned"), "{both}");
    assert!(!workspace.path("target/perf/runs/r1/profiles").exists());
    // All cases were judged: the run is whole.
    workspace.call("perf report").shows(0, &["+ 1 warned"]);
}

fn init_is_undone() {
    for twice in [false, true] {
        let workspace = fresh("fresh builds for long");
        let before = files(&workspace.path(""));
        let mut command = workspace.command("perf init --yes --git https://example.org/perf");
        let ended = interrupt(&mut command, "TERM", |program| {
            assert!(
                !number(&workspace, "building").is_empty(),
                "no cargo was started"
            );
            assert!(workspace.path("app/tests/perf_budgets.rs").is_file());
            if twice {
                let id = program.id().to_string();
                let sent = Command::new("kill").args(["-s", "TERM", &id]).status();
                assert!(sent.is_ok_and(|status| status.success()), "no signal");
            }
            String::new()
        });
        assert_eq!(ended.code, Some(130), "{}{}", ended.out, ended.err);
        assert_eq!(files(&workspace.path("")), before, "{}", ended.err);
    }
}

fn the_build_is_ended() {
    let workspace = Workspace::new("builds for long");
    let cargo = || number(&workspace, "building");
    let ended = interrupt(&mut workspace.command("perf"), "TERM", |_| {
        assert!(!cargo().is_empty(), "no cargo was started");
        String::new()
    });
    assert_eq!(ended.code, Some(130), "{}{}", ended.out, ended.err);
    assert!(
        ended.err.contains("interrupted: nothing was judged"),
        "{}",
        ended.err
    );
    assert!(!is_alive(&cargo()), "{} is alive", cargo());
    assert!(!workspace.path("target/perf/runs/r1").exists());
}
