//! The times of calls in the order in which they were made: a bounded number of stretches.

/// Stretches that are kept at most; an even number, because neighbours are merged.
const MOST: usize = 100;

/// Timed units that followed each other, nanoseconds a call.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Stretch {
    /// When it began, since the first round of evidence began.
    pub(crate) at_ns: u64,
    pub(crate) units: u64,
    pub(crate) min: f64,
    /// Of one round the median; of several the mean of their medians, weighted by
    /// units.
    pub(crate) median: f64,
    pub(crate) max: f64,
}

/// A stretch a round, until there are too many: then neighbours are merged, and
/// each stretch holds twice as many rounds.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Timeline {
    stretches: Vec<Stretch>,
    /// How often all were merged.
    halvings: u32,
    /// Rounds in the last stretch.
    rounds: u64,
}

impl Timeline {
    /// Adds the times of a round; one without any is passed over.
    pub(crate) fn take(&mut self, at_ns: u64, mut times: Vec<f64>) {
        if times.is_empty() {
            return;
        }
        let fold = |of: fn(f64, f64) -> f64| times.iter().copied().reduce(of).unwrap_or(0.0);
        let (min, max) = (fold(f64::min), fold(f64::max));
        let middle = times.len() / 2;
        // Linear: rounds of short calls hold a hundred thousand of them.
        let (_, &mut median, _) = times.select_nth_unstable_by(middle, f64::total_cmp);
        let one = Stretch {
            at_ns,
            units: times.len() as u64,
            min,
            median,
            max,
        };
        if let Some(last) = self.stretches.last_mut()
            && self.rounds < 1 << self.halvings
        {
            *last = last.and(one);
            self.rounds += 1;
            return;
        }
        if self.stretches.len() == MOST {
            let pairs = self.stretches.chunks_exact(2);
            self.stretches = pairs.map(|pair| pair[0].and(pair[1])).collect();
            self.halvings += 1;
        }
        self.stretches.push(one);
        self.rounds = 1;
    }

    /// The stretches in order.
    pub(crate) fn stretches(&self) -> &[Stretch] {
        &self.stretches
    }
}

impl Stretch {
    fn and(self, next: Stretch) -> Stretch {
        let units = self.units + next.units;
        let sum = self.median * self.units as f64 + next.median * next.units as f64;
        Stretch {
            at_ns: self.at_ns,
            units,
            min: self.min.min(next.min),
            median: sum / units as f64,
            max: self.max.max(next.max),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(rounds: u64) -> Timeline {
        let mut timeline = Timeline::default();
        for round in 0..rounds {
            let ns = 10.0 + round as f64;
            timeline.take(round * 1_000, vec![ns + 3.0, ns - 1.0, ns]);
        }
        timeline
    }

    #[test]
    fn a_few_rounds_are_kept_one_by_one() {
        let timeline = of(3);
        let last = Stretch {
            at_ns: 2_000,
            units: 3,
            min: 11.0,
            median: 12.0,
            max: 15.0,
        };
        assert_eq!(
            (timeline.stretches().len(), timeline.stretches()[2]),
            (3, last)
        );
        let mut empty = Timeline::default();
        empty.take(7, Vec::new());
        assert_eq!(empty, Timeline::default());
    }

    #[test]
    fn many_rounds_fit_and_no_unit_and_no_extreme_is_lost() {
        for rounds in [100, 101, 150, 199, 200, 201, 400, 999, 100_000] {
            let timeline = of(rounds);
            let stretches = timeline.stretches();
            assert!((50..=100).contains(&stretches.len()), "{rounds}");
            let units: u64 = stretches.iter().map(|one| one.units).sum();
            assert_eq!(units, 3 * rounds);
            // All but the last hold as many, so that the axis of calls is even.
            let first = stretches[0].units;
            assert!(
                stretches[..stretches.len() - 1]
                    .iter()
                    .all(|one| one.units == first)
            );
            assert!(stretches.is_sorted_by(|a, b| a.at_ns < b.at_ns && a.median < b.median));
            let last = stretches[stretches.len() - 1];
            assert_eq!((stretches[0].min, last.max), (9.0, 12.0 + rounds as f64));
        }
    }
}
