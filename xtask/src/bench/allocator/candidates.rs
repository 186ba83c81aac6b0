//! The allocators that are compared, each a separate program in one temporary project.

use std::env::consts::EXE_SUFFIX;
use std::path::PathBuf;

use crate::bench::project::{Project, perf_runtime, shared_target, succeed};
use crate::step::Stopped;

/// One allocator in one mode.
#[derive(Clone, Copy, Debug)]
pub(super) struct Candidate {
    /// As the tables call it.
    pub(super) name: &'static str,
    program: &'static Program,
    mode: &'static str,
    role: Role,
    /// Rounds are divided by this, for one that takes a hundred times as long.
    divisor: usize,
}

/// What a candidate is compared for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// What the others are divided by.
    Bare,
    /// The bare one once more: how far from 1 a ratio is by chance.
    BareAgain,
    OursOff,
    OursThread,
    OursProcess,
    /// Another that reports the peak over all threads.
    PeerWithPeak,
    Peer,
}

#[derive(Debug)]
struct Program {
    name: &'static str,
    /// Its line in `Cargo.toml`; ours depends on where this workspace is.
    dependency: &'static str,
    /// Its allocator.
    source: &'static str,
    main: &'static str,
}

/// A program whose allocator has one mode.
const fn plain(name: &'static str, dependency: &'static str, source: &'static str) -> Program {
    Program {
        name,
        dependency,
        source,
        main: "measured::main(|_, _, work| work());",
    }
}

static BARE: Program = plain(
    "bare",
    "",
    r#"use std::alloc::{GlobalAlloc, Layout, System};

struct Bare;

// SAFETY: every call is handed on as it is.
unsafe impl GlobalAlloc for Bare {
    #[inline]
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        unsafe { System.alloc(layout) }
    }
    #[inline]
    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        unsafe { System.alloc_zeroed(layout) }
    }
    #[inline]
    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        unsafe { System.realloc(block, layout, size) }
    }
    #[inline]
    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        unsafe { System.dealloc(block, layout) }
    }
}

#[global_allocator]
static ALLOC: Bare = Bare;
"#,
);

static OURS: Program = Program {
    name: "ours",
    dependency: "",
    source: r#"use measured::Around;
use perf_runtime::{CountingAllocator, private};

#[global_allocator]
static ALLOC: CountingAllocator = CountingAllocator::system();
"#,
    main: r#"measured::main(|mode, around, work| {
        let allocations = match (mode, around) {
            ("thread", Around::Thread) => private::count_thread(work),
            ("process", Around::Process) => private::count_process(work),
            _ => return work(),
        };
        assert!(allocations > 0, "nothing was counted");
    });"#,
};

static STATS_ALLOC: Program = plain(
    "stats_alloc",
    "stats_alloc = \"0.1\"\n",
    r#"use std::alloc::System;

use stats_alloc::{INSTRUMENTED_SYSTEM, StatsAlloc};

#[global_allocator]
static ALLOC: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;
"#,
);

static DHAT: Program = Program {
    name: "dhat",
    dependency: "dhat = \"0.3\"\n",
    source: r#"use measured::Around;

#[global_allocator]
static ALLOC: dhat::Alloc = dhat::Alloc;
"#,
    main: r#"measured::main(|mode, around, work| {
        // What it writes at its end is not looked at, so it has none.
        let running = (mode, around) == ("running", Around::Process);
        std::mem::forget(running.then(|| dhat::Profiler::builder().testing().build()));
        work();
    });"#,
};

static DIVAN: Program = plain(
    "divan",
    "divan = { version = \"0.1\", default-features = false }\n",
    r#"#[global_allocator]
static ALLOC: divan::AllocProfiler = divan::AllocProfiler::system();
"#,
);

static PEAK_ALLOC: Program = plain(
    "peak_alloc",
    "peak_alloc = \"0.3\"\n",
    r#"#[global_allocator]
static ALLOC: peak_alloc::PeakAlloc = peak_alloc::PeakAlloc;
"#,
);

// Without `stats` it reports no peak.
static CAP: Program = plain(
    "cap",
    "cap = { version = \"0.1\", features = [\"stats\"] }\n",
    r#"use std::alloc::System;

#[global_allocator]
static ALLOC: cap::Cap<System> = cap::Cap::new(System, usize::MAX);
"#,
);

const fn candidate(
    name: &'static str,
    program: &'static Program,
    mode: &'static str,
    role: Role,
) -> Candidate {
    Candidate {
        name,
        program,
        mode,
        role,
        divisor: 1,
    }
}

