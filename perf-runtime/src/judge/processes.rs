//! The e-processes of a claim that is judged by some.

use super::claim::Claim;
use super::ladder::Ladder;
use super::median::HALF;
use super::tally::Sum;
use super::{MEAN_SHARE, share};
use perf_statistics::{EProcess, Side, log_e_of};

/// Both sides over slots, and FAIL over rounds.
#[derive(Clone, Copy, Debug)]
pub(super) struct Processes {
    pub(super) p0: f64,
    pub(super) fail: EProcess,
    pub(super) pass: Ladder,
    /// Over rounds: on the mean Y, and on whether the round as a whole is above.
    round_mean: Option<EProcess>,
    round_sign: Option<EProcess>,
}

impl Processes {
    /// Those of a claim; a minimum is sound if the share `1 - min_share` of calls is
    /// at or below it.
    pub(super) fn new(
        claim: Claim,
        limit: f64,
        round_units: usize,
        min_share: f64,
    ) -> Option<Processes> {
        let fail = |p0| EProcess::new(Side::Fail, p0);
        let (p0, round_mean, round_sign) = match claim {
            Claim::Quantile(quantile) => {
                let p0 = 1.0 - quantile.share();
                (p0, Some(fail(p0)), None)
            }
            Claim::Mean => (MEAN_SHARE, Some(fail(MEAN_SHARE)), Some(fail(0.5))),
            Claim::Median => (HALF, Some(fail(HALF)), None),
            Claim::Share => {
                let p0 = share(limit);
                (p0, Some(fail(p0)), None)
            }
            Claim::Minimum => {
                let all_above = min_share.powi(round_units.clamp(1, 1_000) as i32).max(0.5);
                (min_share, None, Some(fail(all_above)))
            }
            Claim::Maximum => return None,
        };
        Some(Processes {
            p0,
            fail: fail(p0),
            pass: Ladder::new(p0),
            round_mean,
            round_sign,
        })
    }

    pub(super) fn take_round(&mut self, claim: Claim, round: &Sum, limit: f64) {
        let units = round.units as f64;
        if let Some(process) = &mut self.round_mean {
            process.add(round.y / units);
        }
        if let Some(process) = &mut self.round_sign {
            let above = if claim == Claim::Minimum {
                round.above == round.units
            } else {
                round.ns / units > limit
            };
            process.add(f64::from(u8::from(above)));
        }
    }

    pub(super) fn fails(&self, threshold: f64) -> bool {
        self.fail.reaches(threshold) && self.log_e_rounds() >= threshold
    }

    /// The lesser of the two processes that must both be convinced.
    pub(super) fn log_e_fail(&self) -> f64 {
        self.fail.log_e().min(self.log_e_rounds())
    }

    /// What the process over rounds would be if each of them had been wholly
    /// above.
    pub(super) fn best_log_e_rounds(&self, rounds: u64) -> f64 {
        log_e_of(
            Side::Fail,
            if self.round_sign.is_some() {
                0.5
            } else {
                self.p0
            },
            rounds as f64,
            rounds as f64,
        )
    }

    /// The average of e-processes is one; of the logarithms of two, this is it.
    fn log_e_rounds(&self) -> f64 {
        match (&self.round_mean, &self.round_sign) {
            (Some(one), None) | (None, Some(one)) => one.log_e(),
            (Some(one), Some(other)) => {
                let (one, other) = (one.log_e(), other.log_e());
                let greater = one.max(other);
                greater + ((one - greater).exp() + (other - greater).exp()).ln()
                    - std::f64::consts::LN_2
            }
            (None, None) => 0.0,
        }
    }
}
