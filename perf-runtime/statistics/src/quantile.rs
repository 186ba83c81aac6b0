//! Quantiles of some values, the median among them: each is named by its type.

/// The median: of an even number of values the mean of the two in the middle;
/// `None` of no values.
#[must_use]
pub fn median(values: &[f64]) -> Option<f64> {
    median_of_sorted(&sorted(values))
}

/// The median of values that are in order already.
#[must_use]
pub fn median_of_sorted(sorted: &[f64]) -> Option<f64> {
    let upper = *sorted.get(sorted.len() / 2)?;
    let lower = sorted[(sorted.len() - 1) / 2];
    Some(f64::midpoint(lower, upper))
}

/// The lower of the two values in the middle, where there are two: of two values,
/// both are at least this. `None` of no values.
#[must_use]
pub fn lower_median(values: &[f64]) -> Option<f64> {
    let sorted = sorted(values);
    sorted.get(sorted.len().checked_sub(1)? / 2).copied()
}

/// The value at this share of the way through the values in order, between two of them
/// linearly; `None` of no values.
///
/// Type 7 of Hyndman and Fan, *Sample quantiles in statistical packages*, The American
/// Statistician 50, 1996.
#[must_use]
pub fn linear_quantile(values: &[f64], share: f64) -> Option<f64> {
    let sorted = sorted(values);
    let place = share * (sorted.len() as f64 - 1.0);
    let low = sorted.get(place.floor() as usize)?;
    let high = sorted.get(place.ceil() as usize)?;
    Some(low + (high - low) * place.fract())
}

fn sorted(values: &[f64]) -> Vec<f64> {
    let mut sorted = values.to_vec();
    sort(&mut sorted);
    sorted
}

/// Puts values in order. Here this is compiled once, for all that link this crate.
pub fn sort(values: &mut [f64]) {
    values.sort_unstable_by(f64::total_cmp);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_two_values_in_the_middle_the_mean_is_taken_or_the_lower() {
        assert_eq!(median(&[3.0, 1.0, 2.0]), Some(2.0));
        assert_eq!(median(&[4.0, 1.0, 2.0, 3.0]), Some(2.5));
        assert_eq!(lower_median(&[4.0, 1.0, 2.0, 3.0]), Some(2.0));
        assert_eq!(lower_median(&[2.0, 1.0]), Some(1.0));
        assert_eq!((median(&[]), lower_median(&[])), (None, None));
    }

    #[test]
    fn quantiles_lie_between_values() {
        assert_eq!(linear_quantile(&[4.0, 1.0, 3.0, 2.0], 0.5), Some(2.5));
        assert_eq!(linear_quantile(&[4.0, 1.0, 3.0, 2.0], 1.0), Some(4.0));
        assert_eq!(linear_quantile(&[5.0], 0.9), Some(5.0));
        assert_eq!(linear_quantile(&[0.0, 10.0], 0.9), Some(9.0));
        assert_eq!(linear_quantile(&[], 0.5), None);
    }
}
