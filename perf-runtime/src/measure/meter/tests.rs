//! What a round does to its subject, and what it says of it.

use std::panic::AssertUnwindSafe;

use super::script::Script;
use super::*;
use crate::model::sample::Disturbed;
use crate::model::sample::{RoundSpec, Scope};
use crate::model::subject::{Bencher, Calls};
use crate::system::alloc::Region;

/// Writes down what is done to it.
#[derive(Default)]
struct Diary {
    lines: Vec<String>,
    calls: usize,
    fails_at: Option<usize>,
    panics_at: Option<usize>,
}

impl Diary {
    fn note(&mut self, line: String) {
        self.lines.push(line);
    }
}

impl Subject for Diary {
    fn prepare(&mut self, calls: usize) {
        self.note(format!("prepare {calls}"));
    }

    fn call(&mut self) {
        self.calls += 1;
        assert_ne!(Some(self.calls), self.panics_at, "on purpose");
        self.note("call".to_owned());
    }

    fn call_all(&mut self) {
        self.note("call all".to_owned());
    }

    fn finish(&mut self) -> Option<String> {
        self.note("finish".to_owned());
        (Some(self.calls) == self.fails_at).then(|| format!("call {} is bad", self.calls))
    }
}

fn plan(calls: usize, batch: usize) -> RoundPlan {
    RoundPlan {
        round: RoundSpec {
            calls,
            batch,
            ..RoundSpec::default()
        },
        clock: Clock::Clean,
        typical_ns: None,
        threads: Threads::Others,
        tolerates_errors: false,
        crowded: false,
    }
}

/// A subject that takes no input and returns nothing.
fn subject(mut f: impl FnMut()) -> impl Subject {
    Calls::new(|| (), move |()| f(), |(): &()| None)
}

#[test]
fn a_round_rewarms_and_then_makes_each_call_by_itself() {
    let mut diary = Diary::default();
    let round = Meter::new().measure(
        &mut diary,
        &RoundPlan {
            round: RoundSpec {
                rewarm: 1,
                ..plan(2, 1).round
            },
            ..plan(2, 1)
        },
    );
    assert_eq!(diary.lines, ["prepare 1", "call", "finish"].repeat(3));
    assert_eq!(
        (round.calls.len(), round.batch, round.failure),
        (2, 1, None)
    );
}

#[test]
fn a_batch_is_prepared_and_called_in_one_go() {
    let mut diary = Diary::default();
    let round = Meter::new().measure(&mut diary, &plan(2, 50));
    assert_eq!(diary.lines, ["prepare 50", "call all", "finish"].repeat(2));
    assert_eq!((round.calls.len(), round.batch), (2, 50));
}

#[test]
fn the_first_error_ends_the_round_and_is_told() {
    #[track_caller]
    fn check(rewarm: usize, fails_at: usize, calls_left: usize) {
        let mut diary = Diary {
            fails_at: Some(fails_at),
            ..Diary::default()
        };
        let round = Meter::new().measure(
            &mut diary,
            &RoundPlan {
                round: RoundSpec {
                    rewarm,
                    ..plan(5, 1).round
                },
                ..plan(5, 1)
            },
        );
        assert_eq!(
            round.failure,
            Some(Failure::Error(format!("call {fails_at} is bad")))
        );
        assert_eq!((diary.calls, round.calls.len()), (fails_at, calls_left));
    }
    check(0, 3, 3);
    check(2, 1, 0);
    check(2, 4, 2);
}

#[test]
fn tolerated_errors_are_counted_call_by_call_and_end_nothing() {
    let mut calls = 0;
    let mut subject = Calls::new(
        || (),
        |()| {
            calls += 1;
            calls
        },
        |call: &usize| {
            call.is_multiple_of(5)
                .then(|| format!("call {call} is bad"))
        },
    );
    let plan = RoundPlan {
        round: RoundSpec {
            rewarm: 5,
            ..plan(100, 1).round
        },
        tolerates_errors: true,
        ..plan(100, 1)
    };
    let round = Meter::new().measure(&mut subject, &plan);
    let failed: Vec<usize> = (0..100).filter(|&at| round.calls[at].failed).collect();
    assert_eq!(failed, (4..100).step_by(5).collect::<Vec<_>>());
    assert_eq!((round.calls.len(), round.failure), (100, None));
    assert_eq!(round.error.as_deref(), Some("call 10 is bad"));
}

