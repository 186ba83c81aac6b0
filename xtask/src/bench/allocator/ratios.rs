//! Times become ratios to the bare allocator, a table, and targets met or not.

use std::iter;

use super::candidates::{Candidate, Role};
use crate::bench::statistics::{median, quantile};
use crate::bench::table::Table;

/// A workload as a program is told it, as the table calls it, and whether it
/// is like a program and not only allocations.
#[derive(Debug)]
pub(super) struct Workload {
    pub(super) name: &'static str,
    heading: &'static str,
    realistic: bool,
}

const fn workload(name: &'static str, heading: &'static str, realistic: bool) -> Workload {
    Workload {
        name,
        heading,
        realistic,
    }
}

pub(super) static WORKLOADS: [Workload; 6] = [
    workload("16-B", "16 B", false),
    workload("256-B", "256 B", false),
    workload("4-KiB", "4 KiB", false),
    workload("64-KiB", "64 KiB", false),
    workload("maps", "maps", true),
    workload("json", "JSON", true),
];

/// Numbers of threads that do the same at once.
pub(super) const THREADS: [usize; 2] = [1, 2];

/// Not counting, at most this times the bare allocator.
const OFF: f64 = 1.05;
/// Counting one thread, on what is like a program.
const THREAD: f64 = 1.15;

/// All times: of each candidate, number of threads and workload, one of every
/// repetition.
pub(super) struct Times {
    candidates: Vec<Candidate>,
    nanoseconds: Vec<Vec<f64>>,
}

/// A target, in words, and whether it is met.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Promise {
    pub(super) kept: bool,
    pub(super) text: String,
}

impl Times {
    /// The first candidate is the bare one.
    pub(super) fn new(candidates: &[Candidate]) -> Times {
        let cells = candidates.len() * THREADS.len() * WORKLOADS.len();
        Times {
            candidates: candidates.to_vec(),
            nanoseconds: vec![Vec::new(); cells],
        }
    }

    /// Adds the next repetition of a cell.
    pub(super) fn push(&mut self, candidate: usize, threads: usize, workload: usize, time: f64) {
        let at = Self::at(candidate, threads, workload);
        self.nanoseconds[at].push(time);
    }

    /// `threads` is a place in [`THREADS`].
    fn at(candidate: usize, threads: usize, workload: usize) -> usize {
        (candidate * THREADS.len() + threads) * WORKLOADS.len() + workload
    }

    fn of(&self, candidate: usize, threads: usize, workload: usize) -> &[f64] {
        &self.nanoseconds[Self::at(candidate, threads, workload)]
    }

    /// One candidate's times over another's, each with that of the same
    /// repetition.
    fn ratios(&self, candidate: usize, to: usize, threads: usize, workload: usize) -> Vec<f64> {
        let (own, other) = (
            self.of(candidate, threads, workload),
            self.of(to, threads, workload),
        );
        own.iter()
            .zip(other)
            .map(|(own, other)| own / other)
            .collect()
    }

    /// Ratios with this many threads: the median, and where the middle half of
    /// the repetitions is.
    pub(super) fn table(&self, threads: usize) -> Table {
        let first = match THREADS[threads] {
            1 => "one thread".to_owned(),
            n => format!("{n} threads at once"),
        };
        let headings = WORKLOADS.iter().map(|workload| workload.heading);
        let heading: Vec<&str> = iter::once(&*first).chain(headings).collect();
        let mut table = Table::new(&heading);
        let nanoseconds = (0..WORKLOADS.len())
            .map(|workload| format!("{:.1} ns", median(self.of(0, threads, workload))));
        table.row(iter::once("bare, a round".to_owned()).chain(nanoseconds));
        for (at, candidate) in self.candidates.iter().enumerate().skip(1) {
            let cells = (0..WORKLOADS.len()).map(|workload| {
                let ratios = self.ratios(at, 0, threads, workload);
                let [low, middle, high] = [0.25, 0.5, 0.75].map(|q| rounded(quantile(&ratios, q)));
                format!("{middle} ({low}-{high})")
            });
            table.row(iter::once(candidate.name.to_owned()).chain(cells));
        }
        table
    }

    /// Every promise of the project about these figures.
    pub(super) fn promises(&self) -> Vec<Promise> {
        let mut promises = Vec::new();
        for (threads, number) in THREADS.iter().enumerate() {
            let on = match number {
                1 => "on one thread".to_owned(),
                n => format!("on {n} threads"),
            };
            let least = |role, limit: f64, only_realistic: bool, doing: &str| {
                let (ratio, heading) = self.worst(role, threads, only_realistic);
                Promise {
                    kept: ratio <= limit,
                    text: format!(
                        "{doing} {on}: at most {ratio:.3} times the bare allocator ({heading}); the target is at most {limit}"
                    ),
                }
            };
            promises.push(least(Role::OursOff, OFF, false, "not counting,"));
            promises.push(least(
                Role::OursThread,
                THREAD,
                true,
                "counting a thread, like a program,",
            ));
            let peers = self.candidates.iter().enumerate();
            for (at, peer) in peers.filter(|(_, one)| one.role() == Role::PeerWithPeak) {
                promises.push(self.ahead_of(at, peer.name, threads, &on));
            }
        }
        promises
    }

    /// The highest median ratio of a role to the bare allocator.
    fn worst(&self, role: Role, threads: usize, only_realistic: bool) -> (f64, &'static str) {
        let at = self.place(role);
        WORKLOADS
            .iter()
            .enumerate()
            .filter(|(_, workload)| workload.realistic || !only_realistic)
            .map(|(number, workload)| {
                let ratios = self.ratios(at, 0, threads, number);
                (median(&ratios), workload.heading)
            })
            .max_by(|a, b| a.0.total_cmp(&b.0))
            .unwrap_or_default()
    }

