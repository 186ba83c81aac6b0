//! The few statistics that the tables need.

/// [`perf_statistics::median`]; 0 of no values.
pub(crate) fn median(values: &[f64]) -> f64 {
    perf_statistics::median(values).unwrap_or(0.0)
}

/// [`perf_statistics::linear_quantile`]; 0 of no values.
pub(crate) fn quantile(values: &[f64], share: f64) -> f64 {
    perf_statistics::linear_quantile(values, share).unwrap_or(0.0)
}
