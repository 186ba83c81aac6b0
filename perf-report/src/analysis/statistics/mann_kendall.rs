//! Mann and Kendall's test for a trend, and Sen's line through one.
//!
//! Mann, *Nonparametric tests against trend*, Econometrica 13, 1945. Sen, *Estimates of
//! the regression coefficient based on Kendall's tau*, JASA 63, 1968.

use super::quantile::median;

/// Mann and Kendall's count in standard deviations, corrected for ties and
/// drawn towards zero by one, as the count is a whole number.
pub(crate) fn score(values: &[f64]) -> f64 {
    let n = values.len() as f64;
    let count: f64 = pairs(values.len())
        .map(|(i, j)| {
            if values[j] == values[i] {
                0.0
            } else {
                (values[j] - values[i]).signum()
            }
        })
        .sum();
    let mut sorted = values.to_vec();
    perf_statistics::sort(&mut sorted);
    let spread = |size: f64| size * (size - 1.0) * (2.0 * size + 5.0);
    let ties: f64 = sorted
        .chunk_by(|a, b| a == b)
        .map(|group| spread(group.len() as f64))
        .sum();
    let variance = (spread(n) - ties) / 18.0;
    if variance <= 0.0 {
        return 0.0;
    }
    (count.abs() - 1.0).max(0.0).copysign(count) / variance.sqrt()
}

/// A line over places 0, 1, 2 ..
pub(crate) struct Line {
    start: f64,
    slope: f64,
}

impl Line {
    /// Sen's line: the median slope of all pairs, at the median height.
    pub(crate) fn sen(values: &[f64]) -> Line {
        let slopes: Vec<f64> = pairs(values.len())
            .map(|(i, j)| (values[j] - values[i]) / (j - i) as f64)
            .collect();
        let slope = median(&slopes);
        let heights: Vec<f64> = values
            .iter()
            .enumerate()
            .map(|(at, value)| value - slope * at as f64)
            .collect();
        Line {
            start: median(&heights),
            slope,
        }
    }

    pub(crate) fn at(&self, place: usize) -> f64 {
        self.start + self.slope * place as f64
    }

    /// The distances of the values from the line, added up.
    pub(crate) fn misfit(&self, values: &[f64]) -> f64 {
        let distances = values.iter().enumerate();
        distances
            .map(|(at, value)| (value - self.at(at)).abs())
            .sum()
    }
}

/// All pairs of places, the earlier one first.
fn pairs(count: usize) -> impl Iterator<Item = (usize, usize)> {
    (0..count).flat_map(move |j| (0..j).map(move |i| (i, j)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_score_is_that_of_kendalls_count() {
        // 5 values in order: count 10, variance 5 * 4 * 15 / 18.
        let expected = 9.0 / (300.0f64 / 18.0).sqrt();
        assert!((score(&[1.0, 2.0, 3.0, 4.0, 5.0]) - expected).abs() < 1e-12);
        assert_eq!(score(&[2.0, 2.0, 2.0]), 0.0);
        // One tie of two: count 5, variance (4 * 3 * 13 - 2 * 1 * 9) / 18.
        let expected = 4.0 / (138.0f64 / 18.0).sqrt();
        assert!((score(&[1.0, 2.0, 2.0, 3.0]) - expected).abs() < 1e-12);
    }
}
