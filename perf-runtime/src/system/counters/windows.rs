//! Windows counts cycles of threads and of the process; neither switches nor waiting, which are `None`.

use std::ffi::c_void;
use std::sync::OnceLock;

use crate::system::clock::Stopwatch;

type Handle = *mut c_void;

#[link(name = "kernel32")]
unsafe extern "system" {
    fn GetCurrentProcess() -> Handle;
    fn GetCurrentThread() -> Handle;
    fn GetCurrentThreadId() -> u32;
    fn QueryPerformanceCounter(count: *mut i64) -> i32;
    fn QueryPerformanceFrequency(per_second: *mut i64) -> i32;
    fn QueryProcessCycleTime(process: Handle, cycles: *mut u64) -> i32;
    fn QueryThreadCycleTime(thread: Handle, cycles: *mut u64) -> i32;
}

/// Stretches in which cycles are compared with the clock, and how long each is.
const STRETCHES: usize = 16;
const STRETCH_NS: u64 = 50_000;

/// Processor time of the calling thread, nanoseconds.
///
/// NOTE: `GetThreadTimes` goes in steps of a clock tick, 15.6 ms: of no use for a call.
pub(crate) fn cpu_ns() -> Option<u64> {
    nanoseconds(thread_cycles()?)
}

/// Processor time of all threads of the process, nanoseconds.
pub(crate) fn process_cpu_ns() -> Option<u64> {
    let mut cycles = 0;
    // SAFETY: `cycles` is a valid place for the result, and the handle is the process's own.
    let known = unsafe { QueryProcessCycleTime(GetCurrentProcess(), &raw mut cycles) };
    (known != 0).then_some(cycles).and_then(nanoseconds)
}

fn thread_cycles() -> Option<u64> {
    let mut cycles = 0;
    // SAFETY: `cycles` is a valid place for the result, and the handle is the thread's own.
    let known = unsafe { QueryThreadCycleTime(GetCurrentThread(), &raw mut cycles) };
    (known != 0).then_some(cycles)
}

fn nanoseconds(cycles: u64) -> Option<u64> {
    Some((cycles as f64 / cycles_per_ns()?) as u64)
}

/// How many cycles the system counts in a nanosecond of running; `None` where it counts
/// none. It says nowhere how long one is: those of a thread that spins are compared with
/// the clock, and the stretch in which the thread ran longest says most.
fn cycles_per_ns() -> Option<f64> {
    static RATE: OnceLock<Option<f64>> = OnceLock::new();
    *RATE.get_or_init(|| {
        let mut most: f64 = 0.0;
        for _ in 0..STRETCHES {
            let start = Stopwatch::start();
            let before = thread_cycles()?;
            while start.elapsed_ns() < STRETCH_NS {
                std::hint::spin_loop();
            }
            let cycles = thread_cycles()?.saturating_sub(before);
            most = most.max(cycles as f64 / start.elapsed_ns() as f64);
        }
        (most > 0.0).then_some(most)
    })
}

/// A clock that all processes share, nanoseconds.
pub(crate) fn monotonic_ns() -> Option<u64> {
    let (mut count, mut per_second) = (0, 0);
    // SAFETY: both are valid places for the results.
    let known = unsafe {
        QueryPerformanceCounter(&raw mut count) != 0
            && QueryPerformanceFrequency(&raw mut per_second) != 0
    };
    if !known || per_second <= 0 {
        return None;
    }
    u64::try_from(i128::from(count) * 1_000_000_000 / i128::from(per_second)).ok()
}

/// The number of the calling thread in the system.
pub(crate) fn thread_id() -> Option<u64> {
    // SAFETY: it has no requirements.
    Some(unsafe { GetCurrentThreadId() }.into())
}

/// Page faults of the calling thread: not known.
pub(crate) fn page_faults() -> Option<u64> {
    None
}

/// Voluntary and involuntary switches of the calling thread: not known.
pub(crate) fn switches() -> (Option<u64>, Option<u64>) {
    (None, None)
}

/// How long all threads of the process waited for a processor: not known.
#[cfg(feature = "load")]
pub(crate) fn process_waited_ns() -> Option<u64> {
    None
}

/// How many threads the process has: not known.
pub(crate) fn threads() -> Option<u64> {
    None
}

/// Whether another thread of the process could run: not known.
pub(crate) fn others_are_ready() -> bool {
    false
}

/// What a thread of the process has had of a processor: not known.
#[cfg(feature = "tracing")]
pub(crate) fn share_of(_: u64) -> Option<super::Share> {
    None
}

/// When the calling thread had a processor and when it waited: not known.
pub(crate) fn turns() -> Option<super::Turns> {
    None
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn what_runs_uses_processor_time_and_what_sleeps_does_not() {
        let Some(before) = cpu_ns() else {
            let line = "SKIPPED: processor time of a thread: this system counts no cycles\n";
            let _ = std::io::Write::write_all(&mut std::io::stderr(), line.as_bytes());
            return;
        };
        std::thread::sleep(Duration::from_millis(50));
        let slept = cpu_ns().unwrap() - before;
        assert!(slept < 20_000_000, "{slept}");
        let start = Stopwatch::start();
        while start.elapsed_ns() < 50_000_000 {
            std::hint::spin_loop();
        }
        let ran = cpu_ns().unwrap() - before - slept;
        assert!((1_000_000..60_000_000).contains(&ran), "{ran}");
        assert!(process_cpu_ns().is_none_or(|all| all >= ran));
    }

    #[test]
    fn processes_share_a_clock_and_threads_have_numbers() {
        let before = monotonic_ns().unwrap();
        std::thread::sleep(Duration::from_millis(20));
        let passed = monotonic_ns().unwrap() - before;
        assert!((10_000_000..10_000_000_000).contains(&passed), "{passed}");
        let there = std::thread::spawn(thread_id).join().unwrap();
        assert_ne!(thread_id(), there);
    }
}
