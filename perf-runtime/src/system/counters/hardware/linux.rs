//! Linux counts instructions through `perf_event_open`.

use std::fs::{self, File};
use std::io::{self, Read as _};
use std::os::fd::{FromRawFd as _, RawFd};

use super::Reading;
use crate::model::unmeasured::{Cause, Unmeasured};

const PERF_TYPE_HARDWARE: u32 = 0;
const PERF_COUNT_HW_INSTRUCTIONS: u64 = 1;
const PERF_FORMAT_TOTAL_TIME_ENABLED: u64 = 1 << 0;
const PERF_FORMAT_TOTAL_TIME_RUNNING: u64 = 1 << 1;
const PERF_FLAG_FD_CLOEXEC: libc::c_ulong = 1 << 3;

// Bits of `Attributes::flags`, in the kernel's order.
const INHERIT: u32 = 1;
const EXCLUDE_KERNEL: u32 = 5;
const EXCLUDE_HYPERVISOR: u32 = 6;

/// The highest value of `perf_event_paranoid` that lets everybody count outside
/// the kernel.
const PARANOID: i64 = 2;

/// The first version of the kernel's `perf_event_attr`; every kernel that has
/// the call knows it.
#[repr(C)]
struct Attributes {
    kind: u32,
    size: u32,
    config: u64,
    sample_period: u64,
    sample_type: u64,
    read_format: u64,
    flags: u64,
    wakeup_events: u32,
    breakpoint_type: u32,
    breakpoint_address: u64,
}

/// An open counter.
#[derive(Debug)]
pub(super) struct Counter(File);

impl Counter {
    /// Opens a counter of the calling thread and of the threads that it starts
    /// from now on; it counts at once.
    pub(super) fn open() -> Result<Counter, Unmeasured> {
        Counter::of(&attributes())
    }

    fn of(attributes: &Attributes) -> Result<Counter, Unmeasured> {
        // SAFETY: the attributes are valid and say their own size; the process
        // 0 is the calling thread, -1 any processor and no group.
        let status = unsafe {
            libc::syscall(
                libc::SYS_perf_event_open,
                std::ptr::from_ref(attributes),
                0 as libc::pid_t,
                -1 as libc::c_int,
                -1 as libc::c_int,
                PERF_FLAG_FD_CLOEXEC,
            )
        };
        match RawFd::try_from(status) {
            // SAFETY: the kernel has just opened this descriptor for us, and
            // no other code has it.
            Ok(opened) if opened >= 0 => Ok(Counter(unsafe { File::from_raw_fd(opened) })),
            _ => {
                let error = io::Error::last_os_error();
                Err(refused(&error, paranoid()).into())
            }
        }
    }

    pub(super) fn read(&self) -> Result<Reading, Unmeasured> {
        let mut bytes = [0; 24];
        (&self.0)
            .read_exact(&mut bytes)
            .map_err(|error| Cause::counter_unreadable(&error.to_string()))?;
        let word = |at: usize| {
            let mut word = [0; 8];
            word.copy_from_slice(&bytes[at..at + 8]);
            u64::from_ne_bytes(word)
        };
        Ok(Reading {
            count: word(0),
            enabled_ns: word(8),
            running_ns: word(16),
        })
    }
}

fn attributes() -> Attributes {
    Attributes {
        kind: PERF_TYPE_HARDWARE,
        size: size_of::<Attributes>() as u32,
        config: PERF_COUNT_HW_INSTRUCTIONS,
        sample_period: 0,
        sample_type: 0,
        read_format: PERF_FORMAT_TOTAL_TIME_ENABLED | PERF_FORMAT_TOTAL_TIME_RUNNING,
        flags: bit(INHERIT) | bit(EXCLUDE_KERNEL) | bit(EXCLUDE_HYPERVISOR),
        wakeup_events: 0,
        breakpoint_type: 0,
        breakpoint_address: 0,
    }
}

/// The flags are a bit field of C: its first bit is the lowest of the word, or
/// the highest on machines that store the highest byte first.
const fn bit(place: u32) -> u64 {
    if cfg!(target_endian = "big") {
        1 << (63 - place)
    } else {
        1 << place
    }
}

