//! Change points against those of Apache Otava, and what is known by hand.

use serde::Deserialize;

use super::*;

/// Written by `tests/otava/regenerate.py`, which says how.
const SERIES: &str = include_str!("../../../../tests/otava/series.json");

/// Answers whose places are Otava's own, without anything recomputed.
const ANSWERS: usize = 58;

#[derive(Deserialize)]
struct Reference {
    otava: String,
    series: Vec<Series>,
}

#[derive(Deserialize)]
struct Series {
    name: String,
    values: Vec<f64>,
    answers: Vec<Answer>,
}

#[derive(Deserialize)]
struct Answer {
    window: usize,
    max_pvalue: f64,
    change_points: Vec<Point>,
    /// Where Otava's merge step judges by pieces that are no more: what it says
    /// of those that are. The script says more.
    recomputed: Option<Vec<Point>>,
}

#[derive(Deserialize)]
struct Point {
    index: usize,
    pvalue: f64,
}

#[test]
fn every_series_has_the_change_points_that_otava_finds() {
    let reference: Reference = serde_json::from_str(SERIES).expect("the file is JSON");
    assert_eq!(reference.otava, "0.8.0");
    let (mut points, mut answers, mut as_they_are) = (0, 0, 0);
    for series in &reference.series {
        for answer in &series.answers {
            let settings = Settings {
                window: answer.window,
                max_chance: answer.max_pvalue,
            };
            let found = changes(&series.values, settings);
            let places: Vec<usize> = found.iter().map(|change| change.at).collect();
            let expected = answer.recomputed.as_ref().unwrap_or(&answer.change_points);
            let indices = |points: &[Point]| points.iter().map(|p| p.index).collect::<Vec<_>>();
            assert_eq!(
                places,
                indices(expected),
                "{} with {settings:?}",
                series.name
            );
            for (change, point) in found.iter().zip(expected) {
                let off = (change.chance - point.pvalue).abs();
                assert!(
                    off <= 1e-6 * point.pvalue.max(1e-60),
                    "{} at {}: {:e} is not {:e}",
                    series.name,
                    change.at,
                    change.chance,
                    point.pvalue
                );
            }
            points += expected.len();
            answers += 1;
            as_they_are += usize::from(places == indices(&answer.change_points));
        }
    }
    // A file without change points would prove nothing. METHODOLOGY gives the
    // second and the third number.
    assert!(reference.series.len() >= 12 && points > 100, "{points}");
    assert_eq!((answers, as_they_are), (75, ANSWERS));
}

/// The divergence by its definition, for what follows from it by sums.
fn by_definition(x: &[f64], y: &[f64]) -> f64 {
    let mean = |pairs: Vec<f64>| pairs.iter().sum::<f64>() / pairs.len().max(1) as f64;
    let within = |z: &[f64]| {
        let pairs = (0..z.len()).flat_map(|i| (0..i).map(move |j| (i, j)));
        mean(pairs.map(|(i, j)| (z[i] - z[j]).abs()).collect())
    };
    let between = mean(
        x.iter()
            .flat_map(|a| y.iter().map(move |b| (a - b).abs()))
            .collect(),
    );
    let (n, m) = (x.len() as f64, y.len() as f64);
    n * m / (n + m) * (2.0 * between - within(x) - within(y))
}

#[test]
fn the_best_split_is_the_one_of_the_definition() {
    let values = [3.0, 1.0, 4.0, 1.0, 5.0, 9.0, 12.0, 6.0, 15.0, 13.0, 5.0];
    let mut best = (0, f64::MIN);
    for at in 1..values.len() {
        for end in at + 1..=values.len() {
            let gain = by_definition(&values[..at], &values[at..end]);
            if gain > best.1 {
                best = (at, gain);
            }
        }
    }
    let found = best_split(&values).expect("there is a split");
    assert_eq!(found.at, best.0);
    assert!((found.gain - best.1).abs() < 1e-12 * best.1);
}

#[test]
fn too_little_has_no_change() {
    for values in [&[][..], &[1.0], &[1.0, 2.0]] {
        assert_eq!(changes(values, Settings::USUAL), []);
    }
}
