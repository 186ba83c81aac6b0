//! Notices where the processor was taken away, without reading counters around each call.
//!
//! A wait makes the stretch of time that holds it long. So the clock is read in
//! front of each call, and only where the time since the last call, or a call
//! itself, was longer than it should be are the counters looked at, outside of
//! what is timed. What they say belongs to the stretch that was long: to one
//! call, or to none.
//!
//! NOTE: one reading a round, taken off its longest calls, was rejected. Most of a
//! round's waiting may fall between its calls: kernels that preempt lazily take the
//! processor where a system call ends, which is where the counters are read. Long
//! calls then lost what others had waited, and a tail looked like the median.

use super::{Around, Machine, RoundPlan};
use crate::measure::adjust::Reading;
use crate::model::case::Clock;
use crate::system::counters::Turns;

/// After the processor was taken away, calls are made untimed for so long.
///
/// What ran meanwhile left cold caches and a cold branch predictor, which costs
/// the next calls processor time that no clock can take off: of the calls above
/// twice the median of a map of 250 entries, beside one busy neighbour a core,
/// a sixth were pre-empted themselves and three quarters were the first three
/// after one. The call that was pre-empted is still judged: only calls that
/// were not made yet are put off, for a reason that is not theirs.
const AGAIN_NS: f64 = 150e3;
/// All that is done around these calls included.
pub(super) const AGAIN_MOST_NS: f64 = 4.0 * AGAIN_NS;
/// A call longer than this is hardly slower for it.
pub(crate) const TOO_LONG_TO_FEEL_NS: f64 = 1e6;
/// A wait is longer: at a load of 7 on two processors, 2 of 681 were
/// not, and the shortest stretch that held one took 2.6 us.
const SHORTEST_WAIT_NS: u64 = 2_000;
/// A call that takes this many times as long as the typical one is looked at.
const USUAL: f64 = 1.25;
/// Looking may itself be interrupted; so often it is tried again.
const LOOKS: usize = 3;

/// What was seen so far.
pub(super) struct Watch<M> {
    pub(super) machine: M,
    /// Untimed calls that bring back what being pre-empted costs.
    again: usize,
    /// A call or batch that took longer may have waited; `None` where counters
    /// are read around each.
    suspect_ns: Option<f64>,
    seen: Seen,
    /// Where the stretch of time began that is watched, and how much of it was
    /// inside calls.
    mark_ns: u64,
    inside_ns: u64,
    /// The processor was taken away, and no call was put off for it yet.
    taken: bool,
}

/// The counters at the last look.
#[derive(Clone, Copy)]
struct Seen {
    turns: Option<Turns>,
    voluntary: Option<u64>,
    involuntary: Option<u64>,
}

impl Seen {
    fn now(turns: Option<Turns>, machine: &impl Machine) -> Seen {
        let (voluntary, involuntary) = machine.switches();
        Seen {
            turns,
            voluntary,
            involuntary,
        }
    }
}

impl<M: Machine> Watch<M> {
    pub(super) fn new(machine: M, plan: &RoundPlan, batch: usize, around: Around) -> Watch<M> {
        // The wall clock is asked for where all that the machine does counts.
        let felt = plan
            .typical_ns
            .filter(|ns| *ns > 0.0 && *ns < TOO_LONG_TO_FEEL_NS)
            .filter(|_| plan.clock != Clock::Wall && !plan.crowded);
        let usual_ns = plan.typical_ns.unwrap_or(0.0) * batch as f64 * USUAL;
        Watch {
            again: felt.map_or(0, |ns| (AGAIN_NS / ns).ceil().min(10_000.0) as usize),
            suspect_ns: (around != Around::All).then_some(usual_ns + SHORTEST_WAIT_NS as f64),
            seen: Seen::now(machine.turns(), &machine),
            mark_ns: machine.now_ns(),
            inside_ns: 0,
            taken: false,
            machine,
        }
    }

    /// The time by which it watches.
    pub(super) fn now_ns(&self) -> u64 {
        self.machine.now_ns()
    }

    /// Whether calls are to be put off, because the processor was taken away.
    pub(super) fn is_cold(&self) -> bool {
        self.taken && self.again > 0
    }

    /// Untimed calls to make before the next: none, unless the processor was taken
    /// away.
    pub(super) fn calls_due(&mut self) -> usize {
        if std::mem::take(&mut self.taken) {
            self.again
        } else {
            0
        }
    }

    /// A call is about to begin: what was waited until now is no call's.
    pub(super) fn begin(&mut self) {
        for _ in 0..LOOKS {
            let now_ns = self.machine.now_ns();
            let apart_ns = (now_ns - self.mark_ns).saturating_sub(self.inside_ns);
            (self.mark_ns, self.inside_ns) = (now_ns, 0);
            if apart_ns < SHORTEST_WAIT_NS {
                break;
            }
            self.look();
        }
    }

