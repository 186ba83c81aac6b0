//! A share of samples, with what is known of it.

use serde::{Deserialize, Serialize};

use crate::analysis::statistics::proportion::{design_effect, wilson_interval};
use crate::analysis::statistics::students_t;
use crate::model::words::percent;

/// With fewer samples a share is rough, which is said.
pub(crate) const FEW_SAMPLES: usize = 100;
/// With fewer calls it is not known how much calls differ.
pub(crate) const FEW_CALLS: usize = 5;

/// With more degrees of freedom Student's distribution is the normal one to within a
/// hundredth.
const MOST_FREEDOM: usize = 300;

/// A share from 0 to 1, and where it lies with 95 % confidence.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Share {
    pub(crate) share: f64,
    pub(crate) low: f64,
    pub(crate) high: f64,
}

impl Share {
    /// Of samples that were drawn in calls: for each call how many of its samples
    /// count, and how many there are; `None` without a sample.
    ///
    /// Wilson's score interval at the effective number of samples. Those of one call
    /// are no independent draws: calls are clusters, and the number is divided by
    /// their design effect; the deviate is Student's with one degree of freedom less
    /// than there are calls. Korn and Graubard (*Survey Methodology* 24, 1998) do the
    /// same with the interval of Clopper and Pearson.
    pub(crate) fn of(calls: &[(f64, f64)]) -> Option<Share> {
        let all: f64 = calls.iter().map(|(_, samples)| samples).sum();
        if all <= 0.0 {
            return None;
        }
        let share = (calls.iter().map(|(count, _)| count).sum::<f64>() / all).clamp(0.0, 1.0);
        let (mut effective, mut freedom) = (all, MOST_FREEDOM);
        if calls.len() >= FEW_CALLS {
            freedom = freedom.min(calls.len() - 1);
            effective = all / design_effect(calls, share);
        }
        let deviate = students_t::quantile(0.975, freedom);
        let (low, high) = wilson_interval(share, effective, deviate);
        Some(Share {
            share,
            low: low.clamp(0.0, share),
            high: high.clamp(share, 1.0),
        })
    }

    /// Of what was counted: it is what it is.
    pub(crate) fn exact(part: f64, all: f64) -> Option<Share> {
        let share = (part / all).clamp(0.0, 1.0);
        (all > 0.0).then_some(Share {
            share,
            low: share,
            high: share,
        })
    }

    /// `91 % (89 to 93 %)`, `91 %` where it is exact.
    pub(crate) fn words(self) -> String {
        if self.low >= self.high {
            return percent(self.share);
        }
        let whole = |share: f64| (share * 100.0).round();
        format!(
            "{} ({} to {} %)",
            percent(self.share),
            whole(self.low),
            whole(self.high)
        )
    }
}

#[cfg(test)]
mod tests {
    use perf_statistics::Random;

    use super::*;

    /// How often the interval holds the share of `true`, where each of `calls` has
    /// `samples`, and calls differ by `spread` either way.
    fn coverage(truth: f64, calls: usize, samples: usize, spread: f64, random: &mut Random) -> f64 {
        const TRIALS: usize = 1_000;
        let mut covered = 0;
        for _ in 0..TRIALS {
            let call = |random: &mut Random| {
                let swing = if random.below(2) == 0 {
                    spread
                } else {
                    -spread
                };
                let millionths = ((truth + swing) * 1e6) as usize;
                let hits = (0..samples).filter(|_| random.below(1_000_000) < millionths);
                (hits.count() as f64, samples as f64)
            };
            let calls: Vec<(f64, f64)> = (0..calls).map(|_| call(random)).collect();
            let share = Share::of(&calls).expect("samples");
            covered += usize::from(share.low <= truth && truth <= share.high);
        }
        covered as f64 / TRIALS as f64
    }

    #[test]
    fn the_interval_holds_the_true_share_as_often_as_it_says() {
        let mut random = Random::new(16);
        for (truth, calls, samples) in [
            (0.5, 100, 10),
            (0.9, 100, 10),
            (0.02, 100, 10),
            (0.9, 40, 2),
            (0.5, 1, 1_000),
            (0.9, 10, 30),
        ] {
            let found = coverage(truth, calls, samples, 0.0, &mut random);
            assert!(
                (0.935..=0.995).contains(&found),
                "{truth} {calls} {samples}: {found}"
            );
        }
    }

    #[test]
    fn samples_of_one_call_are_not_taken_for_independent() {
        let mut random = Random::new(17);
        for (calls, samples) in [(10, 100), (30, 30), (100, 10)] {
            let found = coverage(0.5, calls, samples, 0.3, &mut random);
            assert!(
                (0.93..=0.985).contains(&found),
                "{calls} {samples}: {found}"
            );
        }
        // As they would be: the interval is a few times as narrow.
        let calls: Vec<(f64, f64)> = (0..10).map(|n| (f64::from(n % 2) * 100.0, 100.0)).collect();
        let wide = Share::of(&calls).expect("samples");
        let narrow = Share::of(&[(500.0, 1_000.0)]).expect("samples");
        assert!(wide.high - wide.low > 5.0 * (narrow.high - narrow.low));
    }

    #[test]
    fn no_sample_has_no_share_and_all_of_them_one_below_certainty() {
        assert_eq!(Share::of(&[]), None);
        assert_eq!(Share::of(&[(0.0, 0.0)]), None);
        let all = Share::of(&[(10.0, 10.0); 10]).expect("samples");
        assert_eq!((all.share, all.high), (1.0, 1.0));
        assert!((0.93..1.0).contains(&all.low), "{all:?}");
        assert_eq!(all.words(), "100 % (95 to 100 %)");
        let counted = Share::exact(910.0, 1_000.0).expect("a count");
        assert_eq!(counted.words(), "91 %");
        assert_eq!(Share::exact(0.0, 0.0), None);
    }
}
