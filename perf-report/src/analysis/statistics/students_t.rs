//! Student's t distribution: how far a mean of few values may lie off.

use std::f64::consts::FRAC_PI_2;

use statrs::distribution::{ContinuousCDF, StudentsT};

/// The chance of a value as far from zero as `t`, or farther, in either direction.
pub(crate) fn two_sided(t: f64, freedom: usize) -> f64 {
    // Of what is not a number statrs panics.
    if t.is_nan() {
        return t;
    }
    let distribution =
        StudentsT::new(0.0, 1.0, freedom as f64).expect("there is a degree of freedom");
    2.0 * distribution.sf(t.abs())
}

/// The value that a t-distributed quantity with this many degrees of freedom
/// stays below with probability `p`, for `p` from one half to below one.
///
/// Student, *The probable error of a mean*, Biometrika 6, 1908. The
/// distribution function is the finite sum of Abramowitz and Stegun, *Handbook
/// of Mathematical Functions*, 26.7.3 and 26.7.4, which is exact for whole
/// degrees of freedom; its inverse is found by halving an interval.
///
/// NOTE: for whole degrees of freedom no special function is needed. The inverse of
/// statrs is that of the incomplete beta function, which is off by up to 3e-13 where
/// these few arcs and powers are off by 1e-14; reports for programs show every digit.
pub(crate) fn quantile(p: f64, freedom: usize) -> f64 {
    debug_assert!((0.5..1.0).contains(&p) && freedom > 0, "{p}, {freedom}");
    let (mut low, mut high) = (0.0, 1.0);
    while below(high, freedom) < p {
        (low, high) = (high, high * 2.0);
    }
    // Until the ends are neighbours.
    loop {
        let middle = low + (high - low) / 2.0;
        if middle <= low || middle >= high {
            return high;
        }
        if below(middle, freedom) < p {
            low = middle;
        } else {
            high = middle;
        }
    }
}

/// The probability of a value below `t`, which must not be negative.
fn below(t: f64, freedom: usize) -> f64 {
    let angle = (t / (freedom as f64).sqrt()).atan();
    let (sine, cosine) = angle.sin_cos();
    let odd = freedom % 2 == 1;
    // 26.7.3 sums odd powers of the cosine, 26.7.4 even ones, both up to that
    // of `freedom - 2`.
    let mut power = if odd { 1 } else { 0 };
    let mut term = if odd { cosine } else { 1.0 };
    let mut sum = 0.0;
    while power + 2 <= freedom {
        sum += term;
        term *= cosine * cosine * (power + 1) as f64 / (power + 2) as f64;
        power += 2;
    }
    let within = if odd {
        (angle + sine * sum) / FRAC_PI_2
    } else {
        sine * sum
    };
    0.5 + within / 2.0
}

#[cfg(test)]
mod tests {
    use super::*;

    /// To the three decimals that tables print.
    #[track_caller]
    fn check(p: f64, freedom: usize, table: f64) {
        let found = quantile(p, freedom);
        assert!((found - table).abs() <= 0.000_51, "{found} is not {table}");
    }

    #[test]
    fn quantiles_are_those_of_the_tables() {
        // Fisher and Yates, Statistical Tables, table III; the one-sided
        // probability is half of theirs.
        check(0.95, 1, 6.314);
        check(0.975, 1, 12.706);
        check(0.99, 1, 31.821);
        check(0.95, 2, 2.920);
        check(0.995, 2, 9.925);
        check(0.975, 3, 3.182);
        check(0.99, 4, 3.747);
        check(0.995, 4, 4.604);
        check(0.975, 5, 2.571);
        check(0.99, 6, 3.143);
        check(0.995, 6, 3.707);
        check(0.99, 9, 2.821);
        check(0.995, 9, 3.250);
        check(0.975, 14, 2.145);
        check(0.975, 30, 2.042);
        check(0.995, 60, 2.660);
        check(0.975, 120, 1.980);
    }

    #[test]
    fn quantiles_far_out_are_those_of_the_tables() {
        check(0.999, 4, 7.173);
        check(0.999, 6, 5.208);
        check(0.999, 9, 4.297);
        check(0.9995, 4, 8.610);
        check(0.9995, 6, 5.959);
        check(0.9995, 30, 3.646);
    }

    #[test]
    fn quantiles_agree_with_the_closed_forms() {
        for p in [0.6f64, 0.9, 0.99, 0.999_9] {
            let one = (std::f64::consts::PI * (p - 0.5)).tan();
            assert!((quantile(p, 1) / one - 1.0).abs() < 1e-9, "{p}");
            let x = 2.0 * p - 1.0;
            let two = x * (2.0 / (1.0 - x * x)).sqrt();
            assert!((quantile(p, 2) / two - 1.0).abs() < 1e-9, "{p}");
        }
        assert!(quantile(0.5, 7).abs() < 1e-12);
    }

    /// Values of SciPy 1.16.3, `scipy.special.betainc`: of `a` and one half at `x` it
    /// is the chance with `2 a` degrees of freedom.
    #[test]
    fn the_chance_of_either_side_is_the_incomplete_beta_function() {
        for (x, a, expected) in [
            (0.5, 1.0, 0.292_893_218_813_452_5),
            (0.9, 5.0, 0.316_642_915_020_012_2),
            (0.1, 50.0, 8.380_332_558_688_329e-52),
            (0.99, 49.0, 0.322_217_363_030_619_54),
            (0.6, 24.0, 8.345_528_202_584_867e-7),
        ] {
            let freedom: f64 = 2.0 * a;
            let t = (freedom * (1.0 - x) / x).sqrt();
            for t in [t, -t] {
                let found = two_sided(t, freedom as usize);
                assert!(
                    (found / expected - 1.0).abs() <= 1e-11,
                    "{x}, {a}: {found:e}"
                );
            }
        }
        assert_eq!((two_sided(0.0, 3), two_sided(f64::INFINITY, 3)), (1.0, 0.0));
        assert!(two_sided(f64::NAN, 3).is_nan());
    }
}
