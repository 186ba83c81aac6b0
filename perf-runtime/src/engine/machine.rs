//! A machine of numbers: runs a suite on scripted calls in virtual time.

use perf_grammar::{Metric, Quantile};

use super::{CaseOutcome, CaseSpec, Confirm, Purpose, Request, Suite, SuiteSpec, TimeLimit};
use crate::model::case::Clock;
use crate::model::figure::PerCall;
use crate::model::plan::Plan;
use crate::model::sample::{Call, Disturbed, Kind, Processor, Round, RoundSpec, SpanTimes};

/// When a run begins; time need not begin at zero.
pub(super) const START_NS: u64 = 1_000_000;
pub(super) const US: f64 = 1e3;
pub(super) const MS: f64 = 1e6;
/// What a call takes of the case that another is compared with.
pub(super) const BESIDE: f64 = 100.0 * US;
pub(super) const P99: Metric = Metric::Quantile(Quantile::P99);

/// What the script says a call did.
pub(super) struct Scripted {
    pub(super) call: Call,
    pub(super) waited_ns: f64,
    /// What dropping its output takes.
    pub(super) beside_ns: f64,
}

/// A call that took this long and was not disturbed.
pub(super) fn calm(ns: f64) -> Scripted {
    Scripted {
        call: Call {
            judged_ns: ns,
            wall_ns: ns,
            disturbed: Disturbed::No,
            failed: false,
        },
        waited_ns: 0.0,
        beside_ns: 0.0,
    }
}

/// Times of calls, by the number of the call and the virtual time.
pub(super) type Script<'a> = Box<dyn FnMut(u64, u64) -> Scripted + 'a>;

/// What was asked, for tests of the schedule.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Event {
    pub(super) at_ns: u64,
    pub(super) until_ns: u64,
    pub(super) request: Request,
}

pub(super) struct Run {
    pub(super) suite: Suite,
    pub(super) events: Vec<Event>,
    pub(super) ended_ns: u64,
}

impl Run {
    pub(super) fn outcome(&self) -> &CaseOutcome {
        self.suite.outcome(0)
    }

    pub(super) fn decision(&self) -> super::Decision {
        self.outcome().judgements[0].decision
    }

    pub(super) fn rounds(&self, of: usize, wanted: Purpose) -> Vec<Event> {
        let wanted = |event: &&Event| matches!(event.request, Request::Round { case, purpose, .. } if case == of && purpose == wanted);
        self.events.iter().filter(wanted).copied().collect()
    }
}

pub(super) fn suite_spec() -> SuiteSpec {
    SuiteSpec {
        time_limits_in_run: 1,
        seed: 1,
        overhead_ns: 23.0,
        cpu_overhead_ns: 420.0,
        confirm: Confirm::InProcess,
        clean_clock_available: true,
        grace_ns: crate::harness::watchdog::GRACE_NS,
    }
}

pub(super) fn plan() -> Plan {
    Plan {
        warmup: None,
        samples: None,
        max_time_ns: 3_000_000_000,
        counting_ns: 3_000_000_000,
        items: 1,
        threads: 1,
        rate: None,
        clock: Clock::Clean,
        false_fail: 1e-3,
        false_pass: 0.05,
        near: 0.9,
        regression: crate::verdict::messages::fixtures::regression(),
        profile: None,
    }
}

pub(super) fn case(limits: &[(Metric, f64)]) -> CaseSpec {
    let limit = |&(metric, limit): &(Metric, f64)| TimeLimit {
        metric,
        of: None,
        limit: PerCall(limit),
        judged: true,
        pursued: true,
    };
    CaseSpec {
        plan: plan(),
        limits: limits.iter().map(limit).collect(),
        count_memory: false,
        batches: true,
        slowed: false,
    }
}

