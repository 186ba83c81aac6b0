//! The thread that looks at those of the process at every tick, and stops them.
//!
//! A thread that runs is seized, stopped, read and let go, each time: between two
//! samples nothing of it is traced, so that signals, its end and that of this process
//! take their usual course. A thread that is blocked is stopped once for each wait.
//! One that does not stop at once, as it is inside the kernel, has the same stack at
//! every tick until it does, and is counted at each. The time that it is ready and
//! without a processor is left out: it is another program's, and a thread that was
//! stopped at each of its turns before it had run would not get on.

use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::sys::ptrace;
use nix::sys::signal::Signal;
use nix::time::{ClockId, clock_gettime};
use nix::unistd::Pid;
use perf_statistics::Random;

use super::attach;
use super::images::Images;
use super::registers::Registers;
use super::thread::{Blocked, Look, Stop, Stopped, Thread, Wait};
use super::unwind::{Snapshot, Unwinder};
use crate::infra::sampler::{self, Options, Sample, Sampled};
use crate::model::profile;

/// How much of a stack is copied.
const MOST_STACK: u64 = 64 << 10;
/// How many bytes of stacks are kept before they are followed.
const MOST_KEPT: usize = 64 << 20;
/// How long the first stop may take.
const FIRST_STOP: Duration = Duration::from_secs(2);
/// How long threads may take to stop for the last time.
const LAST_STOP: Duration = Duration::from_millis(100);
/// After how long a wait for a stop no longer keeps a processor busy.
const PATIENCE: Duration = Duration::from_micros(30);
/// And how long the pauses are in which it goes on, at most.
const PAUSE: Duration = Duration::from_micros(400);
/// How often the names of a thread are read: it sets it after its start.
const NAMED: usize = 4;
/// Threads are listed at least once in this many ticks.
const LISTED: u64 = 16;

/// What the thread that traces has, and passes on to another.
pub(super) struct Tracer {
    process: Pid,
    options: Options,
    memory: fs::File,
    tasks: PathBuf,
    threads: Vec<Thread>,
    images: Images,
    /// There are stacks in memory that is new.
    is_stale: bool,
    unwinder: Unwinder,
    random: Random,
    ticks: u64,
    since: Instant,
    /// Not followed yet, and their bytes.
    kept: Vec<Snapshot>,
    kept_bytes: usize,
    stacks: Vec<Vec<u64>>,
    cut: usize,
    refused: usize,
    names: Vec<Named>,
    samples: Vec<Sample>,
    end: Option<String>,
}

struct Named {
    thread: sampler::Thread,
    reads: usize,
}

/// Why a thread traces no more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ended {
    Done,
    /// A thread is stopped by a signal of an application, whose number cannot be
    /// given back: it gets it when the thread ends that traces.
    HandOver,
}

impl Tracer {
    /// What is needed to look at a process; nothing of it is stopped yet.
    ///
    /// # Errors
    /// What is not allowed here, and how to allow it.
    pub(super) fn new(process: Pid, options: Options) -> Result<Tracer, String> {
        let unreadable = |error: std::io::Error| {
            let code = error
                .raw_os_error()
                .map_or(Errno::UnknownErrno, Errno::from_raw);
            attach::refusal(process, code)
        };
        let mut images = Images::default();
        let number = process.as_raw().unsigned_abs();
        images.update(number).map_err(unreadable)?;
        let memory = fs::File::open(format!("/proc/{process}/mem")).map_err(unreadable)?;
        let mut tracer = Tracer {
            process,
            options,
            memory,
            tasks: PathBuf::from(format!("/proc/{process}/task")),
            threads: Vec::new(),
            images,
            is_stale: false,
            unwinder: Unwinder::new(),
            random: Random::new(u64::from(number)),
            ticks: 0,
            since: Instant::now(),
            kept: Vec::new(),
            kept_bytes: 0,
            stacks: Vec::new(),
            cut: 0,
            refused: 0,
            names: Vec::new(),
            samples: Vec::new(),
            end: None,
        };
        tracer.list();
        Ok(tracer)
    }

