//! Makes the time that is judged out of what was read around a call.
//!
//! The rules are those of STATISTICS 8. What a call did to itself stays in its
//! time (sleeping, locks, input and output); what the scheduler did to it is
//! taken out.

use crate::model::case::Clock;
use crate::model::sample::{Call, Disturbed};

/// Below this time of a call (or batch) the counters are not read around each:
/// reading them costs about 2 us, and what that does to the caches would be
/// felt. They are looked at after those calls that may have waited.
pub(crate) const SHORTEST_COUNTED_NS: f64 = 20_000.0;
/// How far a call's own waiting may be unknown, nanoseconds and as a share of it.
/// Of 681 waits at a load of 7 on two processors, 5 were shorter than
/// 20 us.
const UNKNOWN_NS: f64 = 10_000.0;
const UNKNOWN_SHARE: f64 = 0.05;

/// What was read around one call or one batch; `None` where a counter was not
/// read or does not exist.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Reading {
    pub(crate) wall_ns: u64,
    pub(crate) cpu_ns: Option<u64>,
    pub(crate) voluntary: Option<u64>,
    pub(crate) involuntary: Option<u64>,
    pub(crate) waited_ns: Option<u64>,
    /// Between the two readings of the counters, the time that was not the
    /// call's: what was waited may have been waited there.
    pub(crate) outside_ns: u64,
    /// The call returned `Err` where that is tolerated.
    pub(crate) failed: bool,
}

/// What an empty call reads on each clock, nanoseconds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Overhead {
    pub(crate) wall_ns: f64,
    pub(crate) cpu_ns: f64,
}

/// What is judged of one call or batch, and how long it waited for a
/// processor, nanoseconds.
pub(crate) fn call(reading: &Reading, overhead: &Overhead, clock: Clock) -> (Call, f64) {
    let wall_ns = (reading.wall_ns as f64 - overhead.wall_ns).max(0.0);
    // Processor time cannot be longer than wall time; where it seems so, its
    // coarser reading is to blame.
    let cpu_ns = reading
        .cpu_ns
        .map(|cpu| (cpu as f64 - overhead.cpu_ns).max(0.0).min(wall_ns));
    let waited_ns = reading.waited_ns.map(|waited| waited as f64);
    let off_processor = off_processor(reading, wall_ns, cpu_ns, waited_ns);
    let (judged_ns, disturbed) = match clock {
        Clock::Wall => (wall_ns, off_processor.disturbed),
        Clock::Cpu => (cpu_ns.unwrap_or(wall_ns), off_processor.disturbed),
        Clock::Clean if off_processor.unknown => (wall_ns, Disturbed::Dropped),
        Clock::Clean => (off_processor.clean_ns, off_processor.disturbed),
    };
    (
        Call {
            judged_ns,
            wall_ns,
            disturbed,
            failed: reading.failed,
        },
        off_processor.waited_ns,
    )
}

/// What became of a call while it was not running.
struct OffProcessor {
    clean_ns: f64,
    waited_ns: f64,
    disturbed: Disturbed,
    /// It is not known how much of the waiting was the call's.
    unknown: bool,
}

fn off_processor(
    reading: &Reading,
    wall_ns: f64,
    cpu_ns: Option<f64>,
    waited_ns: Option<f64>,
) -> OffProcessor {
    let preempted = reading.involuntary.is_some_and(|n| n > 0);
    let disturbed = match reading.voluntary {
        _ if preempted => Disturbed::Preempted,
        Some(1..) => Disturbed::Blocked,
        Some(0) | None => Disturbed::No,
    };
    match (reading.voluntary, cpu_ns, waited_ns) {
        // It never gave the processor up, so all its time is processor time.
        (Some(0), Some(cpu_ns), waited_ns) => {
            // A wait may have fallen between the reading and the call: what
            // the call itself waited is no more than what it did not run.
            let stood_ns = wall_ns - cpu_ns;
            let waited_ns = waited_ns.map_or(stood_ns, |waited| waited.min(stood_ns));
            OffProcessor {
                clean_ns: cpu_ns,
                waited_ns,
                disturbed,
                unknown: false,
            }
        }
        (Some(_), _, Some(waited_ns)) => OffProcessor {
            clean_ns: (wall_ns - waited_ns).max(0.0),
            waited_ns: waited_ns.min(wall_ns),
            disturbed,
            unknown: waited_ns > wall_ns
                || unknown_ns(reading, waited_ns) > (UNKNOWN_SHARE * wall_ns).max(UNKNOWN_NS),
        },
        // Without knowing whether it blocked, nothing can be taken off.
        _ => OffProcessor {
            clean_ns: wall_ns,
            waited_ns: 0.0,
            disturbed,
            unknown: false,
        },
    }
}

