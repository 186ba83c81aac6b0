//! Quantiles of some values, the median among them: each is named by its type.

/// [`perf_statistics::median`]; of no values it is not a number.
pub(crate) fn median(values: &[f64]) -> f64 {
    perf_statistics::median(values).unwrap_or(f64::NAN)
}

/// [`perf_statistics::lower_median`]; of no values it is not a number.
pub(crate) fn lower_median(values: &[f64]) -> f64 {
    perf_statistics::lower_median(values).unwrap_or(f64::NAN)
}

/// [`perf_statistics::linear_quantile`]; of no values it is not a number.
pub(crate) fn linear_quantile(values: &[f64], share: f64) -> f64 {
    perf_statistics::linear_quantile(values, share).unwrap_or(f64::NAN)
}

/// A quantile that is one of the values, of which there is one at least and which are
/// in order: their type 1, and the upper of two values where both are one.
pub(crate) fn upper_quantile(sorted: &[u64], share: f64) -> u64 {
    sorted[((share * sorted.len() as f64) as usize).min(sorted.len() - 1)]
}

/// The standard error of a median: half of what lies between the two values that are
/// half a square root of their number to either side of it (McKean and Schrader,
/// *Communications in Statistics B* 13, 1984, with one standard deviation). It asks
/// for no distribution: where most values lie close together and the others far off
/// on both sides, the median is known well.
pub(crate) fn standard_error_of_median(values: &[f64]) -> f64 {
    let n = values.len();
    if n < 4 {
        return f64::INFINITY;
    }
    let mut sorted = values.to_vec();
    perf_statistics::sort(&mut sorted);
    let aside = (n as f64).sqrt() / 2.0;
    let middle = (n - 1) as f64 / 2.0;
    let low = (middle - aside).floor().max(0.0) as usize;
    let high = (middle + aside).ceil().min(middle * 2.0) as usize;
    (sorted[high] - sorted[low]) / 2.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_two_values_both_are_at_least_the_lower_median() {
        assert_eq!((lower_median(&[3.0, 1.0]), median(&[3.0, 1.0])), (1.0, 2.0));
        assert_eq!(lower_median(&[5.0, 3.0, 4.0]), 4.0);
        assert_eq!(lower_median(&[5.0, 3.0, 4.0, 6.0]), 4.0);
        assert!(median(&[]).is_nan() && lower_median(&[]).is_nan());
        assert!(linear_quantile(&[], 0.5).is_nan());
    }

    #[test]
    fn an_upper_quantile_is_a_value() {
        assert_eq!(upper_quantile(&[1, 2, 3, 4], 0.5), 3);
        assert_eq!(upper_quantile(&[1, 2, 3], 0.5), 2);
        assert_eq!(upper_quantile(&[1, 2, 3], 1.0), 3);
    }

    #[test]
    fn how_well_a_median_is_known_does_not_depend_on_what_lies_far_off() {
        // Of 16, those with 5 and 10 below them are as far out as half a root of 16.
        let mut values: Vec<f64> = (0..16).map(f64::from).collect();
        assert_eq!(standard_error_of_median(&values), 2.5);
        values[15] = 1e9;
        assert_eq!(standard_error_of_median(&values), 2.5);
        assert_eq!(standard_error_of_median(&[1.0, 2.0, 3.0]), f64::INFINITY);
    }
}
