//! The few statistics that the tables need.

/// The middle value; 0 where there is none.
pub(crate) fn median(values: &[f64]) -> f64 {
    quantile(values, 0.5)
}

/// The value that the share `q` of all are at or below, interpolated; 0 where
/// there is none.
pub(crate) fn quantile(values: &[f64], q: f64) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let Some(last) = sorted.len().checked_sub(1) else {
        return 0.0;
    };
    let at = q * last as f64;
    let (low, high) = (sorted[at.floor() as usize], sorted[at.ceil() as usize]);
    low + (high - low) * at.fract()
}

/// The largest share of which `seen` or fewer in `n` would still be seen once
/// in 20 times: the upper end of a one-sided exact interval at 95 % (Clopper
/// and Pearson, *Biometrika* 26, 1934).
pub(crate) fn at_most(seen: u64, n: u64) -> f64 {
    if n == 0 || seen >= n {
        return 1.0;
    }
    let (mut low, mut high) = (0.0, 1.0);
    for _ in 0..60 {
        let middle = (low + high) / 2.0;
        if share_of_or_fewer(seen, n, middle) > 0.05 {
            low = middle;
        } else {
            high = middle;
        }
    }
    high
}

/// The chance of `seen` or fewer in `n` at the share `p`.
fn share_of_or_fewer(seen: u64, n: u64, p: f64) -> f64 {
    let mut ln_term = n as f64 * (1.0 - p).ln();
    let mut sum = ln_term.exp();
    for k in 1..=seen {
        ln_term += ((n - k + 1) as f64 / k as f64).ln() + (p / (1.0 - p)).ln();
        sum += ln_term.exp();
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quantile_lies_between_its_neighbours() {
        let values = [4.0, 1.0, 3.0, 2.0];
        assert_eq!(
            (
                median(&values),
                quantile(&values, 0.0),
                quantile(&values, 1.0)
            ),
            (2.5, 1.0, 4.0)
        );
        assert_eq!(median(&[]), 0.0);
    }

    #[test]
    fn the_bound_on_a_share_is_the_exact_one() {
        // 0 of n: 1 - 0.05^(1/n). 1 of 10 and 5 of 100 are tabulated.
        assert!((at_most(0, 1000) - (1.0 - 0.05_f64.powf(0.001))).abs() < 1e-9);
        assert!((at_most(1, 10) - 0.3942).abs() < 1e-4);
        assert!((at_most(5, 100) - 0.1023).abs() < 1e-4);
        assert_eq!(at_most(3, 3), 1.0);
    }
}
