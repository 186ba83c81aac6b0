//! Student's t-test of two samples.

use crate::analysis::students_t;

/// A sample, as far as the test looks at it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Sample {
    pub(super) size: usize,
    pub(super) mean: f64,
    /// Mean square of the distances from the mean.
    pub(super) variance: f64,
}

impl Sample {
    /// Of at least one value.
    pub(super) fn of(values: &[f64]) -> Sample {
        let size = values.len();
        let mean = values.iter().sum::<f64>() / size as f64;
        let squares = values.iter().map(|value| (value - mean).powi(2));
        Sample {
            size,
            mean,
            variance: squares.sum::<f64>() / size as f64,
        }
    }
}

/// The chance that two samples of one normal distribution lie as far apart as
/// these, in either direction: Student's test with a pooled variance.
///
/// NOTE: the deviation of a sample goes in as that of a population (divided by
/// n, not by n - 1), as in Apache Otava, so that both find the same change
/// points. Short pieces get a slightly smaller value for it. The value ranks
/// candidates and holds them against a bound; it is no error rate in any case,
/// because the place of a split is chosen where the pieces differ most.
///
/// Samples that do not vary at all are alike (1) or not (0). Fewer than three
/// values in all say nothing (1).
///
/// Student, *The probable error of a mean*, Biometrika 6, 1908.
pub(super) fn chance(left: Sample, right: Sample) -> f64 {
    let freedom = (left.size + right.size).saturating_sub(2);
    if freedom == 0 || left.mean == right.mean {
        return 1.0;
    }
    let squares = |sample: Sample| (sample.size as f64 - 1.0) * sample.variance;
    let pooled = (squares(left) + squares(right)) / freedom as f64;
    let error = pooled * (1.0 / left.size as f64 + 1.0 / right.size as f64);
    if error == 0.0 {
        return 0.0;
    }
    students_t::two_sided((left.mean - right.mean) / error.sqrt(), freedom)
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
