//! Student's test of two samples with a pooled variance.
//!
//! Student, *The probable error of a mean*, Biometrika 6, 1908.

use super::moments::Sample;
use super::students_t;

/// The standard error of the difference of two means, of samples that share a variance
/// and have three values or more together.
pub(crate) fn pooled_error(left: Sample, right: Sample) -> f64 {
    let squares = |sample: Sample| (sample.size as f64 - 1.0) * sample.variance;
    let pooled = (squares(left) + squares(right)) / freedom(left, right) as f64;
    (pooled * (1.0 / left.size as f64 + 1.0 / right.size as f64)).sqrt()
}

/// The chance that two samples of one normal distribution lie as far apart as
/// these, in either direction.
///
/// Samples that do not vary at all are alike (1) or not (0). Fewer than three
/// values in all say nothing (1).
pub(crate) fn chance(left: Sample, right: Sample) -> f64 {
    let freedom = freedom(left, right);
    if freedom == 0 || left.mean == right.mean {
        return 1.0;
    }
    let error = pooled_error(left, right);
    if error == 0.0 {
        return 0.0;
    }
    students_t::two_sided((left.mean - right.mean) / error, freedom)
}

/// The degrees of freedom of the pooled variance.
fn freedom(left: Sample, right: Sample) -> usize {
    (left.size + right.size).saturating_sub(2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn near(found: f64, expected: f64) {
        assert!(
            (found - expected).abs() <= 1e-11 * expected.abs().max(1e-300),
            "{found:e} is not {expected:e}"
        );
    }

    #[track_caller]
    fn check(left: (f64, f64, usize), right: (f64, f64, usize), expected: f64) {
        let sample = |(mean, deviation, size): (f64, f64, usize)| Sample {
            size,
            mean,
            variance: deviation * deviation,
        };
        near(chance(sample(left), sample(right)), expected);
    }

    /// Values of SciPy 1.16.3, `scipy.stats.ttest_ind_from_stats`.
    #[test]
    fn the_chance_is_that_of_students_distribution() {
        check(
            (100.0, 2.0, 60),
            (110.0, 2.0, 60),
            5.815_877_360_886_274e-53,
        );
        check((100.0, 1.0, 4), (102.0, 1.0, 4), 0.030_019_745_287_544_39);
        check((5.0, 0.5, 2), (6.0, 0.0, 1), 0.349_801_712_281_042_7);
        check((10.0, 3.0, 10), (11.0, 3.0, 40), 0.350_499_921_876_943_7);
        check(
            (1.0, 0.001, 25),
            (1.1, 0.001, 25),
            1.199_735_153_365_401_7e-83,
        );
    }

    #[test]
    fn samples_that_do_not_vary_are_alike_or_not() {
        check((4.0, 0.0, 9), (4.0, 0.0, 3), 1.0);
        check((4.0, 0.0, 9), (5.0, 0.0, 3), 0.0);
        check((4.0, 0.0, 1), (5.0, 0.0, 1), 1.0);
    }
}
