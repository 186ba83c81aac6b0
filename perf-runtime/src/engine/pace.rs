//! How many calls a round holds, and how they are divided.

use crate::model::sample::{Kind, Round, RoundSpec};

/// A round of single calls lasts about this long.
const ROUND_NS: f64 = 5e6;
/// Where a limit needs many calls that are slow, a round may last this long.
const LONG_ROUND_NS: f64 = 50e6;
/// A clean limit should need about this many rounds: each is followed by a gap,
/// and where a case is alone the gaps are waited for.
const ROUNDS_WANTED: f64 = 20.0;
/// Calls within a slot share one piece of evidence.
const SLOT_NS: f64 = 100e3;
/// The estimate of a call's time is no exact figure: a slot may be this much
/// shorter, so that a function of about 100 µs has slots of one call.
const SLOT_SLACK: f64 = 0.9;
/// A batch is long against the clock's cost and short against a time slice.
const BATCH_NS: f64 = 7.5e3;
/// The most units of a round.
///
/// NOTE: a cap of 250 calls was rejected. Evidence is counted by slots, and 250
/// calls of 10 µs are 25 of them: rounds that last as long hold more.
const MOST_UNITS: usize = 50_000;

/// The most calls of a batch.
const MOST_BATCHED: f64 = 50_000.0;

/// A round that finds out how long calls take, to a share of what reading the clock
/// costs; it is over within a few milliseconds where they take a microsecond.
pub(super) const PROBE: Shape = Shape {
    units: 50,
    batch: 64,
    slot: 1,
};

/// Time between the end of a round and the start of the case's next.
pub(super) const GAP_NS: u64 = 20_000_000;
/// Time between finding a limit broken and looking again.
pub(super) const CONFIRM_AFTER_NS: u64 = 1_000_000_000;
/// Calls before each round of evidence, to bring the caches back: at least this
/// many, and for this long. Others have run meanwhile; a map of 250 entries was
/// up to half as slow again in the first 200 µs of a round.
pub(super) const REWARM: usize = 2;
pub(super) const BRING_BACK_NS: f64 = 150e3;
/// Below this, a mean is measured in batches.
pub(super) const BATCHED_BELOW_NS: f64 = 1e3;

/// Below this, processor time is read around batches: reading it takes about
/// half a microsecond.
pub(super) const PROCESSOR_BATCHED_BELOW_NS: f64 = 20e3;

/// The least calls of a round whose starts a clock sets: who comes too late
/// falls further behind with each call, and the first one never does.
pub(super) const LEAST_AT_A_RATE: usize = 20;

/// What the meter itself does around a call takes no longer than this.
const METER_NS: f64 = 10e3;

/// What is done around a call, such as making its input and dropping its output.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Beside {
    calls: f64,
    ns: f64,
}

impl Beside {
    /// Takes a round.
    pub(super) fn take(&mut self, round: &Round) {
        if let (Some(each_ns), made @ 1..) = (round.each_ns, round.calls.len()) {
            let mut calls_ns = 0.0;
            for call in &round.calls {
                calls_ns += call.wall_ns;
            }
            let waiting_ns = round.waiting_ns as f64 / round.batch.max(1) as f64;
            let own_ns = (calls_ns - waiting_ns).max(0.0) / made as f64;
            let calls = made as f64 * round.batch.max(1) as f64;
            self.calls += calls;
            self.ns += (each_ns - own_ns - METER_NS).max(0.0) * calls;
        }
    }

    /// The time around one call; 0 where it is short.
    pub(super) fn ns(self) -> f64 {
        if self.calls > 0.0 {
            self.ns / self.calls
        } else {
            0.0
        }
    }
}

/// How fast the calls of several users follow each other.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Pace {
    calls: u64,
    span_ns: f64,
}

impl Pace {
    /// Takes a round; one user's says nothing.
    pub(super) fn take(&mut self, round: &Round) {
        if let Some(span_ns) = round.span_ns {
            self.calls += round.calls.len() as u64;
            self.span_ns += span_ns;
        }
    }

