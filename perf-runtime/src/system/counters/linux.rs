//! Linux counts all of it, for each thread.

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::sync::LazyLock;

#[cfg(feature = "tracing")]
use super::Share;
use super::Turns;
use crate::collections::parsed;

thread_local! {
    // Opened once a thread: the path leads to the thread that opens it, and
    // reading an open file costs a third of opening it as well.
    static SCHEDSTAT: Option<File> = File::open("/proc/thread-self/schedstat").ok();
}

/// Processor time of the calling thread, nanoseconds.
pub(crate) fn cpu_ns() -> Option<u64> {
    clock_ns(libc::CLOCK_THREAD_CPUTIME_ID)
}

/// Processor time of all threads of the process, nanoseconds.
pub(crate) fn process_cpu_ns() -> Option<u64> {
    clock_ns(libc::CLOCK_PROCESS_CPUTIME_ID)
}

fn clock_ns(clock: libc::clockid_t) -> Option<u64> {
    let mut time = libc::timespec {
        tv_sec: 0,
        tv_nsec: 0,
    };
    // SAFETY: `time` is a valid place for the result.
    let status = unsafe { libc::clock_gettime(clock, &raw mut time) };
    if status != 0 {
        return None;
    }
    Some(u64::try_from(time.tv_sec).ok()? * 1_000_000_000 + u64::try_from(time.tv_nsec).ok()?)
}

/// Nanoseconds of `CLOCK_MONOTONIC`, which all processes share.
pub(crate) fn monotonic_ns() -> Option<u64> {
    clock_ns(libc::CLOCK_MONOTONIC)
}

/// The number of the calling thread in the system.
pub(crate) fn thread_id() -> Option<u64> {
    // SAFETY: it takes no argument and always succeeds.
    u64::try_from(unsafe { libc::syscall(libc::SYS_gettid) }).ok()
}

/// Voluntary and involuntary switches of the calling thread.
pub(crate) fn switches() -> (Option<u64>, Option<u64>) {
    let Some(usage) = usage() else {
        return (None, None);
    };
    (
        u64::try_from(usage.ru_nvcsw).ok(),
        u64::try_from(usage.ru_nivcsw).ok(),
    )
}

/// Page faults of the calling thread, whether they read from a disk or not.
pub(crate) fn page_faults() -> Option<u64> {
    let usage = usage()?;
    u64::try_from(usage.ru_minflt.saturating_add(usage.ru_majflt)).ok()
}

/// What the calling thread used so far.
fn usage() -> Option<libc::rusage> {
    // SAFETY: all zeros is a valid `rusage`, a struct of integers.
    let mut usage: libc::rusage = unsafe { std::mem::zeroed() };
    // SAFETY: `usage` is a valid place for the result.
    let status = unsafe { libc::getrusage(libc::RUSAGE_THREAD, &raw mut usage) };
    (status == 0).then_some(usage)
}

/// How often the calling thread was given a processor, and how long it was ready
/// to run and waited for one; `None` on a kernel built without
/// `CONFIG_SCHED_INFO`. Both are of the same moment.
#[inline(never)]
pub(crate) fn turns() -> Option<Turns> {
    SCHEDSTAT.with(|file| {
        let mut text = [0; 80];
        let length = file.as_ref()?.read_at(&mut text, 0).ok()?;
        Some(Turns {
            waited_ns: number(&text[..length], 1)?,
            count: number(&text[..length], 2)?,
        })
    })
}

/// How long all threads of the process that are alive were ready to run and
/// waited for a processor, nanoseconds.
#[cfg(feature = "load")]
pub(crate) fn process_waited_ns() -> Option<u64> {
    let threads = std::fs::read_dir("/proc/self/task").ok()?;
    // A thread that has ended meanwhile cannot be read, and waits no more.
    let waited = threads
        .flatten()
        .filter_map(|thread| number(&std::fs::read(thread.path().join("schedstat")).ok()?, 1));
    Some(waited.sum())
}

/// How many threads the process has. It allocates nothing after its first call.
pub(crate) fn threads() -> Option<u64> {
    static STAT: LazyLock<Option<File>> = LazyLock::new(|| File::open("/proc/self/stat").ok());
    let mut text = [0; 512];
    let length = STAT.as_ref()?.read_at(&mut text, 0).ok()?;
    threads_of(&text[..length])
}

/// Whether another thread of the process runs, waits for a processor, or for
/// the kernel to give it a page: whether it would do something if it could.
pub(crate) fn others_are_ready() -> bool {
    // Ends in the number of the calling thread.
    let this = std::fs::read_link("/proc/thread-self").ok();
    let Ok(threads) = std::fs::read_dir("/proc/self/task") else {
        return false;
    };
    let this = this.as_ref().and_then(|this| this.file_name());
    for thread in threads {
        if let Ok(thread) = thread
            && this != Some(&thread.file_name())
            && is_ready(&thread.path())
        {
            return true;
        }
    }
    false
}

/// What a thread of the process has had of a processor; `None` if it has ended.
#[cfg(feature = "tracing")]
pub(crate) fn share_of(thread: u64) -> Option<Share> {
    let thread = Path::new("/proc/self/task").join(thread.to_string());
    Some(Share {
        ran_ns: number(&std::fs::read(thread.join("schedstat")).ok()?, 0)?,
        ready: is_ready(&thread),
    })
}

