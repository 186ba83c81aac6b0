//! Processor time is judged by rounds: each is one observation.
//!
//! The counter of all threads of a process cannot be read around a short call
//! without becoming a part of it, and what other threads do for a call is not
//! done when the call returns; so a round is looked at as a whole. Where other
//! threads of the process may have worked for other cases, two figures are
//! known: what is certainly the call's, and what may be at most. A breach is
//! proved with the first and a pass with the second, so both stay sound.

use super::claim::Observations;
use super::tally::Sum;
use super::{Judge, MEAN_REACH, MIN_ROUNDS_FAIL, MIN_ROUNDS_PASS, Permits, Standing};
use crate::model::sample::Processor;

/// What the rounds so far come to; `least` and `most` in the unit of the limit.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Sums {
    pub(super) calls: u64,
    pub(super) least: f64,
    pub(super) most: f64,
}

impl Judge {
    /// Whether it judges rounds by their processor time.
    pub(crate) fn is_of_processor(&self) -> bool {
        self.observations.are_of_processor()
    }

    /// Takes the processor time of one round.
    pub(crate) fn accept_processor(&mut self, round: &Processor, permits: Permits) {
        let (least, most) = match self.observations {
            Observations::ProcessorTime => (round.least_ns, round.most_ns),
            // Millionths of one processor.
            Observations::ProcessorShare if round.clean_ns > 0.0 => (
                round.least_ns / round.clean_ns * 1e6,
                round.most_ns / round.clean_ns * 1e6,
            ),
            _ => return,
        };
        let reach = MEAN_REACH * self.limit;
        self.processor.calls += round.calls;
        self.processor.least += least;
        self.processor.most += most;
        let sum = Sum {
            units: 1,
            above: u64::from(least > reach),
            y: least.min(reach) / reach,
            ns: least,
        };
        self.tally.slots += 1;
        self.tally.all.add(&sum);
        self.tally.take(&sum);
        let mean_most = self.processor.most / self.tally.rounds as f64;
        let (Standing::Open, Some(processes)) = (self.standing, &mut self.processes) else {
            return;
        };
        processes.fail.add(sum.y);
        processes.pass.add(most.min(reach) / reach);
        processes.take_round(self.claim, &sum, self.limit);
        let holds = self.tally.rounds >= MIN_ROUNDS_PASS
            && mean_most <= self.limit
            && processes.pass.reaches(1, self.errors.threshold_pass());
        let broken = permits.fail
            && self.tally.rounds >= MIN_ROUNDS_FAIL
            && processes.fails(self.errors.threshold_fail());
        if holds {
            self.standing = Standing::Holds;
        } else if broken {
            self.standing = Standing::Broken;
        }
    }

    /// What a reader is shown: what is certain of a breach, else what may be at
    /// most.
    pub(super) fn processor_value(&self) -> Option<f64> {
        let rounds = self.tally.rounds as f64;
        let sum = match self.standing {
            Standing::Broken => self.processor.least,
            Standing::Open | Standing::Holds => self.processor.most,
        };
        (rounds > 0.0).then(|| sum / rounds)
    }
}

#[cfg(test)]
mod tests {
    use perf_grammar::Metric;

    use super::super::Errors;
    use super::*;
    use crate::model::figure::PerCall;

    const PERMITS: Permits = Permits { fail: true };

    fn judge(metric: Metric, limit: f64) -> Judge {
        let errors = Errors {
            fail: 1e-3,
            limits: 1,
            pass: 0.05,
        };
        Judge::new(metric, PerCall(limit), errors, 1)
    }

    fn round(least_ns: f64, most_ns: f64) -> Processor {
        Processor {
            calls: 50,
            least_ns,
            most_ns,
            clean_ns: 100.0,
        }
    }

    /// Where it stands after this many equal rounds, and the value it shows.
    #[track_caller]
    fn check(
        metric: Metric,
        limit: f64,
        round: Processor,
        rounds: usize,
        expected: (Standing, f64),
    ) {
        let mut judge = judge(metric, limit);
        for _ in 0..rounds {
            judge.accept_processor(&round, PERMITS);
        }
        let value = judge.processor_value().unwrap();
        assert_eq!((judge.standing(), value.round()), expected);
    }

    #[test]
    fn rounds_on_one_side_settle_it() {
        let cpu = Metric::Cpu;
        check(cpu, 100.0, round(50.0, 50.0), 30, (Standing::Holds, 50.0));
        check(
            cpu,
            100.0,
            round(150.0, 150.0),
            30,
            (Standing::Broken, 150.0),
        );
        check(cpu, 100.0, round(100.0, 100.0), 90, (Standing::Open, 100.0));
        let share = Metric::CpuShare;
        check(share, 1e6, round(50.0, 50.0), 30, (Standing::Holds, 5e5));
        check(share, 4e5, round(80.0, 80.0), 30, (Standing::Broken, 8e5));
    }

    #[test]
    fn where_others_may_have_worked_neither_side_is_proved_by_them() {
        check(
            Metric::Cpu,
            100.0,
            round(50.0, 300.0),
            90,
            (Standing::Open, 300.0),
        );
        check(
            Metric::Cpu,
            100.0,
            round(200.0, 900.0),
            30,
            (Standing::Broken, 200.0),
        );
        check(
            Metric::Cpu,
            100.0,
            round(20.0, 50.0),
            30,
            (Standing::Holds, 50.0),
        );
    }

    #[test]
    fn few_rounds_prove_nothing() {
        check(
            Metric::Cpu,
            100.0,
            round(1.0, 1.0),
            4,
            (Standing::Open, 1.0),
        );
        check(
            Metric::Cpu,
            100.0,
            round(400.0, 400.0),
            1,
            (Standing::Open, 400.0),
        );
    }
}
