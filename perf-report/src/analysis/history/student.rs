//! Student's t-test of two samples.

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
    let freedom = (left.size + right.size) as f64 - 2.0;
    if freedom < 1.0 || left.mean == right.mean {
        return 1.0;
    }
    let squares = |sample: Sample| (sample.size as f64 - 1.0) * sample.variance;
    let pooled = (squares(left) + squares(right)) / freedom;
    let error = pooled * (1.0 / left.size as f64 + 1.0 / right.size as f64);
    if error == 0.0 {
        return 0.0;
    }
    let square = (left.mean - right.mean).powi(2) / error;
    incomplete_beta(freedom / (freedom + square), freedom / 2.0, 0.5)
}

/// The regularised incomplete beta function I_x(a, b), by its continued
/// fraction (Abramowitz and Stegun 26.5.8), summed by Lentz's method.
fn incomplete_beta(x: f64, a: f64, b: f64) -> f64 {
    if x <= 0.0 {
        return 0.0;
    }
    if x >= 1.0 {
        return 1.0;
    }
    // The fraction converges fast on this side of the mean; the other side is
    // its mirror image.
    if x > (a + 1.0) / (a + b + 2.0) {
        return 1.0 - incomplete_beta(1.0 - x, b, a);
    }
    let log_front = a * x.ln() + b * (-x).ln_1p() + log_gamma(a + b) - log_gamma(a) - log_gamma(b);
    log_front.exp() * fraction(x, a, b) / a
}

/// The continued fraction 1 / (1 + d1 / (1 + d2 / (1 + ..))).
fn fraction(x: f64, a: f64, b: f64) -> f64 {
    const TINY: f64 = 1e-300;
    const TERMS: u32 = 10_000;
    let away_from_zero = |value: f64| if value.abs() < TINY { TINY } else { value };
    let (mut below, mut ratio, mut inverse) = (1.0, 1.0, 0.0);
    for term in 1..TERMS {
        let m = f64::from(term / 2);
        let d = if term % 2 == 0 {
            m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m))
        } else {
            -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0))
        };
        inverse = 1.0 / away_from_zero(1.0 + d * inverse);
        ratio = away_from_zero(1.0 + d / ratio);
        below *= ratio * inverse;
        if (ratio * inverse - 1.0).abs() < 1e-15 {
            break;
        }
    }
    1.0 / below
}

/// The logarithm of the gamma function of a positive number: Stirling's series
/// (Abramowitz and Stegun 6.1.41), after raising the argument to where it
/// converges.
fn log_gamma(x: f64) -> f64 {
    let (mut x, mut raised) = (x, 0.0);
    while x < 12.0 {
        raised += x.ln();
        x += 1.0;
    }
    let inverse = 1.0 / (x * x);
    let series = 1.0 / 12.0
        - inverse
            * (1.0 / 360.0
                - inverse * (1.0 / 1260.0 - inverse * (1.0 / 1680.0 - inverse / 1188.0)));
    (x - 0.5) * x.ln() - x + 0.5 * (2.0 * std::f64::consts::PI).ln() + series / x - raised
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

    #[test]
    fn the_logarithm_of_factorials_is_right() {
        for (x, factorial) in [(1.0, 1.0), (2.0, 1.0), (5.0, 24.0), (11.0, 3_628_800.0)] {
            assert!((log_gamma(x) - f64::ln(factorial)).abs() < 1e-13, "{x}");
        }
        near(log_gamma(0.5), std::f64::consts::PI.sqrt().ln());
    }

    /// Values of SciPy 1.16.3, `scipy.special.betainc`.
    #[test]
    fn the_incomplete_beta_function_is_right() {
        for (x, a, b, expected) in [
            (0.5, 1.0, 0.5, 0.292_893_218_813_452_5),
            (0.9, 5.0, 0.5, 0.316_642_915_020_012_2),
            (0.1, 50.0, 0.5, 8.380_332_558_688_329e-52),
            (0.99, 49.0, 0.5, 0.322_217_363_030_619_54),
            (0.3, 2.5, 3.5, 0.296_752_989_295_666_46),
            (0.6, 24.0, 0.5, 8.345_528_202_584_867e-7),
        ] {
            near(incomplete_beta(x, a, b), expected);
        }
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
