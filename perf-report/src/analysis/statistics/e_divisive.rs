//! Where the level of a series changed: E-divisive, with a significance test
//! that knows no chance.
//!
//! Matteson and James, *A nonparametric approach for multiple change point
//! analysis of multivariate data*, JASA 109(505), 2014, measure how far two
//! neighbouring pieces differ by the distances within and between them (their
//! equation 7). Fleming and Kołaczkowski, *Hunter: using change point detection
//! to hunt for performance regressions*, ICPE 2023, replace the permutation test
//! by Student's, so that the same series always gives the same answer, look
//! through windows that overlap, so that old runs hide no new change, and take
//! weak points away again, the weakest first.

use super::moments::Sample;
use super::t_test;

/// How a series is looked at.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Settings {
    /// Runs in a window; the next one begins half a window later, or at the
    /// last change point found.
    pub(crate) window: usize,
    /// The greatest chance (see [`chance`]) of a point that is kept.
    pub(crate) max_chance: f64,
}

impl Settings {
    /// Those of Apache Otava.
    pub(crate) const USUAL: Settings = Settings {
        window: 50,
        max_chance: 0.001,
    };

    /// Points are looked for with a weaker bound than they are kept with.
    fn first_bound(self) -> f64 {
        match self.max_chance {
            small if small < 0.05 => small * 10.0,
            middle if middle < 0.5 => middle * 2.0,
            large => large,
        }
    }
}

/// The first run at another level than those before it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Change {
    /// Its place in the series; never the first.
    pub(crate) at: usize,
    /// Student's chance that both sides, up to the next changes, are alike.
    pub(crate) chance: f64,
}

/// The changes of a series, in order.
pub(crate) fn changes(values: &[f64], settings: Settings) -> Vec<Change> {
    let mut places = candidates(values, settings);
    places.sort_unstable();
    places.dedup();
    prune(values, places, settings.max_chance)
}

/// Points found in any window.
fn candidates(values: &[f64], settings: Settings) -> Vec<usize> {
    let window = settings.window.max(2);
    let (mut start, mut found) = (0, Vec::new());
    while start < values.len() {
        let end = (start + window).min(values.len());
        let mut inside = divide(&values[start..end], settings.first_bound());
        inside.sort_unstable();
        let last = inside.last().map_or(0, |at| start + at);
        found.extend(inside.iter().map(|at| start + at));
        start = last.max(start + window / 2);
    }
    found
}

/// Splits a window at its best point, then the better of its pieces, and so on,
/// as long as the best one left is significant.
fn divide(values: &[f64], bound: f64) -> Vec<usize> {
    let mut pieces = vec![Piece::of(values, 0, values.len())];
    let mut found = Vec::new();
    loop {
        let best = pieces
            .iter()
            .enumerate()
            .filter_map(|(place, piece)| Some((place, piece.best?)))
            // Of equals the earlier piece.
            .reduce(|best, next| {
                if next.1.gain > best.1.gain {
                    next
                } else {
                    best
                }
            });
        let Some((place, split)) = best else { break };
        let Piece { start, end, .. } = pieces[place];
        let (left, right) = (&values[start..split.at], &values[split.at..end]);
        if chance(left, right) > bound {
            break;
        }
        found.push(split.at);
        pieces[place] = Piece::of(values, split.at, end);
        pieces.insert(place, Piece::of(values, start, split.at));
    }
    found
}

/// A piece of a window, and where it would be split.
struct Piece {
    start: usize,
    end: usize,
    best: Option<Split>,
}

#[derive(Clone, Copy)]
struct Split {
    at: usize,
    gain: f64,
}

impl Piece {
    fn of(values: &[f64], start: usize, end: usize) -> Piece {
        Piece {
            start,
            end,
            best: best_split(&values[start..end]).map(|split| Split {
                at: start + split.at,
                ..split
            }),
        }
    }
}

/// The split at which the divergence of X = [0, at) and Y = [at, end) is the
/// greatest, over all ends within the piece as well, so that a level that holds
/// for a while only is found too.
///
/// With n and m the sizes: n m / (n + m) times (2 mean |x - y|
/// - mean |x - x'| - mean |y - y'|), the means over distinct pairs.
fn best_split(values: &[f64]) -> Option<Split> {
    let count = values.len();
    let distance = |i: usize, j: usize| (values[i] - values[j]).abs();
    let mut best: Option<Split> = None;
    // The sum of distances within X, and for each end those within Y and
    // between the two; all of them follow from those of the split before.
    let mut within_x = 0.0;
    let mut within_y: Vec<f64> = vec![0.0; count + 1];
    let mut between: Vec<f64> = vec![0.0; count + 1];
    for end in 2..=count {
        let added: f64 = (0..end - 1).map(|i| distance(i, end - 1)).sum();
        within_y[end] = within_y[end - 1] + added;
    }
    for at in 1..count {
        // The value at - 1 moves from Y to X.
        let moved = at - 1;
        let to_x: f64 = (0..moved).map(|i| distance(i, moved)).sum();
        within_x += to_x;
        let mut to_y = 0.0;
        for end in at + 1..=count {
            to_y += distance(moved, end - 1);
            within_y[end] -= to_y;
            between[end] += to_y - to_x;
            let gain = divergence(at, end - at, within_x, within_y[end], between[end]);
            if best.is_none_or(|best| gain > best.gain) {
                best = Some(Split { at, gain });
            }
        }
    }
    best
}

fn divergence(n: usize, m: usize, within_x: f64, within_y: f64, between: f64) -> f64 {
    let (n, m) = (n as f64, m as f64);
    let inner = |size: f64, other: f64, sum: f64| {
        if size < 2.0 {
            0.0
        } else {
            2.0 * other / (n + m) / (size - 1.0) * sum
        }
    };
    2.0 / (n + m) * between - inner(n, m, within_x) - inner(m, n, within_y)
}

/// Takes away the point of the greatest chance until all are below the bound.
/// Each is judged by the pieces up to its neighbours, which grow meanwhile.
fn prune(values: &[f64], mut places: Vec<usize>, bound: f64) -> Vec<Change> {
    loop {
        let changes = judged(values, &places);
        let weakest = changes
            .iter()
            .enumerate()
            // Of equals the first.
            .reduce(|weakest, next| {
                if next.1.chance > weakest.1.chance {
                    next
                } else {
                    weakest
                }
            });
        match weakest {
            Some((place, change)) if change.chance >= bound => {
                places.remove(place);
            }
            _ => return changes,
        }
    }
}

fn judged(values: &[f64], places: &[usize]) -> Vec<Change> {
    let edge = |place: Option<usize>, default| {
        place
            .and_then(|at| places.get(at))
            .copied()
            .unwrap_or(default)
    };
    (0..places.len())
        .map(|place| {
            let at = places[place];
            let left = &values[edge(place.checked_sub(1), 0)..at];
            let right = &values[at..edge(Some(place + 1), values.len())];
            Change {
                at,
                chance: chance(left, right),
            }
        })
        .collect()
}

/// Student's chance that two pieces are alike.
///
/// NOTE: the deviation of a piece goes in as that of a population (divided by
/// n, not by n - 1), as in Apache Otava, so that both find the same change
/// points. Short pieces get a slightly smaller value for it. The value ranks
/// candidates and holds them against a bound; it is no error rate in any case,
/// because the place of a split is chosen where the pieces differ most.
fn chance(left: &[f64], right: &[f64]) -> f64 {
    t_test::chance(Sample::population(left), Sample::population(right))
}

#[cfg(test)]
mod tests;
