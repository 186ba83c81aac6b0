//! Instructions that the processor counts itself, tested before they are believed.

#[cfg(target_os = "linux")]
mod linux;
#[cfg(target_os = "linux")]
use linux as system;

#[cfg(not(target_os = "linux"))]
mod other;
#[cfg(not(target_os = "linux"))]
use other as system;

use std::hint::black_box;

use crate::model::unmeasured::{Cause, Unmeasured};

/// Turns of the loop that tests the counter: long enough that what surrounds
/// the loop is far below 1 %.
const TURNS: u64 = 1_000_000;

/// The counter of the instructions that the opening thread executes outside
/// the kernel, and every thread that it starts from then on.
#[derive(Debug)]
pub(crate) struct Hardware(system::Counter);

/// What the counter reads at one moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(
    not(target_os = "linux"),
    allow(dead_code, reason = "there is no counter to read")
)]
struct Reading {
    count: u64,
    /// How long it was asked to count, nanoseconds.
    enabled_ns: u64,
    /// How long it did: less, where others wanted the counter too.
    running_ns: u64,
}

impl Hardware {
    /// Opens the counter and tests it.
    ///
    /// # Errors
    /// Says why there is none, or why it is not to be believed.
    pub(crate) fn open() -> Result<Hardware, Unmeasured> {
        let hardware = Hardware(system::Counter::open()?);
        let once = hardware.count(&mut || turn(TURNS))?;
        let twice = hardware.count(&mut || turn(2 * TURNS))?;
        believe(TURNS, once, twice)?;
        Ok(hardware)
    }

    /// The instructions of a call, and of the threads that it starts.
    ///
    /// # Errors
    /// If the counter could not be read, or did not count all the time.
    pub(crate) fn count(&self, call: &mut dyn FnMut()) -> Result<u64, Unmeasured> {
        let before = self.0.read()?;
        call();
        let after = self.0.read()?;
        between(before, after)
    }
}

/// A loop of `turns` turns, of at least one instruction each.
#[inline(never)]
fn turn(turns: u64) {
    for number in 0..turns {
        black_box(number);
    }
}

/// What was counted between two readings.
fn between(before: Reading, after: Reading) -> Result<u64, Unmeasured> {
    let enabled_ns = after.enabled_ns.saturating_sub(before.enabled_ns);
    let running_ns = after.running_ns.saturating_sub(before.running_ns);
    if running_ns != enabled_ns {
        let (running, enabled) = (running_ns.to_string(), enabled_ns.to_string());
        return Err(Cause::counter_shared(&running, &enabled).into());
    }
    let count = after.count.checked_sub(before.count);
    count.ok_or_else(|| Cause::counter_backwards().into())
}

/// Whether a counter that read `once` for a loop and `twice` for one of double
/// length counts instructions.
fn believe(turns: u64, once: u64, twice: u64) -> Result<(), Unmeasured> {
    let off = twice.abs_diff(once.saturating_mul(2));
    if once < turns || u128::from(off) * 100 > u128::from(once) * 2 {
        let [once, turns, twice] = [once, turns, twice].map(|number| number.to_string());
        return Err(Cause::counter_wrong(&once, &turns, &twice).into());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_counter_is_believed_if_twice_the_work_is_twice_the_count() {
        #[track_caller]
        fn check(once: u64, twice: u64, expected: bool) {
            assert_eq!(believe(1000, once, twice).is_ok(), expected);
        }
        check(1000, 2000, true);
        check(3050, 6100, true);
        check(3000, 6060, true);
        check(3000, 5940, true);
        check(3000, 6061, false);
        check(3000, 5939, false);
        check(0, 0, false);
        check(999, 1998, false);
        check(5000, 5000, false);
        check(u64::MAX, u64::MAX, true);
        check(u64::MAX, 0, false);
    }

    #[test]
    fn a_counter_that_paused_or_ran_backwards_counted_nothing() {
        let at = |count, enabled_ns, running_ns| Reading {
            count,
            enabled_ns,
            running_ns,
        };
        assert_eq!(between(at(5, 10, 10), at(12, 30, 30)), Ok(7));
        assert_eq!(between(at(5, 10, 8), at(12, 30, 28)), Ok(7));
        let paused = between(at(5, 10, 10), at(12, 30, 20));
        assert!(paused.is_err_and(|why| why.to_string().contains("10 of 20 ns")));
        assert!(between(at(5, 10, 10), at(4, 30, 30)).is_err());
    }

    #[test]
    fn the_counter_of_this_machine_counts_or_says_why_not() {
        match Hardware::open() {
            Ok(hardware) => {
                let inherited = hardware.count(&mut || {
                    std::thread::scope(|scope| {
                        scope.spawn(|| turn(TURNS));
                    });
                });
                assert!(inherited.unwrap() >= TURNS);
            }
            Err(why) => assert!(why.line().len() > 20, "{why}"),
        }
    }
}
