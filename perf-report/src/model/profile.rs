//! The wire form of a profile: schema 1, one file a case, beside the case's record.
//!
//! A profile holds samples of every thread of the process, taken at regular intervals
//! of wall time while timed calls ran: what a thread executed, or what it waited on.
//! The published description is `schema/profile-1.schema.json`.

use serde::{Deserialize, Serialize};

/// The schema that is read and written here.
pub(crate) const SCHEMA: u32 = 1;

/// Samples of one case.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Profile {
    pub(crate) schema: u32,
    /// `perf-report 0.1.0`
    pub(crate) tool: String,
    pub(crate) case: String,
    pub(crate) sampler: Sampler,
    /// Time between samples, nanoseconds.
    pub(crate) interval_ns: u64,
    /// What the sampler could not see, a sentence each.
    pub(crate) unseen: Vec<String>,
    pub(crate) calls: Calls,
    pub(crate) threads: Vec<Thread>,
    pub(crate) frames: Vec<Frame>,
    /// Indices into `frames`, innermost first.
    pub(crate) stacks: Vec<Vec<usize>>,
    /// In the order of time; only those within timed calls.
    pub(crate) samples: Vec<Sample>,
}

/// How samples were taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Sampler {
    /// The kernel interrupts the thread every so much processor time; waiting threads
    /// are looked at from outside.
    PerfEvent,
    /// The thread is stopped from outside every so much wall time.
    Ptrace,
}

/// The timed calls of a profile.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Calls {
    /// Calls in each timed stretch; 1 where each call was timed by itself.
    pub(crate) batch: u64,
    /// Every timed stretch in order: its start since the first, and how long it took,
    /// nanoseconds.
    pub(crate) timed: Vec<[u64; 2]>,
    /// What the system did to the slowest stretch.
    pub(crate) worst: Option<Worst>,
}

/// The slowest timed stretch; the counts are those of the calling thread.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Worst {
    /// Its place in `timed`.
    pub(crate) index: usize,
    pub(crate) ns: u64,
    pub(crate) cpu_ns: Option<u64>,
    /// Ready to run without a processor, nanoseconds.
    pub(crate) waited_ns: Option<u64>,
    pub(crate) page_faults: Option<u64>,
    pub(crate) voluntary_switches: Option<u64>,
    pub(crate) involuntary_switches: Option<u64>,
}

/// A thread that was seen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Thread {
    /// Its number in the system.
    pub(crate) id: u32,
    pub(crate) name: String,
    /// Whether it made the timed calls.
    pub(crate) is_caller: bool,
}

/// A function on a stack, or one inlined into the next.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct Frame {
    /// Demangled, without the hash; `0x55d0c0ffee` where no symbol is known.
    pub(crate) function: String,
    pub(crate) file: Option<String>,
    pub(crate) line: Option<u32>,
    pub(crate) inlined: bool,
    pub(crate) origin: Origin,
}

/// Whose code a frame is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Origin {
    /// A member of the workspace.
    User,
    /// perf-runtime.
    Runtime,
    /// A crate that the workspace depends on.
    Dependency,
    /// The standard library.
    Std,
    /// A library of the system, or the kernel.
    System,
}

/// One thread at one moment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Sample {
    /// Since the first timed stretch began, nanoseconds.
    pub(crate) at_ns: u64,
    /// Its place in `threads`.
    pub(crate) thread: usize,
    /// Its place in `stacks`.
    pub(crate) stack: usize,
    /// The timed stretch, its place in `timed`.
    pub(crate) call: usize,
    /// The system call in which it is blocked: `futex`, `clock_nanosleep`; `None`
    /// where it runs or is ready to.
    pub(crate) waits: Option<String>,
}
