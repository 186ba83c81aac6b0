//! Writes down what the allocator does, without being seen by itself or by the counts.

use std::backtrace::Backtrace;
use std::cell::Cell;
use std::collections::HashMap;
use std::fmt;
use std::hash::{BuildHasherDefault, Hasher};
use std::sync::atomic::{AtomicU8, AtomicU32, Ordering};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};
use std::thread;

use super::unwind::{self, DEPTH};
use crate::model::sample::Scope;
use crate::report::alloc_sites::{Change, Event};
use crate::system::alloc::Region;

/// What is kept of one capture.
#[derive(Clone, Copy, Debug)]
pub(super) struct Room {
    pub(super) events: usize,
    /// Distinct stacks.
    pub(super) stacks: usize,
}

pub(super) const ROOM: Room = Room {
    events: 1_000_000,
    stacks: 65_536,
};

/// Whether the allocator's counting path has to ask further: how many
/// captures, and logs of captures, there are.
static WANTED: AtomicU32 = AtomicU32::new(0);
/// Whom the recorder listens to: no thread, the thread that started it, all.
static LISTENING: AtomicU8 = AtomicU8::new(OFF);
const OFF: u8 = 0;
const STARTER: u8 = 1;
const EVERYBODY: u8 = 2;

static RECORDER: Mutex<Option<Recorder>> = Mutex::new(None);

thread_local! {
    // `const` and without `Drop`: they are there before the first allocation
    // of the thread and after its last, and using them never allocates.
    static HEARD: Cell<Heard> = const { Cell::new(Heard::Normally) };
    static STARTED: Cell<bool> = const { Cell::new(false) };
    static PROBED: Cell<Probe> = const { Cell::new(Probe { noticed: 0, missed: 0 }) };
}

/// How the allocations of this thread are taken.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Heard {
    /// As the program's.
    Normally,
    /// As the recorder's own: not at all.
    Muted,
    /// As those of a backtrace, on purpose.
    Probing,
}

/// Allocations of one try that are looked at. Showing a first backtrace reads
/// the debug information, with very many of them, all from the same function.
const ENOUGH: u32 = 50;

/// Allocations during a backtrace that were noticed to be so, and those that
/// were not.
#[derive(Clone, Copy, Default)]
struct Probe {
    noticed: u32,
    missed: u32,
}

/// What one capture writes.
#[derive(Debug, Default)]
pub(super) struct Tape {
    pub(super) events: Vec<Event>,
    /// For each distinct stack, in the order in which they were first seen.
    pub(super) traces: Vec<Option<Backtrace>>,
    /// Whether there was no room for something.
    pub(super) cut: bool,
}

struct Recorder {
    tape: Tape,
    room: Room,
    stacks: HashMap<Box<[usize]>, u32, BuildHasherDefault<Addresses>>,
    /// Captures are numbered, so that a thread that is late with a backtrace
    /// does not hand it to the next.
    number: u32,
}

/// Asked on the counting path: one relaxed load.
#[inline]
pub(super) fn wanted() -> bool {
    WANTED.load(Ordering::Relaxed) != 0
}

#[inline]
pub(super) fn muted() -> bool {
    HEARD.get() != Heard::Normally
}

/// While it lives, what this thread allocates is the recorder's own.
pub(super) struct Muted {
    before: Heard,
}

impl Muted {
    pub(super) fn enter() -> Muted {
        WANTED.fetch_add(1, Ordering::Relaxed);
        Muted {
            before: HEARD.replace(Heard::Muted),
        }
    }
}

impl Drop for Muted {
    fn drop(&mut self) {
        HEARD.set(self.before);
        WANTED.fetch_sub(1, Ordering::Relaxed);
    }
}

pub(super) fn start(scope: Scope, room: Room) {
    backtraces_are_safe();
    let _muted = Muted::enter();
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    let mut recorder = lock();
    *recorder = Some(Recorder {
        tape: Tape::default(),
        room,
        stacks: HashMap::default(),
        number: NUMBER.fetch_add(1, Ordering::Relaxed),
    });
    drop(recorder);
    STARTED.set(true);
    let listening = match scope {
        Scope::Thread => STARTER,
        Scope::Process => EVERYBODY,
    };
    LISTENING.store(listening, Ordering::Relaxed);
    WANTED.fetch_add(1, Ordering::Relaxed);
}

/// What was written; `None` if nothing was being recorded.
pub(super) fn stop() -> Option<Tape> {
    let _muted = Muted::enter();
    let recorder = lock().take()?;
    WANTED.fetch_sub(1, Ordering::Relaxed);
    LISTENING.store(OFF, Ordering::Relaxed);
    STARTED.set(false);
    Some(recorder.tape)
}

/// Writes down what happened to `block`.
#[cold]
#[inline(never)]
pub(super) fn record(block: usize, change: Change) {
    let gave = matches!(change, Change::Gave { .. });
    match HEARD.get() {
        Heard::Normally => {}
        Heard::Probing if !gave => return probe(),
        Heard::Probing | Heard::Muted => return,
    }
    let listening = LISTENING.load(Ordering::Relaxed);
    if listening == OFF || (listening == STARTER && !STARTED.get()) {
        return;
    }
    let _muted = Muted::enter();
    // Who frees is of no interest, and frees are half of all events.
    if gave {
        if let Some(recorder) = lock().as_mut() {
            recorder.write(0, block, change);
        }
        return;
    }
    let mut buffer = [0; DEPTH];
    let depth = match unwind::walk(&mut buffer) {
        0 => {
            // Without stacks, places are told apart by size.
            buffer[0] = match change {
                Change::Took { size } | Change::Moved { size, .. } | Change::Gave { size } => size,
            };
            1
        }
        depth => depth,
    };
    let stack = &buffer[..depth];
    // The lock is given back before the standard library's lock of backtraces
    // is taken: who holds that may be waiting for this one.
    let Some((number, id)) = lock()
        .as_mut()
        .and_then(|recorder| recorder.note(stack, block, change))
    else {
        return;
    };
    if !backtraces_are_safe() || thread::panicking() || inside_backtrace(stack) {
        return;
    }
    let trace = Backtrace::force_capture();
    let mut recorder = lock();
    if let Some(recorder) = recorder.as_mut().filter(|now| now.number == number) {
        recorder.tape.traces[id as usize] = Some(trace);
    }
}

