//! Profiles for tests, put together from stacks in words.

use crate::model::profile::{Calls, Frame, Origin, Profile, Sample, Sampler, Thread, Worst};

/// A profile that is being put together: calls of one thread, sampled every millisecond.
pub(crate) struct Made {
    pub(crate) profile: Profile,
    now: u64,
}

impl Made {
    pub(crate) fn new(case: &str) -> Made {
        Made {
            profile: Profile {
                schema: 1,
                tool: "perf-report 0.1.0".to_owned(),
                case: case.to_owned(),
                sampler: Sampler::Ptrace,
                interval_ns: 1_000_000,
                unseen: Vec::new(),
                calls: Calls {
                    batch: 1,
                    timed: Vec::new(),
                    worst: None,
                },
                threads: vec![thread(1, "case", true)],
                frames: Vec::new(),
                stacks: Vec::new(),
                samples: Vec::new(),
            },
            now: 0,
        }
    }

    /// Another thread, by its place.
    pub(crate) fn thread(&mut self, name: &str) -> usize {
        let threads = &mut self.profile.threads;
        threads.push(thread(threads.len() as u32 + 1, name, false));
        threads.len() - 1
    }

    /// A call; each moment is sampled a number of times, in all threads.
    pub(crate) fn call(&mut self, moments: &[(usize, &[Doing<'_>])]) {
        let start = self.now;
        let call = self.profile.calls.timed.len();
        let mut waited = 0;
        for (times, doing) in moments {
            for _ in 0..*times {
                self.now += self.profile.interval_ns;
                let is_waiting = |one: &Doing<'_>| one.thread == 0 && one.waits.is_some();
                waited += u64::from(doing.iter().any(is_waiting));
                for one in *doing {
                    let stack = self.stack(one.stack);
                    self.profile.samples.push(Sample {
                        at_ns: self.now,
                        thread: one.thread,
                        stack,
                        call,
                        waits: one.waits.map(str::to_owned),
                        instructions: None,
                    });
                }
            }
        }
        let ns = self.now - start;
        self.profile.calls.timed.push([start, ns]);
        if self
            .profile
            .calls
            .worst
            .as_ref()
            .is_none_or(|worst| worst.ns < ns)
        {
            self.profile.calls.worst = Some(Worst {
                index: call,
                ns,
                cpu_ns: Some(ns - waited * self.profile.interval_ns),
                waited_ns: Some(0),
                page_faults: Some(3),
                voluntary_switches: Some(waited),
                involuntary_switches: Some(1),
            });
        }
    }

    fn stack(&mut self, words: &str) -> usize {
        let frames: Vec<usize> = words.split(" < ").map(|word| self.frame(word)).collect();
        let stacks = &mut self.profile.stacks;
        let known = stacks.iter().position(|stack| *stack == frames);
        known.unwrap_or_else(|| {
            stacks.push(frames);
            stacks.len() - 1
        })
    }

    /// `user app::store::update src/store.rs:40`, `inlined user ..`, `std std::thread::sleep`.
    fn frame(&mut self, words: &str) -> usize {
        let (is_inlined, words) = match words.strip_prefix("inlined ") {
            Some(rest) => (true, rest),
            None => (false, words),
        };
        let (origin, function) = words.split_once(' ').expect("an origin and a function");
        let (function, place) = match function.rsplit_once(' ').filter(|_| origin == "user") {
            Some((function, place)) => (function, place.split_once(':')),
            None => (function, None),
        };
        let frame = Frame {
            function: function.to_owned(),
            file: place.map(|(file, _)| file.to_owned()),
            line: place.map(|(_, line)| line.parse().expect("a line")),
            inlined: is_inlined,
            origin: match origin {
                "user" => Origin::User,
                "runtime" => Origin::Runtime,
                "crate" => Origin::Dependency,
                "std" => Origin::Std,
                "system" => Origin::System,
                other => panic!("`{other}` is no origin"),
            },
        };
        let frames = &mut self.profile.frames;
        let known = frames.iter().position(|known| *known == frame);
        known.unwrap_or_else(|| {
            frames.push(frame);
            frames.len() - 1
        })
    }
}

/// Calls that compile a regular expression each, and of which some write a file.
pub(crate) fn regex_in_a_loop(case: &str) -> Profile {
    let mut made = Made::new(case);
    let case = "user parser::parses_the_config src/parser.rs:43 < runtime perf_runtime::measure::meter::call";
    let compiles = format!(
        "crate regex_automata::meta::Builder::build < crate regex::regex::string::Regex::new < user parser::name::is_valid src/name.rs:12 < std core::iter::traits::iterator::Iterator::all < user parser::check_all src/name.rs:30 < {case}"
    );
    let reads = format!(
        "system __memmove_avx_unaligned < std alloc::vec::Vec<T,A>::extend_from_slice < inlined user parser::lines::split src/lines.rs:7 < {case}"
    );
    let saves = format!(
        "system msync < crate memmap2::MmapMut::flush < user parser::cache::save src/cache.rs:21 < {case}"
    );
    for nth in 0..120 {
        match nth % 20 {
            7 => made.call(&[
                (8, &[runs(&compiles)]),
                (1, &[runs(&reads)]),
                (4, &[waits(&saves, "msync")]),
            ]),
            _ => made.call(&[(8, &[runs(&compiles)]), (1, &[runs(&reads)])]),
        }
    }
    made.profile
}

/// What a thread does at a moment; its stack innermost first, frames between ` < `.
#[derive(Clone, Copy)]
pub(crate) struct Doing<'a> {
    pub(crate) thread: usize,
    pub(crate) stack: &'a str,
    pub(crate) waits: Option<&'a str>,
}

/// The caller runs.
pub(crate) fn runs(stack: &str) -> Doing<'_> {
    Doing {
        thread: 0,
        stack,
        waits: None,
    }
}

/// The caller waits in a system call.
pub(crate) fn waits<'a>(stack: &'a str, call: &'a str) -> Doing<'a> {
    Doing {
        waits: Some(call),
        ..runs(stack)
    }
}

impl Doing<'_> {
    pub(crate) fn on(self, thread: usize) -> Self {
        Doing { thread, ..self }
    }
}

fn thread(id: u32, name: &str, is_caller: bool) -> Thread {
    Thread {
        id,
        name: name.to_owned(),
        is_caller,
    }
}