/// What the kernel lets ordinary users count: the lower, the more.
fn paranoid() -> Option<i64> {
    let text = fs::read_to_string("/proc/sys/kernel/perf_event_paranoid").ok()?;
    text.trim().parse().ok()
}

/// Why there is no counter, and what to do.
fn refused(error: &io::Error, paranoid: Option<i64>) -> Cause {
    match error.raw_os_error() {
        Some(libc::ENOENT | libc::ENODEV | libc::EOPNOTSUPP) => Cause::no_instruction_counter(),
        Some(libc::EACCES | libc::EPERM) => match paranoid {
            Some(level) if level > PARANOID => {
                Cause::counter_for_administrator(&level.to_string(), &PARANOID.to_string())
            }
            _ => Cause::counter_forbidden(),
        },
        Some(libc::ENOSYS) => Cause::no_kernel_counters(),
        Some(libc::EMFILE | libc::ENFILE) => Cause::too_many_files(),
        Some(libc::EBUSY) => Cause::counter_taken(),
        _ => Cause::counter_not_opened(&error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use std::mem::offset_of;

    use super::*;

    #[test]
    fn the_attributes_lie_as_the_kernel_reads_them() {
        assert_eq!(size_of::<Attributes>(), 64, "PERF_ATTR_SIZE_VER0");
        assert_eq!(attributes().size, 64);
        let offsets = [
            offset_of!(Attributes, kind),
            offset_of!(Attributes, size),
            offset_of!(Attributes, config),
            offset_of!(Attributes, sample_period),
            offset_of!(Attributes, sample_type),
            offset_of!(Attributes, read_format),
            offset_of!(Attributes, flags),
            offset_of!(Attributes, wakeup_events),
            offset_of!(Attributes, breakpoint_type),
            offset_of!(Attributes, breakpoint_address),
        ];
        assert_eq!(offsets, [0, 4, 8, 16, 24, 32, 40, 48, 52, 56]);
        if cfg!(target_endian = "little") {
            assert_eq!(attributes().flags, 0b110_0010);
        }
    }

    #[test]
    fn each_refusal_says_what_is_the_matter_and_what_to_do() {
        #[track_caller]
        fn check(errno: i32, paranoid: Option<i64>, expected: &[&str]) {
            let said = refused(&io::Error::from_raw_os_error(errno), paranoid).line();
            for part in expected {
                assert!(said.contains(part), "`{part}` is not in: {said}");
            }
        }
        check(libc::ENOENT, Some(2), &["virtual machine", "valgrind"]);
        check(libc::EACCES, Some(4), &["paranoid is 4", "paranoid=2"]);
        check(libc::EPERM, Some(3), &["paranoid is 3"]);
        check(libc::EPERM, Some(2), &["container"]);
        check(libc::EACCES, None, &["container"]);
        check(libc::ENOSYS, None, &["built without"]);
        check(libc::EMFILE, None, &["ulimit"]);
        check(libc::EBUSY, None, &["another program"]);
        check(libc::EINVAL, None, &["could not be opened", "valgrind"]);
    }

    #[test]
    fn the_same_call_counts_what_every_kernel_can_count() {
        // The software clock of the thread stands in for the processor's
        // counter, which many machines lack: the same attributes, descriptor
        // and reading.
        const PERF_TYPE_SOFTWARE: u32 = 1;
        const PERF_COUNT_SW_TASK_CLOCK: u64 = 1;
        let mut attributes = attributes();
        attributes.kind = PERF_TYPE_SOFTWARE;
        attributes.config = PERF_COUNT_SW_TASK_CLOCK;
        let counter = match Counter::of(&attributes) {
            Ok(counter) => counter,
            Err(why) => {
                let line = format!("SKIPPED: the counter that the kernel keeps: {why}\n");
                let _ = io::Write::write_all(&mut io::stderr(), line.as_bytes());
                return;
            }
        };
        let before = counter.read().unwrap();
        let spin = || {
            for number in 0..3_000_000_u64 {
                std::hint::black_box(number);
            }
        };
        std::thread::scope(|scope| {
            scope.spawn(spin);
        });
        let after = counter.read().unwrap();
        // A thread that was started meanwhile is counted too.
        let counted = super::super::between(before, after).unwrap();
        assert!(counted > 200_000, "{counted} ns");
    }
}
