//! The wire form of a profile: schema 1, one file a case, beside the case's record.
//!
//! A profile holds samples of every thread of the process, taken at regular intervals
//! of wall time while timed calls ran: what a thread executed, or what it waited on.
//! The published description is `schema/profile-1.schema.json`, in words
//! `schema/profile.md`.

use serde::{Deserialize, Serialize};

use crate::model::record::ReadError;

/// The schema that is read and written here.
pub(crate) const SCHEMA: u32 = 1;

/// The folder of the profiles of a run, beside its records: a profile is no record,
/// and no case's name can be taken for one.
pub(crate) const FOLDER: &str = "profiles";

/// Time between samples of a thread, where nothing else is asked for, nanoseconds.
pub(crate) const INTERVAL_NS: u64 = 1_000_000;

/// Samples of one case.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Profile {
    pub(crate) schema: u32,
    /// `perf-report 0.1.0`
    pub(crate) tool: String,
    pub(crate) case: String,
    pub(crate) sampler: Sampler,
    /// Time between samples, nanoseconds; 0 where instructions were counted.
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
    /// The thread is stopped from outside every so much wall time.
    Ptrace,
    /// Callgrind counts every instruction of one call: a sample is a stack with all of
    /// them that were executed there.
    Callgrind,
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
    /// How many instructions it stands for, where they were counted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) instructions: Option<u64>,
}

/// A form of a profile for those who look at it, in a separate folder beside it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum View {
    /// For a browser.
    Flamegraph,
    /// Slow calls against typical ones, for a browser.
    Tail,
    /// For speedscope, and for what reads Brendan Gregg's format.
    Folded,
    /// For the Firefox Profiler.
    Firefox,
    /// A call of one build against one of another, for a browser.
    Change,
}

impl View {
    /// Its file, seen from the folder of the run.
    pub(crate) fn path(self, case: &str) -> String {
        let (folder, end) = match self {
            View::Flamegraph => ("flamegraph", "svg"),
            View::Tail => ("tail", "svg"),
            View::Folded => ("folded", "txt"),
            View::Firefox => ("firefox", "json"),
            View::Change => ("change", "svg"),
        };
        format!("{FOLDER}/{folder}/{}.{end}", perf_grammar::file_name(case))
    }
}

impl Profile {
    /// A profile without samples: as it begins, or of a case that could not be profiled.
    pub(crate) fn without_samples(case: &str, unseen: Vec<String>) -> Profile {
        Profile {
            schema: SCHEMA,
            tool: concat!("perf-report ", env!("CARGO_PKG_VERSION")).to_owned(),
            case: case.to_owned(),
            sampler: Sampler::Ptrace,
            interval_ns: INTERVAL_NS,
            unseen,
            calls: Calls::default(),
            threads: Vec::new(),
            frames: Vec::new(),
            stacks: Vec::new(),
            samples: Vec::new(),
        }
    }

    /// Whether it says where instructions go, all of one call, and not where time does.
    pub(crate) fn is_counted(&self) -> bool {
        self.sampler == Sampler::Callgrind
    }

    /// What one sample of weight 1 stands for: nanoseconds, or one instruction.
    pub(crate) fn unit(&self) -> f64 {
        match self.sampler {
            Sampler::Ptrace => self.interval_ns as f64,
            Sampler::Callgrind => 1.0,
        }
    }

    /// Reads a profile. One that is read has no place that leads nowhere.
    ///
    /// # Errors
    /// Says where the text stops being a profile of schema 1.
    pub(crate) fn read(text: &str) -> Result<Profile, ReadError> {
        #[derive(Deserialize)]
        struct Versioned {
            schema: u32,
        }
        // Before all else: a later schema may differ in anything.
        let Versioned { schema } = serde_json::from_str(text)?;
        if schema != SCHEMA {
            return Err(ReadError::of_all(format!(
                "schema {schema} is not known, this perf-report reads schema {SCHEMA}"
            )));
        }
        let profile: Profile = serde_json::from_str(text)?;
        match profile.dangling() {
            Some(what) => Err(ReadError::of_all(what)),
            None => Ok(profile),
        }
    }

    /// Its text, on one line: it holds many numbers.
    pub(crate) fn write(&self) -> String {
        let text = serde_json::to_string(self);
        text.expect("a profile holds nothing that JSON cannot say") + "\n"
    }

    /// The first place that leads nowhere.
    fn dangling(&self) -> Option<String> {
        let wrong = |what: &str, place: usize, length: usize| {
            (place >= length).then(|| format!("{what} {place} does not exist: there are {length}"))
        };
        let frames = self.stacks.iter().flatten();
        let mut frames = frames.filter_map(|frame| wrong("frame", *frame, self.frames.len()));
        let of_sample = |sample: &Sample| {
            wrong("thread", sample.thread, self.threads.len())
                .or_else(|| wrong("stack", sample.stack, self.stacks.len()))
                .or_else(|| wrong("call", sample.call, self.calls.timed.len()))
        };
        let worst = self.calls.worst.as_ref();
        frames
            .next()
            .or_else(|| self.samples.iter().find_map(of_sample))
            .or_else(|| wrong("call", worst?.index, self.calls.timed.len()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SAMPLE: &str = include_str!("../../schema/profile-1.sample.json");

    #[test]
    fn the_published_sample_is_read_and_written_as_it_is() {
        let profile = Profile::read(SAMPLE).expect("a profile");
        let written: serde_json::Value = serde_json::from_str(&profile.write()).expect("JSON");
        let sample: serde_json::Value = serde_json::from_str(SAMPLE).expect("JSON");
        assert_eq!(written, sample);
    }

    #[test]
    fn what_is_no_profile_says_where() {
        #[track_caller]
        fn check(change: impl Fn(&mut Profile), expected: &str) {
            let mut profile = Profile::read(SAMPLE).expect("a profile");
            change(&mut profile);
            let error = Profile::read(&profile.write()).expect_err("it is none");
            assert_eq!(error.to_string(), format!("1:1: {expected}"));
        }
        check(
            |profile| profile.schema = 2,
            "schema 2 is not known, this perf-report reads schema 1",
        );
        check(
            |profile| profile.stacks[0][0] = 70,
            "frame 70 does not exist: there are 4",
        );
        check(
            |profile| profile.samples[1].stack = 9,
            "stack 9 does not exist: there are 3",
        );
        check(
            |profile| profile.calls.timed.truncate(1),
            "call 1 does not exist: there are 1",
        );
        let error = Profile::read("{\n \"schema\": 1\n}").expect_err("half of one");
        assert_eq!(error.to_string(), "3:1: missing field `tool`");
    }
}