#[test]
fn a_panic_passes_through_and_the_next_round_is_whole() {
    let mut meter = Meter::new();
    let mut diary = Diary {
        panics_at: Some(2),
        ..Diary::default()
    };
    let measured =
        std::panic::catch_unwind(AssertUnwindSafe(|| meter.measure(&mut diary, &plan(5, 1))));
    assert!(measured.is_err());
    assert_eq!(
        meter
            .measure(&mut Diary::default(), &plan(3, 1))
            .calls
            .len(),
        3
    );
}

/// Rounds of calls on a scripted machine.
fn scripted(plan: &RoundPlan, mut call: impl FnMut(&Script)) -> Round {
    let script = Script::default();
    let calling = script.clone();
    Meter::on(script).measure(&mut subject(|| call(&calling)), plan)
}

fn judged(round: &Round) -> Vec<f64> {
    round.calls.iter().map(|call| call.judged_ns).collect()
}

#[test]
fn times_are_those_of_one_call() {
    for (batch, typical_ns) in [
        (1, None),
        (1, Some(50_000.0)),
        (1, Some(100.0)),
        (4, Some(50_000.0)),
    ] {
        for clock in [Clock::Clean, Clock::Wall, Clock::Cpu] {
            let plan = RoundPlan {
                typical_ns,
                clock,
                ..plan(10, batch)
            };
            let round = scripted(&plan, |script| script.runs(50e3));
            assert_eq!(judged(&round), [50e3; 10], "{plan:?}");
            assert_eq!(round.elapsed_ns, 500_000 * batch as u64, "{plan:?}");
            assert_eq!(round.each_ns, Some(50e3), "{plan:?}");
        }
    }
}

#[test]
fn what_the_clock_itself_costs_is_in_no_time() {
    let script = Script::default();
    let calling = script.clone();
    let mut meter = Meter::on(script);
    meter.overhead.wall_ns = 30.0;
    let mut subject = subject(|| calling.runs(30.0));
    assert_eq!(judged(&meter.measure(&mut subject, &plan(3, 1))), [0.0; 3]);
}

#[test]
fn a_sleep_keeps_its_time_by_the_clean_clock_and_has_none_by_the_processor_s() {
    #[track_caller]
    fn check(clock: Clock, expected_ns: f64) {
        let plan = RoundPlan {
            clock,
            ..plan(3, 1)
        };
        let round = scripted(&plan, |script| {
            script.runs(3e3);
            script.sleeps(2e6);
        });
        assert_eq!(judged(&round), [expected_ns; 3]);
        let disturbed = round.calls.iter().map(|call| call.disturbed);
        assert_eq!(disturbed.collect::<Vec<_>>(), [Disturbed::Blocked; 3]);
    }
    check(Clock::Clean, 2_003e3);
    check(Clock::Wall, 2_003e3);
    check(Clock::Cpu, 3e3);
}

#[test]
fn a_wait_for_a_processor_is_taken_off_whether_counters_are_read_or_looked_at() {
    #[track_caller]
    fn check(clock: Clock, typical_ns: Option<f64>, expected_ns: f64) {
        let plan = RoundPlan {
            clock,
            typical_ns,
            ..plan(4, 1)
        };
        let mut made = 0;
        let round = scripted(&plan, |script| {
            made += 1;
            script.runs(15e3);
            if made == 2 {
                script.waits(5e6);
            }
        });
        assert_eq!(judged(&round), [15e3, expected_ns, 15e3, 15e3]);
        assert_eq!(round.calls[1].disturbed, Disturbed::Preempted);
        assert_eq!(
            (round.waiting_ns, round.calls[1].wall_ns),
            (5_000_000, 5_015e3)
        );
        // Calls come first that are not timed, where they are short enough to feel it.
        let put_off = if typical_ns.is_some() && clock == Clock::Clean {
            10
        } else {
            0
        };
        assert_eq!(made, 4 + put_off);
        assert_eq!(round.each_ns, Some((15e3 * made as f64) / 4.0));
    }
    check(Clock::Clean, None, 15e3);
    check(Clock::Clean, Some(15e3), 15e3);
    check(Clock::Wall, None, 5_015e3);
    check(Clock::Wall, Some(15e3), 5_015e3);
}

