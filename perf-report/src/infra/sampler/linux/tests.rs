//! A program that is sampled: this one, started again.

use std::backtrace::Backtrace;
use std::collections::BTreeSet;
use std::hint::black_box;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use nix::libc;

use super::Sampler;
use super::thread::{Blocked, Look, look};
use super::tracer::counted;
use crate::infra::child::Child;
use crate::infra::sampler::{Options, Owners, Sampled};
use crate::model::profile::{Frame, Origin};

/// Asks this test binary to be the program.
const SAMPLED: &str = "PERF_TEST_SAMPLED";
/// How long anything may take that takes a second.
const DEADLINE: Duration = Duration::from_secs(60);
/// Longer than a test may last, also on a machine that is busy.
const NEVER: Duration = Duration::from_secs(86_400);
/// What the program exits with.
const CODE: i32 = 7;

static IS_OVER: AtomicBool = AtomicBool::new(false);
static COUNTED: [AtomicU64; 2] = [AtomicU64::new(0), AtomicU64::new(0)];

/// The program: it says `ready`, works until it is told something, and says what came
/// of it.
#[test]
fn program() {
    if std::env::var_os(SAMPLED).is_none() {
        return;
    }
    let lock = Mutex::new(());
    let (mut here, mut there) = UnixStream::pair().unwrap();
    // A call with a time limit is one that the kernel does not start again after a signal.
    there.set_read_timeout(Some(NEVER)).unwrap();
    thread::scope(|scope| {
        let held = lock.lock().unwrap();
        let busy = scope.spawn(busy);
        scope.spawn(sleeps);
        scope.spawn(|| waits_for_a_lock(&lock));
        let ended = scope.spawn(starts_threads);
        let signals = scope.spawn(sends_itself_signals);
        let read = scope.spawn(move || {
            let mut byte = [0];
            there.read(&mut byte).map_err(|error| error.kind())
        });
        println!("\nready");
        let told = std::io::stdin().lock().read_line(&mut String::new());
        let written = here.write_all(b"x");
        let read = read.join();
        // Before anything may panic: the other threads go on until this.
        IS_OVER.store(true, Ordering::Relaxed);
        drop(held);
        told.unwrap();
        written.unwrap();
        let read = read.unwrap();
        let (calls, sum) = busy.join().unwrap();
        let (threads, sent) = (ended.join().unwrap(), signals.join().unwrap());
        let [usual, applications] = COUNTED
            .each_ref()
            .map(|count| count.load(Ordering::Relaxed));
        println!("\nresult {calls} {sum} {sent} {usual} {applications} {read:?} {threads}");
    });
    std::process::exit(CODE);
}

/// The number of its calls, and the sum of their places.
fn busy() -> (u64, u64) {
    let (mut calls, mut sum) = (0, 0_u64);
    while !IS_OVER.load(Ordering::Relaxed) {
        sum = sum.wrapping_add(adds(calls));
        calls += 1;
    }
    (calls, sum)
}

#[inline(always)]
fn adds(number: u64) -> u64 {
    black_box(number)
}

fn sleeps() {
    while !IS_OVER.load(Ordering::Relaxed) {
        thread::sleep(Duration::from_millis(20));
    }
}

fn waits_for_a_lock(lock: &Mutex<()>) {
    drop(black_box(lock.lock()));
}

/// How many threads it started.
fn starts_threads() -> u64 {
    let mut started = 0;
    while !IS_OVER.load(Ordering::Relaxed) {
        started += 1;
        thread::spawn(short_lived).join().unwrap();
    }
    started
}

fn short_lived() {
    let since = Instant::now();
    while since.elapsed() < Duration::from_millis(3) {
        black_box(adds(1));
    }
}

/// How many of each kind; each is handled before the next is sent.
fn sends_itself_signals() -> u64 {
    extern "C" fn count(signal: libc::c_int) {
        COUNTED[usize::from(signal != libc::SIGUSR1)].fetch_add(1, Ordering::Relaxed);
    }
    let kinds = [libc::SIGUSR1, libc::SIGRTMIN() + 3];
    for signal in kinds {
        let handler = count as extern "C" fn(libc::c_int);
        // SAFETY: the handler does nothing but count.
        unsafe { libc::signal(signal, handler as libc::sighandler_t) };
    }
    let mut sent = 0;
    while !IS_OVER.load(Ordering::Relaxed) {
        for signal in kinds {
            // SAFETY: it has a handler.
            unsafe { libc::raise(signal) };
        }
        sent += 1;
    }
    sent
}

