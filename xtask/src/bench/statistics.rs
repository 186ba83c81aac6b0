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
}