#[cfg(target_os = "linux")]
#[test]
#[ignore = "live: it needs a machine on which it can be made to wait"]
fn waiting_for_a_processor_is_taken_off_and_told() {
    use std::sync::atomic::{AtomicBool, Ordering};
    let done = AtomicBool::new(false);
    let neighbours = 2 * std::thread::available_parallelism().unwrap().get();
    // A fixed amount of work, about 3 ms: long enough to be pre-empted.
    let mut work = subject(|| {
        (0..2_000_000_u64).for_each(|n| {
            std::hint::black_box(n);
        })
    });
    let mut meter = Meter::new();
    let busy = std::thread::scope(|scope| {
        for _ in 0..neighbours {
            scope.spawn(|| {
                while !done.load(Ordering::Relaxed) {
                    std::hint::spin_loop();
                }
            });
        }
        // Many waits: one that cannot be told from those between calls is no call's.
        let busy = meter.measure(&mut work, &plan(600, 1));
        done.store(true, Ordering::Relaxed);
        busy
    });
    let sum = |round: &Round, time: fn(&Call) -> f64| {
        round.calls.iter().map(time).sum::<f64>() / round.calls.len() as f64
    };
    let (clean, wall) = (
        sum(&busy, |call| call.judged_ns),
        sum(&busy, |call| call.wall_ns),
    );
    assert!(
        busy.waiting_ns > 0 && clean < wall,
        "{} ns waited, clean {clean}, wall {wall}",
        busy.waiting_ns
    );
    assert!(
        busy.calls
            .iter()
            .any(|call| call.disturbed == Disturbed::Preempted)
    );
    let taken_off = (wall - clean) * busy.calls.len() as f64;
    assert!(
        taken_off > 0.5 * busy.waiting_ns as f64,
        "{taken_off} of {}",
        busy.waiting_ns
    );
}

#[test]
fn the_meter_allocates_nothing_between_calls() {
    struct Watcher {
        region: Option<Region>,
        allocs: u64,
    }
    impl Subject for Watcher {
        fn prepare(&mut self, _: usize) {
            // Everything from the last call's end to this one's beginning.
            self.allocs += self
                .region
                .take()
                .map_or(0, |region| region.leave().counts.allocs);
        }
        fn call(&mut self) {}
        fn call_all(&mut self) {}
        fn finish(&mut self) -> Option<String> {
            self.region = Some(Region::enter(Scope::Thread));
            None
        }
    }
    let mut meter = Meter::new();
    for typical_ns in [None, Some(100.0)] {
        let mut watcher = Watcher {
            region: None,
            allocs: 0,
        };
        meter.measure(
            &mut watcher,
            &RoundPlan {
                typical_ns,
                ..plan(200, 1)
            },
        );
        assert_eq!(watcher.allocs, 0);
    }
}

#[test]
fn a_benchers_function_is_measured_through_its_runner() {
    let mut meter = Meter::new();
    let mut runner = RoundRunner::new(
        &mut meter,
        RoundPlan {
            round: RoundSpec {
                rewarm: 2,
                ..plan(5, 1).round
            },
            ..plan(5, 1)
        },
    );
    let mut made = 0;
    let mut bencher = Bencher::new(&mut runner);
    bencher.iter(|| made += 1);
    bencher.iter(|| made += 100);
    assert_eq!(bencher.used(), 2);
    let round = runner.result.unwrap();
    assert_eq!((round.calls.len(), made), (5, 7));
}