/// Whether the thread with this folder runs or could. One that has ended meanwhile
/// cannot be read, and is not ready.
fn is_ready(thread: &Path) -> bool {
    std::fs::read(thread.join("stat"))
        .is_ok_and(|text| matches!(state_of(&text), Some(b'R' | b'D')))
}

/// The letter behind the name.
fn state_of(text: &[u8]) -> Option<u8> {
    behind_name(text)?.get(1).copied()
}

/// What stands behind the name of the program, which stands in parentheses and may hold
/// some.
fn behind_name(text: &[u8]) -> Option<&[u8]> {
    let mut end = text.len();
    while end > 0 {
        if text[end - 1] == b')' {
            return Some(&text[end..]);
        }
        end -= 1;
    }
    None
}

/// The eighteenth word behind the name.
fn threads_of(text: &[u8]) -> Option<u64> {
    number(behind_name(text)?, 17)
}

/// One of the numbers that blanks separate: time run, time waited, turns.
fn number(text: &[u8], at: usize) -> Option<u64> {
    let text = std::str::from_utf8(text).ok()?;
    parsed(text.split_ascii_whitespace().nth(at)?)
}

#[cfg(test)]
mod tests {
    use std::hint;
    #[cfg(feature = "tracing")]
    use std::sync::Barrier;
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::sync::mpsc;
    use std::thread;

    use super::*;

    #[test]
    fn a_thread_that_could_run_is_ready_and_one_that_sleeps_is_not() {
        assert_eq!(state_of(b"12 (a) b) R 1 2\n"), Some(b'R'));
        assert_eq!((state_of(b"12 (a)"), state_of(b"")), (None, None));
        let over = AtomicBool::new(false);
        thread::scope(|scope| {
            scope.spawn(|| {
                while !over.load(Ordering::Relaxed) {
                    hint::spin_loop();
                }
            });
            assert!(others_are_ready());
            over.store(true, Ordering::Relaxed);
        });
    }

    #[cfg(feature = "tracing")]
    #[test]
    fn a_thread_s_share_grows_while_it_runs_and_it_is_ready_until_it_sleeps() {
        let over = AtomicBool::new(false);
        let end = Barrier::new(2);
        let (send, receive) = mpsc::channel();
        thread::scope(|scope| {
            scope.spawn(|| {
                send.send(thread_id().unwrap()).unwrap();
                while !over.load(Ordering::Relaxed) {
                    hint::spin_loop();
                }
                end.wait();
            });
            let thread = receive.recv().unwrap();
            let before = share_of(thread).unwrap();
            assert!(before.ready);
            while share_of(thread).unwrap().ran_ns == before.ran_ns {
                thread::yield_now();
            }
            over.store(true, Ordering::Relaxed);
            while share_of(thread).unwrap().ready {
                thread::yield_now();
            }
            end.wait();
        });
        assert_eq!(share_of(u64::MAX), None);
    }

    #[test]
    fn the_wait_is_the_second_number() {
        #[track_caller]
        fn check(text: &str, expected: Option<u64>) {
            assert_eq!(number(text.as_bytes(), 1), expected);
        }
        check("630960 42033 1\n", Some(42033));
        check("0 0 0\n", Some(0));
        check(
            "18446744073709551615 18446744073709551615 1\n",
            Some(u64::MAX),
        );
        check("12\n", None);
        check("", None);
    }

    #[test]
    fn threads_are_counted_whatever_the_program_is_called() {
        let line = b"12 (a ) b) S 1 2 3 4 5 6 7 8 9 10 11 12 13 14 20 0 3 0 99\n";
        assert_eq!(threads_of(line), Some(3));
        assert_eq!(threads_of(b"12 (x) S 1\n"), None);
        let before = threads().unwrap();
        let (tell, told) = mpsc::channel::<()>();
        let thread = thread::spawn(move || told.recv());
        assert!(threads().unwrap() >= 2, "{before}");
        drop(tell);
        thread.join().unwrap().unwrap_err();
    }

    #[test]
    fn a_thread_that_shares_its_processor_waits_between_its_turns() {
        // Both threads are pinned to one processor, so one of them waits.
        let pin = || {
            // SAFETY: all zeros is the empty set.
            let mut set: libc::cpu_set_t = unsafe { std::mem::zeroed() };
            // SAFETY: `set` is valid, and the call only asks for the thread's own.
            unsafe {
                let size = size_of::<libc::cpu_set_t>();
                libc::sched_getaffinity(0, size, &raw mut set);
                let first = (0..libc::CPU_SETSIZE as usize)
                    .find(|&cpu| libc::CPU_ISSET(cpu, &set))
                    .unwrap();
                libc::CPU_ZERO(&mut set);
                libc::CPU_SET(first, &mut set);
                libc::sched_setaffinity(0, size, &raw const set);
            }
        };
        let spin = move || {
            pin();
            let before = turns().unwrap();
            let cpu = cpu_ns().unwrap();
            while cpu_ns().unwrap() - cpu < 50_000_000 {}
            let after = turns().unwrap();
            let waited_ns = after.waited_ns - before.waited_ns;
            assert!(waited_ns == 0 || after.count > before.count);
            waited_ns
        };
        let other = thread::spawn(spin);
        let here = thread::spawn(spin).join().unwrap();
        let there = other.join().unwrap();
        assert!(here + there > 10_000_000, "{here} + {there} ns");
    }
}