    /// The time from one call of any of them to the next; `None` while unknown.
    pub(super) fn ns(self) -> Option<f64> {
        (self.calls > 0).then(|| self.span_ns / self.calls as f64)
    }
}

/// The shape of a round.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Shape {
    /// Units to time.
    pub(super) units: usize,
    /// Calls a unit holds.
    pub(super) batch: usize,
    /// Units a slot holds.
    pub(super) slot: usize,
}

impl Shape {
    /// A round of this shape, without calls to warm up again.
    pub(super) fn of_kind(self, kind: Kind) -> RoundSpec {
        RoundSpec {
            kind,
            calls: self.units,
            batch: self.batch,
            ..RoundSpec::default()
        }
    }
}

/// The shortest limit on single calls that can be judged, by what timing a
/// call costs.
pub(super) fn reach(overhead_ns: f64) -> f64 {
    (20.0 * overhead_ns).max(500.0)
}

/// The shape of rounds for calls that take about `typical_ns`, with what is done
/// around them, when a limit needs `slots` of them.
pub(super) fn shape(
    typical_ns: f64,
    beside_ns: f64,
    overhead_ns: f64,
    batched: bool,
    slots: u64,
) -> Shape {
    let typical_ns = typical_ns.max(0.1);
    let batch = if batched {
        // Where much is done around each call, a shorter batch has to do.
        let fitting = (LONG_ROUND_NS / (typical_ns + beside_ns)).floor();
        let wanted = (BATCH_NS / typical_ns).ceil();
        wanted.min(fitting).clamp(2.0, MOST_BATCHED)
    } else {
        1.0
    };
    let unit_ns = (typical_ns + beside_ns) * batch + overhead_ns;
    let slot = (SLOT_SLACK * SLOT_NS / unit_ns)
        .ceil()
        .clamp(1.0, MOST_UNITS as f64);
    let wanted = (slots as f64 * slot / ROUNDS_WANTED)
        .ceil()
        .min(LONG_ROUND_NS / unit_ns);
    let units = (ROUND_NS / unit_ns).max(wanted).max(1.0) as usize;
    Shape {
        units: whole_slots(units.min(MOST_UNITS), slot as usize),
        batch: batch as usize,
        slot: slot as usize,
    }
}

impl Shape {
    /// The same for this many users: calls that are made at the same time share
    /// one piece of evidence, so a slot holds that of each of them. Where a
    /// round holds one, its last calls make another whole.
    pub(super) fn among(self, users: usize) -> Shape {
        let slot = self.slot * users;
        Shape {
            units: if self.units > slot {
                self.units.next_multiple_of(slot)
            } else {
                self.units
            },
            slot,
            ..self
        }
    }

    /// The same with no fewer units, in whole slots.
    pub(super) fn at_least(self, units: usize) -> Shape {
        if self.units >= units {
            return self;
        }
        Shape {
            units: units.next_multiple_of(self.slot),
            ..self
        }
    }

    /// As many units as fit into this time at `unit_ns` each; `None` where not
    /// even one does.
    pub(super) fn within(self, left_ns: u64, unit_ns: f64) -> Option<Shape> {
        let fitting = (left_ns as f64 / unit_ns.max(0.1)) as usize;
        (fitting > 0).then(|| Shape {
            units: whole_slots(self.units.min(fitting), self.slot),
            ..self
        })
    }
}

