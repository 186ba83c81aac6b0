//! Samples a running process from outside: the stacks of its threads at regular
//! intervals of wall time, and what they wait on. Moments at which a thread is ready
//! and has no processor are left out.

#[cfg(all(
    target_os = "linux",
    any(target_arch = "x86_64", target_arch = "aarch64")
))]
mod linux;
#[cfg(not(all(
    target_os = "linux",
    any(target_arch = "x86_64", target_arch = "aarch64")
)))]
#[path = "sampler/none.rs"]
mod linux;

use std::path::PathBuf;
use std::time::Duration;

pub(crate) use self::linux::{Images, Sampler, Symbols};
use crate::model::profile;

/// How a process is sampled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Options {
    /// Time between samples of a thread, on average.
    pub(crate) interval: Duration,
    /// The most samples that are kept, of all threads together.
    pub(crate) most_samples: usize,
    /// For how long at most.
    pub(crate) most_time: Duration,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            interval: Duration::from_millis(1),
            most_samples: 200_000,
            most_time: Duration::from_secs(60),
        }
    }
}

/// What a sampler saw.
pub(crate) struct Sampled {
    pub(crate) sampler: profile::Sampler,
    /// Every thread that was seen.
    pub(crate) threads: Vec<Thread>,
    /// In the order of time.
    pub(crate) samples: Vec<Sample>,
    /// Addresses of code, innermost first; a return address is that of the call.
    pub(crate) stacks: Vec<Vec<u64>>,
    /// What could not be seen, a sentence each.
    pub(crate) unseen: Vec<String>,
    images: Images,
}

/// A thread that was seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Thread {
    /// Its number in the system.
    pub(crate) id: u32,
    pub(crate) name: String,
}

/// One thread at one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Sample {
    /// By CLOCK_MONOTONIC.
    pub(crate) at_ns: u64,
    /// Its place in `threads`.
    pub(crate) thread: usize,
    /// Its place in `stacks`.
    pub(crate) stack: usize,
    /// The system call in which it is blocked, `futex`, or `page_fault`; `None` where it
    /// runs.
    pub(crate) waits: Option<String>,
}

/// Whose code is whose.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Owners {
    /// The folder of the workspace.
    pub(crate) root: PathBuf,
    /// The names of its packages and of their targets: each target is a crate.
    pub(crate) crates: Vec<String>,
}

impl Sampled {
    /// The names of the addresses, which are looked up where they are asked for.
    pub(crate) fn symbols(&self, owners: Owners) -> Symbols<'_> {
        Symbols::new(&self.images, owners)
    }
}
