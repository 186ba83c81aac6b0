//! The rule by which a measurement is held against several runs that were kept.

use crate::analysis::statistics::moments::Sample;
use crate::analysis::statistics::quantile::median;
use crate::analysis::statistics::students_t;
use crate::analysis::statistics::t_test::pooled_error;

/// Fewer runs than this say too little about how runs differ.
pub(crate) const LEAST_RUNS: usize = 5;

/// How often an unchanged function may look slower once, where its tolerance
/// stands between noise and a finding as well. A finding has to come twice.
pub(crate) const ALPHA: f64 = 0.01;

/// The same where nothing but the noise does.
pub(crate) const ALPHA_OF_NOISE: f64 = 0.001;

/// What several runs of one thing came to, one value a run.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Reference {
    pub(crate) median: f64,
    /// The standard deviation between runs.
    pub(crate) deviation: f64,
    /// How far from the median one further run of the same lies at most.
    pub(crate) reach: f64,
}

/// Where a later value lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lies {
    /// Above, by more than is tolerated and more than noise does.
    Above,
    /// Below, likewise.
    Below,
    Within,
    /// Not far enough off for the noise, and the noise is more than what is
    /// tolerated: nothing would be seen of a change of that size.
    Unseen,
}

impl Reference {
    /// `None` of fewer than [`LEAST_RUNS`].
    ///
    /// The reach holds with probability `1 - alpha` on each side. It is the
    /// prediction limit of a normal sample (Hahn and Meeker, *Statistical
    /// Intervals*, 4.8), around the median instead of the mean, so that one odd
    /// run does not move it; it still widens the limit.
    pub(crate) fn of(values: &[f64], alpha: f64) -> Option<Reference> {
        if values.len() < LEAST_RUNS {
            return None;
        }
        let (runs, freedom) = (values.len() as f64, values.len() - 1);
        let deviation = Sample::of(values).deviation();
        let one_more = (1.0 + 1.0 / runs).sqrt();
        Some(Reference {
            median: median(values),
            deviation,
            reach: students_t::quantile(1.0 - alpha, freedom) * deviation * one_more,
        })
    }

    /// Where a value lies, of which `tolerated` more than the median is allowed.
    ///
    /// Above means further than is tolerated *and* further than noise reaches,
    /// so a great change is found even where a tolerated one would not be seen.
    pub(crate) fn judge(&self, value: f64, tolerated: f64) -> Lies {
        let off = value - self.median;
        if off.abs() > tolerated.max(self.reach) {
            return if off > 0.0 { Lies::Above } else { Lies::Below };
        }
        if self.reach > tolerated {
            Lies::Unseen
        } else {
            Lies::Within
        }
    }
}

/// By how much the second half of some runs is off the first, if that is more
/// than is tolerated and more than chance does: something changed meanwhile.
///
/// Student's test of two samples with a pooled variance.
pub(crate) fn unsettled(values: &[f64], tolerated: f64) -> Option<f64> {
    let (first, second) = values.split_at(values.len() / 2);
    if first.len() < 2 {
        return None;
    }
    let error = pooled_error(Sample::of(first), Sample::of(second));
    let chance = students_t::quantile(1.0 - ALPHA_OF_NOISE, values.len() - 2) * error;
    let off = median(second) - median(first);
    (off.abs() > tolerated.max(chance)).then_some(off)
}

#[cfg(test)]
mod calibration;

#[cfg(test)]
mod tests {
    use super::*;

    /// A deviation of 1: their squares add up to 6.
    const RUNS: [f64; 7] = [9.0, 9.0, 10.0, 10.0, 10.0, 11.0, 11.0];

    fn reference(alpha: f64) -> Reference {
        let scale = (2.0f64 / 3.0).sqrt();
        let values = RUNS.map(|value| 10.0 + (value - 10.0) / scale);
        Reference::of(&values, alpha).expect("seven runs")
    }

    #[test]
    fn few_runs_say_nothing() {
        assert_eq!(Reference::of(&RUNS[..4], ALPHA), None);
        assert!(Reference::of(&RUNS[..5], ALPHA).is_some());
    }

    #[test]
    fn the_reach_is_that_of_a_prediction_limit() {
        let one = reference(0.01);
        assert!((one.deviation - 1.0).abs() < 1e-12 && one.median == 10.0);
        // t(.99, 6) = 3.1427, times the root of 8/7.
        assert!((one.reach - 3.3597).abs() < 1e-3, "{one:?}");
        assert!((reference(0.001).reach - 5.5673).abs() < 1e-3);
    }

    #[track_caller]
    fn check(value: f64, tolerated: f64, expected: Lies) {
        assert_eq!(reference(0.01).judge(value, tolerated), expected);
    }

    #[test]
    fn a_value_has_to_pass_the_tolerance_and_the_noise() {
        check(14.1, 4.0, Lies::Above);
        check(13.9, 4.0, Lies::Within);
        check(5.9, 4.0, Lies::Below);
        check(6.1, 4.0, Lies::Within);
        // The noise reaches to 13.36.
        check(13.3, 1.0, Lies::Unseen);
        check(10.0, 1.0, Lies::Unseen);
        check(13.4, 1.0, Lies::Above);
    }

    #[test]
    fn runs_that_do_not_differ_leave_it_to_the_tolerance() {
        let reference = Reference::of(&[2.0; 5], ALPHA).expect("five runs");
        assert_eq!(reference.judge(2.1, 0.2), Lies::Within);
        assert_eq!(reference.judge(2.3, 0.2), Lies::Above);
        assert_eq!(reference.judge(2.0, 0.0), Lies::Within);
    }

    #[test]
    fn halves_that_disagree_are_seen_and_noise_is_not() {
        let drifted = [1.0, 1.01, 1.0, 1.2, 1.21, 1.19, 1.2];
        let off = unsettled(&drifted, 0.1).expect("a drift");
        assert!((off - 0.2).abs() < 1e-9, "{off}");
        // The same numbers in another order.
        assert_eq!(
            unsettled(&[1.0, 1.2, 1.01, 1.21, 1.0, 1.19, 1.2], 0.1),
            None
        );
        // A drift within the tolerance.
        assert_eq!(unsettled(&drifted, 0.3), None);
        assert_eq!(unsettled(&[1.0, 9.0], 0.1), None);
    }
}
