//! What the system counted: processor time, switches, waiting for a processor; instructions; resident memory.

#![allow(
    clippy::disallowed_methods,
    reason = "reads the counters of the system"
)]

#[cfg(target_os = "linux")]
mod linux;
#[cfg(target_os = "linux")]
use linux as system;

#[cfg(windows)]
mod windows;
#[cfg(windows)]
use windows as system;

#[cfg(not(any(target_os = "linux", windows)))]
mod other;
#[cfg(not(any(target_os = "linux", windows)))]
use other as system;

#[cfg(feature = "instructions")]
pub(crate) mod callgrind;
pub(crate) mod child_usage;
#[cfg(feature = "instructions")]
pub(crate) mod hardware;
pub(crate) mod resident;

#[cfg(feature = "load")]
pub(crate) use system::process_waited_ns;
#[cfg(feature = "tracing")]
pub(crate) use system::share_of;
pub(crate) use system::{
    cpu_ns, monotonic_ns, others_are_ready, page_faults, process_cpu_ns, switches, thread_id,
    threads, turns,
};

/// The counters of the calling thread at one moment; `None` where the system
/// has no such counter. Only differences mean something.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counters {
    /// Processor time, nanoseconds.
    pub(crate) cpu_ns: Option<u64>,
    /// How often the thread gave its processor up: it slept, waited, blocked.
    pub(crate) voluntary: Option<u64>,
    /// How often its processor was taken away.
    pub(crate) involuntary: Option<u64>,
    /// How long it was ready to run and waited for a processor, nanoseconds.
    pub(crate) waited_ns: Option<u64>,
}

/// When the calling thread had a processor, and when it waited for one, so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Turns {
    /// How often a processor was given to it.
    pub(crate) count: u64,
    /// How long it was ready to run and waited for one, nanoseconds.
    pub(crate) waited_ns: u64,
}

/// What a thread of the process has had of a processor so far.
#[cfg(feature = "tracing")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Share {
    /// How long it had one, nanoseconds; of one that runs, up to the last tick.
    pub(crate) ran_ns: u64,
    /// Whether it runs, or would if it had one.
    pub(crate) ready: bool,
}

/// How long the calling thread was ready to run and waited for a processor,
/// nanoseconds.
pub(crate) fn waited_ns() -> Option<u64> {
    Some(turns()?.waited_ns)
}

/// Processor time of the other threads of the process so far, nanoseconds.
#[inline(never)]
pub(crate) fn others_cpu_ns() -> Option<u64> {
    // The calling thread's own first: it goes on while the other is read.
    let own = cpu_ns()?;
    Some(process_cpu_ns()?.saturating_sub(own))
}

/// How much more was counted at the end than at the beginning; `None` where either is
/// not known.
#[inline(never)]
pub(crate) fn increase(before: Option<u64>, after: Option<u64>) -> Option<u64> {
    Some(after?.saturating_sub(before?))
}

impl Counters {
    /// Reads the counters in front of a stretch of time, the processor time
    /// last, so that reading the others is not in it.
    pub(crate) fn before() -> Counters {
        let (voluntary, involuntary) = switches();
        let waited_ns = waited_ns();
        Counters {
            cpu_ns: cpu_ns(),
            voluntary,
            involuntary,
            waited_ns,
        }
    }

    /// Reads the counters behind a stretch of time, the processor time first.
    pub(crate) fn after() -> Counters {
        let cpu_ns = cpu_ns();
        let waited_ns = waited_ns();
        let (voluntary, involuntary) = switches();
        Counters {
            cpu_ns,
            voluntary,
            involuntary,
            waited_ns,
        }
    }

    /// What was counted from `earlier` to `self`.
    #[inline(never)]
    pub(crate) fn since(&self, earlier: &Counters) -> Counters {
        Counters {
            cpu_ns: increase(earlier.cpu_ns, self.cpu_ns),
            voluntary: increase(earlier.voluntary, self.voluntary),
            involuntary: increase(earlier.involuntary, self.involuntary),
            waited_ns: increase(earlier.waited_ns, self.waited_ns),
        }
    }

    /// Whether the clean clock has all it needs here; where it has not, it is
    /// the wall clock, and the report says so.
    pub(crate) fn complete(&self) -> bool {
        self.cpu_ns.is_some() && self.voluntary.is_some() && self.waited_ns.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_difference_is_known_only_where_both_ends_are() {
        let early = Counters {
            cpu_ns: Some(5),
            voluntary: None,
            involuntary: Some(1),
            waited_ns: Some(9),
        };
        let late = Counters {
            cpu_ns: Some(12),
            voluntary: Some(3),
            involuntary: None,
            waited_ns: Some(9),
        };
        let expected = Counters {
            cpu_ns: Some(7),
            voluntary: None,
            involuntary: None,
            waited_ns: Some(0),
        };
        assert_eq!(late.since(&early), expected);
        assert!(!expected.complete());
    }

    #[cfg(target_os = "linux")]
    mod on_linux {
        use std::time::Duration;

        use super::super::Counters;

        #[test]
        fn a_sleep_is_a_voluntary_switch_and_costs_no_processor_time() {
            let sleeps = || {
                let before = Counters::before();
                assert!(before.complete(), "{before:?}");
                std::thread::sleep(Duration::from_millis(20));
                let seen = Counters::after().since(&before);
                assert!(seen.voluntary >= Some(1), "{seen:?}");
                seen.cpu_ns
            };
            // What interrupts the thread may be on its account, though not each time.
            let seen: Vec<_> = (0..100)
                .map(|_| sleeps())
                .take_while(|cpu_ns| *cpu_ns >= Some(10_000_000))
                .collect();
            assert!(seen.len() < 100, "{seen:?}");
        }

        #[test]
        fn a_page_that_is_touched_first_is_a_fault() {
            let before = super::super::page_faults();
            // More than what the allocator of the system ever keeps: these are fresh.
            let mut pages = vec![0_u8; 64 << 20];
            for at in (0..pages.len()).step_by(4096) {
                pages[at] = 1;
            }
            std::hint::black_box(&pages);
            let seen = super::super::page_faults().zip(before);
            assert!(
                seen.is_some_and(|(after, before)| after > before),
                "{seen:?}"
            );
        }

        #[test]
        fn each_thread_has_another_number() {
            let here = super::super::thread_id().unwrap();
            let there = std::thread::spawn(super::super::thread_id).join().unwrap();
            assert!(there.is_some_and(|there| there != here), "{here} {there:?}");
        }

        #[test]
        fn work_is_processor_time() {
            let before = Counters::before();
            let mut x = 1_u64;
            for _ in 0..2_000_000 {
                x = std::hint::black_box(x.wrapping_mul(3));
            }
            let seen = Counters::after().since(&before);
            assert!(seen.cpu_ns > Some(100_000), "{seen:?}");
        }

        #[test]
        fn each_thread_has_separate_counters() {
            let cpu = |n: u64| {
                (0..n).for_each(|x| {
                    std::hint::black_box(x);
                });
                Counters::before().cpu_ns
            };
            let busy = cpu(5_000_000);
            let fresh = std::thread::spawn(move || cpu(0)).join().unwrap();
            assert!(fresh < busy, "{fresh:?} {busy:?}");
        }
    }
}
