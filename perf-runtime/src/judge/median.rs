//! A median that is judged by few observations: each is evidence by itself.
//!
//! * The ratio of a pair of rounds. What the machine does lasts longer than a
//!   pair, so it falls on both sides and leaves their ratio alone.
//! * The first call of a process. Processes are independent of each other as
//!   calls in a row are not.
//!
//! How they spread around their median is not promised, so the claim is
//! about the median itself, and the test only asks on which side of the limit
//! each of them is.

use super::claim::Claim;
use super::tally::Sum;
use super::{Errors, Judge, MIN_ROUNDS_FAIL, MIN_ROUNDS_PASS, Permits, Standing};
use crate::collections::order;
use crate::judge::evidence::bounds;
use crate::model::sample::{Call, Disturbed};

/// The share of observations above a median.
pub(super) const HALF: f64 = 0.5;

impl Judge {
    /// Whether it judges a median by single observations.
    pub(crate) fn is_of_median(&self) -> bool {
        self.claim == Claim::Median
    }

    /// Takes the ratio of a pair of rounds; 1 is twice the same.
    pub(crate) fn accept_pair(&mut self, ratio: f64, permits: Permits) {
        self.accept_one(ratio * 1e3, permits);
    }

    /// Takes the first call of a process.
    pub(crate) fn accept_cold(&mut self, call: &Call, permits: Permits) {
        if call.disturbed != Disturbed::Dropped {
            self.accept_one(call.judged_ns, permits);
        }
    }

    fn accept_one(&mut self, value: f64, permits: Permits) {
        let above = u64::from(value > self.limit);
        let sum = Sum {
            units: 1,
            above,
            y: above as f64,
            ns: value,
        };
        let at = order::place(&self.sorted, |other| *other <= value);
        self.sorted.insert(at, value);
        self.tally.slots += 1;
        self.tally.all.add(&sum);
        self.tally.take(&sum);
        let typical = self.typical();
        let (Standing::Open, Some(processes)) = (self.standing, &mut self.processes) else {
            return;
        };
        processes.fail.add(sum.y);
        processes.pass.add(sum.y);
        processes.take_round(self.claim, &sum, self.limit);
        // What a reader is shown stands on the side of the verdict.
        let is_above = typical.is_some_and(|typical| typical > self.limit);
        if !is_above
            && self.tally.rounds >= MIN_ROUNDS_PASS
            && processes.pass.reaches(1, self.errors.threshold_pass())
        {
            self.standing = Standing::Holds;
        } else if permits.fail
            && is_above
            && self.tally.rounds >= MIN_ROUNDS_FAIL
            && processes.fails(self.errors.threshold_fail())
        {
            self.standing = Standing::Broken;
        }
    }

    /// The median of what was observed.
    pub(super) fn typical(&self) -> Option<f64> {
        perf_statistics::median_of_sorted(&self.sorted)
    }