fn lock() -> MutexGuard<'static, Option<Recorder>> {
    RECORDER.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Recorder {
    /// Writes an event with its stack; the number of the capture and of the
    /// stack where the stack is new.
    fn note(&mut self, stack: &[usize], block: usize, change: Change) -> Option<(u32, u32)> {
        if let Some(&id) = self.stacks.get(stack) {
            self.write(id, block, change);
            return None;
        }
        if self.stacks.len() == self.room.stacks {
            self.tape.cut = true;
        }
        let id = u32::try_from(self.stacks.len()).expect("the number of stacks is limited");
        if !self.write(id, block, change) {
            return None;
        }
        self.stacks.insert(stack.into(), id);
        self.tape.traces.push(None);
        Some((self.number, id))
    }

    /// From the first event without room on, nothing is written: what is
    /// there is then the whole truth of its beginning.
    fn write(&mut self, stack: u32, block: usize, change: Change) -> bool {
        self.tape.cut |= self.tape.events.len() == self.room.events;
        if !self.tape.cut {
            self.tape.events.push(Event {
                stack,
                block,
                change,
            });
        }
        !self.tape.cut
    }
}

/// Whether this stack is inside the standard library's taking or showing of a
/// backtrace. It holds a lock then that is not reentrant, and taking a
/// backtrace there would wait for itself for ever.
///
/// The panic hook holds the same lock; [`thread::panicking`] shows that.
fn inside_backtrace(stack: &[usize]) -> bool {
    let display: fn(&Backtrace, &mut fmt::Formatter<'_>) -> fmt::Result =
        <Backtrace as fmt::Display>::fmt;
    let debug: fn(&Backtrace, &mut fmt::Formatter<'_>) -> fmt::Result =
        <Backtrace as fmt::Debug>::fmt;
    let holders = [unwind::unwinder(), display as usize, debug as usize];
    stack
        .iter()
        .any(|address| holders.contains(&unwind::function_of(*address)))
}

/// Whether [`inside_backtrace`] can be relied upon here: tried, not guessed.
/// Where it cannot (a linker may merge or inline the functions it knows),
/// places have no names.
fn backtraces_are_safe() -> bool {
    static SAFE: OnceLock<bool> = OnceLock::new();
    *SAFE.get_or_init(|| {
        let tries: [fn(); 3] = [
            || drop(Backtrace::force_capture()),
            || show(|trace, sink| fmt::write(sink, format_args!("{trace}"))),
            || show(|trace, sink| fmt::write(sink, format_args!("{trace:?}"))),
        ];
        tries.into_iter().all(|attempt| {
            let probe = probed(attempt);
            probe.noticed > 0 && probe.missed == 0
        })
    })
}

/// Formats a backtrace into nothing; only the formatting is probed.
fn show(how: fn(&Backtrace, &mut Nowhere) -> fmt::Result) {
    HEARD.set(Heard::Muted);
    let trace = Backtrace::force_capture();
    HEARD.set(Heard::Probing);
    let _ = how(&trace, &mut Nowhere);
    HEARD.set(Heard::Muted);
    drop(trace);
}

struct Nowhere;

impl fmt::Write for Nowhere {
    fn write_str(&mut self, _: &str) -> fmt::Result {
        Ok(())
    }
}

/// Runs something of which every allocation is inside a backtrace.
fn probed(attempt: fn()) -> Probe {
    let _muted = Muted::enter();
    PROBED.set(Probe::default());
    let region = Region::enter(Scope::Thread);
    HEARD.set(Heard::Probing);
    attempt();
    HEARD.set(Heard::Muted);
    region.leave();
    PROBED.get()
}

fn probe() {
    let mut probe = PROBED.get();
    if probe.noticed + probe.missed == ENOUGH {
        return;
    }
    HEARD.set(Heard::Muted);
    let mut buffer = [0; DEPTH];
    let depth = unwind::walk(&mut buffer);
    if inside_backtrace(&buffer[..depth]) {
        probe.noticed += 1;
    } else {
        probe.missed += 1;
    }
    PROBED.set(probe);
    HEARD.set(Heard::Probing);
}

/// Hashes addresses: multiply and fold, since they are not chosen to collide.
#[derive(Default)]
struct Addresses(u64);

impl Hasher for Addresses {
    fn finish(&self) -> u64 {
        self.0 ^ (self.0 >> 32)
    }

    fn write(&mut self, bytes: &[u8]) {
        for word in bytes.chunks(size_of::<u64>()) {
            let mut padded = [0; size_of::<u64>()];
            padded[..word.len()].copy_from_slice(word);
            self.write_u64(u64::from_ne_bytes(padded));
        }
    }

    fn write_u64(&mut self, word: u64) {
        self.0 = (self.0.rotate_left(23) ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    }
}
