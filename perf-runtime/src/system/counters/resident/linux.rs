//! Linux says what is resident, and forgets the peak when it is asked to.

use std::fs::{self, File};
use std::io::Read as _;

use super::Resident;
use crate::collections::{parsed, trim, trim_end};
use crate::model::unmeasured::Cause;

/// Lets the peak start again from what is resident now; whether the system did.
pub(crate) fn reset() -> bool {
    fs::write("/proc/self/clear_refs", "5").is_ok()
}

/// Reads what is resident.
///
/// NOTE: kernels differ in how they keep these numbers. Those that count a
/// processor or a thread at a time may be off by some 64 pages for each.
///
/// # Errors
/// If the system does not say.
pub(crate) fn read() -> Result<Resident, Cause> {
    // A buffer of the stack's: reading must not make memory resident.
    let mut text = [0; 4096];
    let length = File::open("/proc/self/status").and_then(|mut file| file.read(&mut text));
    let length = length.map_err(|error| Cause::status_unreadable(&error.to_string()))?;
    let read = || {
        let faults = super::page_faults(&super::of_process()?)?;
        Some(Resident {
            now_bytes: kilobytes(&text[..length], b"VmRSS:")?,
            peak_bytes: kilobytes(&text[..length], b"VmHWM:")?,
            faults,
        })
    };
    read().ok_or_else(Cause::status_incomplete)
}

/// The bytes of a line such as `VmRSS:      1720 kB`.
fn kilobytes(text: &[u8], key: &[u8]) -> Option<u64> {
    let mut rest = text;
    while !rest.starts_with(key) {
        rest = &rest[line_end(rest)?..];
    }
    let line = &rest[key.len()..line_end(rest).unwrap_or(rest.len())];
    let words = trim(std::str::from_utf8(line).ok()?);
    let number: u64 = parsed(trim_end(words.strip_suffix("kB")?))?;
    number.checked_mul(1024)
}

/// Where the first line ends, the end of it included.
fn line_end(text: &[u8]) -> Option<usize> {
    for (place, byte) in text.iter().enumerate() {
        if *byte == b'\n' {
            return Some(place + 1);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use perf_grammar::Metric;

    use super::*;
    use crate::system::alloc::alone::alone;

    #[test]
    fn a_line_of_the_status_is_read_whole_or_not_at_all() {
        let text =
            b"Name:\tVmRSS\nVmHWM:\t    1908 kB\nVmRSS:\t  17 kB\nVmData: 12 pages\nVmLib:\n";
        assert_eq!(kilobytes(text, b"VmRSS:"), Some(17 * 1024));
        assert_eq!(kilobytes(text, b"VmHWM:"), Some(1908 * 1024));
        assert_eq!(kilobytes(text, b"VmData:"), None);
        assert_eq!(kilobytes(text, b"VmLib:"), None);
        assert_eq!(kilobytes(text, b"VmSwap:"), None);
        assert_eq!(
            kilobytes(b"VmRSS: 99999999999999999999 kB", b"VmRSS:"),
            None
        );
    }

    /// Maps this many bytes and touches each page, past any allocator, which
    /// might keep what is freed.
    fn touch(size: usize) -> *mut libc::c_void {
        // SAFETY: a new mapping, which no other code has.
        let start = unsafe {
            libc::mmap(
                std::ptr::null_mut(),
                size,
                libc::PROT_READ | libc::PROT_WRITE,
                libc::MAP_PRIVATE | libc::MAP_ANONYMOUS,
                -1,
                0,
            )
        };
        assert_ne!(start, libc::MAP_FAILED);
        // SAFETY: the mapping is of this size, and writable.
        unsafe { start.write_bytes(1, size) };
        start
    }

    #[test]
    fn touched_memory_is_resident_and_the_peak_outlives_it() {
        // These are numbers of the whole process, and tests beside this one use memory.
        alone(
            module_path!(),
            "touched_memory_is_resident_and_the_peak_outlives_it",
            || {
                // What the kernel has not added up yet is far less than half.
                const SIZE: usize = 64 << 20;
                const HALF: u64 = SIZE as u64 / 2;
                let resets = reset();
                let before = read().unwrap();
                let memory = touch(SIZE);
                let held = read().unwrap();
                // SAFETY: it was mapped with this size, and is not used any more.
                assert_eq!(unsafe { libc::munmap(memory, SIZE) }, 0);
                let after = read().unwrap();
                assert!(held.now_bytes > before.now_bytes + HALF);
                assert!(after.now_bytes < held.now_bytes - HALF);
                assert!(after.peak_bytes > after.now_bytes + HALF);
                assert!(after.faults > before.faults);
                if resets {
                    assert!(reset());
                    let forgot = read().unwrap();
                    assert!(forgot.peak_bytes < after.peak_bytes - HALF);
                }
            },
        );
    }

    #[test]
    fn a_page_that_is_read_from_a_disk_is_counted() {
        use std::io::Write as _;
        use std::os::fd::AsRawFd as _;
        const SIZE: usize = 1 << 20;
        let place = Metric::USED
            .iter()
            .position(|used| *used == Metric::DiskFaults);
        let disk = || crate::system::counters::resident::used()[place.unwrap()].unwrap();
        let path = std::env::temp_dir().join(format!("perf-faults-{}", std::process::id()));
        let mut file = File::options()
            .read(true)
            .write(true)
            .create_new(true)
            .open(&path)
            .unwrap();
        fs::remove_file(&path).unwrap();
        file.write_all(&vec![7; SIZE]).unwrap();
        file.sync_all().unwrap();
        let descriptor = file.as_raw_fd();
        // SAFETY: it is advice about a file that is open.
        unsafe { libc::posix_fadvise(descriptor, 0, 0, libc::POSIX_FADV_DONTNEED) };
        // SAFETY: a new mapping of a file that is open, which nothing else uses.
        let (start, resident) = unsafe {
            let private = libc::MAP_PRIVATE;
            let start = libc::mmap(
                std::ptr::null_mut(),
                SIZE,
                libc::PROT_READ,
                private,
                descriptor,
                0,
            );
            assert_ne!(start, libc::MAP_FAILED);
            let mut resident = [0_u8; SIZE / 4_096];
            assert_eq!(libc::mincore(start, SIZE, resident.as_mut_ptr()), 0);
            (start, resident[0] & 1 == 1)
        };
        let before = disk();
        // SAFETY: the mapping is of this size, and readable.
        let read = || unsafe { start.cast::<u8>().read_volatile() };
        assert_eq!(read(), 7);
        let cold = disk() - before;
        assert_eq!(read(), 7);
        // A file system in memory has nothing to read.
        assert!(resident || cold >= 1, "{cold} faults");
        // SAFETY: it was mapped with this size, and is not used any more.
        assert_eq!(unsafe { libc::munmap(start, SIZE) }, 0);
    }
}