/// The program, which is ready.
struct Program {
    child: Child,
    lines: BufReader<std::process::ChildStdout>,
}

impl Program {
    fn start() -> Program {
        let (_, module) = module_path!().split_once("::").unwrap();
        let mut command = Command::new(std::env::current_exe().unwrap());
        command
            .args(["--exact", &format!("{module}::program")])
            .args(["--test-threads=1", "--nocapture"])
            .env(SAMPLED, "1")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped());
        let mut child = Child::spawn(&mut command).unwrap();
        let stdout = child.take_stdout().unwrap();
        let mut program = Program {
            child,
            lines: BufReader::new(stdout),
        };
        program.line("ready");
        program
    }

    /// The line that begins so.
    fn line(&mut self, beginning: &str) -> String {
        loop {
            let mut line = String::new();
            let length = self.lines.read_line(&mut line).unwrap();
            assert!(length > 0, "the program has ended");
            if line.starts_with(beginning) {
                return line;
            }
        }
    }

    /// Samples it; where that is not permitted, the test says so, and fails in CI.
    fn attach(&self, test: &str, options: Options) -> Option<Sampler> {
        match Sampler::attach(self.child.id(), options) {
            Ok(sampler) => Some(sampler),
            Err(why) if std::env::var_os("CI").is_none() => {
                eprintln!("skipped: {test}: {why}");
                None
            }
            Err(why) => panic!("{why}"),
        }
    }

    fn tell(&mut self) {
        let mut stdin = self.child.take_stdin().unwrap();
        stdin.write_all(b"\n").unwrap();
    }

    /// Its result is what it is without a sampler.
    fn check(mut self) {
        self.tell();
        let line = self.line("result");
        let words: Vec<&str> = line.split_ascii_whitespace().skip(1).collect();
        let [calls, sum, sent, usual, applications, read, threads] = words[..] else {
            panic!("{line}");
        };
        let calls: u64 = calls.parse().unwrap();
        let expected = (u128::from(calls) * u128::from(calls - 1) / 2) as u64;
        assert_eq!(sum, expected.to_string());
        assert_eq!([usual, applications], [sent; 2]);
        assert_eq!(read, "Ok(1)");
        assert!(threads.parse::<u64>().unwrap() > 0);
        assert_eq!(self.child.wait().unwrap().code(), Some(CODE));
    }

    /// No thread of it is stopped or traced.
    fn is_free(&self) -> bool {
        let tasks = std::fs::read_dir(format!("/proc/{}/task", self.child.id())).unwrap();
        tasks.flatten().all(|task| {
            // Or it has ended in the meantime.
            let status = std::fs::read_to_string(task.path().join("status")).unwrap_or_default();
            !status.contains("State:\tt")
                && (status.is_empty() || status.contains("TracerPid:\t0\n"))
        })
    }
}

/// Each sample as its wait and its frames, innermost first.
fn named(sampled: &Sampled) -> Vec<(Option<&str>, Vec<Frame>)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent();
    let owners = Owners {
        root: root.expect("the folder of the workspace").into(),
        crates: vec!["perf-report".to_owned()],
    };
    let mut symbols = sampled.symbols(owners);
    let of_stack = |stack: &Vec<u64>| {
        let frames = stack
            .iter()
            .flat_map(|address| symbols.frames(*address).to_vec());
        frames.collect::<Vec<Frame>>()
    };
    let stacks: Vec<Vec<Frame>> = sampled.stacks.iter().map(of_stack).collect();
    let of_sample = |sample: &crate::infra::sampler::Sample| stacks[sample.stack].clone();
    let samples = sampled.samples.iter();
    samples
        .map(|sample| (sample.waits.as_deref(), of_sample(sample)))
        .collect()
}