    /// A call has ended: what it waited is written into its reading.
    pub(super) fn end(&mut self, reading: &mut Reading) {
        self.inside_ns = reading.wall_ns;
        match self.suspect_ns {
            None => self.taken |= reading.involuntary > Some(0),
            Some(ns) if reading.wall_ns as f64 > ns => {
                let before = self.seen;
                self.look();
                let since =
                    |now: Option<u64>, before: Option<u64>| Some(now?.saturating_sub(before?));
                let waited = |seen: Seen| seen.turns.map(|turns| turns.waited_ns);
                reading.voluntary = since(self.seen.voluntary, before.voluntary);
                reading.involuntary = since(self.seen.involuntary, before.involuntary);
                reading.waited_ns = since(waited(self.seen), waited(before));
            }
            Some(_) => return,
        }
        let all_ns = self.machine.now_ns() - self.mark_ns;
        reading.outside_ns = all_ns.saturating_sub(reading.wall_ns);
    }

    /// Looks at the counters: at the second of them only where the first shows
    /// a switch.
    fn look(&mut self) {
        let turns = self.machine.turns();
        if turns.is_none() || turns != self.seen.turns {
            let now = Seen::now(turns, &self.machine);
            self.taken |= now.involuntary > self.seen.involuntary;
            self.seen = now;
        }
    }
}

#[cfg(test)]
mod tests {
    use perf_statistics::Random;

    use super::*;
    use crate::measure::adjust::{self, Overhead};
    use crate::measure::meter::Threads;
    use crate::measure::meter::script::Script;
    use crate::model::sample::RoundSpec;
    use crate::model::sample::{Call, Disturbed};
    use crate::model::subject::Subject;
    use crate::system::counters::Counters;

    fn plan(typical_ns: f64) -> RoundPlan {
        RoundPlan {
            round: RoundSpec {
                calls: 10,
                batch: 1,
                ..RoundSpec::default()
            },
            clock: Clock::Clean,
            typical_ns: Some(typical_ns),
            threads: Threads::Others,
            tolerates_errors: false,
            crowded: false,
        }
    }

    fn of(wall_ns: u64) -> Reading {
        Reading {
            wall_ns,
            ..Reading::default()
        }
    }

    #[test]
    fn calls_are_put_off_only_where_the_processor_was_taken_away() {
        let again = |plan: &RoundPlan| {
            let mut watch = Watch::new(Script::default(), plan, 1, Around::All);
            assert_eq!((watch.is_cold(), watch.calls_due()), (false, 0));
            watch.end(&mut Reading {
                involuntary: Some(1),
                ..of(40_000)
            });
            let cold = watch.is_cold();
            let due = watch.calls_due();
            assert_eq!((watch.is_cold(), watch.calls_due()), (false, 0));
            (cold, due)
        };
        assert_eq!(again(&plan(40e3)), (true, 4));
        assert_eq!(again(&plan(2e6)), (false, 0));
        let wall = RoundPlan {
            clock: Clock::Wall,
            ..plan(40e3)
        };
        assert_eq!(again(&wall), (false, 0));
        let crowded = RoundPlan {
            crowded: true,
            ..plan(40e3)
        };
        assert_eq!(again(&crowded), (false, 0));
    }

    #[test]
    fn what_was_waited_before_a_call_is_not_its_own() {
        let script = Script::default();
        let mut watch = Watch::new(script.clone(), &plan(1e3), 1, Around::Nothing);
        // A short call is not looked at, a long one is, and everything since the
        // last look may be its own.
        script.waits(3e3);
        let mut short = of(3_000);
        watch.end(&mut short);
        assert_eq!(short, of(3_000));
        script.waits(4e3);
        let mut long = of(4_000);
        watch.end(&mut long);
        let waited = Reading {
            voluntary: Some(0),
            involuntary: Some(2),
            waited_ns: Some(7_000),
            outside_ns: 3_000,
            ..of(4_000)
        };
        assert_eq!(long, waited);
        // A long stretch before a call is looked at as well.
        script.sleeps(40e3);
        script.waits(10e3);
        watch.begin();
        script.runs(4e3);
        let mut long = of(4_000);
        watch.end(&mut long);
        let ran = Reading {
            voluntary: Some(0),
            involuntary: Some(0),
            waited_ns: Some(0),
            ..of(4_000)
        };
        assert_eq!(long, ran);
    }