    /// Whether a thread can be stopped at all: the first one is.
    ///
    /// # Errors
    /// What is not allowed here, and how to allow it.
    pub(super) fn first(&self) -> Result<(), String> {
        let has_ended = || attach::refusal(self.process, Errno::ESRCH);
        let thread = self.threads.first().ok_or_else(has_ended)?;
        thread
            .ask()
            .map_err(|code| attach::refusal(self.process, code))?;
        let asked = Instant::now();
        loop {
            match thread.stopped(self.process) {
                Stopped::NotYet if asked.elapsed() < FIRST_STOP => std::thread::sleep(PAUSE),
                // The end of this thread lets go of it.
                Stopped::NotYet | Stopped::Unnamed => return Ok(()),
                Stopped::Gone => return Err(has_ended()),
                Stopped::Signal(signal) => {
                    let _ = ptrace::detach(thread.id, signal);
                    return Ok(());
                }
                Stopped::Yes => {
                    if let Ok(registers) = Registers::of(thread.id) {
                        thread.release(registers, None, None);
                    }
                    return Ok(());
                }
            }
        }
    }

    /// Samples until it is over.
    pub(super) fn run(&mut self, over: &AtomicBool) -> Ended {
        while !over.load(Ordering::Relaxed) {
            if self.since.elapsed() >= self.options.most_time {
                self.end = Some(format!(
                    "samples end after {} s",
                    self.options.most_time.as_secs()
                ));
                break;
            }
            if self.samples.len() >= self.options.most_samples {
                self.end = Some(format!("samples end after {}", self.options.most_samples));
                break;
            }
            let tick = Instant::now();
            self.look();
            if self.threads.is_empty() {
                break;
            }
            // A function that takes as long as the interval is not met at one place.
            let part = 0.75 + self.random.unit() / 2.0;
            let next = tick + self.options.interval.mul_f64(part);
            if self.collect(next) == Ended::HandOver {
                return Ended::HandOver;
            }
            if std::mem::take(&mut self.is_stale) {
                self.update();
            }
            if self.kept_bytes > MOST_KEPT {
                self.follow();
            }
            std::thread::sleep(next.saturating_duration_since(Instant::now()));
        }
        // Those that have not stopped by then are let go by the end of this thread.
        self.collect(Instant::now() + LAST_STOP);
        Ended::Done
    }

    /// Looks at every thread once.
    fn look(&mut self) {
        let count = fs::metadata(&self.tasks).map_or(0, |folder| folder.nlink());
        if self.ticks.is_multiple_of(LISTED) || count != self.threads.len() as u64 + 2 {
            self.list();
        }
        self.ticks += 1;
        let mut threads = std::mem::take(&mut self.threads);
        threads.retain_mut(|thread| self.look_at(thread));
        self.threads = threads;
    }

    /// Looks at one; whether it is still there.
    fn look_at(&mut self, thread: &mut Thread) -> bool {
        let at_ns = now_ns();
        if thread.stop.is_none() {
            let look = thread.look();
            let times = thread.times();
            let looked = match look {
                Look::Gone => return false,
                // It has not run since it stopped last.
                Look::Running if times.is_some_and(|now| thread.arrivals == Some(now.arrivals)) => {
                    return true;
                }
                Look::Running => None,
                Look::Blocked(blocked) => {
                    let place = thread.place;
                    if let Some(wait) = thread.known_wait(&blocked) {
                        self.samples.push(Sample {
                            at_ns,
                            thread: place,
                            stack: wait.stack,
                            waits: Some(wait.name.clone()),
                        });
                        return true;
                    }
                    Some(blocked)
                }
            };
            thread.stop = Some(Stop {
                looked,
                delayed: times.map_or(0, |times| times.delayed),
                ..Stop::default()
            });
        }
        let Some(mut stop) = thread.stop.take() else {
            return true;
        };
        stop.at_ns.push(at_ns);
        if !stop.is_asked {
            match thread.ask() {
                Ok(()) => stop.is_asked = true,
                Err(Errno::ESRCH) => return false,
                // It may be let go of by the thread that traced before.
                Err(_) if stop.at_ns.len() < 8 => {}
                Err(_) => {
                    self.refused += 1;
                    stop.at_ns.clear();
                }
            }
        }
        thread.stop = Some(stop);
        true
    }

