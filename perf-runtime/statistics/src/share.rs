//! How large a share may be of which little was seen.

/// The largest share of which `seen` or fewer in `n` would still be seen once in 20
/// times: the upper end of a one-sided exact interval at 95 % (Clopper and Pearson,
/// *Biometrika* 26, 1934).
#[must_use]
pub fn at_most(seen: u64, n: u64) -> f64 {
    if n == 0 || seen >= n {
        return 1.0;
    }
    let (mut low, mut high) = (0.0, 1.0);
    for _ in 0..60 {
        let middle = f64::midpoint(low, high);
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
    fn the_bound_is_the_exact_one() {
        for (seen, n, expected) in [
            (0, 0, 1.0),
            (0, 59, 0.0495),
            (0, 3_000, 0.000_998),
            (1, 100, 0.0466),
            (1, 10, 0.3942),
            (5, 100, 0.1023),
            (5, 5, 1.0),
        ] {
            let found = at_most(seen, n);
            assert!((found - expected).abs() < 2e-4, "{seen} of {n}: {found}");
        }
    }
}