/// All of them, the bare one first.
static ALL: [Candidate; 11] = [
    candidate("bare", &BARE, "", Role::Bare),
    candidate("bare, once more", &BARE, "", Role::BareAgain),
    candidate("ours, off", &OURS, "off", Role::OursOff),
    candidate("ours, thread", &OURS, "thread", Role::OursThread),
    candidate("ours, process", &OURS, "process", Role::OursProcess),
    candidate("stats_alloc", &STATS_ALLOC, "", Role::Peer),
    candidate("divan", &DIVAN, "", Role::Peer),
    candidate("peak_alloc", &PEAK_ALLOC, "", Role::PeerWithPeak),
    candidate("cap with stats", &CAP, "", Role::PeerWithPeak),
    candidate("dhat, off", &DHAT, "off", Role::Peer),
    Candidate {
        divisor: 50,
        ..candidate("dhat, running", &DHAT, "running", Role::PeerWithPeak)
    },
];

impl Candidate {
    pub(super) fn role(self) -> Role {
        self.role
    }

    /// Those to compare; the bare one is the first.
    pub(super) fn all(peers: bool) -> Vec<Candidate> {
        let wanted =
            |one: &&Candidate| peers || !matches!(one.role, Role::Peer | Role::PeerWithPeak);
        ALL.iter().filter(wanted).copied().collect()
    }
}

/// The project with a program for every allocator, built.
pub(super) struct Programs {
    project: Project,
}

impl Programs {
    /// Writes and builds them, optimised.
    ///
    /// # Errors
    /// If they cannot be fetched or built.
    pub(super) fn build(candidates: &[Candidate]) -> Result<Programs, Stopped> {
        let (manifest, files) = text(candidates);
        let files: Vec<(&str, &str)> = files
            .iter()
            .map(|(path, text)| (&**path, &**text))
            .collect();
        let project = Project::new(&manifest, &files)?;
        succeed(project.cargo("build --release --bins", &shared_target()))?;
        Ok(Programs { project })
    }

    /// Nanoseconds a round of one short process.
    ///
    /// # Errors
    /// If it does not run to its end, or prints no number.
    pub(super) fn run(
        &self,
        candidate: Candidate,
        workload: &str,
        threads: usize,
    ) -> Result<f64, Stopped> {
        let file = format!("{}{EXE_SUFFIX}", candidate.program.name);
        let program: PathBuf = shared_target().join("release").join(file);
        let mut command = self.project.command(&program);
        command.args([workload, &threads.to_string(), candidate.mode]);
        command.arg(candidate.divisor.to_string());
        let out = succeed(command)?;
        nanoseconds(&String::from_utf8_lossy(&out.stdout))
            .map_err(|error| format!("{}, {workload}: {error}", candidate.name))
    }
}

/// What a program printed.
fn nanoseconds(printed: &str) -> Result<f64, Stopped> {
    let number: Option<f64> = printed.trim().parse().ok();
    number
        .filter(|number| number.is_finite() && *number > 0.0)
        .ok_or_else(|| format!("found {printed:?}, expected nanoseconds"))
}

/// The manifest and the files.
fn text(candidates: &[Candidate]) -> (String, Vec<(String, String)>) {
    let mut manifest = format!("[dependencies]\nserde_json = \"1\"\n{}", perf_runtime(""));
    let mut files = vec![(
        "src/lib.rs".to_owned(),
        include_str!("workloads.rs").to_owned(),
    )];
    for candidate in candidates {
        let Program {
            name,
            dependency,
            source,
            main,
        } = candidate.program;
        let path = format!("src/bin/{name}.rs");
        if !files.iter().any(|(known, _)| *known == path) {
            manifest.push_str(dependency);
            files.push((path, format!("{source}\nfn main() {{\n    {main}\n}}\n")));
        }
    }
    (manifest, files)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_allocator_has_one_program_whatever_its_modes() {
        let (manifest, files) = text(&Candidate::all(true));
        assert_eq!(files.len(), 1 + 7);
        assert_eq!(manifest.matches("dhat").count(), 1);
        let (manifest, files) = text(&Candidate::all(false));
        assert_eq!(files.len(), 1 + 2);
        assert!(!manifest.contains("dhat"));
        assert_eq!(Candidate::all(false)[0].role(), Role::Bare);
    }

    #[test]
    fn only_a_time_is_taken_for_one() {
        assert_eq!(nanoseconds("12.5\n"), Ok(12.5));
        assert_eq!(
            nanoseconds("warning"),
            Err("found \"warning\", expected nanoseconds".to_owned())
        );
        assert!(nanoseconds("0").is_err());
    }
}