    fn ahead_of(&self, peer: usize, name: &str, threads: usize, on: &str) -> Promise {
        let ours = self.place(Role::OursProcess);
        let of_peer: Vec<(f64, &str)> = WORKLOADS
            .iter()
            .enumerate()
            .map(|(number, workload)| {
                let ratios = self.ratios(ours, peer, threads, number);
                (median(&ratios), workload.heading)
            })
            .collect();
        let behind: Vec<&str> = of_peer
            .iter()
            .filter(|(ratio, _)| *ratio >= 1.0)
            .map(|(_, heading)| *heading)
            .collect();
        let each: Vec<String> = of_peer
            .iter()
            .map(|(ratio, heading)| format!("{} {heading}", rounded(*ratio)))
            .collect();
        let where_not = match &behind[..] {
            [] => String::new(),
            behind => format!("; not so for {}", behind.join(", ")),
        };
        Promise {
            kept: behind.is_empty(),
            text: format!(
                "counting the process {on}: {} of {name}; the target is less than 1{where_not}",
                each.join(", ")
            ),
        }
    }

    fn place(&self, role: Role) -> usize {
        self.candidates
            .iter()
            .position(|one| one.role() == role)
            .unwrap_or_default()
    }
}

/// Three digits, whatever the size.
fn rounded(ratio: f64) -> String {
    match ratio {
        r if r < 9.995 => format!("{r:.2}"),
        r if r < 99.95 => format!("{r:.1}"),
        r => format!("{r:.0}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Times in which each candidate takes this many times what the bare one
    /// does, in repetitions that are ever slower.
    fn times(ratio: impl Fn(Candidate, usize) -> f64) -> Times {
        let candidates = Candidate::all(true);
        let mut times = Times::new(&candidates);
        for repetition in 1..=3 {
            for (at, candidate) in candidates.iter().enumerate() {
                for threads in 0..THREADS.len() {
                    for workload in 0..WORKLOADS.len() {
                        let bare = 10.0 * f64::from(repetition);
                        times.push(at, threads, workload, bare * ratio(*candidate, workload));
                    }
                }
            }
        }
        times
    }

    fn like_measured(candidate: Candidate, _: usize) -> f64 {
        match candidate.role() {
            Role::Bare | Role::BareAgain => 1.0,
            Role::OursOff => 1.04,
            Role::OursThread => 1.125,
            Role::OursProcess => 2.0,
            Role::Peer => 1.5,
            Role::PeerWithPeak => 3.0,
        }
    }

    #[test]
    fn a_ratio_is_taken_within_a_repetition() {
        let table = times(like_measured).table(1).to_string();
        let row = |name: &str| {
            let line = table.lines().find(|line| line.starts_with(name));
            let words = line.expect("it has a row")[name.len()..].split("  ");
            words
                .map(|cell| cell.trim().to_owned())
                .filter(|cell| !cell.is_empty())
                .collect::<Vec<_>>()
        };
        assert_eq!(row("2 threads at once")[5], "JSON");
        assert_eq!(row("bare, a round"), ["20.0 ns"; 6]);
        assert_eq!(row("bare, once more"), ["1.00 (1.00-1.00)"; 6]);
        assert_eq!(row("ours, process"), ["2.00 (2.00-2.00)"; 6]);
    }

    #[test]
    fn each_promise_is_kept_or_broken_by_its_own_figures() {
        #[track_caller]
        fn check(ratio: impl Fn(Candidate, usize) -> f64, broken: &[&str]) {
            let promises = times(ratio).promises();
            assert_eq!(promises.len(), 2 * (2 + 3));
            let found: Vec<&str> = promises
                .iter()
                .filter(|promise| !promise.kept && promise.text.contains("on 2 threads"))
                .map(|promise| &*promise.text)
                .collect();
            assert_eq!(found, broken);
        }
        check(like_measured, &[]);
        check(
            |one, workload| match (one.role(), workload) {
                (Role::OursOff, 2) => 1.06,
                // A target on what is like a program does not bind pairs.
                (Role::OursThread, 0) => 1.9,
                _ => like_measured(one, workload),
            },
            &[
                "not counting, on 2 threads: at most 1.060 times the bare allocator (4 KiB); the target is at most 1.05",
            ],
        );
        check(
            |one, workload| match (one.name, workload) {
                ("ours, thread", 5) => 1.2,
                ("peak_alloc", 3) => 2.0,
                _ => like_measured(one, workload),
            },
            &[
                "counting a thread, like a program, on 2 threads: at most 1.200 times the bare allocator (JSON); the target is at most 1.15",
                "counting the process on 2 threads: 0.67 16 B, 0.67 256 B, 0.67 4 KiB, 1.00 64 KiB, 0.67 maps, 0.67 JSON of peak_alloc; the target is less than 1; not so for 64 KiB",
            ],
        );
    }

    #[test]
    fn without_peers_only_our_own_promises_are_judged() {
        let mut times = Times::new(&Candidate::all(false));
        for at in 0..times.candidates.len() {
            (0..THREADS.len() * WORKLOADS.len()).for_each(|cell| {
                times.push(at, cell / WORKLOADS.len(), cell % WORKLOADS.len(), 1.0)
            });
        }
        let promises = times.promises();
        assert_eq!(promises.len(), 4);
        assert!(promises.iter().all(|promise| promise.kept));
    }
}
