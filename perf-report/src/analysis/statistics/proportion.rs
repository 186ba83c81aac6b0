//! Proportions: how far a share of draws may lie off.

/// Wilson's score interval (*JASA* 22, 1927) of a share in this many draws,
/// at this deviate: its ends.
pub(crate) fn wilson_interval(share: f64, draws: f64, deviate: f64) -> (f64, f64) {
    let square = deviate * deviate;
    let middle = (share + square / (2.0 * draws)) / (1.0 + square / draws);
    let half = deviate / (1.0 + square / draws)
        * (share * (1.0 - share) / draws + square / (4.0 * draws * draws)).sqrt();
    (middle - half, middle + half)
}

/// The design effect of draws in clusters, for each of which `(draws that count, draws)`
/// is given, and of all the share that counts: the variance of that ratio over clusters
/// (Cochran, *Sampling Techniques*, 1977, 6.4) over that of independent draws, where that
/// is above one. A share of none or all does not vary: one.
pub(crate) fn design_effect(clusters: &[(f64, f64)], share: f64) -> f64 {
    let all: f64 = clusters.iter().map(|(_, draws)| draws).sum();
    let number = clusters.len() as f64;
    let independent = share * (1.0 - share) / all;
    let residual = |(count, draws): &(f64, f64)| (count - share * draws).powi(2);
    let residuals: f64 = clusters.iter().map(residual).sum();
    let clustered = number / (number - 1.0) * residuals / (all * all);
    if independent > 0.0 {
        (clustered / independent).max(1.0)
    } else {
        1.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_interval_is_wilsons() {
        // Newcombe, *Statistics in Medicine* 17, 1998, table I, method 3: 81 of 263.
        let (low, high) = wilson_interval(81.0 / 263.0, 263.0, 1.959_964);
        assert!((low - 0.2553).abs() < 5e-5 && (high - 0.3662).abs() < 5e-5);
        let (low, high) = wilson_interval(0.0, 20.0, 1.959_964);
        assert!(low.abs() < 1e-12 && (high - 0.1611).abs() < 5e-5, "{high}");
    }

    #[test]
    fn clusters_of_equal_draws_are_worth_one_draw_each() {
        let clusters: Vec<(f64, f64)> = (0..10).map(|n| (f64::from(n % 2) * 8.0, 8.0)).collect();
        let effect = design_effect(&clusters, 0.5);
        // The variance of ten clusters is divided by nine.
        assert!((effect - 8.0 * 10.0 / 9.0).abs() < 1e-12, "{effect}");
        assert_eq!(design_effect(&[(4.0, 8.0); 10], 0.5), 1.0);
        assert_eq!(design_effect(&[(8.0, 8.0); 10], 1.0), 1.0);
    }
}