    /// Reads the threads that stop, until all have or it is time for the next tick.
    fn collect(&mut self, until: Instant) -> Ended {
        let begun = Instant::now();
        let mut pause = PATIENCE;
        let mut threads = std::mem::take(&mut self.threads);
        let mut ended = Ended::Done;
        loop {
            threads.retain_mut(|thread| {
                let Some(stop) = thread.stop.take_if(|stop| stop.is_asked) else {
                    return true;
                };
                match thread.stopped(self.process) {
                    Stopped::Gone => return false,
                    Stopped::NotYet => thread.stop = Some(stop),
                    Stopped::Yes => self.read(thread, &stop, Some(None)),
                    Stopped::Signal(signal) => self.read(thread, &stop, Some(Some(signal))),
                    Stopped::Unnamed => {
                        self.read(thread, &stop, None);
                        ended = Ended::HandOver;
                    }
                }
                true
            });
            let now = Instant::now();
            let is_done = threads.iter().all(|thread| thread.stop.is_none());
            if is_done || ended == Ended::HandOver || now >= until {
                break;
            }
            if now.duration_since(begun) >= PATIENCE {
                std::thread::sleep(pause.min(until - now));
                pause = PAUSE.min(2 * pause);
            }
        }
        if ended == Ended::HandOver {
            // The next thread that traces asks again.
            let stops = threads.iter_mut().filter_map(|thread| thread.stop.as_mut());
            stops.for_each(|stop| stop.is_asked = false);
        }
        self.threads = threads;
        ended
    }

    /// Takes the samples of a thread that has stopped, and lets it go on with a signal
    /// or without; one that is not released goes on when this thread ends.
    fn read(&mut self, thread: &mut Thread, stop: &Stop, release: Option<Option<Signal>>) {
        let Ok(registers) = Registers::of(thread.id) else {
            // It may have been killed; one that was not must not stay stopped.
            if let Some(signal) = release {
                let _ = ptrace::detach(thread.id, signal);
            }
            return;
        };
        let stack_pointer = registers.stack_pointer();
        let program_counter = registers.program_counter();
        let snapshot = Snapshot {
            program_counter,
            stack_pointer,
            registers: registers.for_unwinding(),
            memory: self.memory_of(stack_pointer),
        };
        let times = thread.times();
        let blocked = registers.blocked(stop.looked.as_ref());
        if let Some(signal) = release {
            thread.release(registers, stop.looked.as_ref(), signal);
        }
        let stack = self.stacks.len() + self.kept.len();
        self.kept_bytes += snapshot.memory.len();
        self.kept.push(snapshot);
        let wait = blocked.map(|call| {
            let blocked = stop.looked.clone().unwrap_or(Blocked {
                call,
                arguments: [0; 6],
                stack_pointer,
                program_counter,
            });
            Wait::new(blocked, thread.wait.as_ref(), stack)
        });
        thread.arrivals = times.map(|times| times.arrivals);
        let delayed = times.map_or(0, |times| times.delayed.saturating_sub(stop.delayed));
        for at_ns in counted(&stop.at_ns, now_ns(), delayed, self.options.interval) {
            self.samples.push(Sample {
                at_ns: *at_ns,
                thread: thread.place,
                stack,
                waits: wait.as_ref().map(|wait| wait.name.clone()),
            });
        }
        thread.wait = wait;
        let named = &mut self.names[thread.place];
        if named.reads < NAMED {
            named.reads += 1;
            if let Some(name) = thread.name() {
                named.thread.name = name;
            }
        }
    }