/// A multiple of the slot, where there is at least one.
fn whole_slots(units: usize, slot: usize) -> usize {
    if units > slot {
        units - units % slot
    } else {
        units.max(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(typical_ns: f64, batched: bool, slots: u64, units: usize, batch: usize, slot: usize) {
        assert_eq!(
            shape(typical_ns, 0.0, 0.0, batched, slots),
            Shape { units, batch, slot }
        );
    }

    #[test]
    fn a_round_lasts_five_milliseconds_in_slots_of_a_hundred_microseconds() {
        check(100e3, false, 339, 50, 1, 1);
        check(95e3, false, 339, 52, 1, 1);
        check(10e3, false, 339, 495, 1, 9);
        check(1e3, false, 339, 4_950, 1, 90);
        check(66e3, false, 0, 74, 1, 2);
        check(0.0, false, 339, 50_000, 1, 50_000);
    }

    #[test]
    fn a_round_of_slow_calls_is_longer_where_many_are_needed() {
        check(2e6, false, 339, 17, 1, 1);
        check(2e6, false, 0, 2, 1, 1);
        check(10e6, false, 339, 5, 1, 1);
        check(200e6, false, 339, 1, 1, 1);
        check(100e3, false, 3_390, 170, 1, 1);
    }

    #[test]
    fn what_is_done_around_a_call_is_in_the_plan_of_a_round() {
        let row = |beside_ns: f64, batched, slots| {
            let shape = shape(1e3, beside_ns, 0.0, batched, slots);
            (shape.units, shape.batch, shape.slot)
        };
        assert_eq!(row(0.0, false, 339), (4_950, 1, 90));
        assert_eq!(row(1e6, false, 0), (4, 1, 1));
        assert_eq!(row(1e6, false, 339), (17, 1, 1));
        assert_eq!(row(1e9, false, 339), (1, 1, 1));
        assert_eq!(row(1e6, true, 0), (1, 8, 1));
        assert_eq!(row(20e6, true, 0), (1, 2, 1));
        let round = |each_ns: f64| Round {
            calls: vec![crate::engine::machine::calm(1e3).call; 10],
            batch: 1,
            each_ns: Some(each_ns),
            ..Round::default()
        };
        let mut beside = Beside::default();
        beside.take(&round(5e3));
        assert_eq!(beside.ns(), 0.0, "reading counters");
        beside.take(&round(1_011e3));
        assert_eq!(beside.ns(), 500e3);
    }

    #[test]
    fn a_round_at_a_rate_is_long_enough_to_fall_behind() {
        let slow = shape(20e6, 0.0, 0.0, false, 0);
        assert_eq!((slow.units, slow.at_least(20).units), (1, 20));
        let short = shape(40e3, 0.0, 0.0, false, 0);
        assert_eq!(
            (short.slot, short.at_least(1), short.at_least(160).units),
            (3, short, 162)
        );
    }

    #[test]
    fn a_round_of_ten_users_holds_a_call_of_each_for_every_slot() {
        // Each needs a tenth of the calls that make this many slots.
        let row = |typical_ns: f64, slots: u64| {
            let shape = shape(typical_ns, 0.0, 0.0, false, slots * 10).among(10);
            (shape.units, shape.slot)
        };
        assert_eq!(row(2e6, 339), (30, 10));
        assert_eq!(row(2e6, 0), (2, 10));
        assert_eq!(row(40e3, 0), (150, 30));
        assert_eq!(row(200e6, 339), (1, 10));
        let alone = shape(2e6, 0.0, 0.0, false, 339);
        assert_eq!(alone.among(1), alone);
    }

    #[test]
    fn a_batch_lasts_some_microseconds() {
        check(75.0, true, 0, 660, 100, 12);
        check(0.3, true, 0, 660, 25_000, 12);
        check(15e3, true, 0, 165, 2, 3);
    }

    #[test]
    fn what_does_not_fit_the_time_is_cut() {
        let whole = shape(10e3, 0.0, 0.0, false, 339);
        assert_eq!(whole.within(1_000_000, 10e3).unwrap().units, 99);
        assert_eq!(whole.within(50_000, 10e3).unwrap().units, 5);
        assert_eq!(whole.within(9_999, 10e3), None);
        assert_eq!(whole.within(1_000_000_000, 10e3), Some(whole));
    }

    #[test]
    fn the_reach_follows_the_cost_of_the_clock() {
        assert_eq!((reach(10.0), reach(100.0)), (500.0, 2_000.0));
    }
}
