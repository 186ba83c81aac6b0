//! What a program can ask of callgrind while it runs under valgrind.
//!
//! A request is a sequence of instructions that does nothing on a processor,
//! and that valgrind recognises: four rotations of a register by 128 bits in
//! all, then an instruction without effect. One register points at the number
//! of the request and its arguments, another receives the answer.

use std::ffi::CStr;

/// Numbers of requests, from valgrind's public headers: they never change.
const RUNNING_ON_VALGRIND: usize = 0x1001;
/// Callgrind's own start with its letters, `C` and `T`.
const CALLGRIND: usize = (0x43 << 24) | (0x54 << 16);
const ZERO_STATS: usize = CALLGRIND + 1;
const DUMP_STATS_AT: usize = CALLGRIND + 3;
const START_INSTRUMENTATION: usize = CALLGRIND + 4;
const STOP_INSTRUMENTATION: usize = CALLGRIND + 5;

/// Whether this process runs under valgrind, with whatever tool.
pub(crate) fn running() -> bool {
    request(RUNNING_ON_VALGRIND, 0) != 0
}

/// Starts counting; without it, code runs several times faster.
pub(crate) fn start() {
    request(START_INSTRUMENTATION, 0);
}

/// Stops counting.
pub(crate) fn stop() {
    request(STOP_INSTRUMENTATION, 0);
}

/// Sets every count to zero.
pub(crate) fn zero() {
    request(ZERO_STATS, 0);
}

/// Writes the counts since they were zero to the next dump file, in which
/// `name` stands, and sets them to zero.
pub(crate) fn dump(name: &CStr) {
    request(DUMP_STATS_AT, name.as_ptr().expose_provenance());
}

/// Makes a request; 0 where there is no valgrind to answer it.
#[cfg(all(target_os = "linux", target_arch = "x86_64", not(miri)))]
#[inline(never)]
fn request(number: usize, argument: usize) -> usize {
    let words = [number, argument, 0, 0, 0, 0];
    let mut answer = 0_usize;
    // SAFETY: on a processor this changes the flags only: `rdi` is rotated by
    // 3 + 13 + 61 + 51 = 128 bits and so keeps its value, and `rbx` is
    // exchanged with itself. Valgrind reads the six words and what the
    // argument points at, both valid here, and writes nothing but `rdx`.
    unsafe {
        std::arch::asm!(
            "rol rdi, 3",
            "rol rdi, 13",
            "rol rdi, 61",
            "rol rdi, 51",
            "xchg rbx, rbx",
            in("rax") &raw const words,
            inout("rdx") answer,
            options(nostack),
        );
    }
    answer
}

/// Makes a request; 0 where there is no valgrind to answer it.
#[cfg(all(target_os = "linux", target_arch = "aarch64", not(miri)))]
#[inline(never)]
fn request(number: usize, argument: usize) -> usize {
    let words = [number, argument, 0, 0, 0, 0];
    let mut answer = 0_usize;
    // SAFETY: on a processor this changes nothing: `x12` is rotated by
    // 3 + 13 + 51 + 61 = 128 bits and so keeps its value, and `x10` is joined
    // with itself. Valgrind reads the six words and what the argument points
    // at, both valid here, and writes nothing but `x3`.
    unsafe {
        std::arch::asm!(
            "ror x12, x12, #3",
            "ror x12, x12, #13",
            "ror x12, x12, #51",
            "ror x12, x12, #61",
            "orr x10, x10, x10",
            in("x4") &raw const words,
            inout("x3") answer,
            options(nostack),
        );
    }
    answer
}

/// Valgrind is not asked on other systems: it is never there.
#[cfg(not(all(
    target_os = "linux",
    any(target_arch = "x86_64", target_arch = "aarch64"),
    not(miri)
)))]
fn request(_number: usize, _argument: usize) -> usize {
    0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_valgrind_a_request_does_nothing() {
        // Under another tool of valgrind the first request is answered, and
        // callgrind's own still do nothing.
        let expected = std::env::var_os("LD_PRELOAD")
            .is_some_and(|preload| preload.to_string_lossy().contains("vgpreload"));
        assert_eq!(running(), expected);
        start();
        zero();
        dump(c"nothing");
        stop();
    }
}
