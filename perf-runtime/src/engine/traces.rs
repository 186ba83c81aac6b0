//! Recorded calls of real functions, replayed.
//!
//! Each file holds 30 stretches of 100 consecutive calls, recorded on a virtual
//! machine with two processors: `quiet`, and `noisy` with eight runnable
//! threads. A row is the wall time of a call and what the clean clock takes
//! off it, in nanoseconds; `-` where the counters contradicted each other.

use super::machine::{P99, Scripted, case, run_one, suite_spec};
use super::*;
use crate::model::case::Clock;
use crate::model::sample::{Call, Disturbed};
use perf_statistics::Random;

const STRETCH: usize = 100;

struct Trace {
    name: &'static str,
    calls: Vec<Scripted>,
}

fn read(name: &'static str, text: &str) -> Trace {
    let call = |line: &str| {
        let (wall, off) = line.split_once(',').expect("two columns");
        let wall_ns: f64 = wall.parse().expect("a number");
        let (off_ns, disturbed) = match off {
            "-" => (0.0, Disturbed::Dropped),
            "0" => (0.0, Disturbed::No),
            off => (off.parse().expect("a number"), Disturbed::Preempted),
        };
        Scripted {
            call: Call {
                judged_ns: wall_ns - off_ns,
                wall_ns,
                disturbed,
                failed: false,
            },
            waited_ns: off_ns,
            beside_ns: 0.0,
        }
    };
    Trace {
        name,
        calls: text.lines().skip(1).map(call).collect(),
    }
}

fn traces() -> [[Trace; 2]; 3] {
    [
        [
            read(
                "sort, quiet",
                include_str!("../../tests/traces/sort_66us_quiet.csv"),
            ),
            read(
                "sort, noisy",
                include_str!("../../tests/traces/sort_66us_noisy.csv"),
            ),
        ],
        [
            read(
                "allocation, quiet",
                include_str!("../../tests/traces/allocation_40us_quiet.csv"),
            ),
            read(
                "allocation, noisy",
                include_str!("../../tests/traces/allocation_40us_noisy.csv"),
            ),
        ],
        [
            read(
                "parse, quiet",
                include_str!("../../tests/traces/parse_350ns_quiet.csv"),
            ),
            read(
                "parse, noisy",
                include_str!("../../tests/traces/parse_350ns_noisy.csv"),
            ),
        ],
    ]
}

impl Trace {
    fn p99(&self, of: impl Fn(&Call) -> f64) -> f64 {
        let mut times: Vec<f64> = self
            .calls
            .iter()
            .map(|scripted| of(&scripted.call))
            .collect();
        times.sort_by(f64::total_cmp);
        times[times.len() * 99 / 100]
    }

    /// Each round begins in another stretch, as rounds that lie apart in time
    /// do; within one, calls keep their order.
    fn replay(&self, seed: u64) -> impl FnMut(u64, u64) -> Scripted {
        let mut random = Random::new(seed);
        let (mut at, mut last_ns) = (0, 0);
        move |_, now| {
            if now > last_ns + 10_000_000 || at % STRETCH == 0 {
                at = random.below(self.calls.len() / STRETCH) * STRETCH;
            }
            let Scripted {
                call, waited_ns, ..
            } = self.calls[at];
            last_ns = now + call.wall_ns as u64;
            at += 1;
            Scripted {
                call,
                waited_ns,
                beside_ns: 0.0,
            }
        }
    }

    fn decisions(&self, limit_ns: f64, clock: Clock) -> Vec<Decision> {
        let one = |seed| {
            let mut spec = case(&[(P99, limit_ns)]);
            spec.plan.clock = clock;
            let mut replay = self.replay(seed);
            let script = |at, now| {
                let mut scripted = replay(at, now);
                if clock == Clock::Wall {
                    scripted.call.judged_ns = scripted.call.wall_ns;
                }
                scripted
            };
            // What timing a call cost where they were recorded is in them.
            run_one(
                SuiteSpec {
                    seed,
                    overhead_ns: 0.0,
                    cpu_overhead_ns: 420.0,
                    ..suite_spec()
                },
                spec,
                script,
            )
            .decision()
        };
        (0..100).map(one).collect()
    }
}

fn count(decisions: &[Decision], wanted: Decision) -> usize {
    decisions
        .iter()
        .filter(|&&decision| decision == wanted)
        .count()
}

#[test]
fn recorded_calls_break_no_limit_with_headroom_and_every_limit_at_half() {
    for [quiet, noisy] in traces() {
        let p99 = quiet.p99(|call| call.judged_ns);
        for trace in [&quiet, &noisy] {
            let sound = trace.decisions(1.5 * p99, Clock::Clean);
            let broken = trace.decisions(0.5 * p99, Clock::Clean);
            println!(
                "| {} | {} of 100 pass, {} fail at 1.5 quiet p99 | {} fail at 0.5 |",
                trace.name,
                count(&sound, Decision::Holds),
                count(&sound, Decision::Broken),
                count(&broken, Decision::Broken),
            );
            assert_eq!(count(&sound, Decision::Broken), 0, "{}", trace.name);
            assert!(
                count(&sound, Decision::Holds) >= 90,
                "{}: {sound:?}",
                trace.name
            );
            // Half of what a parse takes is less than a clock can tell.
            let reachable = 0.5 * p99 >= 500.0;
            assert_eq!(
                count(&broken, Decision::Broken),
                if reachable { 100 } else { 0 },
                "{}",
                trace.name
            );
        }
    }
}

#[test]
fn the_sample_quantile_of_the_wall_clock_would_break_sound_limits_and_that_can_be_seen() {
    let [[quiet, noisy], ..] = traces();
    let limit = 1.5 * quiet.p99(|call| call.judged_ns);
    assert!(
        noisy.p99(|call| call.wall_ns) > limit,
        "what the peers do fails here"
    );
    assert!(noisy.p99(|call| call.judged_ns) < limit);
    let wall = noisy.decisions(limit, Clock::Wall);
    println!(
        "| sort, noisy, by the wall clock | {} of 100 pass, {} fail |",
        count(&wall, Decision::Holds),
        count(&wall, Decision::Broken)
    );
    assert!(count(&wall, Decision::Holds) < 50, "{wall:?}");
}
