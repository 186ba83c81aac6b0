//! The times of calls in the order in which they were made: a bounded number of stretches.

use crate::collections::mapped;
use crate::model::sample::Round;

/// Stretches that are kept at most, beside the one that is being filled; a power of
/// three, because three neighbours become one.
const MOST: usize = 81;

/// Timed units that followed each other, nanoseconds a call.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Stretch {
    /// When it began, since the first round of evidence began. Within a round, its
    /// time is shared out as the calls took it.
    pub(crate) at_ns: u64,
    pub(crate) units: u64,
    pub(crate) min: f64,
    /// Of up to three units the median; of more their remedian, the median of three
    /// medians of thirds (Rousseeuw and Bassett 1990).
    pub(crate) median: f64,
    pub(crate) max: f64,
}

/// A stretch a unit, until there are too many: then three neighbours become one, and
/// each stretch holds three times as many units. So a ramp shows within a round too.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Timeline {
    stretches: Vec<Stretch>,
    /// What the last stretch will be made of: up to two that hold a unit, up to two
    /// that hold three, and so on.
    waiting: Vec<Vec<Stretch>>,
}

impl Timeline {
    /// Adds the units of a round that began so long after the first one.
    pub(crate) fn take(&mut self, round: &Round, at_ns: u64) {
        let mut inside_ns = 0.0;
        for call in round.usable() {
            inside_ns += call.wall_ns;
        }
        let stretch = round.elapsed_ns as f64 / inside_ns.max(f64::MIN_POSITIVE);
        let mut before_ns = 0.0;
        for call in round.usable() {
            self.push(Stretch {
                at_ns: at_ns + (before_ns * stretch) as u64,
                units: 1,
                min: call.judged_ns,
                median: call.judged_ns,
                max: call.judged_ns,
            });
            before_ns += call.wall_ns;
        }
    }

    fn push(&mut self, mut one: Stretch) {
        for waiting in &mut self.waiting {
            let &[first, second] = &**waiting else {
                return waiting.push(one);
            };
            waiting.clear();
            one = Stretch::of(first, second, one);
        }
        if self.stretches.len() < MOST {
            return self.stretches.push(one);
        }
        let (threes, _) = self.stretches.as_chunks();
        self.stretches = mapped(threes, |&[a, b, c]| Stretch::of(a, b, c));
        self.waiting.push(vec![one]);
    }

    /// The stretches in order; all but the last hold as many units.
    pub(crate) fn stretches(&self) -> Vec<Stretch> {
        let mut last: Option<Stretch> = None;
        for waiting in self.waiting.iter().rev() {
            for next in waiting {
                match &mut last {
                    Some(all) => {
                        all.units += next.units;
                        all.min = all.min.min(next.min);
                        all.max = all.max.max(next.max);
                    }
                    // The first of them holds most.
                    None => last = Some(*next),
                }
            }
        }
        let mut stretches = self.stretches.clone();
        if let Some(last) = last {
            stretches.push(last);
        }
        stretches
    }
}

impl Stretch {
    fn of(a: Stretch, b: Stretch, c: Stretch) -> Stretch {
        let (low, high) = (a.median.min(b.median), a.median.max(b.median));
        Stretch {
            at_ns: a.at_ns,
            units: a.units + b.units + c.units,
            min: a.min.min(b.min).min(c.min),
            median: c.median.clamp(low, high),
            max: a.max.max(b.max).max(c.max),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::sample::{Call, Disturbed};

    /// A round of calls that took so long, in twice the time.
    fn round(times: &[f64]) -> Round {
        let call = |&ns: &f64| Call {
            judged_ns: ns,
            wall_ns: ns,
            disturbed: Disturbed::No,
            failed: false,
        };
        Round {
            calls: times.iter().map(call).collect(),
            elapsed_ns: 2 * times.iter().sum::<f64>() as u64,
            ..Round::default()
        }
    }

    fn of(rounds: &[Vec<f64>]) -> Vec<Stretch> {
        let mut timeline = Timeline::default();
        for (nth, times) in rounds.iter().enumerate() {
            timeline.take(&round(times), nth as u64 * 100_000_000_000);
        }
        timeline.stretches()
    }

    #[test]
    fn a_few_calls_are_kept_one_by_one() {
        let stretches = of(&[vec![10.0, 30.0], vec![], vec![20.0, 40.0]]);
        let one = |at_ns, ns| Stretch {
            at_ns,
            units: 1,
            min: ns,
            median: ns,
            max: ns,
        };
        let expected = [
            one(0, 10.0),
            one(20, 30.0),
            one(200_000_000_000, 20.0),
            one(200_000_000_040, 40.0),
        ];
        assert_eq!(stretches, expected);
        assert_eq!(of(&[vec![]]), []);
    }

    #[test]
    fn many_calls_fit_and_no_unit_and_no_extreme_is_lost() {
        for units in [81, 82, 83, 85, 243, 244, 250, 729, 10_000, 59_049, 100_000] {
            for a_round in [1, 7, 400, units] {
                let times: Vec<f64> = (0..units).map(|unit| 10.0 + unit as f64).collect();
                let rounds: Vec<Vec<f64>> = times.chunks(a_round).map(<[f64]>::to_vec).collect();
                let stretches = of(&rounds);
                assert!((27..=82).contains(&stretches.len()), "{units}");
                let all: u64 = stretches.iter().map(|one| one.units).sum();
                assert_eq!(all, units as u64);
                let (last, whole) = stretches.split_last().expect("stretches");
                assert!(whole.iter().all(|one| one.units == whole[0].units));
                assert!(last.units <= whole[0].units);
                assert!(stretches.is_sorted_by(|a, b| a.median < b.median && a.max < b.min));
                assert!(stretches.is_sorted_by(|a, b| a.at_ns < b.at_ns));
                assert_eq!((whole[0].min, last.max), (10.0, 9.0 + units as f64));
            }
        }
    }

    #[test]
    fn a_ramp_and_a_burst_within_one_round_are_seen() {
        let mut times = vec![1_000.0; 5_000];
        for (nth, ns) in times[4_000..].iter_mut().enumerate() {
            *ns += nth as f64;
        }
        times[1_000..1_300].fill(9_000.0);
        let stretches = of(&[times]);
        let medians: Vec<f64> = stretches.iter().map(|one| one.median).collect();
        let burst = medians.iter().filter(|ns| **ns == 9_000.0).count();
        assert!((2..=5).contains(&burst), "{medians:?}");
        let ramp = &medians[medians.len() * 5 / 6..];
        assert!(
            ramp.is_sorted_by(|a, b| a < b) && *ramp.last().unwrap() > 1_900.0,
            "{medians:?}"
        );
    }

    #[test]
    fn a_slow_call_in_ten_moves_no_median() {
        let times: Vec<f64> = (0..10_000)
            .map(|nth| if nth % 10 == 3 { 50.0 } else { 1.0 })
            .collect();
        assert!(
            of(&[times])
                .iter()
                .all(|one| (one.median, one.max) == (1.0, 50.0))
        );
    }
}
