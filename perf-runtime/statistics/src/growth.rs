//! How a cost grows with an argument: which points show it, and the slope through them.

/// Fewer points than this show no growth.
pub const LEAST_POINTS: usize = 3;
/// Nor do points whose largest argument is fewer times the smallest than this.
pub const LEAST_SPAN: f64 = 4.0;

/// How many of this many points decide: the half with the larger arguments, because what a
/// call costs anyway rules the others.
#[must_use]
pub fn deciding(points: usize) -> usize {
    points.div_ceil(2).max(LEAST_POINTS)
}

/// The slope of the line through `(x, y)` from which the squares of the distances in y
/// are the least.
#[must_use]
pub fn slope(points: &[(f64, f64)]) -> f64 {
    let count = points.len() as f64;
    let (mut mean_x, mut mean_y) = (0.0, 0.0);
    for (x, y) in points {
        mean_x += x;
        mean_y += y;
    }
    (mean_x, mean_y) = (mean_x / count, mean_y / count);
    let (mut products, mut squares) = (0.0, 0.0);
    for (x, y) in points {
        products += (x - mean_x) * (y - mean_y);
        squares += (x - mean_x).powi(2);
    }
    products / squares
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_slope_is_that_of_the_line() {
        assert_eq!(slope(&[(0.0, 1.0), (1.0, 3.0), (2.0, 5.0)]), 2.0);
        assert_eq!(slope(&[(0.0, 0.0), (1.0, 3.0), (2.0, 0.0)]), 0.0);
    }

    #[test]
    fn the_larger_half_decides_and_no_fewer_than_show_growth() {
        assert_eq!([3, 5, 6, 7, 10].map(deciding), [3, 3, 3, 4, 5]);
    }
}