    /// Between which observations the median lies, at these error rates.
    pub(super) fn around_median(&self, errors: Errors) -> (Option<f64>, Option<f64>) {
        let (sorted, n) = (&self.sorted, self.sorted.len());
        let (sound, broken) = bounds(n as f64, HALF, errors.fail, errors.pass);
        let from_top = |place: usize| sorted.get(n.checked_sub(place)?).copied();
        (
            broken.and_then(|s| from_top(s.ceil().max(1.0) as usize)),
            sound.and_then(|s| from_top(s.floor() as usize + 1)),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::judge::summary::Sample;
    use crate::model::figure::PerCall;
    use perf_grammar::Metric;
    use perf_statistics::Random;

    const PERMITS: Permits = Permits { fail: true };

    const ERRORS: Errors = Errors {
        fail: 1e-3,
        limits: 1,
        pass: 0.05,
    };

    fn judge(limit: f64) -> Judge {
        Judge::new(Metric::Ratio, PerCall(limit), ERRORS, 1)
    }

    fn cold(judged_ns: f64) -> Call {
        Call {
            judged_ns,
            wall_ns: judged_ns,
            disturbed: Disturbed::No,
            failed: false,
        }
    }

    #[track_caller]
    fn check(limit: f64, ratios: &[f64], pairs: usize, expected: Standing) {
        let mut judge = judge(limit);
        for ratio in ratios.iter().cycle().take(pairs) {
            judge.accept_pair(*ratio, PERMITS);
        }
        assert_eq!(judge.standing(), expected);
    }

    #[test]
    fn pairs_on_one_side_settle_it() {
        check(500.0, &[0.4], 6, Standing::Holds);
        check(500.0, &[0.4], 4, Standing::Open);
        check(500.0, &[0.6], 14, Standing::Broken);
        check(500.0, &[0.6], 8, Standing::Open);
        check(500.0, &[0.4, 0.6], 60, Standing::Open);
        // One bad pair in ten is the machine's.
        check(
            500.0,
            &[0.4, 0.4, 0.4, 0.4, 0.4, 0.4, 0.4, 0.4, 0.4, 9.0],
            40,
            Standing::Holds,
        );
    }

    #[test]
    fn at_the_limit_the_error_rates_are_kept() {
        let mut random = Random::new(7);
        let (mut held, mut broken) = (0, 0);
        for _ in 0..4_000 {
            let mut judge = judge(1_000.0);
            while judge.wants_more() {
                // The median of the ratios is the limit itself.
                let side = if random.below(2) == 0 { 0.9 } else { 1.1 };
                judge.accept_pair(side, PERMITS);
            }
            held += u32::from(judge.standing() == Standing::Holds);
            broken += u32::from(judge.standing() == Standing::Broken);
        }
        // 5 % of 4,000 is 200 and four standard deviations are 55; of 0.1 %,
        // 4 and 8.
        assert!(held <= 255, "{held} of 4,000 passed at the limit");
        assert!(broken <= 12, "{broken} of 4,000 failed at the limit");
    }

    #[test]
    fn five_first_calls_can_pass_and_twelve_can_fail() {
        let settled = |ns: &[f64]| {
            let mut judge = Judge::new(Metric::First, PerCall(100.0), ERRORS, 1);
            let mut processes = 0;
            for ns in ns.iter().cycle() {
                if !judge.wants_more() {
                    break;
                }
                judge.accept_cold(&cold(*ns), PERMITS);
                processes += 1;
            }
            (judge.standing(), processes, judge)
        };
        let (standing, processes, held) = settled(&[60.0, 50.0, 70.0]);
        assert_eq!((standing, processes), (Standing::Holds, 5));
        let evidence = held.evidence(&Sample::new(1), 0);
        assert_eq!(
            (evidence.measured, evidence.calls),
            (Some(PerCall(60.0)), 5)
        );
        assert_eq!(
            (evidence.lower, evidence.upper),
            (None, Some(PerCall(70.0)))
        );
        let (standing, processes, broken) = settled(&[150.0, 130.0]);
        assert_eq!((standing, processes), (Standing::Broken, 12));
        let evidence = broken.evidence(&Sample::new(1), 0);
        assert_eq!(evidence.measured, Some(PerCall(140.0)));
        assert_eq!(evidence.lower, Some(PerCall(130.0)));
        assert_eq!(settled(&[50.0, 150.0]).1, 60, "the cap of processes");
        // What contradicts itself is no observation.
        let mut judge = Judge::new(Metric::First, PerCall(100.0), ERRORS, 1);
        let dropped = Call {
            disturbed: Disturbed::Dropped,
            ..cold(50.0)
        };
        (0..9).for_each(|_| judge.accept_cold(&dropped, PERMITS));
        assert_eq!(judge.evidence(&Sample::new(1), 0).measured, None);
    }

    /// Verdicts on first calls of which this share is above the limit, of 4,000
    /// runs each: passes, failures, and processes on average.
    fn simulated(share_above: f64) -> (u32, u32, f64) {
        let mut random = Random::new(11);
        let (mut held, mut broken, mut processes) = (0, 0, 0_u64);
        for _ in 0..4_000 {
            let mut judge = Judge::new(Metric::First, PerCall(100.0), ERRORS, 1);
            while judge.wants_more() {
                let above = (random.below(1_000_000) as f64) < share_above * 1e6;
                let ns = if above { 110.0 } else { 90.0 };
                judge.accept_cold(&cold(ns), PERMITS);
                processes += 1;
            }
            held += u32::from(judge.standing() == Standing::Holds);
            broken += u32::from(judge.standing() == Standing::Broken);
        }
        (held, broken, processes as f64 / 4_000.0)
    }

    #[test]
    fn first_calls_keep_their_error_rates_and_find_what_is_clear() {
        // The rows of METHODOLOGY: percent of passes and of failures, and
        // processes on average.
        #[track_caller]
        fn check(share_above: f64, passes: f64, fails: f64, processes: f64) {
            let (held, broken, made) = simulated(share_above);
            let percent = |n: u32| f64::from(n) / 40.0;
            let found = [percent(held), percent(broken), made];
            // Four standard deviations of a share of 4,000 runs are 3.2 points
            // at most.
            let near = |found: f64, told: f64| (found - told).abs() <= 3.2;
            assert!(
                near(found[0], passes) && near(found[1], fails) && near(made, processes),
                "{share_above}: {found:?}"
            );
        }
        check(0.0, 100.0, 0.0, 5.0);
        check(0.1, 100.0, 0.0, 9.4);
        check(0.2, 98.7, 0.0, 18.7);
        check(0.3, 69.8, 0.0, 37.3);
        check(0.5, 4.4, 0.05, 57.7);
        check(0.7, 0.15, 25.2, 55.1);
        check(0.8, 0.0, 84.7, 38.3);
        check(0.9, 0.0, 100.0, 21.3);
        check(1.0, 0.0, 100.0, 12.0);
        // At the limit: 5 % of 4,000 and 0.1 %, and four standard deviations.
        let (held, broken, _) = simulated(0.5);
        assert!(held <= 255, "{held} of 4,000 passed at the limit");
        assert!(broken <= 12, "{broken} of 4,000 failed at the limit");
    }
}