/// Runs a suite to its end, or panics where it does not end.
pub(super) fn run(spec: SuiteSpec, cases: Vec<CaseSpec>, mut scripts: Vec<Script<'_>>) -> Run {
    let users: Vec<f64> = cases.iter().map(|case| case.plan.threads as f64).collect();
    let mut suite = Suite::of(spec, cases);
    let (mut now, mut calls_made) = (START_NS, vec![0_u64; scripts.len()]);
    let mut events = Vec::new();
    for _ in 0..2_000_000 {
        let (at_ns, request) = (now, suite.next(now));
        match request {
            Request::Round {
                case,
                round:
                    RoundSpec {
                        calls,
                        batch,
                        rewarm,
                        processor,
                        kind,
                        ..
                    },
                ..
            } => {
                let script = &mut scripts[case];
                let mut next = |made: &mut u64, now: u64| {
                    *made += 1;
                    script(*made - 1, now)
                };
                let made = &mut calls_made[case];
                let mut round = Round {
                    kind,
                    batch: batch as u64,
                    ..Round::default()
                };
                let mut clock = now as f64;
                let mut waited = 0.0;
                for _ in 0..rewarm {
                    let untimed = next(made, clock as u64);
                    clock += untimed.call.wall_ns + untimed.beside_ns;
                    waited += untimed.waited_ns;
                }
                let (mut waiting, mut beside) = (0.0, 0.0);
                for _ in 0..calls {
                    let mut unit = next(made, clock as u64);
                    for _ in 1..batch {
                        let more = next(made, clock as u64);
                        unit.call.judged_ns += more.call.judged_ns;
                        unit.call.wall_ns += more.call.wall_ns;
                        unit.waited_ns += more.waited_ns;
                        unit.beside_ns += more.beside_ns;
                    }
                    clock += unit.call.wall_ns + unit.beside_ns + spec.overhead_ns;
                    waiting += unit.waited_ns;
                    beside += unit.beside_ns;
                    unit.call.judged_ns /= batch as f64;
                    unit.call.wall_ns /= batch as f64;
                    round.calls.push(unit.call);
                }
                // Users share the calls, each of them making its own in turn.
                let busy_ns: f64 = round.calls.iter().map(|call| call.wall_ns).sum();
                round.span_ns = (users[case] > 1.0).then(|| busy_ns / users[case]);
                let mean = |of: fn(&Call) -> f64| {
                    round.calls.iter().map(of).sum::<f64>() / calls.max(1) as f64
                };
                round.processor = processor.then_some(Processor {
                    calls: (calls * batch) as u64,
                    least_ns: mean(|call| call.judged_ns),
                    most_ns: mean(|call| call.judged_ns),
                    clean_ns: mean(|call| call.wall_ns),
                });
                round.ratio = matches!(kind, Kind::AgainstOther | Kind::AgainstAlone)
                    .then(|| mean(|call| call.judged_ns) / BESIDE);
                if kind == Kind::Watched {
                    round.watched = calls;
                    let half = |call: &Call| call.judged_ns / 2.0;
                    round.spans = vec![SpanTimes {
                        name: "half".to_owned(),
                        ns: round.calls.iter().map(half).collect(),
                        elsewhere: 0,
                    }];
                }
                round.waiting_ns = waiting as u64;
                round.waited_ns = (waiting + waited) as u64;
                let able_ns = busy_ns * batch as f64 + beside - waiting;
                round.each_ns = Some(able_ns / (calls * batch).max(1) as f64);
                round.elapsed_ns = (clock as u64).max(now + 1) - now;
                now += round.elapsed_ns;
                suite.accept(case, &round, now);
            }
            Request::Count { case } => {
                now += 1_000;
                suite.counted(case, now);
            }
            Request::Wait { until_ns } => {
                assert!(until_ns > now, "a wait for the past");
                now = until_ns;
            }
            Request::Finished { .. } => {}
            Request::Done => {
                return Run {
                    suite,
                    events,
                    ended_ns: now,
                };
            }
        }
        events.push(Event {
            at_ns,
            until_ns: now,
            request,
        });
    }
    panic!("the suite does not end");
}

/// One case, run alone.
pub(super) fn run_one(
    spec: SuiteSpec,
    case: CaseSpec,
    script: impl FnMut(u64, u64) -> Scripted,
) -> Run {
    run(spec, vec![case], vec![Box::new(script)])
}