    /// The memory of a stack, or nothing where the process has ended.
    fn memory_of(&mut self, stack_pointer: u64) -> Vec<u8> {
        use std::os::unix::fs::FileExt as _;
        let end = self.images.end_of_stack(stack_pointer);
        self.is_stale |= end.is_none();
        let length = end.map_or(MOST_STACK, |end| (end - stack_pointer).min(MOST_STACK));
        let mut memory = vec![0; usize::try_from(length).unwrap_or(0)];
        let read = self.memory.read_at(&mut memory, stack_pointer);
        memory.truncate(read.unwrap_or(0));
        memory
    }

    /// Takes in threads that are new.
    fn list(&mut self) {
        let Ok(tasks) = fs::read_dir(&self.tasks) else {
            return;
        };
        let ids = tasks.filter_map(|task| task.ok()?.file_name().to_str()?.parse().ok());
        let mut ids: Vec<i32> = ids.collect();
        ids.sort_unstable();
        let known = |threads: &[Thread], id| threads.iter().any(|one| one.id.as_raw() == id);
        ids.retain(|id| !known(&self.threads, *id));
        for id in &ids {
            let place = self.names.len();
            if let Some(thread) = Thread::open(self.process, *id, place) {
                self.names.push(Named {
                    thread: sampler::Thread {
                        id: id.unsigned_abs(),
                        name: thread.name().unwrap_or_default(),
                    },
                    reads: 0,
                });
                self.threads.push(thread);
            }
        }
    }

    /// Reads what the process has mapped; what it had stays known where it has ended.
    fn update(&mut self) {
        let _ = self.images.update(self.process.as_raw().unsigned_abs());
    }

    /// Follows the stacks that are kept.
    fn follow(&mut self) {
        self.update();
        self.unwinder.update(&self.images);
        for snapshot in std::mem::take(&mut self.kept) {
            let (stack, is_whole) = self.unwinder.stack(&snapshot);
            self.cut += usize::from(!is_whole);
            self.stacks.push(stack);
        }
        self.kept_bytes = 0;
    }

    /// What was seen.
    pub(super) fn finish(mut self) -> Sampled {
        self.follow();
        let mut unseen = Vec::new();
        unseen.extend(self.end);
        if self.cut > 0 {
            unseen.push(format!(
                "{} of {} stacks do not reach the start of their thread: deeper than {} KB, or in code without unwind tables",
                self.cut,
                self.stacks.len(),
                MOST_STACK >> 10
            ));
        }
        if self.refused > 0 {
            unseen.push(format!("{} stops of threads were refused", self.refused));
        }
        self.samples.sort_by_key(|sample| sample.at_ns);
        Sampled {
            sampler: profile::Sampler::Ptrace,
            threads: self.names.into_iter().map(|named| named.thread).collect(),
            samples: self.samples,
            stacks: self.stacks,
            unseen,
            images: self.images,
        }
    }
}

/// The ticks that count of a thread that was to stop at the first of them and has
/// stopped now, and was `delayed` for so long: the first, and those after it which it
/// spent in the kernel.
pub(super) fn counted(ticks: &[u64], now: u64, delayed: u64, interval: Duration) -> &[u64] {
    let passed = ticks.first().map_or(0, |first| now.saturating_sub(*first));
    let inside = u128::from(passed.saturating_sub(delayed)) / interval.as_nanos().max(1);
    let most = usize::try_from(inside)
        .unwrap_or(usize::MAX)
        .saturating_add(1);
    &ticks[..ticks.len().min(most)]
}

/// The time by CLOCK_MONOTONIC, nanoseconds.
fn now_ns() -> u64 {
    clock_gettime(ClockId::CLOCK_MONOTONIC).map_or(0, |now| Duration::from(now).as_nanos() as u64)
}