    /// A thread on a virtual processor that others share: it is taken away in the
    /// middle of things, or where a system call ends.
    struct Shared {
        now_ns: u64,
        /// Time that the thread has had, and when the processor is taken away next.
        run_ns: u64,
        due_ns: u64,
        turns: Turns,
        random: Random,
    }

    impl Shared {
        fn run(&mut self, ns: u64, system_call: bool) {
            self.now_ns += ns;
            self.run_ns += ns;
            let lazy = self.turns.count.is_multiple_of(2);
            if self.run_ns < self.due_ns || (lazy && !system_call) {
                return;
            }
            let wait_ns = [20_000, 60_000, 4_000_000, 90_000_000][self.random.below(4)];
            self.now_ns += wait_ns;
            self.turns.waited_ns += wait_ns;
            self.turns.count += 1;
            self.due_ns = self.run_ns + 100_000 + self.random.below(1_000_000) as u64;
        }
    }

    impl Machine for &std::cell::RefCell<Shared> {
        fn now_ns(&self) -> u64 {
            self.borrow_mut().run(25, false);
            self.borrow().now_ns
        }

        fn turns(&self) -> Option<Turns> {
            let turns = self.borrow().turns;
            self.borrow_mut().run(500, true);
            Some(turns)
        }

        fn switches(&self) -> (Option<u64>, Option<u64>) {
            let count = self.borrow().turns.count;
            self.borrow_mut().run(250, true);
            (Some(0), Some(count))
        }

        fn time_call(&self, _: &mut dyn Subject) -> u64 {
            unreachable!("a watch makes no calls")
        }

        fn time_batch(&self, _: &mut dyn Subject) -> u64 {
            unreachable!("a watch makes no calls")
        }

        fn before(&self) -> Counters {
            unreachable!("a watch reads switches and turns")
        }

        fn after(&self) -> Counters {
            self.before()
        }

        fn cpu_ns(&self) -> Option<u64> {
            None
        }

        fn others_cpu_ns(&self) -> Option<u64> {
            None
        }

        fn overhead(&self) -> Overhead {
            unreachable!("a watch makes no calls")
        }
    }

    /// Calls that take so long beside others, as they are judged; those whose time
    /// is not known by the wall clock.
    fn judged(times: &[u64]) -> Vec<Call> {
        let shared = std::cell::RefCell::new(Shared {
            now_ns: 0,
            run_ns: 0,
            due_ns: 300_000,
            turns: Turns::default(),
            random: Random::new(3),
        });
        let mut watch = Watch::new(&shared, &plan(5e3), 1, Around::Nothing);
        let overhead = Overhead {
            wall_ns: 0.0,
            cpu_ns: 0.0,
        };
        let one = |ns: &u64| {
            shared.borrow_mut().run(150, false);
            watch.begin();
            let start_ns = shared.borrow().now_ns;
            shared.borrow_mut().run(*ns, false);
            let mut reading = of(shared.borrow().now_ns - start_ns);
            watch.end(&mut reading);
            watch.calls_due();
            adjust::call(&reading, &overhead, Clock::Clean).0
        };
        let calls: Vec<Call> = times.iter().map(one).collect();
        let switches = shared.borrow().turns.count as usize;
        let changed = calls.iter().filter(|call| call.judged_ns < call.wall_ns);
        assert!(changed.count() <= switches, "{switches}");
        assert!(switches > 100, "{switches}");
        calls
    }

    #[test]
    fn no_call_loses_what_others_waited_whatever_the_times_are() {
        let ramp = |n: u64| 5_000 + 55_000 * n / 6_000;
        let humps = |n: u64| if n.is_multiple_of(2) { 4_000 } else { 50_000 };
        let spikes = |n: u64| if n % 50 == 7 { 60_000 } else { 5_000 };
        let shapes: [&dyn Fn(u64) -> u64; 4] = [&ramp, &humps, &spikes, &|_| 15_000];
        for shape in shapes {
            let times: Vec<u64> = (0..12_000).map(|n| shape(n % 6_000)).collect();
            let calls = judged(&times);
            let mut dropped = 0;
            for (call, true_ns) in calls.iter().zip(&times) {
                let true_ns = *true_ns as f64;
                assert!(call.most_ns() >= true_ns - 1.0, "{call:?} {true_ns}");
                assert!(
                    call.least_ns().is_none_or(|ns| ns <= true_ns),
                    "{call:?} {true_ns}"
                );
                match call.disturbed {
                    Disturbed::Dropped => dropped += 1,
                    _ => assert!((call.judged_ns - true_ns).abs() < 1.0, "{call:?} {true_ns}"),
                }
            }
            assert!(dropped * 500 < calls.len(), "{dropped} of {}", calls.len());
        }
    }
}
