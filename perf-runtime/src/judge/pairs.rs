//! A ratio is judged by pairs of rounds: each pair is one observation.
//!
//! What the machine does lasts longer than a pair, so it falls on both sides
//! and leaves their ratio alone. How the ratios spread around their median is
//! nobody's promise, so the claim is about the median itself, and the test only
//! asks on which side of the limit each of them is.

use perf_grammar::Metric;

use super::tally::Sum;
use super::{Judge, MIN_ROUNDS_FAIL, MIN_ROUNDS_PASS, Permits, Standing};

impl Judge {
    /// Whether it judges pairs of rounds by their ratio.
    pub(crate) fn is_of_pairs(&self) -> bool {
        matches!(self.metric, Metric::Ratio | Metric::Degradation)
    }

    /// Takes the ratio of a pair of rounds; 1 is twice the same.
    pub(crate) fn accept_pair(&mut self, ratio: f64, permits: Permits) {
        let thousandths = ratio * 1e3;
        let above = u64::from(thousandths > self.limit);
        let sum = Sum {
            units: 1,
            above,
            y: above as f64,
            ns: thousandths,
        };
        self.ratios.push(thousandths);
        self.tally.slots += 1;
        self.tally.all.add(&sum);
        self.tally.take(&sum);
        let typical = self.typical_ratio();
        let Some(processes) = self
            .processes
            .as_mut()
            .filter(|_| self.standing == Standing::Open)
        else {
            return;
        };
        processes.fail.add(sum.y);
        processes.pass.add(sum.y);
        processes.take_round(self.metric, &sum, self.limit);
        // What a reader is shown stands on the side of the verdict.
        let is_above = typical.is_some_and(|typical| typical > self.limit);
        if permits.pass
            && !is_above
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

    /// The median of the ratios, thousandths.
    pub(super) fn typical_ratio(&self) -> Option<f64> {
        let mut sorted = self.ratios.clone();
        sorted.sort_by(f64::total_cmp);
        let middle = sorted.len() / 2;
        match sorted.len() {
            0 => None,
            odd if odd % 2 == 1 => Some(sorted[middle]),
            _ => Some((sorted[middle - 1] + sorted[middle]) / 2.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::Errors;
    use super::*;
    use perf_statistics::Random;

    const PERMITS: Permits = Permits {
        fail: true,
        pass: true,
    };

    fn judge(limit: f64) -> Judge {
        let errors = Errors {
            fail: 1e-3,
            limits: 1,
            pass: 0.05,
        };
        Judge::new(Metric::Ratio, limit, errors, 1)
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
}