/// How much of what was waited may have been waited outside the call. One wait is
/// in one piece: where it is longer than all that was outside, the call has it.
fn unknown_ns(reading: &Reading, waited_ns: f64) -> f64 {
    let outside_ns = reading.outside_ns as f64;
    let waits = reading.voluntary.unwrap_or(0) + reading.involuntary.unwrap_or(0);
    if waits <= 1 && waited_ns > outside_ns {
        0.0
    } else {
        waited_ns.min(outside_ns)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OVERHEAD: Overhead = Overhead {
        wall_ns: 20.0,
        cpu_ns: 300.0,
    };

    /// Microseconds of wall time, processor time and waiting, and counts of
    /// switches, as if read with overhead.
    fn reading(
        wall: u64,
        cpu: Option<u64>,
        voluntary: Option<u64>,
        involuntary: Option<u64>,
        waited: Option<u64>,
    ) -> Reading {
        Reading {
            wall_ns: wall * 1000 + 20,
            cpu_ns: cpu.map(|us| us * 1000 + 300),
            voluntary,
            involuntary,
            waited_ns: waited.map(|us| us * 1000),
            ..Reading::default()
        }
    }

    #[track_caller]
    fn check(
        clock: Clock,
        reading: &Reading,
        judged_us: f64,
        disturbed: Disturbed,
        waited_us: f64,
    ) {
        let (call, waited_ns) = call(reading, &OVERHEAD, clock);
        assert_eq!(
            (call.judged_ns / 1000.0, call.disturbed, waited_ns / 1000.0),
            (judged_us, disturbed, waited_us)
        );
    }

    #[test]
    fn the_clean_clock_takes_out_what_the_scheduler_did() {
        use Disturbed::{Blocked, Dropped, No, Preempted};
        let row = |reading: &Reading, judged, disturbed, waited| {
            check(Clock::Clean, reading, judged, disturbed, waited)
        };
        // wall, cpu, voluntary, involuntary, waited
        row(
            &reading(50, Some(50), Some(0), Some(0), Some(0)),
            50.0,
            No,
            0.0,
        );
        // Pre-empted for 4 ms: only the wait goes.
        row(
            &reading(4050, Some(50), Some(0), Some(1), Some(4000)),
            50.0,
            Preempted,
            4000.0,
        );
        // Processor time above wall time is a coarse reading.
        row(
            &reading(50, Some(51), Some(0), Some(0), Some(0)),
            50.0,
            No,
            0.0,
        );
        // A sleep of 2 ms stays.
        row(
            &reading(2050, Some(50), Some(1), Some(0), Some(0)),
            2050.0,
            Blocked,
            0.0,
        );
        // It slept, was ready again, and waited 1 ms for a processor.
        row(
            &reading(3050, Some(50), Some(1), Some(0), Some(1000)),
            2050.0,
            Blocked,
            1000.0,
        );
        // It slept and was pre-empted.
        row(
            &reading(3050, Some(50), Some(1), Some(1), Some(1000)),
            2050.0,
            Preempted,
            1000.0,
        );
        // The wait belongs to something else.
        row(
            &reading(50, Some(20), Some(1), Some(0), Some(51)),
            50.0,
            Dropped,
            50.0,
        );
        // A wait booked wrongly does no harm where processor time is known.
        row(
            &reading(50, Some(40), Some(0), Some(0), Some(51)),
            40.0,
            No,
            10.0,
        );
    }

    #[test]
    fn the_clean_clock_takes_off_only_what_it_knows() {
        use Disturbed::{Blocked, No, Preempted};
        let row = |reading: &Reading, judged, disturbed, waited| {
            check(Clock::Clean, reading, judged, disturbed, waited)
        };
        row(&reading(50, None, None, None, None), 50.0, No, 0.0);
        row(&reading(50, Some(20), None, None, None), 50.0, No, 0.0);
        row(&reading(50, Some(20), None, None, Some(10)), 50.0, No, 0.0);
        row(
            &reading(50, Some(20), Some(0), Some(1), None),
            20.0,
            Preempted,
            30.0,
        );
        row(
            &reading(50, None, Some(0), Some(1), Some(30)),
            20.0,
            Preempted,
            30.0,
        );
        row(
            &reading(50, Some(20), Some(2), Some(0), None),
            50.0,
            Blocked,
            0.0,
        );
    }

    #[test]
    fn the_other_clocks_are_read_as_they_are() {
        use Disturbed::{Blocked, No, Preempted};
        let preempted = reading(4050, Some(50), Some(0), Some(1), Some(4000));
        check(Clock::Wall, &preempted, 4050.0, Preempted, 4000.0);
        check(Clock::Cpu, &preempted, 50.0, Preempted, 4000.0);
        let slept = reading(2050, Some(50), Some(1), Some(0), Some(0));
        check(Clock::Wall, &slept, 2050.0, Blocked, 0.0);
        check(Clock::Cpu, &slept, 50.0, Blocked, 0.0);
        // Nothing is dropped that the wait does not enter.
        let contradiction = reading(50, Some(20), Some(1), Some(0), Some(51));
        check(Clock::Wall, &contradiction, 50.0, Blocked, 50.0);
        check(Clock::Cpu, &contradiction, 20.0, Blocked, 50.0);
        check(
            Clock::Cpu,
            &reading(50, None, None, None, None),
            50.0,
            No,
            0.0,
        );
    }

    #[test]
    fn no_time_is_below_zero() {
        let quick = Reading {
            wall_ns: 3,
            cpu_ns: Some(5),
            voluntary: Some(0),
            involuntary: Some(0),
            waited_ns: Some(0),
            ..Reading::default()
        };
        for clock in [Clock::Clean, Clock::Wall, Clock::Cpu] {
            check(clock, &quick, 0.0, Disturbed::No, 0.0);
        }
    }

    #[test]
    fn a_wait_that_may_have_been_between_calls_is_taken_off_none() {
        use Disturbed::{Blocked, Dropped, Preempted};
        #[track_caller]
        fn row(outside_us: u64, reading: Reading, judged_us: f64, disturbed: Disturbed) {
            let reading = Reading {
                outside_ns: outside_us * 1000,
                ..reading
            };
            let (call, _) = call(&reading, &OVERHEAD, Clock::Clean);
            assert_eq!(
                (call.judged_ns / 1000.0, call.disturbed),
                (judged_us, disturbed)
            );
        }
        // wall, cpu, voluntary, involuntary, waited: a call of 60 us that was
        // looked at, and a wait of 40 us.
        let looked = |waits, waited| reading(60, None, Some(0), Some(waits), Some(waited));
        row(2, looked(1, 40), 20.0, Preempted);
        // One wait is in one piece, and there was room for it outside the call.
        row(45, looked(1, 40), 60.0, Dropped);
        row(39, looked(1, 40), 20.0, Preempted);
        // Of two, one may have been outside.
        row(39, looked(2, 40), 60.0, Dropped);
        row(9, looked(2, 40), 20.0, Preempted);
        // What is unknown is little against the call.
        let slept = reading(3050, Some(50), Some(1), Some(0), Some(1000));
        row(150, slept, 2050.0, Blocked);
        row(1200, slept, 3050.0, Dropped);
        // Processor time does not go on while others have the processor.
        let counted = reading(4050, Some(50), Some(0), Some(1), Some(4000));
        row(9000, counted, 50.0, Preempted);
    }

    #[test]
    fn what_is_known_of_a_call_decides_for_which_side_it_is_evidence() {
        #[track_caller]
        fn check(disturbed: Disturbed, least_us: Option<f64>, most_us: f64) {
            let call = Call {
                judged_ns: 150e3,
                wall_ns: 900e3,
                disturbed,
                failed: false,
            };
            let known = (call.least_ns().map(|ns| ns / 1e3), call.most_ns() / 1e3);
            assert_eq!(known, (least_us, most_us));
        }
        check(Disturbed::No, Some(150.0), 150.0);
        check(Disturbed::Blocked, Some(150.0), 150.0);
        check(Disturbed::Preempted, Some(50.0), 150.0);
        check(Disturbed::Dropped, None, 900.0);
    }
}