#[test]
fn running_and_waiting_threads_are_named_and_undisturbed() {
    let mut program = Program::start();
    let options = Options {
        most_samples: 2000,
        ..Options::default()
    };
    let test = "running_and_waiting_threads_are_named_and_undisturbed";
    let Some(sampler) = program.attach(test, options) else {
        return;
    };
    let since = Instant::now();
    while !sampler.is_finished() && since.elapsed() < DEADLINE {
        assert_eq!(program.child.try_wait().unwrap(), None);
        thread::sleep(Duration::from_millis(1));
    }
    let sampled = sampler.detach();
    while !program.is_free() {
        assert!(since.elapsed() < DEADLINE, "it is still traced");
        thread::sleep(Duration::from_millis(1));
    }
    let samples = named(&sampled);
    // As the standard library finds them. A functional test samples a program that has them.
    let trace = Backtrace::force_capture().to_string();
    let has_lines = trace.contains("sampler/linux/tests.rs:");
    let has = |waits: &[Option<&str>], function: &str| {
        samples.iter().any(|(waited, frames)| {
            let is_it = |frame: &Frame| {
                let file = frame.file.as_deref();
                frame.function.ends_with(function)
                    && file == has_lines.then_some("perf-report/src/infra/sampler/linux/tests.rs")
                    && frame.line.is_some() == has_lines
                    && frame.origin == Origin::User
            };
            waits.contains(waited) && frames.iter().any(is_it)
        })
    };
    let seen = || {
        let describe = |(waits, frames): &(Option<&str>, Vec<Frame>)| {
            let names = frames
                .iter()
                .map(|frame| format!("{} {:?}", frame.function, frame.file));
            format!("{waits:?} {:#?}", names.collect::<Vec<_>>())
        };
        samples
            .iter()
            .map(describe)
            .collect::<BTreeSet<_>>()
            .into_iter()
            .collect::<Vec<_>>()
            .join("\n")
    };
    let sleep = [Some("clock_nanosleep"), Some("nanosleep")];
    for (waits, function) in [
        (&[None][..], "tests::busy"),
        (&sleep, "tests::sleeps"),
        (&[Some("futex")], "tests::waits_for_a_lock"),
        (&[None], "tests::short_lived"),
        (
            &[Some("read"), Some("recvfrom")],
            "tests::program::{closure}::{closure}",
        ),
    ] {
        assert!(has(waits, function), "{function} {waits:?}:\n{}", seen());
    }
    program.check();
}

#[test]
fn fifty_samplers_leave_no_trace() {
    let program = Program::start();
    for _ in 0..50 {
        let Some(sampler) = program.attach("fifty_samplers_leave_no_trace", Options::default())
        else {
            return;
        };
        let sampled = sampler.detach();
        assert!(!sampled.threads.is_empty());
    }
    program.check();
}

#[test]
fn a_process_that_ends_while_it_is_sampled_says_how() {
    const MOST_TRIES: usize = 100;
    let test = "a_process_that_ends_while_it_is_sampled_says_how";
    // It may end before the sampler has had a processor.
    for _ in 0..MOST_TRIES {
        let mut program = Program::start();
        let Some(sampler) = program.attach(test, Options::default()) else {
            return;
        };
        program.tell();
        program.line("result");
        assert_eq!(program.child.wait().unwrap().code(), Some(CODE));
        let sampled = sampler.detach();
        let gone = Sampler::attach(program.child.id(), Options::default());
        assert!(gone.is_err_and(|why| why.contains("has ended")));
        if !sampled.samples.is_empty() {
            return;
        }
    }
    panic!("nothing was seen of {MOST_TRIES} processes");
}

#[test]
fn the_state_of_a_thread_is_read_as_the_kernel_writes_it() {
    assert_eq!(look("running\n"), Look::Running);
    let blocked = |call, arguments| {
        Look::Blocked(Blocked {
            call,
            arguments,
            stack_pointer: 0x7ffe,
            program_counter: 0x55d0,
        })
    };
    assert_eq!(look("-1 0x7ffe 0x55d0\n"), blocked(-1, [0; 6]));
    assert_eq!(
        look("202 0x1 0x80 0x2 0x0 0x0 0x0 0x7ffe 0x55d0\n"),
        blocked(202, [1, 0x80, 2, 0, 0, 0])
    );
}

#[test]
fn system_calls_have_their_names() {
    use super::syscalls::name;
    let check = |call: libc::c_long, expected: &str| assert_eq!(name(call), expected);
    check(libc::SYS_futex, "futex");
    check(libc::SYS_clock_nanosleep, "clock_nanosleep");
    check(libc::SYS_epoll_pwait, "epoll_pwait");
    check(-1, "page_fault");
    check(9999, "syscall 9999");
}

#[test]
fn a_thread_without_a_processor_is_counted_once() {
    let millisecond = Duration::from_millis(1);
    let check = |now, delayed, expected: &[u64]| {
        let ticks = [0, 1_000_000, 2_000_000, 3_000_000];
        assert_eq!(counted(&ticks, now, delayed, millisecond), expected);
    };
    check(50_000, 0, &[0]);
    check(3_500_000, 3_400_000, &[0]);
    check(3_500_000, 1_200_000, &[0, 1_000_000, 2_000_000]);
    check(9_000_000, 0, &[0, 1_000_000, 2_000_000, 3_000_000]);
}
