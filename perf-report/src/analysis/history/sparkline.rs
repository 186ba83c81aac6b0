//! A series in a few characters.

use crate::analysis::statistics::quantile::median;

const HEIGHTS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
/// Characters at most.
const WIDTH: usize = 24;
/// The lowest and the highest character are at least this share of the level
/// apart, so that noise of a percent looks like noise of a percent.
const LEAST_SPAN: f64 = 0.2;

/// The values from left to right. Of more than fit, each character shows the
/// median of a few.
pub(crate) fn sparkline(values: &[f64]) -> String {
    let width = values.len().min(WIDTH);
    let heights: Vec<f64> = (0..width)
        .map(|place| {
            let edge = |place: usize| place * values.len() / width;
            median(&values[edge(place)..edge(place + 1)])
        })
        .collect();
    let low = heights.iter().copied().fold(f64::INFINITY, f64::min);
    let high = heights.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let least = LEAST_SPAN * median(values).abs();
    let missing = (least - (high - low)).max(0.0);
    let (low, high) = (low - missing / 2.0, high + missing / 2.0);
    let character = |value: &f64| {
        if high > low {
            let share = (value - low) / (high - low);
            HEIGHTS[((share * 8.0) as usize).min(7)]
        } else {
            HEIGHTS[0]
        }
    };
    heights.iter().map(character).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_series_is_drawn_from_low_to_high() {
        assert_eq!(sparkline(&[1.0, 2.0, 3.0, 4.0, 8.0]), "▁▂▃▄█");
        assert_eq!(sparkline(&[]), "");
        assert_eq!(sparkline(&[0.0, 0.0]), "▁▁");
    }

    #[test]
    fn little_noise_is_flat_and_a_step_is_not() {
        assert_eq!(sparkline(&[100.0, 101.0, 100.0]), "▄▅▄");
        assert_eq!(sparkline(&[100.0, 100.0, 140.0]), "▁▁█");
    }

    #[test]
    fn a_long_series_is_drawn_in_a_few_characters() {
        let values: Vec<f64> = (0..1000).map(f64::from).collect();
        let line = sparkline(&values);
        assert_eq!(line.chars().count(), 24);
        assert!(line.starts_with('▁') && line.ends_with('█'));
    }
}
